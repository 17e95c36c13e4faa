"""Who cares about a product: the rule, and the words of events that say so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text

__all__ = ["INTERESTS", "INTEREST_EVENTS", "Rules", "product_ids", "read_rules"]

#: What an event says of a person's interest, the strongest first.
INTERESTS: Final = ("carted", "favourited", "viewed")
#: Event -> the interest that it shows. Source: Segment's e-commerce specification, version 2,
#: but for the last one, which is ours.
INTEREST_EVENTS: Final[Mapping[str, str]] = {
    "Product Added": "carted",
    "Product Added to Wishlist": "favourited",
    "Product Favourited": "favourited",
    "Product Viewed": "viewed",
}
_LONGEST_DAYS: Final = 730


class Rules(msgspec.Struct, frozen=True):
    """A brand's rules for news about products."""

    #: For how many days each interest lasts, unless the person bought the product since.
    carted_days: int = 60
    favourited_days: int = 90
    viewed_days: int = 30
    #: At this stock or below, people who care are told once.
    low_stock: int = 5
    #: A price that moves by less, in percent, is no news.
    least_percent: int = 1
    #: So many people are told of one change at the most, those whose interest is freshest.
    most_people: int = 100_000

    def days(self, interest: str) -> int:
        """Return for how long an interest lasts."""
        return int(getattr(self, f"{interest}_days"))


_LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "carted_days": (0, _LONGEST_DAYS),
    "favourited_days": (0, _LONGEST_DAYS),
    "viewed_days": (0, _LONGEST_DAYS),
    "low_stock": (0, 1_000_000),
    "least_percent": (0, 100),
    "most_people": (1, 5_000_000),
}


def read_rules(given: Mapping[str, Any], before: Rules) -> Rules:  # as a form or JSON says it
    """Return the rules with what was given changed.

    Raises:
        BadInput: a name nobody knows, or a number out of its limits; all of them.
    """
    problems: list[Problem] = []
    found: dict[str, int] = {}
    for name, value in given.items():
        limits = _LIMITS.get(name)
        if limits is None:
            known = ", ".join(_LIMITS)
            problems.append(Problem(name, text("products.unknown_rule", known=known)))
            continue
        number = _whole(value)
        if number is None or not limits[0] <= number <= limits[1]:
            said = text("products.rule_limits", least=limits[0], most=limits[1])
            problems.append(Problem(name, said))
        else:
            found[name] = number
    if problems:
        raise BadInput(tuple(problems))
    return msgspec.structs.replace(before, **found)


def _whole(value: object) -> int | None:
    """Return a whole number, typed or written; None where it is none."""
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def product_ids(properties: Mapping[str, Any]) -> list[str]:  # as events carry it
    """Return the products that an event is about: its own, or those of its lines; each once."""
    found = [properties.get("product_id")]
    lines = properties.get("products")
    if isinstance(lines, list):
        found += [line.get("product_id") for line in lines if isinstance(line, Mapping)]
    ids = [
        str(one)
        for one in found
        if isinstance(one, str | int) and not isinstance(one, bool) and one
    ]
    return list(dict.fromkeys(ids))
