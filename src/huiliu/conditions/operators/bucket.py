"""`bucket`: the profile fell by stable chance into a share of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import ibis

from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.population import Tables
from huiliu.conditions.reading import Reading
from huiliu.kernel.buckets import edge, place
from huiliu.kernel.facts import Facts
from huiliu.kernel.texts import Text, text

__all__ = ["BUCKET", "Bucket"]

_KNOWN = frozenset({"bucket", "from", "below"})
_ALL = 100
_LONGEST = 200
_NO_MENTIONS = Mentions()


@dataclass(frozen=True, slots=True)
class Bucket:
    """Holds for those whose place on a line from 0 to 100 lies between two percentages."""

    #: Another salt is another draw.
    salt: str
    #: Percentages: from the one on, below the other.
    start: int | float
    end: int | float

    @property
    def mentions(self) -> Mentions:
        """Return nothing: a profile's id is all that is asked."""
        return _NO_MENTIONS

    def holds(self, facts: Facts, now: int) -> bool:  # noqa: ARG002 - time changes no draw
        """Say whether the profile's place lies between the two."""
        return _edge(self.start) <= place(self.salt, facts.profile_id) < _edge(self.end)

    def among(self, tables: Tables, now: int) -> ibis.Value:  # noqa: ARG002 - as in holds
        """Return the expression of `holds`: texts of hexadecimal digits stand as numbers do."""
        unit = tables.people.profile_id.cast("string")
        found = (ibis.literal(f"{self.salt}|") + unit).hexdigest("sha256")
        return (found >= _edge(self.start)) & (found < _edge(self.end))

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether it holds; time changes no draw."""
        return self.holds(facts, now), None

    def next_change(self, facts: Facts, now: int) -> int | None:  # noqa: ARG002 - as in holds
        """Return None: neither time nor events change a draw."""
        return None

    def sentence(self) -> Text:
        """Return the operator in words."""
        return text("conditions.bucket", salt=self.salt, start=self.start, end=self.end)

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        return {"bucket": self.salt, "from": self.start, "below": self.end}


def _edge(percent: int | float) -> str:  # noqa: PYI041 - whole percentages stay whole
    """Return the text before which the places below a percentage stand, exactly as written."""
    return edge(Fraction(repr(percent)) / _ALL)


def _parse(
    raw: Mapping[str, object],
    path: str,
    reading: Reading,
    child: Child,  # noqa: ARG001 - a leaf
) -> Condition | None:
    """Return the condition of `{bucket: summer-2026, from: 0, below: 50}`."""
    reading.refuse_unknown(raw, _KNOWN, path)
    salt = raw["bucket"]
    if not isinstance(salt, str) or not salt or len(salt) > _LONGEST:
        reading.fault(f"{path}.bucket", "want_salt", most=_LONGEST)
    start = _percent(raw.get("from", 0), f"{path}.from", reading)
    end = _percent(raw.get("below"), f"{path}.below", reading)
    if start is None or end is None:
        return None
    if end <= start:
        reading.fault(f"{path}.below", "empty_bucket")
    return Bucket(str(salt), start, end)


def _percent(raw: object, path: str, reading: Reading) -> int | float | None:
    """Return a percentage, or None after noting that it is none."""
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw <= _ALL:
        reading.fault(path, "want_percent")
        return None
    return raw


BUCKET = Operator(
    "bucket",
    _parse,
    form=(
        Field("bucket", "text", needed=True),
        Field("from", "number", needed=True, start=0),
        Field("below", "number", needed=True, start=50),
    ),
)
