"""Costs, and what channels were worth, for servers: the console's page behind a key."""

from __future__ import annotations

import datetime as dt
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.planning.price_card import KIND
from huiliu.services.beside import read_span
from huiliu.services.channel_worth import channel_worth
from huiliu.services.cost_data import card_json, media_json, worths_json
from huiliu.services.costs import price_card
from huiliu.services.media_costs import MOST_BYTES, forget_media, import_media, list_media
from huiliu.services.publish import publish
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]


def _worth(call: Call) -> object:
    """Return what channels were worth over some days."""
    first, last = read_span(call.world, call.ask("from"), call.ask("until"))
    currency = call.ask("currency").upper()
    return worths_json(channel_worth(call.world, call.brand_id, first, last, currency))


def _card(call: Call) -> object:
    """Return the price card."""
    with call.world.store.transaction(call.brand_id) as tx:
        return card_json(price_card(tx, call.brand_id))


def _apply_card(call: Call) -> object:
    """Make a price card live; `expects` is the version that its author began with."""
    expects = call.body.get("expects")
    done = publish(
        call.world, call.brand_id, call.word("source"), call.by, kind=KIND,
        expects=expects if isinstance(expects, int) else None,
    )  # fmt: skip
    return {"slug": done.slug, "version": done.version, "new": done.is_new}


def _media(call: Call) -> object:
    """Return what media cost on some days, newest first."""
    first, last = read_span(call.world, call.ask("from"), call.ask("until"))
    return {
        "media": [media_json(one) for one in list_media(call.world, call.brand_id, first, last)]
    }


def _take_in(call: Call) -> object:
    """Take in a table of media spend; the same again changes nothing."""
    currency = str(call.body.get("currency") or "").upper()
    file = call.word("csv").encode()
    done = import_media(call.world, call.brand_id, file, call.by, currency)
    return {"new": done.n_new, "changed": done.n_changed, "same": done.n_same}


def _forget(call: Call) -> object:
    """Take out what one row says."""
    try:
        day = dt.date.fromisoformat(call.ask("day"))
    except ValueError:
        raise BadInput((Problem("day", text("plans.want_day")),)) from None
    row = (call.ask("channel"), call.ask("campaign"), call.ask("currency").upper())
    forget_media(call.world, call.brand_id, day, *row)
    return {"removed": True}


routes: Final = [
    route("GET", "/v1/channel-worth", _worth),
    route("GET", "/v1/costs/card", _card),
    route("PUT", "/v1/costs/card", _apply_card),
    route("GET", "/v1/costs/media", _media),
    route("POST", "/v1/costs/media", _take_in, MOST_BYTES + 100_000),
    route("DELETE", "/v1/costs/media", _forget),
]
