"""What an experiment or holdout may be measured by: what one person did after they were drawn.

Each outcome reads into the same three columns, `profile_id`, `at` and `value`: a row is one thing
that happened. Of an outcome that counts once, a person's value is 1 from the first row on; of the
others it is the sum of their rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import ibis

from huiliu.conditions.population import number_literal
from huiliu.metrics import Frame, Unit
from huiliu.metrics.rows import purchases

__all__ = ["OUTCOMES", "Outcome", "margin_outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome; its words are `experiments.outcome.<name>`."""

    name: str
    unit: Unit
    #: profile_id, at (timestamp), value (float64).
    read: Callable[[Frame], ibis.Table]
    #: Whether it either happened or did not.
    is_once: bool = False
    is_more_better: bool = True

    @property
    def is_share(self) -> bool:
        """Say whether its mean is a share of people."""
        return self.is_once


def margin_outcome(margin: float) -> Outcome:
    """Return what orders left after their goods were paid for.

    Args:
        margin: the share of the undiscounted price that the brand keeps.
    """

    def read(frame: Frame) -> ibis.Table:
        """Return one row an order: what was paid, less what its goods cost."""
        rows = purchases(frame)
        left = rows.total - (1.0 - margin) * rows.list_total
        return rows.select("profile_id", at="paid_at", value=left.cast("float64"))

    return Outcome("margin", Unit.MONEY, read)


def _bought(frame: Frame) -> ibis.Table:
    """Return one row an order that was paid and stands."""
    rows = purchases(frame)
    return rows.select("profile_id", at="paid_at", value=number_literal(1.0))


def _revenue(frame: Frame) -> ibis.Table:
    """Return what each order that stands brought, in major units of the frame's currency."""
    rows = purchases(frame)
    return rows.select("profile_id", at="paid_at", value=rows.total.cast("float64"))


def _told_by(*names: str, is_human: bool = False) -> Callable[[Frame], ibis.Table]:
    """Return what reads one row an event of these names."""

    def read(frame: Frame) -> ibis.Table:
        """Return one row an event; what a machine did was done by nobody."""
        rows = frame.tables.events
        rows = rows.filter(rows.name.isin(list(names)), rows.profile_id.notnull())
        if is_human:
            machine = frame.tables.cell(rows.properties, ("machine",)).flag()
            rows = rows.filter(~machine.fill_null(False))
        return rows.select("profile_id", at="occurred_at", value=number_literal(1.0))

    return read


_ALL: Final = (
    Outcome("bought", Unit.SHARE, _bought, is_once=True),
    Outcome("orders", Unit.COUNT, _bought),
    Outcome("revenue", Unit.MONEY, _revenue),
    Outcome("clicked", Unit.SHARE, _told_by("Message Clicked", is_human=True), is_once=True),
    Outcome(
        "refunded", Unit.SHARE, _told_by("Order Refunded"), is_once=True, is_more_better=False
    ),
    Outcome(
        "opted_out", Unit.SHARE, _told_by("Consent Withdrawn"), is_once=True, is_more_better=False
    ),
    Outcome(
        "complained", Unit.SHARE, _told_by("Message Complained"), is_once=True,
        is_more_better=False,
    ),
    # Where nobody says what goods cost, they cost nothing.
    margin_outcome(1.0),
)  # fmt: skip

#: Name -> outcome.
OUTCOMES: Final[Mapping[str, Outcome]] = MappingProxyType({one.name: one for one in _ALL})
