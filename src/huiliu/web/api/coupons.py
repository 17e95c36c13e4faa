"""Coupons for servers: price a basket; reserve, redeem, roll back; issue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec
from starlette.responses import JSONResponse, Response

from huiliu.governance.normalisation import normalise
from huiliu.kernel.errors import BadInput, NotFound, Problem, Refused
from huiliu.kernel.events import Identifier
from huiliu.kernel.fields import CHANNEL
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_duration, show_instant
from huiliu.rewards.basket import Basket, read_basket
from huiliu.rewards.pricing import NotApplied
from huiliu.services.find_profile import find_profile, identifier_type
from huiliu.services.issue_coupon import issue_one
from huiliu.services.price_basket import MOST_CODES, price
from huiliu.services.redeem_coupon import (
    LONGEST_TTL,
    TTL,
    NotRedeemed,
    OrderAsked,
    Redemption,
    redeem,
    reserve,
    roll_back,
)
from huiliu.services.reward_data import pricing_answer, refused_json, told_json
from huiliu.web.api.calls import Answer, Call, Lanes, route

__all__ = ["asked_buyer", "asked_order", "routes"]

_LONGEST: Final = 200


def _price(call: Call) -> object:
    """Return what a basket costs, with a reason for all that counts and does not."""
    problems: list[Problem] = []
    person, stranger = asked_buyer(call, problems)
    basket, codes = _basket(call, problems), _codes(call, problems)
    if problems or basket is None:
        raise BadInput(tuple(problems))
    found = price(call.world, call.brand_id, basket, person, codes, stranger=stranger)
    return Response(pricing_answer(found), media_type="application/json")


def _reserve(call: Call) -> object:
    """Hold what an order takes for a while."""
    problems: list[Problem] = []
    written = call.body.get("ttl")
    ttl = as_duration(written) if isinstance(written, str) else None
    if written is not None and (not ttl or ttl > LONGEST_TTL):
        problems.append(Problem("ttl", text("rewards.want_ttl")))
    order = asked_order(call, problems)
    return _answer(lambda: reserve(call.world, call.brand_id, order, ttl or TTL))


def _redeem(call: Call) -> object:
    """Take what an order takes for good."""
    order = asked_order(call, [])
    return _answer(lambda: redeem(call.world, call.brand_id, order))


def _roll_back(call: Call) -> object:
    """Give back what an order took."""
    problems: list[Problem] = []
    order_id = _order_id(call, problems)
    reason = call.body.get("reason", "")
    if not isinstance(reason, str) or len(reason) > _LONGEST or not reason.isprintable():
        problems.append(Problem("reason", text("rewards.basket.word", most=_LONGEST)))
    if problems:
        raise BadInput(tuple(problems))
    return _answer(lambda: roll_back(call.world, call.brand_id, order_id, call.by, reason))


def _issue(call: Call) -> object:
    """Issue a coupon to a person; the same key is the same code."""
    problems: list[Problem] = []
    person, _ = asked_buyer(call, problems)
    coupon, key = call.body.get("coupon"), call.body.get("key")
    for name, found in (("coupon", coupon), ("key", key)):
        if not isinstance(found, str) or not 0 < len(found) <= _LONGEST:
            problems.append(Problem(name, text("api.not_a_text")))
    channel = call.body.get("channel") or ""
    if not isinstance(channel, str) or (channel and CHANNEL.fullmatch(channel) is None):
        problems.append(Problem("channel", text("rewards.basket.channel")))
    if problems:
        raise BadInput(tuple(problems))
    if person is None:
        raise NotFound("profile", "-")
    try:
        done = issue_one(call.world, call.brand_id, str(coupon), person, str(key), str(channel))
    except Refused as fault:
        return _refused(fault)
    return {
        "code": done.code, "coupon": done.coupon, "new": done.is_new,
        "expires_at": show_instant(done.expires_at) if done.expires_at else None,
    }  # fmt: skip


def asked_order(call: Call, problems: list[Problem]) -> OrderAsked:
    """Return the order of a call.

    Raises:
        BadInput: with every problem of it, and those that were found before.
        NotFound: there is no such profile.
    """
    order_id = _order_id(call, problems)
    person, stranger = asked_buyer(call, problems)
    basket, codes = _basket(call, problems), _codes(call, problems)
    if problems or basket is None:
        raise BadInput(tuple(problems))
    return OrderAsked(order_id, basket, person, tuple(codes), stranger)


def asked_buyer(call: Call, problems: list[Problem]) -> tuple[int | None, Identifier | None]:
    """Return the profile of `profile`, or what `identifier` names; nobody where neither is there.

    Of an identifier that nobody is known by the hash is returned: limits count by it.
    """
    written, named = call.body.get("profile"), call.body.get("identifier")
    if written is not None:
        if not isinstance(written, str):
            problems.append(Problem("profile", text("api.not_a_text")))
            return None, None
        found = find_profile(written)
        with call.world.store.transaction(call.brand_id) as tx:
            present = tx.people.present(call.brand_id, [found])[found]
            if not tx.people.profiles(call.brand_id, [present]):
                raise NotFound("profile", written)
        return present, None
    if named is None:
        return None, None
    word = named.get("type") if isinstance(named, dict) else None
    value = named.get("value") if isinstance(named, dict) else None
    kind = identifier_type(word) if isinstance(word, str) else None
    normal = normalise(kind, value) if kind is not None and isinstance(value, str) else None
    if kind is None or normal is None:
        problems.append(Problem("identifier", text("rewards.want_identifier")))
        return None, None
    key = call.world.secrets.identifier_key(call.brand_id, int(kind), normal)
    with call.world.store.transaction(call.brand_id) as tx:
        person = tx.people.resolve(call.brand_id, [key]).get(key)
    return person, None if person is not None else Identifier(kind, key)


def _basket(call: Call, problems: list[Problem]) -> Basket | None:
    """Return the basket; None after noting what is wrong with it."""
    basket = read_basket(call.body.get("basket"))
    if isinstance(basket, Basket):
        return basket
    problems.extend(basket)
    return None


def _codes(call: Call, problems: list[Problem]) -> list[str]:
    """Return `code`, and those of `codes`."""
    one, more = call.body.get("code"), call.body.get("codes", [])
    found: list[Any] = [] if one is None or one == "" else [one]
    if not isinstance(more, list) or len(more) > MOST_CODES:
        problems.append(Problem("codes", text("rewards.want_codes", most=MOST_CODES)))
        return []
    found += more
    if not all(
        isinstance(each, str) and 0 < len(each) <= _LONGEST and each.isprintable() for each in found
    ):
        problems.append(Problem("code", text("rewards.want_codes", most=MOST_CODES)))
        return []
    return found


def _order_id(call: Call, problems: list[Problem]) -> str:
    """Return the shop's own id of the order."""
    found = call.body.get("order_id")
    if isinstance(found, str) and 0 < len(found) <= _LONGEST and found.isprintable():
        return found
    problems.append(Problem("order_id", text("rewards.want_order_id", most=_LONGEST)))
    return ""


def _answer(act: Callable[[], Redemption]) -> object:
    """Return what became of an order, or 409 and why nothing did."""
    try:
        done = act()
    except NotRedeemed as fault:
        return _refused(fault)
    # The price is kept as JSON, and handed out as it is kept.
    head = msgspec.json.encode({
        "order_id": done.order_id, "state": done.state, "new": done.is_new,
        "expires_at": show_instant(done.expires_at) if done.expires_at else None,
    })  # fmt: skip
    told = head[:-1] + b"," + done.answer.encode()[1:]
    return Response(told, media_type="application/json")


def _refused(fault: Refused) -> Response:
    """Return 409 with a word for servers and a sentence for people."""
    told = fault.refused if isinstance(fault, NotRedeemed) else ()
    refused = [one for one in told if isinstance(one, NotApplied)]
    currency = fault.currency if isinstance(fault, NotRedeemed) else ""
    why = refused[0].why if refused else text("rewards.reason." + fault.reason)
    return JSONResponse(
        {
            "reason": fault.reason, "why": told_json(why),
            "refused": [refused_json(one, currency) for one in refused],
        },
        409,
    )  # fmt: skip


_ANSWERS: Final[tuple[tuple[str, Answer], ...]] = (
    ("/v1/baskets/price", _price),
    ("/v1/coupons/reserve", _reserve),
    ("/v1/coupons/redeem", _redeem),
    ("/v1/coupons/rollback", _roll_back),
    ("/v1/coupons/issue", _issue),
)

#: Pricing and redeeming are Python nearly all the way.
_LANES: Final = Lanes(3)

routes: Final = [route("POST", path, answer, lanes=_LANES) for path, answer in _ANSWERS]
