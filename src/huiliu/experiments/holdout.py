"""The document `kind: holdout`: people who are left in peace, so that what messages bring is told.

Holdouts are nested, the widest first: whom the brand's own one holds back is asked by no other.
Each draws with a salt of its own, so those of one are spread evenly over the next.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from huiliu.kernel.buckets import edge, place
from huiliu.kernel.documents import HEADER, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.fields import Fields
from huiliu.kernel.shares import as_share
from huiliu.kernel.texts import text

__all__ = [
    "HELD",
    "KIND",
    "SCOPES",
    "TREATED",
    "Holdout",
    "journey_scope",
    "parse_holdout",
    "parsed_holdout",
    "widest_first",
]

KIND: Final = "holdout"
#: What a holdout keeps people out of, the widest first.
SCOPES: Final = ("global", "channel", "journey", "message")
#: The two arms.
HELD: Final = "held"
TREATED: Final = "treated"
_FIELDS: Final = frozenset({
    *HEADER, "scope", "channels", "journeys", "templates", "share", "round", "from", "until",
})  # fmt: skip
#: Where the things stand that a scope names.
_NAMED: Final[Mapping[str, str]] = {
    "channel": "channels", "journey": "journeys", "message": "templates",
}  # fmt: skip
#: Of more than half nobody learns more, and most people are lost.
_MOST: Final = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Holdout:
    """One holdout as it is live; parsed once, never changed."""

    slug: str
    name: Mapping[str, str]
    note: str
    #: Of SCOPES.
    scope: str
    #: Channels, journeys or templates; () = all.
    things: tuple[str, ...]
    share: Fraction
    #: A new round draws everybody anew; "" = there is one for ever.
    round: str
    #: By the brand's clocks; None = no bound.
    first: dt.date | None
    last: dt.date | None
    #: Canonical YAML.
    source: str

    @property
    def key(self) -> str:
        """Return the scope of its drawings."""
        return f"{KIND}:{self.slug}#{self.round}" if self.round else f"{KIND}:{self.slug}"

    def covers(self, journey: str, channel: str, template: str) -> bool:
        """Say whether a message falls under it."""
        named = {"channel": channel, "journey": journey, "message": template}
        return self.scope == "global" or named[self.scope] in self.things

    def goes_on(self, day: dt.date) -> bool:
        """Say whether it holds anybody back on a day of the brand."""
        is_begun = self.first is None or self.first <= day
        return is_begun and (self.last is None or day <= self.last)

    def holds(self, profile_id: int) -> bool:
        """Say whether a person who is asked for the first time is held back."""
        return place(self.key, profile_id) < edge(self.share)


def journey_scope(slug: str) -> str:
    """Return the scope of a journey's own `holdout:`."""
    return f"journey:{slug}"


def widest_first(holdouts: Iterable[Holdout]) -> Sequence[Holdout]:
    """Return holdouts in the order in which they are asked."""
    return sorted(holdouts, key=lambda one: (SCOPES.index(one.scope), one.slug))


def parse_holdout(source: str | bytes) -> Holdout | tuple[Problem, ...]:
    """Return the holdout of a YAML source, or every problem with its path and line."""
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("plans.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    fields = Fields(loaded, loaded.tree, problems=list(problems))
    fields.only(_FIELDS)
    scope = fields.choice("scope", SCOPES, "global")
    things = _things(fields, scope)
    share = _share(fields)
    turn = fields.word("round", most=40)
    if "#" in turn:
        fields.wrong("round", "holdouts.no_hash")
    first, last = fields.day("from"), fields.day("until")
    if first is not None and last is not None and last < first:
        fields.wrong("until", "plans.ends_before")
    if fields.problems or header is None:
        return tuple(fields.problems)
    return Holdout(
        header.slug, header.name, header.note, scope, things, share, turn, first, last,
        dump(loaded.tree),
    )  # fmt: skip


@lru_cache(maxsize=512)
def parsed_holdout(source: str) -> Holdout:
    """Return the holdout of a stored source; raise BadInput where it is understood no more."""
    found = parse_holdout(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _things(fields: Fields, scope: str) -> tuple[str, ...]:
    """Return what the scope names, and note what belongs to another scope."""
    wanted = _NAMED.get(scope, "")
    for name in _NAMED.values():
        if name != wanted and name in fields.tree:
            fields.wrong(name, "holdouts.other_scope", scope=scope, name=name)
    if wanted == "channels":
        found = fields.channels("channels")
        if not fields.tree.get("channels"):
            fields.wrong("channels", "plans.want_channels")
        return found
    return fields.slugs(wanted, is_needed=True) if wanted else ()


def _share(fields: Fields) -> Fraction:
    """Return the share of people who are held back."""
    found = as_share(fields.tree.get("share"))
    if found is None or not 0 < found <= _MOST:
        fields.wrong("share", "holdouts.want_share")
        return _MOST
    return found
