"""Opens forms and fills them in as a browser does, work and all."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from html import unescape
from itertools import count
from typing import Any

import httpx
from tests.integration.console.visiting import Visitor

from huiliu.kernel.times import SECOND
from huiliu.ports.world import World
from huiliu.services.publish import publish

BRAND = 1

FORM = """\
huiliu: 1
kind: form
slug: welcome
name: {zh-CN: 新朋友礼, en: Welcome gift}
title: {zh-CN: 加入我们, en: Join us}
intro: {zh-CN: 第一时间知道新品。, en: Be the first to hear of what is new.}
questions:
  - {id: phone, ask: phone, label: {zh-CN: 手机号, en: Phone}, if_lacking: true}
  - {id: email, ask: email, label: {zh-CN: 邮箱, en: E-mail}, if_lacking: true}
  - id: skin
    ask: choice
    label: {zh-CN: 您的肤质, en: Your skin}
    trait: skin_type
    options:
      - {value: dry, label: {zh-CN: 干性, en: Dry}}
      - {value: oily, label: {zh-CN: 油性, en: Oily}}
  - {id: likely, ask: nps, label: {zh-CN: 您会推荐我们吗？, en: Would you recommend us?}}
  - id: why
    ask: text
    label: {zh-CN: 为什么？, en: Why?}
    show_if: {question: likely, at_most: 6}
consents:
  - id: news
    channels: [email]
    text:
      zh-CN: 我同意接收新品邮件，可随时退订。见[隐私政策](https://shop.example/privacy)。
      en: I agree to get news by e-mail. See the [privacy policy](https://shop.example/privacy).
reward:
  name: welcome_coupon
  text: {zh-CN: 您的优惠码, en: Your coupon}
  code: HELLO10
  for: email
"""
LANDING = (
    FORM
    + """\
page:
  - {block: text, title: {zh-CN: 干净, en: Clean}, body: {zh-CN: 只用必要的。, en: What is needed.}}
  - block: answers
    items: [{title: {zh-CN: 包邮吗？, en: Is it free?}, body: {zh-CN: 包邮。, en: It is.}}]
"""
)


def live(world: World, source: str = FORM) -> None:
    """Make a form live."""
    publish(world, BRAND, source, "test", kind="form")


def fields(page: str) -> dict[str, str]:
    """Return the hidden fields of a page's form."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def proof_of(challenge: str) -> str:
    """Do the work that a page asks a browser to do."""
    plain = base64.urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4))
    bits = plain[11]
    for number in count():
        hashed = hashlib.sha256(f"{challenge}.{number}".encode()).digest()
        if int.from_bytes(hashed, "big") >> (256 - bits) == 0:
            return str(number)
    raise AssertionError


def fill(
    world: World,
    browser: Visitor,
    answers: Mapping[str, Any],
    address: str = "/f/welcome",
    *,
    wait: int = 5 * SECOND,
) -> httpx.Response:
    """Open a form, wait as long as a person does, and send it."""
    opened = browser.get(address)
    assert opened.status_code == 200
    return send(world, browser, opened.text, answers, address, wait=wait)


def send(
    world: World,
    browser: Visitor,
    page: str,
    answers: Mapping[str, Any],
    address: str = "/f/welcome",
    *,
    wait: int = 5 * SECOND,
) -> httpx.Response:
    """Send the form of a page that was opened before."""
    hidden = fields(page)
    hidden["proof"] = proof_of(hidden["challenge"])
    world.clock.advance(wait)  # type: ignore[attr-defined] # the simulated clock's own
    return browser.post(address.partition("?")[0], data={**hidden, **answers})
