"""What was priced a moment ago is found again where nothing changed, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tests.unit.rewards.test_pricing import NOW, basket, rule

from huiliu.kernel.facts import NO_FACTS
from huiliu.rewards.coupon import Coupon, parse_coupon
from huiliu.rewards.pricing import Case, Ticket, price
from huiliu.rewards.rule_index import RuleIndex
from huiliu.services.priced import Memory

_STEPS: Final = "{kind: steps, steps: [{spend: 300, amount: 40}]}"
_BASKET: Final = basket(("A", 2, 20_000))
_CASE: Final = Case(NOW, "Asia/Shanghai")
_UNTIL: Final = "until: 2026-11-22T12:30:00+08:00\n"


def _pool() -> Coupon:
    """Return a pool that opens a promotion by one code."""
    found = parse_coupon(
        "huiliu: 1\nkind: coupon\nslug: pool\nname: {en: Pool}\npromotion: steps\ncode: HELLO40\n"
        "from: 2026-11-22T12:10:00+08:00\n"
    )
    assert isinstance(found, Coupon), found
    return found


def _index(more: str = "") -> RuleIndex:
    """Return the index of one promotion."""
    return RuleIndex({"steps": rule("steps", _STEPS, more)})


def test_the_same_basket_is_priced_once() -> None:
    """A redemption finds the price that was told, though it is a basket of its own."""
    memory, index = Memory(), _index()

    first = memory.price(_BASKET, index, _CASE)
    again = memory.price(basket(("A", 2, 20_000)), index, replace(_CASE, now=NOW + 1))

    assert again is first
    assert first == price(_BASKET, index, _CASE)


def test_whatever_a_price_follows_from_is_compared() -> None:
    """Another basket, publication, code, buyer or exhausted limit is priced anew."""
    memory, index, pool = Memory(), _index(), _pool()
    first = memory.price(_BASKET, index, _CASE)

    others = [
        (replace(_BASKET, store="S1"), index, _CASE),
        (basket(("A", 1, 20_000), ("A", 1, 20_000)), index, _CASE),
        (_BASKET, _index(), _CASE),
        (_BASKET, index, replace(_CASE, tickets=[Ticket("HELLO40", pool)])),
        (_BASKET, index, replace(_CASE, tickets=[Ticket("HELLO40", pool, "code_void")])),
        (_BASKET, index, replace(_CASE, facts=NO_FACTS)),
        (_BASKET, index, replace(_CASE, spent={("steps", ""): "budget"})),
    ]
    found = [memory.price(*other) for other in others]

    assert [one == price(*other) for one, other in zip(found, others, strict=True)] == [True] * 7
    assert len({id(one) for one in [first, *found]}) == 8


def test_time_counts_where_something_begins_or_ends() -> None:
    """To the instant, of promotions and of pools."""
    memory, index, pool = Memory(), _index(_UNTIL), _pool()
    end, begin = index.edges[0], pool.starts_at
    shown = replace(_CASE, tickets=[Ticket("HELLO40", pool)])

    asked = [replace(_CASE, now=at) for at in (NOW, end - 1, end, end + 1)]
    asked += [replace(shown, now=at) for at in (begin - 1, begin, end)]
    found = [memory.price(_BASKET, index, one) for one in asked]

    assert [one.discount for one in found[:4]] == [4_000, 4_000, 0, 0]
    assert found[0] is found[1]
    assert found[2] is found[3]
    assert [[each.reason for each in one.refused] for one in found[4:6]] == [["not_yet"], []]
    assert found == [price(_BASKET, index, one) for one in asked]


def test_hours_and_people_are_asked_each_time() -> None:
    """What depends on the hour, or on who somebody is, is never remembered."""
    memory = Memory()
    of_hours = _index("hours: [{from: '10:00', until: '13:00'}]\n")
    of_people = _index("who: {trait: city, is: Hangzhou}\n")
    known = replace(_CASE, facts=NO_FACTS)

    assert memory.price(_BASKET, of_hours, _CASE) is not memory.price(_BASKET, of_hours, _CASE)
    assert memory.price(_BASKET, of_people, known) is not memory.price(_BASKET, of_people, known)
    assert memory.price(_BASKET, of_people, _CASE) is memory.price(_BASKET, of_people, _CASE)


def test_prices_of_the_last_publications_only_are_kept() -> None:
    """Each holds all promotions of its time: who publishes often fills no memory with old ones."""
    memory, index, later = Memory(), _index(), _index()
    first = memory.price(_BASKET, index, _CASE)
    for _ in range(10):
        memory.price(_BASKET, _index(), _CASE)
    soon = memory.price(_BASKET, index, _CASE)
    second = memory.price(_BASKET, later, _CASE)
    for _ in range(10):
        memory.price(_BASKET, _index(), _CASE)

    assert soon is first
    assert memory.price(_BASKET, later, _CASE) is second
    assert memory.price(_BASKET, index, _CASE) is not first


def test_only_the_last_prices_are_kept() -> None:
    """A flood of baskets takes no more memory than a few."""
    memory, index = Memory(), _index()
    first = memory.price(_BASKET, index, _CASE)
    for nth in range(200):
        memory.price(basket(("A", 1, nth)), index, _CASE)

    assert memory.price(_BASKET, index, _CASE) is not first
