"""Points for servers: earn, burn, refund, transfer, adjust, and what somebody has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import parse_profile_id, show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, as_duration
from huiliu.ports.points import EntryFilter
from huiliu.rewards.points import Kind
from huiliu.services.book_points import WAYS, PointsAsked, book_points
from huiliu.services.close_points import list_closes
from huiliu.services.points_balance import balance
from huiliu.services.points_data import balance_json, close_json, entry_json, posted_json
from huiliu.services.points_statement import statement
from huiliu.web.api.asked_person import person_in
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import message_mark, read_message, read_number

__all__ = ["routes"]

_LONGEST_WAIT: Final = 366 * DAY
_PAGE: Final = 50
_LARGEST_PAGE: Final = 500


def _booking(kind: Kind) -> Callable[[Call], object]:
    """Return the answer to one kind of wish."""

    def book(call: Call) -> object:
        body = call.body
        profile_id, who = _person(call, "person")
        does, other = kind, 0
        if kind is Kind.REFUND:
            way = body.get("of", "")
            if not isinstance(way, str) or way not in WAYS:
                raise BadInput((Problem("of", text("points.want_way")),))
            does = WAYS[way]
        if kind is Kind.TRANSFER:
            other, to = _person(call, "to")
            who += f" {to}"
        asked = PointsAsked(
            call.request.headers.get("idempotency-key", ""), profile_id, body.get("amount"),
            body.get("channel", ""), body.get("reason", ""), body.get("order_id", ""), other,
            _matures(call) if kind is Kind.EARN else 0, who,
            call.by if kind is Kind.ADJUST else "",
        )  # fmt: skip
        done = book_points(call.world, call.brand_id, does, asked)
        return posted_json(done)

    return book


def _balance(call: Call) -> object:
    """Return what somebody has this instant."""
    profile_id = _profile(call)
    with call.world.store.transaction(call.brand_id) as tx:
        found = balance(tx, call.world, call.brand_id, profile_id)
    return balance_json(profile_id, found)


def _statement(call: Call) -> object:
    """Return a person's entries, newest first."""
    profile_id = _profile(call)
    limit = read_number(call.ask("limit")) or _PAGE
    wanted = EntryFilter(
        [profile_id], has_refused=call.ask("refused") == "yes",
        before=read_message(call.ask("after")),
    )  # fmt: skip
    page = statement(call.world, call.brand_id, wanted, max(1, min(limit, _LARGEST_PAGE)))
    after = message_mark(page.after) or None
    return {"entries": [entry_json(one) for one in page.rows], "after": after}


def _closes(call: Call) -> object:
    """Return the closed days, newest first."""
    return {"days": [close_json(one) for one in list_closes(call.world, call.brand_id)]}


def _profile(call: Call) -> int:
    """Return the profile of the address; raise NotFound where there is none."""
    profile_id = parse_profile_id(call.path("profile"))
    if profile_id is not None:
        with call.world.store.transaction(call.brand_id) as tx:
            present = tx.people.present(call.brand_id, [profile_id]).get(profile_id, profile_id)
            if tx.people.profiles(call.brand_id, [present]):
                return present
    raise NotFound("profile", call.path("profile")[:80])


def _person(call: Call, name: str) -> tuple[int, str]:
    """Return whom a body names below a field or, of the first person, in itself; and the words."""
    found = call.body.get(name)
    if found is None and name == "person":
        found = call.body
    if isinstance(found, str):
        found = {"profile": found}
    if not isinstance(found, Mapping):
        raise BadInput((Problem(name, text("api.want_person")),))
    profile_id = person_in(call, found, name)
    identifier = found.get("identifier")
    if "profile" in found or not isinstance(identifier, Mapping):
        return profile_id, show_profile_id(profile_id)
    return profile_id, f"{identifier['type']}={identifier['value']}"


def _matures(call: Call) -> int:
    """Return from when what is earned can be spent: `pending_for: 7d`; 0 = at once."""
    written = call.body.get("pending_for")
    if written is None:
        return 0
    length = as_duration(written) if isinstance(written, str) else None
    if length is None or length > _LONGEST_WAIT:
        raise BadInput((Problem("pending_for", text("points.want_time")),))
    return call.world.clock.now() + length


routes: Final = [
    route("GET", "/v1/points/closes", _closes),
    route("POST", "/v1/points/earn", _booking(Kind.EARN)),
    route("POST", "/v1/points/burn", _booking(Kind.BURN)),
    route("POST", "/v1/points/refund", _booking(Kind.REFUND)),
    route("POST", "/v1/points/transfer", _booking(Kind.TRANSFER)),
    route("POST", "/v1/points/adjust", _booking(Kind.ADJUST)),
    route("GET", "/v1/points/{profile}", _balance),
    route("GET", "/v1/points/{profile}/statement", _statement),
]
