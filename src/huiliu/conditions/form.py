"""How a part of a condition is asked for: what builders draw instead of YAML.

Every operator and comparison says for itself what it wants, so a new one needs no change in any
builder. A plug-in that says nothing is shown as its YAML.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["KINDS", "Field", "Kind"]

Kind: TypeAlias = Literal[
    # Plain values.
    "text", "number", "whole", "flag", "scalar", "ordered", "moment", "duration", "pattern",
    "choice", "true",
    # Lists of plain values; `between` is a list of exactly two that have an order.
    "texts", "scalars", "between",
    # Names that the brand knows; pickers offer them.
    "event", "trait", "property", "segment", "list", "tag", "journey", "node", "template",
    "channel",
    # Structures: a map with fields, a list of such maps, comparisons, filters, conditions.
    "map", "rows", "tests", "filters", "condition", "conditions",
    # A list of [longitude, latitude] pairs, one a line.
    "points",
    # In journeys: the node of the same journey that a way out leads to.
    "way",
    # A share written as `10%`; how often someone may enter: a word of the options or a duration.
    "share", "again",
    # A local time `09:30`, a day, a local day and time; calendar days with a sign, `-3d`; whose
    # clocks are meant: person, brand or a zone; days of the week.
    "clock", "date", "local_moment", "days", "zone", "weekdays",
    # Something to be said when it happens: a plain value, or where it is found ({entry: total},
    # {trait: city}, {carried: answer.code}, {tag: tier}); a map of such values by name.
    "given", "givens",
]  # fmt: skip

KINDS: Final[frozenset[str]] = frozenset(Kind.__args__)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Field:
    """One value that a row of a builder asks for.

    Its label is the text `conditions.field.<key>`, that of an option
    `conditions.option.<key>.<option>`; without one, the word itself is shown.
    """

    #: The key of the YAML form; "" where the value's own keys stand in the operator's mapping,
    #: as those of `tests` do.
    key: str
    kind: Kind
    #: Without it there is no such condition; other fields are offered to be added.
    needed: bool = False
    #: What a new row begins with: a value as JSON knows it; None leaves an optional field out.
    start: object = None
    #: The words of a `choice`; the names of the comparisons that `tests` offer, none = all.
    options: tuple[str, ...] = ()
    #: The fields of a `map`, or of each of the `rows`.
    fields: tuple[Field, ...] = ()
    #: Keys that cannot stand beside this one: adding this takes them away.
    instead_of: tuple[str, ...] = ()
