"""`expression`: a formula over other tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import ibis

from huiliu.tags.formula import FUNCTIONS, Formula, parse_formula
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Lineage, RecipeKind, Steps
from huiliu.tags.recipes.values import tag_numbers

__all__ = ["EXPRESSION", "Expression"]

_KNOWN: Final = frozenset({"formula", "tags"})
_MOST_TAGS: Final = 10


@dataclass(frozen=True, slots=True)
class Expression:
    """A number from numbers; who lacks a tag that the formula needs has no value."""

    formula: str
    #: (name in the formula, slug of the tag).
    tags: tuple[tuple[str, str], ...]
    #: What computes the formula; made once, at the parse.
    computes: Formula = field(repr=False, compare=False)

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return Lineage(tags=frozenset(slug for _, slug in self.tags))

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        return {"formula": self.formula, "tags": dict(self.tags)}

    def compute(self, ground: Ground, now: int) -> Steps:
        """Compute the formula for everybody who has one of the tags."""
        yield from ()
        columns = {name: f"v{at}" for at, (name, _) in enumerate(self.tags)}
        each = []
        for name, slug in self.tags:
            rows = tag_numbers(ground, slug, now)
            others = {
                column: ibis.null("float64") for other, column in columns.items() if other != name
            }
            found = rows.mutate(**{columns[name]: rows.value}, **others)
            each.append(found.select("profile_id", *columns.values()))
        # One pass over all rows of all tags: cheaper than a join for each tag.
        rows = ibis.union(*each) if len(each) > 1 else each[0]
        folded = rows.group_by("profile_id").agg(
            **{column: rows[column].max() for column in columns.values()}
        )
        value = self.computes({name: folded[column] for name, column in columns.items()})
        return Computed(folded.select("profile_id", value=value.round(6)))


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> Expression | None:
    """Return the recipe of `{formula: paid / orders, tags: {paid: revenue, orders: orders}}`."""
    del type_
    given = reading.mapping(raw, path, _KNOWN, ("formula", "tags"))
    named = given.get("tags")
    if not isinstance(named, Mapping) or not named or len(named) > _MOST_TAGS:
        reading.wrong(f"{path}.tags", "want_tags", most=_MOST_TAGS)
        return None
    tags = []
    for name, slug in named.items():
        if not str(name).isidentifier() or name in FUNCTIONS:
            reading.wrong(f"{path}.tags.{name}", "formula_bad_name", name=name)
        tags.append((str(name), reading.slug(slug, f"{path}.tags.{name}")))
    formula = reading.word(given.get("formula"), f"{path}.formula")
    if not formula:
        return None
    computes = parse_formula(formula, frozenset(name for name, _ in tags))
    if isinstance(computes, tuple):
        fault, detail = computes
        reading.wrong(f"{path}.formula", fault, detail=detail, known=", ".join(FUNCTIONS))
        return None
    return Expression(formula, tuple(tags), computes)


EXPRESSION = RecipeKind("expression", frozenset({"number"}), _parse)
