"""Which account carries a message: by class, country and weight; standbys only without others."""

from __future__ import annotations

from collections import Counter

from huiliu.kernel.ids import digest
from huiliu.messages.suppliers import Supplier, carriers, pick, supplier_of


def made(name: str, **fields: str) -> Supplier:
    """Return an account of these fields."""
    return supplier_of(name, fields)


def test_fields_that_were_left_out_are_as_their_defaults():
    """Both classes, every country, weight 1, no limit."""
    plain = made("main")

    assert plain == Supplier("main", frozenset({"marketing", "service"}))
    assert plain.carries("service", "+8613800000001")
    assert plain.carries("marketing", "ada@shop.example")


def test_classes_and_countries_decide_what_an_account_carries():
    """Codes with or without a plus; an address of another country is not carried."""
    asia = made("asia", classes="service", countries="86, +852")

    assert asia.carries("service", "+85290000000")
    assert asia.carries("service", "+8613800000001")
    assert not asia.carries("service", "+14155550100")
    assert not asia.carries("marketing", "+8613800000001")


def test_standbys_carry_only_while_nobody_else_works():
    """And an account of weight 0 only after them."""
    one, other = made("one"), made("other", weight="3")
    spare, drained = made("spare", standby="yes"), made("drained", weight="0")

    assert carriers([one, other, spare, drained]) == (one, other)
    assert carriers([spare, drained]) == (spare,)
    assert carriers([drained]) == (drained,)
    assert carriers([]) == ()


def test_weights_are_the_shares_of_messages():
    """Of 10,000 about three in four go through the account of weight 3; a repeat goes alike."""
    offered = [made("one"), made("other", weight="3")]
    chosen = [pick(offered, digest("m", n), 1).name for n in range(10_000)]

    assert 2_300 < Counter(chosen)["one"] < 2_700
    assert chosen == [pick(offered, digest("m", n), 1).name for n in range(10_000)]


def test_another_attempt_may_go_another_way():
    """A message that failed through one account is not bound to it."""
    offered = [made("one"), made("other")]
    ways = {pick(offered, digest("m", 1), number).name for number in range(20)}

    assert ways == {"one", "other"}
