"""`top`: the profile is among the N with the most of a tag, as of the tag's last refresh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import ibis

from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.operators.tag import expiry_of, refuse_unknown_tag, standing
from huiliu.conditions.population import Tables, number_literal
from huiliu.conditions.reading import Reading
from huiliu.conditions.values import as_number
from huiliu.kernel.facts import Facts
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import Text, text

__all__ = ["TOP", "Top"]

_KNOWN = frozenset({"top", "by"})
_MOST: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Top:
    """Holds when the tag's number lies above the published cut point of its top N.

    Who is at the cut point itself is told by the smaller id, so that N are N.
    """

    n: int
    tag: str
    #: The tag and its cut point; made once, as tracking asks for it with every event.
    mentions: Mentions = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note what is mentioned; any tag may have a time to live."""
        mentions = Mentions(
            timed=frozenset({self}),
            tags=frozenset({self.tag}),
            tops=frozenset({(self.tag, self.n)}),
        )
        object.__setattr__(self, "mentions", mentions)

    def holds(self, facts: Facts, now: int) -> bool:
        """Say whether the number is at least the cut point's; without one, nobody is meant."""
        cut, held = facts.cuts.get((self.tag, self.n)), facts.tags.get(self.tag)
        if cut is None or held is None:
            return False
        if held.expires_at is not None and held.expires_at <= now:
            return False
        number = as_number(held.value)
        if number is None:
            return False
        return number > cut.value or (number == cut.value and facts.profile_id <= cut.profile_id)

    def among(self, tables: Tables, now: int) -> ibis.Value:
        """Return the expression of `holds`."""
        cut = tables.cuts.get((self.tag, self.n))
        if cut is None:
            return ibis.literal(False)
        rows = standing(tables, self.tag, now)
        number, least = tables.cell(rows.value, ()).number(), number_literal(cut.value)
        at_cut = (number == least) & (rows.profile_id <= cut.profile_id)
        kept = rows.filter(((number > least) | at_cut).fill_null(False))
        return tables.people.profile_id.isin(kept.profile_id)

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether it holds, and when the value expires."""
        held = self.holds(facts, now)
        return held, expiry_of(facts, self.tag, now) if held else None

    def next_change(self, facts: Facts, now: int) -> int | None:
        """Return when the value expires, for who is among them."""
        return self.look(facts, now)[1]

    def dues(self, tables: Tables, now: int) -> ibis.Table:
        """Return when values expire."""
        rows = standing(tables, self.tag, now)
        return rows.filter(rows.expires_at.notnull()).select("profile_id", due=rows.expires_at)

    def sentence(self) -> Text:
        """Return the operator in words."""
        return text("conditions.top", n=self.n, tag=self.tag)

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        return {"top": self.n, "by": self.tag}


def _parse(
    raw: Mapping[str, object],
    path: str,
    reading: Reading,
    child: Child,  # noqa: ARG001 - a leaf
) -> Condition | None:
    """Return the condition of `{top: 1000, by: revenue}`."""
    reading.refuse_unknown(raw, _KNOWN, path)
    n, tag = raw["top"], raw.get("by")
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= _MOST:
        reading.fault(f"{path}.top", "want_top")
        n = 1
    if not isinstance(tag, str) or not is_slug(tag):
        reading.fault(f"{path}.by", "want_tag")
    else:
        refuse_unknown_tag(tag, f"{path}.by", reading)
    return Top(n, str(tag))


TOP = Operator(
    "top",
    _parse,
    form=(Field("top", "whole", needed=True, start=1000), Field("by", "tag", needed=True)),
)
