"""Levels, catalogues, exchanges, group-buy orders and the board of points, for servers."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import parse_profile_id
from huiliu.kernel.texts import text
from huiliu.ports.exchanges import ExchangeFilter
from huiliu.services.exchange import cancel_exchange, exchange, send_exchange
from huiliu.services.look_at_tiers import (
    list_catalogues,
    list_exchanges,
    list_tiers,
    membership,
    recount_tiers,
    remove_catalogue,
    remove_tiers,
    show_catalogue,
    show_tiers,
    tier_people,
)
from huiliu.services.membership_data import (
    board_json,
    catalogue_json,
    exchange_json,
    membership_json,
    person_json,
    tiers_json,
)
from huiliu.services.points_board import DAYS, points_board
from huiliu.services.publish import publish
from huiliu.services.take_group_orders import take_group_orders
from huiliu.sources.group_buy_sent import read_sent
from huiliu.web.api.asked_person import asked_person
from huiliu.web.api.calls import Answer, Call, route
from huiliu.web.paging import message_mark, read_message

__all__ = ["read_exchange_id", "routes"]

_LONGEST_KEY: Final = 200
_ID_BYTES: Final = 16
_PAGE: Final = 50
_MOST_BYTES: Final = 2 * 1024 * 1024


def _tiers(call: Call) -> object:
    """Return every ladder in use."""
    return {"tiers": [tiers_json(one) for one in list_tiers(call.world, call.brand_id)]}


def _one_tiers(call: Call) -> object:
    """Return one ladder with its document."""
    view = show_tiers(call.world, call.brand_id, call.path("tiers"))
    return tiers_json(view) | {"source": view.tiers.source}


def _people(call: Call) -> object:
    """Return people of a level, those who count most first."""
    view = show_tiers(call.world, call.brand_id, call.path("tiers"))
    level = call.path("level")
    if view.tiers.rank_of(level) < 0:
        raise NotFound("level", level)
    found = tier_people(call.world, call.brand_id, view.tiers.slug, level)
    return {"people": [person_json(view.tiers, one) for one in found]}


def _remove_tiers(call: Call) -> object:
    """Take a ladder out of use."""
    remove_tiers(call.world, call.brand_id, call.path("tiers"))
    return {"slug": call.path("tiers"), "removed": True}


def _recount(call: Call) -> object:
    """Count anew from the log's beginning."""
    recount_tiers(call.world, call.brand_id, call.path("tiers"))
    return {"slug": call.path("tiers"), "recounting": True}


def _membership(call: Call) -> object:
    """Return all about one person as a member."""
    profile = parse_profile_id(call.path("profile"))
    if profile is None:
        raise NotFound("profile", call.path("profile"))
    return membership_json(profile, membership(call.world, call.brand_id, profile))


def _catalogues(call: Call) -> object:
    """Return every catalogue in use."""
    found = list_catalogues(call.world, call.brand_id)
    return {"catalogues": [catalogue_json(one) for one in found]}


def _catalogue(call: Call) -> object:
    """Return one catalogue with its document."""
    view = show_catalogue(call.world, call.brand_id, call.path("catalogue"))
    return catalogue_json(view) | {"source": view.catalogue.source}


def _remove_catalogue(call: Call) -> object:
    """Take a catalogue out of use."""
    remove_catalogue(call.world, call.brand_id, call.path("catalogue"))
    return {"slug": call.path("catalogue"), "removed": True}


def _exchange(call: Call) -> object:
    """Take something for points; the same key again returns the first answer."""
    key = call.request.headers.get("idempotency-key", "").strip()
    if not 0 < len(key) <= _LONGEST_KEY:
        said = text("exchanges.want_key", most=_LONGEST_KEY)
        raise BadInput((Problem("Idempotency-Key", said),))
    who = asked_person(call, "person" if "person" in call.body else "")
    done = exchange(
        call.world, call.brand_id, who, call.word("catalogue"), call.word("item"),
        call.word("channel"), key, call.by,
    )  # fmt: skip
    return exchange_json(done.row)


def _exchanges(call: Call) -> object:
    """Return a page of exchanges, newest first."""
    asked = call.ask("profile")
    profile = parse_profile_id(asked) if asked else None
    if asked and profile is None:
        raise NotFound("profile", asked[:80])
    wanted = ExchangeFilter(
        (profile,) if profile else (), call.ask("catalogue"), call.ask("item"), call.ask("state"),
        read_message(call.ask("before")),
    )  # fmt: skip
    rows = list_exchanges(call.world, call.brand_id, wanted)
    last = (rows[-1].at, rows[-1].exchange_id) if len(rows) == _PAGE else None
    return {"exchanges": [exchange_json(one) for one in rows], "next": message_mark(last) or None}


def _cancel(call: Call) -> object:
    """Undo an exchange of something that was not sent yet."""
    id_ = read_exchange_id(call.path("exchange"))
    reason = call.word("reason").strip()
    if not reason:
        raise BadInput((Problem("reason", text("exchanges.want_reason")),))
    return exchange_json(cancel_exchange(call.world, call.brand_id, id_, call.by, reason[:200]))


def _send(call: Call) -> object:
    """Write down that a gift was sent."""
    id_ = read_exchange_id(call.path("exchange"))
    return exchange_json(send_exchange(call.world, call.brand_id, id_, call.by))


def _board(call: Call) -> object:
    """Return the board of points."""
    asked = call.ask("days")
    days = next((one for one in DAYS if str(one) == asked), DAYS[0])
    return board_json(points_board(call.world, call.brand_id, days))


def _group_orders(call: Call) -> object:
    """Take group-buy orders in."""
    records = read_sent(call.body.get("orders"))
    return dict(take_group_orders(call.world, call.brand_id, records))


def read_exchange_id(written: str) -> bytes:
    """Return an exchange's id; raise NotFound where it cannot be one."""
    try:
        found = bytes.fromhex(written)
    except ValueError:
        found = b""
    if len(found) != _ID_BYTES:
        raise NotFound("exchange", written[:80])
    return found


def _publishing(kind: str) -> Answer:
    """Return the call that makes a document of a kind live."""

    def answer(call: Call) -> object:
        """Publish; `expects` is the version that its author began with."""
        expects = call.body.get("expects")
        done = publish(
            call.world, call.brand_id, call.word("source"), call.by, kind=kind,
            expects=expects if isinstance(expects, int) else None,
        )  # fmt: skip
        return {"slug": done.slug, "version": done.version, "new": done.is_new}

    return answer


routes: Final = [
    route("GET", "/v1/tiers", _tiers),
    route("POST", "/v1/tiers", _publishing("tiers")),
    route("GET", "/v1/tiers/{tiers}", _one_tiers),
    route("DELETE", "/v1/tiers/{tiers}", _remove_tiers),
    route("POST", "/v1/tiers/{tiers}/recount", _recount),
    route("GET", "/v1/tiers/{tiers}/levels/{level}", _people),
    route("GET", "/v1/members/{profile}", _membership),
    route("GET", "/v1/reward-catalogues", _catalogues),
    route("POST", "/v1/reward-catalogues", _publishing("reward_catalogue")),
    route("GET", "/v1/reward-catalogues/{catalogue}", _catalogue),
    route("DELETE", "/v1/reward-catalogues/{catalogue}", _remove_catalogue),
    route("GET", "/v1/exchanges", _exchanges),
    route("POST", "/v1/exchanges", _exchange),
    route("POST", "/v1/exchanges/{exchange}/cancel", _cancel),
    route("POST", "/v1/exchanges/{exchange}/sent", _send),
    route("GET", "/v1/points-board", _board),
    route("POST", "/v1/group-buy/orders", _group_orders, _MOST_BYTES),
]
