"""`steady`: another tag without its flicker: it changes only when the new value held twice.

The first value stands at once. From then on a new value, or none, must have been found at two
refreshes that follow each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Lineage, RecipeKind, Steps
from huiliu.tags.recipes.values import tag_texts

__all__ = ["STEADY", "Steady"]

_KNOWN: Final = frozenset({"tag", "own"})


@dataclass(frozen=True, slots=True)
class Steady:
    """A text tag that waits for the second time."""

    #: The tag that flickers.
    tag: str
    #: The slug of this tag itself, whose last value is read.
    own: str

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return Lineage(tags=frozenset({self.tag, self.own}))

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        return {"tag": self.tag, "own": self.own}

    def compute(self, ground: Ground, now: int) -> Steps:
        """Compare what is found now, what was found before, and what stands."""
        yield from ()
        columns = {
            "found": tag_texts(ground, self.tag, now),
            "before": self._before(ground, now),
            "stood": tag_texts(ground, self.own, now),
        }
        each = []
        for name, rows in columns.items():
            others = {other: ibis.null("string") for other in columns if other != name}
            each.append(rows.select("profile_id", **{name: rows.value, **others}))
        both = ibis.union(*(one.select("profile_id", *columns) for one in each))
        known = both.group_by("profile_id").agg(**{name: both[name].max() for name in columns})
        held = known.found.identical_to(known.before)
        value = ibis.ifelse(known.stood.isnull() | held, known.found, known.stood)
        return Computed(known.select("profile_id", value=value))

    def _before(self, ground: Ground, now: int) -> ibis.Table:
        """Return the other tag's values as the refresh before this one left them."""
        changes = ground.tables.tags
        rows = changes.filter(changes.tag == self.tag, changes.set_at < moment_literal(now))
        newest = rows.set_at.max().over(ibis.window(group_by=rows.profile_id))
        rows = rows.mutate(newest=newest)
        rows = rows.filter(rows.set_at == rows.newest)
        texts = rows.select("profile_id", value=ground.tables.cell(rows.value, ()).text())
        # Two ids of one person may have been given values in the same refresh.
        return texts.group_by("profile_id").agg(value=texts.value.max())


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> Steady | None:
    """Return the recipe of `{tag: tier-candidate, own: tier}`."""
    del type_
    given = reading.mapping(raw, path, _KNOWN, tuple(sorted(_KNOWN)))
    if not all(key in given for key in _KNOWN):
        return None
    return Steady(*(reading.slug(given[key], f"{path}.{key}") for key in ("tag", "own")))


STEADY = RecipeKind("steady", frozenset({"text"}), _parse)
