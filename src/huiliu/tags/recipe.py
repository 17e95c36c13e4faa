"""What a recipe is: how one kind of tag is computed for a whole population.

A recipe never asks an engine. It yields the Ibis expressions whose rows it needs, is sent those
rows, and ends with the expression of everybody's value; the shell runs what it yields. So the same
recipe runs on every engine, now or as of any moment of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

import ibis
import pyarrow as pa

from huiliu.conditions import Mentions, Tables
from huiliu.tags.reading import TagReading

__all__ = ["Computed", "Ground", "Keep", "Lineage", "Published", "Recipe", "RecipeKind", "Steps"]

#: Fit parameters, cut points and counts of one refresh, by a flat name.
Published: TypeAlias = "Mapping[str, float | str | list[float]]"

_NOTHING: Published = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Ground:
    """What recipes read of one brand at one moment."""

    tables: Tables
    #: One row a paid order that still stands; see `purchases.py`.
    purchases: ibis.Table
    #: One row a line of such an order.
    lines: ibis.Table
    #: The brand's IANA zone: calendar days are days there.
    zone: str
    #: The currency that money is told in; orders in others are left out and counted.
    currency: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a tag's value hangs on."""

    #: Canonical event names.
    events: frozenset[str] = frozenset()
    #: Names of traits.
    traits: frozenset[str] = frozenset()
    #: Slugs of other tags; a tag that reads its own last value names itself.
    tags: frozenset[str] = frozenset()
    #: Of `purchases` and `lines`.
    needs: frozenset[str] = frozenset()

    def __or__(self, other: Lineage) -> Lineage:
        """Return what either hangs on."""
        return Lineage(
            self.events | other.events,
            self.traits | other.traits,
            self.tags | other.tags,
            self.needs | other.needs,
        )

    @classmethod
    def of(cls, mentions: Mentions) -> Lineage:
        """Return what a condition hangs on."""
        return cls(mentions.events, mentions.traits, mentions.tags)


@dataclass(frozen=True, slots=True)
class Keep:
    """A wish: keep these rows in the warehouse, and hand back a table to go on with."""

    name: str
    #: An expression, or rows that were made here.
    rows: ibis.Table | pa.Table


@dataclass(frozen=True, slots=True)
class Computed:
    """Everybody's value, and what readers should know about how it was found."""

    #: profile_id, value (of the tag's type), and optionally `at`: when the fact happened that made
    #: the value. Who has no row, or null, has no such tag.
    values: ibis.Table | pa.Table
    published: Published = field(default_factory=lambda: _NOTHING)


#: Yields a table (or several) and is sent its rows; yields Keep and is sent a table to go on with.
Steps: TypeAlias = "Generator[ibis.Table | tuple[ibis.Table, ...] | Keep, Any, Computed]"


class Recipe(Protocol):
    """A parsed recipe: a frozen value."""

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        ...

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        ...

    def compute(self, ground: Ground, now: int) -> Steps:
        """Compute the tag for everybody at `now`, step by step."""
        ...


@dataclass(frozen=True, slots=True)
class RecipeKind:
    """One row of the table of recipes."""

    #: The key of the YAML form.
    name: str
    #: Types of tags that it can give.
    types: frozenset[str]
    #: (what stands below the name, path, reading, type of the tag) -> recipe, or None after
    #: noting problems.
    parse: Callable[[object, str, TagReading, str], Recipe | None]
