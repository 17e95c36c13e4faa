"""Backtests a journey: the real log is lived through again with it, and nobody is reached.

People are independent of each other, so they are taken slice by slice, each from the beginning of
the log to the end of the period; only quotas and throttled audiences bind them together. A world
is asked for documents and for the past, and for nothing else: there is no channel to send by and
no way out by HTTP.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal
from huiliu.journeys import Journey
from huiliu.journeys.backtest import Asked, Counts, Drawn, Tally, report
from huiliu.journeys.cases import named_in
from huiliu.journeys.step import Caused
from huiliu.journeys.virtual import NULL_ANSWER, Brand, Run, Setting
from huiliu.kernel.errors import BadInput, BadSetting, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant, local_datetime
from huiliu.ports.outbound import CLOSED
from huiliu.ports.world import World
from huiliu.segments import Segment
from huiliu.services.apply_journey import check_journey
from huiliu.services.known_odds import known_odds
from huiliu.services.live import Live, live
from huiliu.services.policy_rules import rules_in_force
from huiliu.services.reaction_rates import reaction_rates
from huiliu.services.replay import Slice, Wanted, replay, wanted_of

__all__ = ["BacktestAsk", "Prepared", "backtest", "finish", "live_through", "prepare", "read_costs"]

#: Rows of the past that a slice holds, about: what bounds the memory.
_ROWS: Final = 150_000
_MOST_DAYS: Final = 3_700

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BacktestAsk:
    """What somebody wants to know."""

    source: str
    #: Instants; entries and decisions of [start, end) count.
    start: int
    end: int
    seed: int = 0
    #: Let the brand's live journeys live beside it.
    with_live: bool = False
    #: Take everybody to be reachable and willing, unless they said no.
    assumes_reach: bool = False
    #: Channel -> what a message costs.
    costs: Mapping[str, Decimal] = field(default_factory=dict)
    fatigue_limit: int = 7


@dataclass(frozen=True, slots=True)
class Prepared:
    """A backtest before it is lived through."""

    ask: BacktestAsk
    asked: Asked
    setting: Setting
    wanted: Wanted
    #: How many slices the people fall into.
    n_slices: int
    #: Rows of the past that can matter.
    n_rows: int
    #: When each day of the period begins.
    days: Sequence[int]


def read_costs(written: str) -> dict[str, Decimal]:
    """Return channel -> what a message costs, of `sms=0.045,email=0.001`; raise BadSetting."""
    found: dict[str, Decimal] = {}
    for part in filter(None, (each.strip() for each in written.split(","))):
        channel, _, amount = part.partition("=")
        try:
            found[channel.strip()] = Decimal(amount.strip())
        except InvalidOperation as fault:
            raise BadSetting("message_costs", written, text("setting.no_costs")) from fault
        if not found[channel.strip()].is_finite() or found[channel.strip()] < 0:
            raise BadSetting("message_costs", written, text("setting.no_costs"))
    return found


def backtest(
    world: World, brand_id: int, ask: BacktestAsk, told: Told | None = None
) -> dict[str, Any]:
    """Return the report of a backtest, lived through in this process.

    Raises:
        BadInput: the journey cannot be read, or the period is none.
    """
    prepared = prepare(world, brand_id, ask)
    counts, n_events = live_through(world, prepared, range(prepared.n_slices), told)
    return finish(prepared, counts, n_events)


def prepare(world: World, brand_id: int, ask: BacktestAsk) -> Prepared:
    """Return all that a backtest needs to know before people are looked at.

    Raises:
        BadInput: the journey cannot be read, or the period is none.
    """
    if not 0 <= ask.end - ask.start <= _MOST_DAYS * 86_400_000_000 or ask.start >= ask.end:
        raise BadInput((Problem("--to", text("journeys.no_period")),))
    with world.store.system() as tx:
        journey, problems = check_journey(tx, world, brand_id, ask.source)
        if journey is None:
            raise BadInput(problems)
        known = live(tx, world, brand_id)
        beside = _beside(known, journey) if ask.with_live else []
        cuts = tx.tags.cuts(brand_id, None)
        rules = rules_in_force(tx, world, brand_id)
        odds = known_odds(tx, world, brand_id)
    own = [journey.slug, *(each.slug for each in beside)]
    known_messages = _known_messages(world, brand_id, own, ask.end)
    rates = reaction_rates(world, brand_id, ask.start)
    setting = Setting(
        brand_id=brand_id,
        journeys=(journey, *beside),
        segments=_segments(known, (journey, *beside)),
        faces={slug: template.face for slug, template in known.templates.items()},
        rules=rules,
        odds=odds,
        zone=world.zone,
        assumes_reach=ask.assumes_reach,
        echoes=Drawn(ask.seed, rates),
        answers=_Answers(_known_answers(world, brand_id, ask.end)),
        known_messages=known_messages,
        suppressed=_suppressed(world, brand_id, ask.start),
        cuts=cuts,
        since=ask.start,
    )
    own_runs = _own_runs(world, brand_id, own) if "Journey Called" in setting.heard else ()
    wanted = wanted_of(setting, ask.start, own_runs)
    n_rows = _n_rows(world, brand_id, wanted, ask.end)
    days = _days(world.zone, ask.start, ask.end)
    most = rules.cap.most if rules.cap is not None else 0
    asked = Asked(
        journey, [each.slug for each in beside], ask.start, ask.end, ask.seed,
        [name for _, name in days], most, ask.fatigue_limit, ask.costs,
        sorted(rates), bool(known_messages), ask.assumes_reach,
    )  # fmt: skip
    together = any(_binds(each) for each in setting.journeys)
    n_slices = 1 if together else max(1, -(-n_rows // _ROWS))
    return Prepared(ask, asked, setting, wanted, n_slices, n_rows, [at for at, _ in days])


def live_through(
    world: World, prepared: Prepared, slices: Iterable[int], told: Told | None = None
) -> tuple[Counts, int]:
    """Let some slices of the people live through the period; return counts and events met.

    Args:
        world: where the past is.
        prepared: what is tried.
        slices: which ones.
        told: is told after each slice how many are done, and of how many.
    """
    # Nothing of this world can reach anybody.
    silent = replace(world, providers={}, outbound=CLOSED, shops={})
    ask = prepared.ask
    total: Counts = Counter()
    n_events = 0
    chosen = list(slices)
    for done, nth in enumerate(chosen, start=1):
        tally = Tally(days=prepared.days, fatigue_limit=ask.fatigue_limit)
        brand = Brand(prepared.setting, ask.start, ask.end, tally)
        n_events += replay(silent, brand, prepared.wanted, Slice(nth, prepared.n_slices))
        brand.finish()
        tally.close(brand.people)
        brand.forget()
        total.update(tally.counts)
        if told is not None:
            told(done, len(chosen))
    return total, n_events


def finish(prepared: Prepared, counts: Counts, n_events: int) -> dict[str, Any]:
    """Return the report of all slices together."""
    return report(prepared.asked, counts, n_events)


class _Answers:
    """Webhooks answer as the log tells, else at once that all is well; no task is done anew."""

    def __init__(self, known: frozenset[tuple[str, str, int]]) -> None:
        """Know which questions the log answers: (run, node, visit)."""
        self._known = known

    def called(self, run: Run, caused: Caused) -> tuple[int, Mapping[str, Value]] | None:
        """Return the null answer, or leave it to the log."""
        if (show_id(run.run_id), caused.node, caused.visit) in self._known:
            return None
        return 0, NULL_ANSWER

    def opened(self, run: Run, caused: Caused) -> tuple[int, str] | None:  # noqa: ARG002 - the protocol's
        """Leave it to the log."""
        return None


def _beside(known: Live, journey: Journey) -> list[Journey]:
    """Return the live journeys besides the one that is tried."""
    return [
        running.journey
        for slug, running in sorted(known.journeys.items())
        if running.state == "live" and slug != journey.slug
    ]


def _segments(known: Live, journeys: Sequence[Journey]) -> list[Segment]:
    """Return the live segments that journeys name."""
    named = frozenset().union(*(named_in(each.tree()) for each in journeys))
    return [segment for slug, segment in sorted(known.segments.items()) if slug in named]


def _binds(journey: Journey) -> bool:
    """Say whether what one person gets depends on what others got."""
    return bool(journey.entry.per_hour) or any(
        node.quota is not None for node in journey.nodes.values()
    )


def _known_messages(
    world: World, brand_id: int, slugs: Sequence[str], until: int
) -> frozenset[str]:
    """Return the ids of these journeys' messages that the log knows of."""
    tables = world.warehouse.population(brand_id, until)
    rows = tables.events
    journey = tables.cell(rows.properties, ("journey",))
    rows = rows.filter(rows.name == "Message Sent", journey.is_text(list(slugs)))
    rows = rows.select(message=tables.cell(rows.properties, ("message_id",)).text())
    found = world.warehouse.run(rows.distinct())
    return frozenset(found["message"].to_pylist())


def _known_answers(world: World, brand_id: int, until: int) -> frozenset[tuple[str, str, int]]:
    """Return the questions of webhooks that the log answers."""
    tables = world.warehouse.population(brand_id, until)
    rows = tables.events
    rows = rows.filter(rows.name == "Webhook Answered")
    rows = rows.select(
        run=tables.cell(rows.properties, ("run",)).text(),
        node=tables.cell(rows.properties, ("node",)).text(),
        visit=tables.cell(rows.properties, ("visit",)).number().cast("int64"),
    )
    found = world.warehouse.run(rows.distinct())
    return frozenset(
        zip(*(found[name].to_pylist() for name in ("run", "node", "visit")), strict=True)
    )


def _own_runs(world: World, brand_id: int, slugs: Sequence[str]) -> frozenset[str]:
    """Return the runs that these journeys had live."""
    runs = world.warehouse.past(brand_id).runs
    found = world.warehouse.run(runs.filter(runs.journey.isin(list(slugs))).select("run_id"))
    return frozenset(found["run_id"].to_pylist())


def _suppressed(world: World, brand_id: int, until: int) -> set[str]:
    """Return the addresses that must never be written to, as of the beginning."""
    tables: Tables = world.warehouse.population(brand_id, until)
    return set(world.warehouse.run(tables.suppressions)["identifier"].to_pylist())


def _n_rows(world: World, brand_id: int, wanted: Wanted, until: int) -> int:
    """Return how many events can matter."""
    rows = world.warehouse.past(brand_id).events
    rows = rows.filter(rows.name.isin(sorted(wanted.events)))
    rows = rows.filter(rows.replay_at < moment_literal(until))
    return int(world.warehouse.run(rows.aggregate(n=rows.count()))["n"][0].as_py())


def _days(zone: str, start: int, end: int) -> list[tuple[int, str]]:
    """Return when each day of a period begins in a zone, and its ISO date."""
    day = local_datetime(start, zone).date()
    found: list[tuple[int, str]] = []
    while True:
        at = as_instant(day.isoformat(), zone) or 0
        if at >= end:
            return found
        found.append((at if found else min(at, start), day.isoformat()))
        day += dt.timedelta(days=1)
