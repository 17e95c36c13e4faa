"""What a population is to the Ibis reader: unbound tables, and cells that are read by type.

Conditions build Ibis expressions only and name no engine. What engines do differently, reading a
JSON value by type, they bring along as `Tables.cell`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

import ibis

from huiliu.kernel.facts import Cut
from huiliu.kernel.times import as_datetime, from_datetime

__all__ = ["Cell", "Tables", "TextCell", "group_of", "moment_literal", "number_literal"]

_HIGH = 1 << 40
_FIRST = from_datetime(dt.datetime.min.replace(tzinfo=dt.UTC))
_LAST = from_datetime(dt.datetime.max.replace(tzinfo=dt.UTC))


def group_of(profile_id: ibis.Value, n: int) -> ibis.Value:
    """Return which of n groups a person falls into, 0-based: groups of about one size.

    The lowest bits of ids are the same for nearly everybody, and only the highest are mixed by
    everything; ids that somebody counted have none of those.
    """
    return ((profile_id // _HIGH).cast("int64") + profile_id % n) % n


class Cell(Protocol):
    """One JSON value of each row, read by type; each reading is null where `values` says None."""

    def is_set(self) -> ibis.Value:
        """Return true where there is a value that is not JSON null; never null itself."""
        ...

    def text(self) -> ibis.Value:
        """Return the string, decoded."""
        ...

    def is_text(self, texts: Sequence[str]) -> ibis.Value:
        """Return whether it is one of these strings, never null.

        Engines may have a faster way than to decode every string.
        """
        ...

    def number(self) -> ibis.Value:
        """Return the number as a float64, infinite where it lies outside."""
        ...

    def flag(self) -> ibis.Value:
        """Return the boolean."""
        ...

    def under(self, *keys: str) -> Cell:
        """Return the cell that stands at these keys below; missing where there are none."""
        ...

    def length(self) -> ibis.Value:
        """Return the number of items of a list as an int64."""
        ...

    def has(self, scalars: Sequence[str | int | float | bool]) -> ibis.Value:
        """Return whether it is a list with an item that equals one of these, never null."""
        ...

    def items(self) -> ibis.Value:
        """Return the items of a list, as an array of documents to be read by cells again."""
        ...


@dataclass(frozen=True, slots=True)
class Tables:
    """One brand's population at one moment, as unbound Ibis tables.

    `profile_id` is the present profile everywhere.
    """

    #: profile_id: every present profile once.
    people: ibis.Table
    #: Name of a trait -> profile_id, value (JSON): its latest values.
    trait: Callable[[str], ibis.Table]
    #: profile_id, name (canonical), kind, occurred_at (timestamp), position (int64), properties
    #: (JSON), channel; events that are nobody's are not among them.
    events: ibis.Table
    #: (JSON column, path of keys) -> the cell at that path.
    cell: Callable[[ibis.Value, tuple[str, ...]], Cell]
    #: profile_id, type (its word), identifier (keyed hash in hexadecimal).
    identifiers: ibis.Table
    #: identifier: the hashes that must never be written to.
    suppressions: ibis.Table
    #: profile_id, first_channel, last_channel (text or null), device (JSON or null).
    touches: ibis.Table
    #: The same as of now under the ids that the events came with, with first_rank, last_rank and
    #: device_rank: occurred_at * 2^56 + position.
    touches_of_ids: ibis.Table
    #: Slug of a tag -> profile_id, value (JSON), set_at, expires_at (timestamps; null = never):
    #: the values that stand, those that expired among them.
    tag: Callable[[str], ibis.Table]
    #: profile_id, tag, value (JSON; null = cleared), set_at, expires_at: every change of a value.
    tags: ibis.Table
    #: Slug of a journey -> profile_id, run_id, entered_at, ended_at (null = under way), node: one
    #: row a run.
    runs: Callable[[str], ibis.Table]
    #: profile_id, run_id, journey, node, what, occurred_at: what runs did.
    steps: ibis.Table
    #: profile_id, order_id, paid_at, total, discount (float64), category, channel, currency; held
    #: by whoever computes tags, and empty of meaning elsewhere.
    purchases: ibis.Table
    #: What events of orders say, taken out of their JSON beforehand: profile_id, name, occurred_at,
    #: position, order_id, total, discount, coupon, category, channel, currency, refund, is_part;
    #: None = nobody did, and it is read from `events`.
    order_told: ibis.Table | None = None
    #: What `purchase_rows` gives, held by whoever asks for it several times; None = nobody did.
    standing: ibis.Table | None = None
    #: (since, until) -> the messages handed over in between, as metrics/rows tells them; held too.
    sent: Mapping[tuple[int, int], ibis.Table] = field(default_factory=lambda: MappingProxyType({}))
    #: profile_id, first_seen_at: when people were first seen, each perhaps several times, of which
    #: the earliest holds; None = nobody noted it, and it is read from `events`.
    seen: ibis.Table | None = None
    #: (tag, N) -> the cut point of its top N that holds at this moment.
    cuts: Mapping[tuple[str, int], Cut] = field(default_factory=lambda: MappingProxyType({}))


class TextCell:
    """A plain column of texts, read as a JSON value that is a string or missing would be."""

    def __init__(self, column: ibis.Value) -> None:
        """Read a column."""
        self._column = column

    def is_set(self) -> ibis.Value:
        """Return true where there is a text."""
        return self._column.notnull()

    def text(self) -> ibis.Value:
        """Return the text."""
        return self._column

    def is_text(self, texts: Sequence[str]) -> ibis.Value:
        """Return whether it is one of these texts, never null."""
        return self._column.isin(list(texts)).fill_null(False)

    def number(self) -> ibis.Value:
        """Return null: a text is no number."""
        return ibis.null("float64")

    def flag(self) -> ibis.Value:
        """Return null: a text is no flag."""
        return ibis.null("boolean")

    def under(self, *keys: str) -> TextCell:  # noqa: ARG002 - a text has no keys
        """Return a cell that is missing everywhere."""
        return TextCell(ibis.null("string"))

    def length(self) -> ibis.Value:
        """Return null: a text is no list."""
        return ibis.null("int64")

    def has(self, scalars: Sequence[str | int | float | bool]) -> ibis.Value:  # noqa: ARG002
        """Return false: a text is no list."""
        return ibis.literal(False)

    def items(self) -> ibis.Value:
        """Return null: a text is no list."""
        return ibis.null("array<json>")


def moment_literal(instant: int) -> ibis.Value:
    """Return an instant as a timestamp; past the calendar it is the calendar's edge."""
    inside = as_datetime(min(max(instant, _FIRST), _LAST)).replace(tzinfo=None)
    # As text: engines make a literal's seconds from a double, which may miss a microsecond.
    return ibis.literal(inside.isoformat(" ", "microseconds")).cast("timestamp(6)")


def number_literal(number: float) -> ibis.Value:
    """Return exactly this double.

    It travels as text: engines read a bare 0.1 as a decimal first, and the way from there to a
    double is not always correctly rounded.
    """
    return ibis.literal(repr(float(number))).cast("float64")
