"""Campaigns and the calendar for servers: made, steered and moved behind a key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import LOCALES, text
from huiliu.kernel.times import as_instant, show_instant
from huiliu.services.calendar import list_calendar
from huiliu.services.campaigns import (
    CampaignDraft,
    Variant,
    create_campaign,
    pause_campaign,
    resume_campaign,
    stop_campaign,
)
from huiliu.services.move_campaign import move_campaign
from huiliu.services.preview_template import preview_template
from huiliu.services.send_test import send_test
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]

_LONGEST: Final = dt.timedelta(days=400)


class _Variant(msgspec.Struct, frozen=True):
    """One message as a server sends it."""

    template: str
    weight: int = 1
    name: str = ""
    channel: str = ""


class _Campaign(msgspec.Struct, frozen=True):
    """A campaign as a server sends it: the fields of the form by their own names."""

    slug: str
    name: dict[str, str]
    variants: Sequence[_Variant]
    audience: str | dict[str, Any] = "everyone"
    when: Mapping[str, Any] = {}
    zone: str = "brand"
    throttle: int = 0
    holdout: str = ""
    goal: dict[str, Any] | None = None
    category: str = ""
    form: str = ""
    priority: int = 50


def _make(call: Call) -> object:
    """Make a campaign live; it begins when it says."""
    try:
        given = msgspec.convert(dict(call.body), _Campaign)
    except msgspec.ValidationError as fault:
        said = text("campaigns.not_one", details=str(fault))
        raise BadInput((Problem("", said),)) from fault
    audience = given.audience
    if isinstance(audience, str) and audience != "everyone":
        raise BadInput((Problem("audience", text("campaigns.want_audience")),))
    variants = [Variant(one.template, one.weight, one.name, one.channel) for one in given.variants]
    draft = CampaignDraft(
        given.slug, given.name, "everyone" if isinstance(audience, str) else audience, variants,
        given.when, given.zone, given.throttle, given.holdout, given.goal, given.category,
        given.form, given.priority,
    )  # fmt: skip
    made = create_campaign(call.world, call.brand_id, draft, call.by)
    return {"slug": made.slug, "version": made.version}


def _set_state(call: Call) -> object:
    """Pause a campaign, let it run on, or stop it for good."""
    ways = {"live": resume_campaign, "paused": pause_campaign, "stopped": stop_campaign}
    state, slug = call.word("state"), call.path("slug")
    if state not in ways:
        raise BadInput((Problem("state", text("api.unknown_state")),))
    return {
        "slug": slug,
        "state": state,
        "concerned": ways[state](call.world, call.brand_id, slug),
    }


def _move(call: Call) -> object:
    """Let a one-off campaign begin at another local time."""
    made = move_campaign(call.world, call.brand_id, call.path("slug"), call.word("once"), call.by)
    return {"slug": made.slug, "version": made.version}


def _calendar(call: Call) -> object:
    """Return what begins by itself on the days from `first` to `last`."""
    zone = call.world.zone
    try:
        first, last = (dt.date.fromisoformat(call.ask(name)) for name in ("first", "last"))
    except ValueError as fault:
        raise BadInput((Problem("first, last", text("api.not_a_day")),)) from fault
    if not dt.timedelta(0) <= last - first <= _LONGEST:
        raise BadInput((Problem("last", text("api.not_a_day")),))
    begin = as_instant(first.isoformat(), zone) or 0
    past = as_instant((last + dt.timedelta(days=1)).isoformat(), zone) or 0
    return {
        "entries": [
            {
                "slug": one.slug,
                "name": one.name,
                "local": one.local,
                "is_local": one.is_local,
                "at": show_instant(one.at),
                "state": one.state,
                "audience": one.n_audience,
                "is_campaign": one.is_campaign,
                "kind": one.kind,
                "clashes": one.clashes,
            }
            for one in list_calendar(call.world, call.brand_id, begin, past)
        ]
    }


def _preview(call: Call) -> object:
    """Return a template as an invented person would get it."""
    asked = call.ask("locale")
    locale = asked if asked in LOCALES else LOCALES[0]
    found = preview_template(call.world, call.brand_id, call.path("slug"), locale)
    return {"channel": found.channel, "locale": found.locale, "parts": found.parts}


def _try_out(call: Call) -> object:
    """Send a template to one person, to see it arrive."""
    number = send_test(call.world, call.brand_id, call.path("slug"), call.word("person"))
    return {"message_id": number.hex()}


routes: Final = [
    route("POST", "/v1/campaigns", _make),
    route("PUT", "/v1/campaigns/{slug}/state", _set_state),
    route("PUT", "/v1/campaigns/{slug}/time", _move),
    route("GET", "/v1/calendar", _calendar),
    route("GET", "/v1/templates/{slug}/preview", _preview),
    route("POST", "/v1/templates/{slug}/test", _try_out),
]
