"""What a report is: asked over whole days, answered with columns, rows, a chart and its method.

A report is one file. It names the data it needs of the shell, asks the warehouse by Ibis
expressions where it needs more, and builds its table from the answers: values in, values out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import ibis
import pyarrow as pa

from huiliu.kernel.texts import LOCALES, Text, catalogue, render, text
from huiliu.statistics.proportions import wilson

__all__ = [
    "COUNT",
    "DAYS",
    "MONEY",
    "NUMBER",
    "PART",
    "POINTS",
    "SHARE",
    "TEXT",
    "Cell",
    "Chart",
    "Column",
    "Given",
    "Options",
    "Report",
    "ReportKind",
    "Span",
    "bounded",
    "channel_words",
    "columns",
    "rate",
    "say",
    "told",
]

#: Types of columns.
TEXT: Final = "text"
COUNT: Final = "count"
NUMBER: Final = "number"
SHARE: Final = "share"
MONEY: Final = "money"
#: A part of a whole: no share of people, so it has no interval.
PART: Final = "part"
DAYS: Final = "days"
POINTS: Final = "points"

#: A text is said in the reader's language; None = it cannot be told.
Cell: TypeAlias = Text | str | int | float | None
#: Returns the option of a chart in a language; None = there is nothing to draw.
Chart: TypeAlias = Callable[[str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days of the brand's clocks, both included."""

    first: dt.date
    last: dt.date

    @property
    def n_days(self) -> int:
        """Return how many days it is long."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Column:
    """One column; its heading is `reports.column.<name>`."""

    name: str
    type: str
    #: The column whose interval this bounds; "" = none.
    bounds: str = ""

    @property
    def key(self) -> str:
        """Return the name that is this column's alone: `retention`, `retention_low`."""
        return f"{self.bounds}_{self.name}" if self.bounds else self.name


@dataclass(frozen=True, slots=True)
class Options:
    """What a report is asked."""

    span: Span
    #: From the first instant of the span to the one after its last, now at the latest.
    since: int
    until: int
    zone: str
    now: int
    currency: str


@dataclass(frozen=True, slots=True)
class Report:
    """The answer."""

    name: str
    span: Span
    #: Of columns of money; "" = there is none.
    currency: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    #: From how many people, orders or messages it is; what they are says `n_of`.
    n: int
    #: `reports.n.<word>`.
    n_of: str
    method: Text
    chart: Chart | None = None
    #: What a reader must know: left-out orders, a span that is not over, what cannot be told.
    notes: Sequence[Text] = ()
    #: Up to when the warehouse knew everything, when it was asked.
    as_of: int = 0


@dataclass(frozen=True, slots=True)
class Given:
    """What a report is built from."""

    options: Options
    #: Name of a need -> what the shell read.
    data: Mapping[str, Any]
    #: Name of a question -> what the warehouse answered.
    answers: Mapping[str, pa.Table] = field(default_factory=lambda: MappingProxyType({}))


#: The paid orders that stand, of one currency; a brand's population; what is asked.
Ask: TypeAlias = Callable[[ibis.Table, Any, Options], Mapping[str, ibis.Table]]


@dataclass(frozen=True, slots=True)
class ReportKind:
    """One report of the table; its words are `reports.<name>` and `reports.<name>.lead`."""

    name: str
    build: Callable[[Given], Report]
    #: What the shell reads for it: names of services/report_needs.NEEDS.
    needs: tuple[str, ...] = ()
    ask: Ask | None = None
    #: A span that it is usually asked over, in days.
    days: int = 90
    #: The page that shows more; "" = none.
    more: str = ""


def columns(*pairs: tuple[str, str]) -> list[Column]:
    """Return columns by name and type; a share gets the bounds of its interval behind it."""
    found: list[Column] = []
    for name, kind in pairs:
        found.append(Column(name, kind))
        if kind == SHARE:
            found += bounded(name)
    return found


def bounded(name: str, kind: str = SHARE) -> list[Column]:
    """Return the two columns of an interval."""
    return [Column("low", kind, name), Column("high", kind, name)]


def rate(k: int, n: int) -> tuple[float | None, float | None, float | None]:
    """Return a share and its 95 % interval; of nothing nothing is told."""
    if not n:
        return None, None, None
    return (k / n, *wilson(k, n))


def told(figure: float | None) -> float | None:
    """Return a figure; what is no number cannot be told."""
    return figure if figure is not None and isfinite(figure) else None


def channel_words(channel: str) -> Text | str:
    """Return what readers call a channel; "" was not told, one without a text is its own word."""
    if not channel:
        return text("reports.no_channel")
    key = f"console.channel.{channel}"
    return Text(key) if key in catalogue(LOCALES[0]) else channel


def say(said: Cell, locale: str) -> str:
    """Return a cell's words in a language; "" where there are none."""
    if said is None:
        return ""
    return render(said, locale) if isinstance(said, Text) else str(said)
