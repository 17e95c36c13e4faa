"""Bringing friends in a real browser: on phones from invite to friend, then in the queue."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.console.brand import BRAND, Brand
from tests.e2e.console.test_console_looks import faults, settle
from tests.integration.friends.bringing import UNLOCK

from huiliu.kernel.times import MINUTE
from huiliu.services.follow_friends import bring_friends
from huiliu.services.project import project
from huiliu.services.publish import publish

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]
PHONE = {"width": 390, "height": 844}


def test_friends_come_on_a_phone_and_are_decided_about_in_the_console(
    page: Page, empty_brand: Brand, sign_in: SignIn
) -> None:
    """Nothing scrolls sideways, axe finds nothing, and the same device is seen as what it is."""
    # A brand of its own: new people would stand in the figures that other pages are held to.
    source = UNLOCK.replace("spring-help", "friends-e2e")
    publish(empty_brand.world, BRAND, source, "test", kind="referral")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type] # playwright's own shape
    found: list[str] = []

    def look() -> None:
        found.extend(faults(page))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{page.url} scrolls sideways")

    def send(contact: str) -> None:
        page.fill("#contact", contact)
        empty_brand.clock.advance(MINUTE)
        page.click("button[type=submit]")

    page.goto(f"{empty_brand.url}/i/friends-e2e")
    look()
    send("12")
    expect(page.locator("#problems")).to_be_focused()
    send("13900007001")
    page.wait_for_url("**/mine?*")
    look()
    with page.expect_response(re.compile("/mine/shared$")) as told:
        page.click("[data-way=copy]")
    assert told.value.status == 204
    link = re.sub(r"^https?://[^/]+", "", page.input_value("#link"))
    page.goto(f"{empty_brand.url}{link}?lang=en")
    look()
    send("13800007002")
    expect(page.locator("[data-became=taken]")).to_be_focused()
    look()
    while project(empty_brand.world) + bring_friends(empty_brand.world):
        pass
    page = sign_in("marketer", url=empty_brand.url, locale="en")
    for address in ("/referrals", "/referrals/friends-e2e", "/referrals/reviews"):
        page.goto(empty_brand.url + address)
        settle(page)
        look()
    expect(page.get_by_text("The same device as the one who invited")).to_be_visible()
    page.fill("#note-1", "one household")
    page.click("button[value=accept]")
    expect(page.get_by_text("The friend counts.")).to_be_visible()
    assert found == []
