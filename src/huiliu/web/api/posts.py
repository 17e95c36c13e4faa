"""Posts after delivery for servers: the gallery of a shop, and what the console's page does."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.ids import show_id
from huiliu.kernel.texts import text
from huiliu.rewards.post import WAITING
from huiliu.services.make_post import Sent, make_post
from huiliu.services.moderate_posts import (
    approve_post,
    list_posts,
    read_post_id,
    refuse_post,
    see_post,
    withdraw_post,
)
from huiliu.services.post_data import post_json, shown_json
from huiliu.services.post_links import post_link
from huiliu.services.show_posts import MOST, gallery
from huiliu.web.api.asked_person import asked_person
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import message_mark, read_message, read_number

__all__ = ["routes"]

#: Nine photos or a video, written as base64.
_LARGEST_BODY: Final = 96 * 1024 * 1024


def _gallery(call: Call) -> object:
    """Return what a shop may show, newest first."""
    limit = max(1, min(read_number(call.ask("limit")) or 20, MOST))
    found = gallery(
        call.world, call.brand_id, call.ask("sku"), read_message(call.ask("before")), limit,
        call.ask("locale"),
    )  # fmt: skip
    return {
        "posts": [shown_json(call.world, one) for one in found.posts],
        "next": message_mark(found.next) or None,
    }


def _queue(call: Call) -> object:
    """Return posts in a state, those that wait first."""
    found = list_posts(
        call.world, call.brand_id, call.ask("state") or WAITING, read_message(call.ask("before")),
        call.ask("locale"),
    )  # fmt: skip
    return {
        "posts": [post_json(call.world, one) for one in found.posts],
        "counts": dict(found.counts),
        "next": message_mark(found.next) or None,
    }


def _post(call: Call) -> object:
    """Return one post."""
    view = see_post(call.world, call.brand_id, read_post_id(call.path("post")), call.ask("locale"))
    return post_json(call.world, view)


def _make(call: Call) -> object:
    """Take a post that somebody made in the brand's own app."""
    person = asked_person(call, _where(call))
    sent = Sent(
        _files(call), _said(call, "words"), _said(call, "product_id"),
        consents=call.body.get("consents") is True, locale=_said(call, "locale")[:20],
        channel=_said(call, "channel")[:40] or "app",
    )  # fmt: skip
    made = make_post(call.world, call.brand_id, person, call.word("order_id"), sent)
    return {"post": show_id(made.post_id), "state": made.state, "n_files": len(made.files)}


def _link(call: Call) -> object:
    """Return the address under which a person shows what they bought."""
    person = asked_person(call, _where(call))
    now = call.world.clock.now()
    return {"url": post_link(call.world, call.brand_id, person, call.word("order_id"), now)}


def _approve(call: Call) -> object:
    """Approve a post."""
    post_id = read_post_id(call.path("post"))
    points = approve_post(call.world, call.brand_id, post_id, f"key:{call.key.key_id}")
    return {"post": show_id(post_id), "state": "approved", "points": float(points)}


def _refuse(call: Call) -> object:
    """Refuse a post for one of the reasons."""
    post_id = read_post_id(call.path("post"))
    by = f"key:{call.key.key_id}"
    refuse_post(call.world, call.brand_id, post_id, by, call.word("reason"))
    return {"post": show_id(post_id), "state": "refused"}


def _withdraw(call: Call) -> object:
    """Take a post back, as its person asks."""
    post_id = read_post_id(call.path("post"))
    withdraw_post(call.world, call.brand_id, post_id, f"key:{call.key.key_id}")
    return {"post": show_id(post_id), "state": "withdrawn"}


def _where(call: Call) -> str:
    """Return where the body names the person: under `person`, or at its top."""
    return "person" if "person" in call.body else ""


def _said(call: Call, name: str) -> str:
    """Return a text of the body; "" where there is none, BadInput where it is no text."""
    return call.word(name) if call.body.get(name) is not None else ""


def _files(call: Call) -> list[bytes]:
    """Return the files of the body.

    Raises:
        BadInput: they are no list of base64 texts.
    """
    found = call.body.get("files")
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise BadInput((Problem("files", text("posts.want_base64")),))
    try:
        return [base64.b64decode(one, validate=True) for one in found]
    except (binascii.Error, ValueError) as fault:
        raise BadInput((Problem("files", text("posts.want_base64")),)) from fault


routes: Final = [
    route("GET", "/v1/posts", _gallery),
    route("GET", "/v1/posts/queue", _queue),
    route("POST", "/v1/posts", _make, _LARGEST_BODY),
    route("POST", "/v1/posts/link", _link),
    route("GET", "/v1/posts/{post}", _post),
    route("POST", "/v1/posts/{post}/approve", _approve),
    route("POST", "/v1/posts/{post}/refuse", _refuse),
    route("POST", "/v1/posts/{post}/withdraw", _withdraw),
]
