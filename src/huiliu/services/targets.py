"""Targets in use: how each stands, whether it is a good one, and taking one out of use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import EngineFailed, NotFound, Unavailable
from huiliu.kernel.texts import Text, text
from huiliu.metrics import Unit
from huiliu.planning.card import KIND as CARD
from huiliu.planning.card import parsed_card
from huiliu.planning.outlook import HISTORY_DAYS, Days, Outlook, Stand, outlook
from huiliu.planning.target import KIND, Span, Target, parsed_target
from huiliu.ports.documents import Document
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.figures import day_number, first_day, frame_of, read_days, today

__all__ = ["Check", "TargetRow", "list_targets", "preview_target", "remove_target", "show_target"]

#: Twice what the days usually bring is a wish.
_STRETCH: Final = 2.0
_EXPOSURE: Final = frozenset({
    "new_customers", "new_people", "active_people", "monthly_active", "collected_events",
    "messages_sent", "click_rate",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One of the five letters: whether a target is specific, measurable ..."""

    #: specific, measurable, achievable, relevant or timed.
    name: str
    #: good, warn or unknown.
    state: str
    said: Text


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target and how it stands."""

    target: Target
    #: 0 = it is being written.
    version: int
    #: None = the warehouse could not be asked.
    outlook: Outlook | None
    #: What was counted from the first day that matters on.
    days: Days
    checks: Sequence[Check]


def list_targets(world: World, brand_id: int) -> list[TargetRow]:
    """Return every target in use, those that end first first."""
    with world.store.transaction(brand_id) as tx:
        documents = [one for one in tx.documents.all(brand_id, KIND) if one.state == "live"]
        objectives = _objectives(tx, brand_id)
    looking = _Looking(world, brand_id, objectives)
    rows = [looking.row(parsed_target(one.source), one.version) for one in documents]
    return sorted(rows, key=lambda row: (row.target.span.last, row.target.slug))


def show_target(world: World, brand_id: int, slug: str) -> TargetRow:
    """Return one target in use and how it stands; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        document = _in_use(tx, brand_id, slug)
        objectives = _objectives(tx, brand_id)
    looking = _Looking(world, brand_id, objectives)
    return looking.row(parsed_target(document.source), document.version)


def preview_target(world: World, brand_id: int, target: Target) -> TargetRow:
    """Return how a target that is being written would stand."""
    with world.store.transaction(brand_id) as tx:
        objectives = _objectives(tx, brand_id)
    return _Looking(world, brand_id, objectives).row(target, 0)


def remove_target(world: World, brand_id: int, slug: str) -> None:
    """Take a target out of use; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        _in_use(tx, brand_id, slug)
        tx.documents.set_state(brand_id, KIND, slug, "archived")


def _in_use(tx: Tx, brand_id: int, slug: str) -> Document:
    """Return a document in use; raise NotFound."""
    found = tx.documents.latest(brand_id, KIND, slug)
    if found.state == "archived":
        raise NotFound(KIND, slug)
    return found


def _objectives(tx: Tx, brand_id: int) -> dict[str, str]:
    """Return channel -> what its card says that it is for."""
    cards = [parsed_card(one.source) for one in tx.documents.all(brand_id, CARD)
             if one.state == "live"]  # fmt: skip
    return {card.channel: card.objective for card in cards}


class _Looking:
    """Looks at targets; what is asked of the whole brand is asked once."""

    def __init__(self, world: World, brand_id: int, objectives: dict[str, str]) -> None:
        """Ask since when anything is known."""
        self._world = world
        self._brand_id = brand_id
        self._objectives = objectives
        self._today = today(world)
        self._is_away = False
        self._first: dt.date | None = None
        try:
            self._first = first_day(world, brand_id)
        except (Unavailable, EngineFailed):
            self._is_away = True

    def row(self, target: Target, version: int) -> TargetRow:
        """Return how one target stands."""
        days: Days = {}
        found: Outlook | None = None
        if not self._is_away:
            try:
                days = self._days(target)
                first = self._first or self._today
                found = outlook(target, days, day_number(self._today), day_number(first))
            except (Unavailable, EngineFailed):
                self._is_away = True
        checks = _checks(target, found, self._objectives)
        return TargetRow(target, version, found, days, checks)

    def _days(self, target: Target) -> Days:
        """Return what was counted on every day that matters."""
        begins = [target.span.first, self._today - dt.timedelta(days=HISTORY_DAYS)]
        if isinstance(target.baseline, Span):
            begins.append(target.baseline.first)
        last = min(max(target.span.last, self._today), self._today)
        frame = frame_of(
            self._world, self._brand_id, min(begins), last, target.channels, target.currency
        )
        return read_days(self._world, target.metric, frame)[""]


def _checks(
    target: Target, found: Outlook | None, objectives: dict[str, str]
) -> list[Check]:  # fmt: skip
    """Return the five letters."""
    return [
        Check(
            "specific", "good" if target.channels else "warn",
            text("targets.check.specific", owner=target.owner,
                 channels=", ".join(target.channels) or text("targets.all_channels")),
        ),
        _measurable(found),
        _achievable(found, target),
        _relevant(target, objectives),
        Check("timed", "good", text(
            "targets.check.timed", first=target.span.first.isoformat(),
            last=target.span.last.isoformat(), days=target.span.n_days,
        )),
    ]  # fmt: skip


def _measurable(found: Outlook | None) -> Check:
    """Say whether the metric is counted."""
    if found is None:
        return Check("measurable", "unknown", text("targets.check.away"))
    if not found.n_known:
        return Check("measurable", "warn", text("targets.check.not_measured"))
    return Check("measurable", "good", text("targets.check.measurable", n=found.n_known))


def _achievable(found: Outlook | None, target: Target) -> Check:
    """Say whether the days that were make the goal believable."""
    if found is None or found.goal is None:
        return Check("achievable", "unknown", text("targets.check.no_baseline"))
    if found.is_over:
        return Check("achievable", "good", text("targets.check.over"))
    if found.probability is None:
        return Check("achievable", "unknown", text("targets.check.too_little", n=found.n_known))
    usual, needed = found.usual_daily, found.needed_daily
    if usual is not None and needed is not None and target.is_upward and found.stand in {
        Stand.OFF_TRACK, Stand.WAITING, Stand.AT_RISK
    }:  # fmt: skip
        times = needed / usual if usual else float("inf")
        if times > _STRETCH:
            return Check("achievable", "warn", text("targets.check.stretch", times=f"{times:.1f}"))
    if found.probability < _DOUBTFUL:
        said = text("targets.check.unlikely", percent=round(100 * found.probability))
        return Check("achievable", "warn", said)
    said = text("targets.check.achievable", percent=round(100 * found.probability))
    return Check("achievable", "good", said)


def _relevant(target: Target, objectives: dict[str, str]) -> Check:
    """Say whether the metric is what the channels are for."""
    wanted = "exposure" if target.metric.name in _EXPOSURE else "conversion"
    if target.metric.unit is Unit.SHARE and target.metric.of_messages:
        wanted = ""
    others = [
        channel
        for channel in target.channels
        if wanted and objectives.get(channel, wanted) != wanted
    ]
    if others:
        said = text(
            "targets.check.other_objective", channels=", ".join(others),
            objective=text(f"cards.objective.{wanted}"),
        )  # fmt: skip
        return Check("relevant", "warn", said)
    return Check("relevant", "good", text("targets.check.relevant", because=target.because))


_DOUBTFUL: Final = 0.1
