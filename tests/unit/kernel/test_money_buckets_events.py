"""Money is exact, buckets are stable, identifiers survive storing."""

from __future__ import annotations

import pytest

from huiliu.kernel.buckets import bucket, share
from huiliu.kernel.events import (
    Identifier,
    IdentifierType,
    canonical_name,
    join_identifiers,
    split_identifiers,
)
from huiliu.kernel.money import Money
from huiliu.kernel.registry import Registry


def test_money_is_whole_minor_units() -> None:
    """Yen have none, dinars three, and halves go to even."""
    assert Money.parse("12.34", "CNY") == Money(1234, "CNY")
    assert Money.parse("1234", "JPY") == Money(1234, "JPY")
    assert Money.parse("1.2345", "KWD") == Money(1234, "KWD")
    assert Money.parse("0.125", "CNY") == Money(12, "CNY")


@pytest.mark.parametrize("written", ["", "abc", "NaN", "Infinity", "1,5"])
def test_what_is_no_amount_is_none(written: str) -> None:
    """Nothing is guessed about money."""
    assert Money.parse(written, "CNY") is None


def test_currencies_are_never_added() -> None:
    """A yuan and a yen have no sum."""
    with pytest.raises(ValueError, match="cannot be added"):
        Money(1, "CNY") + Money(1, "JPY")
    assert str(Money(1, "CNY") + Money(1234, "CNY")) == "12.35 CNY"


def test_a_bucket_depends_on_salt_and_unit_alone() -> None:
    """The figure is written down: it must never change."""
    assert bucket("experiment", 42, 100) == 11
    assert 0 <= share("x", "y") < 1


def test_buckets_are_about_equal() -> None:
    """10,000 units in 10 buckets: each within five standard deviations (30) of 1,000."""
    counts = [0] * 10
    for unit in range(10_000):
        counts[bucket("even", unit, 10)] += 1
    assert all(850 < count < 1150 for count in counts)


def test_identifiers_survive_storing() -> None:
    """17 bytes each, in order."""
    names = (
        Identifier(IdentifierType.EMAIL, b"e" * 16),
        Identifier(IdentifierType.PHONE, b"p" * 16),
    )
    assert split_identifiers(join_identifiers(names)) == names
    assert len(join_identifiers(names)) == 34
    assert split_identifiers(b"") == ()


def test_segments_own_order_names_are_understood() -> None:
    """Order Completed is a paid order; other names are their own."""
    assert canonical_name("Order Completed") == "Order Paid"
    assert canonical_name("Order Paid") == "Order Paid"
    assert canonical_name("Something Else") == "Something Else"


def test_a_table_refuses_two_of_one_name() -> None:
    """A plug-in cannot hide another."""

    class Plug:
        """A plug-in."""

        name = "one"

    assert list(Registry([Plug()])) == ["one"]
    with pytest.raises(ValueError, match="twice"):
        Registry([Plug(), Plug()])
