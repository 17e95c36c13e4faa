"""What experiments say: who met them, what each arm brought, and what can be made of it.

Everything is read as sums from the warehouse. Who met an experiment when, and by which chance they
got their arm, is what the log was told at their first meeting.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.experiments.adaptive import Cells, Chances, compare_weighted, expected_people
from huiliu.experiments.arm_days import ArmDays
from huiliu.experiments.plan import KIND, Plan, parsed_experiment
from huiliu.experiments.read_out import Arm, Comparison, corrected_together, read_out
from huiliu.experiments.standing import WAITING
from huiliu.experiments.verdict import MetricLine, Verdict, judge
from huiliu.kernel.errors import NotFound
from huiliu.kernel.texts import Text
from huiliu.kernel.times import DAY, local_datetime
from huiliu.ports.experiments import BatchRow, ExperimentRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.arm_statistics import arm_statistics
from huiliu.services.costs import price_card
from huiliu.services.figures import today, usual_currency
from huiliu.statistics.always_valid import EXPECTED
from huiliu.statistics.cuped import Paired, adjusted_samples
from huiliu.statistics.sample_ratio import BLOCKED, sample_ratio_p
from huiliu.statistics.welch import Sample

__all__ = [
    "ArmPeople",
    "ExperimentResult",
    "Standpoint",
    "all_results",
    "measure",
    "results",
    "standpoint_of",
]

_VIEWED: Final = "Experiment Viewed"
#: Between an arm and the batch in which it was given.
_CUT: Final = "#"
_NOTHING: Final = Paired(0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class ArmPeople:
    """One arm and its people."""

    name: str
    n: int
    #: The planned share; under thompson, of those who come now.
    share: float
    #: What the first goal adds up to, as it was counted.
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Standpoint:
    """An experiment's document and how it stands; `row` is None before it was ever begun."""

    plan: Plan
    version: int
    row: ExperimentRow | None
    batches: Sequence[BatchRow] = ()

    @property
    def state(self) -> str:
        """Return waiting, running, ended or rolled_out."""
        return self.row.state if self.row is not None else WAITING


@dataclass(frozen=True, slots=True)
class ExperimentResult:
    """What one experiment says."""

    plan: Plan
    state: str
    #: 0 = not yet.
    began_at: int
    ended_at: int
    people: int
    #: The control first.
    arms: Sequence[ArmPeople]
    #: Goals first.
    lines: Sequence[MetricLine]
    #: How likely it is that people fell into the arms as planned.
    srm_p: float
    said: Verdict
    winner: str
    #: Whether the planned people are there, or the planned day is over.
    sample_done: bool
    #: Of money.
    currency: str
    #: What was seen at the one look that was planned; None = it has not come.
    planned_look: Sequence[Mapping[str, object]] | None
    #: Day -> arm -> (difference, half an interval that holds at every look) of the first goal.
    series: Sequence[tuple[dt.date, Mapping[str, tuple[float, float]]]]
    #: Until when it was read.
    read_at: int

    @property
    def slug(self) -> str:
        """Return its name for ever."""
        return self.plan.slug

    @property
    def name(self) -> Mapping[str, str]:
        """Return its name by language."""
        return self.plan.name

    @property
    def hypothesis(self) -> str:
        """Return what is expected, and why."""
        return self.plan.hypothesis

    @property
    def mode(self) -> str:
        """Return ab or thompson."""
        return self.plan.mode

    @property
    def planned(self) -> int:
        """Return for how many people it was planned; 0 = until a day."""
        return self.plan.sample

    @property
    def control(self) -> str:
        """Return the name of the control."""
        return self.plan.control

    @property
    def is_blocked(self) -> bool:
        """Say whether people fell into the arms otherwise than planned: believe nothing then."""
        return self.srm_p < BLOCKED

    @property
    def verdict(self) -> Text:
        """Return what can be said, in a sentence."""
        return self.said.text


def results(world: World, brand_id: int, slug: str) -> ExperimentResult:
    """Return what one experiment says now.

    Raises:
        NotFound: there is no such experiment in use.
        EngineFailed: the warehouse cannot answer.
    """
    with world.store.system() as tx:
        stands = standpoint_of(tx, brand_id, slug)
    return measure(world, brand_id, stands)


def all_results(
    world: World, brand_id: int, first: dt.date | None = None, last: dt.date | None = None
) -> list[ExperimentResult]:
    """Return every experiment that ran at any time in a span of days, those begun last first."""
    with world.store.system() as tx:
        slugs = [one.slug for one in tx.documents.all(brand_id, KIND) if one.state != "archived"]
        found = [standpoint_of(tx, brand_id, slug) for slug in slugs]
    ran = [one for one in found if _ran(world, one, first, last)]
    ran.sort(key=lambda one: (-(one.row.began_at if one.row else 0), one.plan.slug))
    return [measure(world, brand_id, one) for one in ran]


def standpoint_of(tx: Tx, brand_id: int, slug: str) -> Standpoint:
    """Return an experiment's document and how it stands; raise NotFound."""
    document = tx.documents.latest(brand_id, KIND, slug)
    if document.state == "archived":
        raise NotFound(KIND, slug)
    plan = parsed_experiment(document.source)
    row = tx.experiments.all(brand_id).get(slug)
    batches: Sequence[BatchRow] = ()
    if row is not None and plan.is_adaptive:
        batches = tx.experiments.batches(brand_id, slug, row.began_at)
    return Standpoint(plan, document.version, row, batches)


def measure(world: World, brand_id: int, stands: Standpoint) -> ExperimentResult:
    """Return what an experiment says now; of one that has not begun, that nothing is known."""
    plan, row = stands.plan, stands.row
    now = world.clock.now()
    began_at = row.began_at if row is not None else 0
    ended_at = row.ended_at if row is not None else 0
    read = _Reading(world, brand_id, stands, _until(plan, ended_at, now))
    lines = read.lines() if began_at else []
    counts = read.people(lines)
    srm_p = read.srm(counts)
    people = sum(counts.values())
    shares = row.shares if row is not None else plan.shares
    totals = read.totals() if began_at else {}
    arms = [
        ArmPeople(one, counts[one], shares.get(one, 0.0), totals.get(one, 0.0))
        for one in plan.shares
    ]
    done = bool(began_at) and _is_done(world, plan, people)
    return ExperimentResult(
        plan, stands.state, began_at, ended_at, people, arms, lines, srm_p,
        judge(lines, srm_p, people), row.winner if row is not None else "", done, read.currency,
        row.planned if row is not None else None, read.series() if began_at else [], read.until,
    )  # fmt: skip


class _Reading:
    """One experiment being read from the warehouse."""

    def __init__(self, world: World, brand_id: int, stands: Standpoint, until: int) -> None:
        """Hold what is asked."""
        self.world, self.brand_id, self.until = world, brand_id, until
        self.plan, self.row = stands.plan, stands.row
        self.chances: Chances = {one.batch: one.shares for one in stands.batches}
        self.expected = float(self.plan.sample or EXPECTED)
        self._days: dict[str, ArmDays] = {}
        money = {"revenue", "margin"} & set(self.plan.metrics)
        self.currency = self.plan.currency
        if money and not self.currency:
            self.currency = usual_currency(world, brand_id)

    def lines(self) -> list[MetricLine]:
        """Return every outcome of the plan."""
        for metric in self.plan.metrics:
            self._days[metric] = self._read(metric)
        each = len(self.plan.arms) - 1
        lines = []
        for role, metrics in (("goal", self.plan.goals), ("guard", self.plan.guards)):
            found = corrected_together([one for name in metrics for one in self._compare(name)])
            lines += [
                MetricLine(
                    name, role, found[nth * each : (nth + 1) * each],
                    is_first=name == self.plan.goals[0],
                )
                for nth, name in enumerate(metrics)
            ]  # fmt: skip
        return lines

    def people(self, lines: Sequence[MetricLine]) -> dict[str, int]:
        """Return arm -> how many people are in it."""
        counts = dict.fromkeys(self.plan.shares, 0)
        if lines:
            for key, paired in self._days[lines[0].metric].sums().items():
                arm = _parted(key)[0]
                if arm in counts:
                    counts[arm] += round(paired.n)
        return counts

    def totals(self) -> dict[str, float]:
        """Return arm -> what the first goal adds up to."""
        totals: dict[str, float] = {}
        for key, paired in self._days[self.plan.goals[0]].sums().items():
            arm = _parted(key)[0]
            totals[arm] = totals.get(arm, 0.0) + paired.total
        return totals

    def srm(self, counts: Mapping[str, int]) -> float:
        """Return how likely so unequal arms are at the shares by which people were let in."""
        arms = list(self.plan.shares)
        planned: Mapping[str, float] = self.plan.shares
        if self.plan.is_adaptive and any(counts.values()):
            cells = _cells(self._days[self.plan.metrics[0]].sums())
            planned = expected_people(cells, self.chances, arms)
        return sample_ratio_p([counts[one] for one in arms], [planned[one] for one in arms])

    def series(self) -> list[tuple[dt.date, Mapping[str, tuple[float, float]]]]:
        """Return the differences of the first goal at the end of each day."""
        goal = self.plan.goals[0]
        found: list[tuple[dt.date, Mapping[str, tuple[float, float]]]] = []
        for day, sums in self._days[goal].series():
            compared = self._of_sums(goal, sums)
            told = {
                one.variant.variant: (one.difference.value, one.half)
                for one in compared
                if one.half != float("inf")
            }
            if told:
                found.append((day, told))
        return found

    def _read(self, metric: str) -> ArmDays:
        """Read one outcome."""
        plan, row = self.plan, self.row
        assert row is not None
        margin = None
        if metric == "margin":
            margin = _margin(self.world, self.brand_id)
        return arm_statistics(
            self.world, self.brand_id, self._exposed(row.began_at), metric, until=self.until,
            window=plan.window, before=plan.covariate, currency=self.currency, margin=margin,
        )  # fmt: skip

    def _exposed(self, since: int) -> ibis.Table:
        """Return who met the experiment when, and the arm that they got."""
        tables = self.world.warehouse.population(self.brand_id)
        rows = tables.events
        rows = rows.filter(
            rows.name == _VIEWED, rows.kind == "internal",
            rows.occurred_at >= moment_literal(since),
            rows.occurred_at < moment_literal(self.until),
        )  # fmt: skip
        rows = rows.filter(tables.cell(rows.properties, ("experiment",)).text() == self.plan.slug)
        arm = tables.cell(rows.properties, ("variant",)).text()
        rows = rows.mutate(arm=arm)
        rows = rows.filter(rows.arm.isin(list(self.plan.shares)))
        if self.plan.is_adaptive:
            batch = tables.cell(rows.properties, ("batch",)).number().fill_null(-1.0)
            rows = rows.mutate(arm=rows.arm + _CUT + batch.cast("int64").cast("string"))
        return rows.select("profile_id", "arm", at=rows.occurred_at)

    def _compare(self, metric: str) -> list[Comparison]:
        """Return every arm against the control, as all is now."""
        return self._of_sums(metric, self._days[metric].sums())

    def _of_sums(self, metric: str, sums: Mapping[str, Paired]) -> list[Comparison]:
        """Return every arm against the control."""
        plan = self.plan
        if plan.is_adaptive:
            return compare_weighted(
                (plan.slug, metric), _cells(sums), self.chances, list(plan.shares),
                expected=self.expected, alpha=plan.alpha,
            )  # fmt: skip
        paired = [sums.get(one, _NOTHING) for one in plan.shares]
        samples = [_plain(one) for one in paired]
        if plan.covariate:
            samples = adjusted_samples(paired)
        arms = [
            Arm(plan.slug, name, metric, sample, share)
            for (name, share), sample in zip(plan.shares.items(), samples, strict=True)
        ]
        return read_out(arms, self.expected, plan.alpha)


def _cells(sums: Mapping[str, Paired]) -> Cells:
    """Return (arm, batch) -> sums, of arms that were read together with their batch."""
    return {_parted(key): _plain(one) for key, one in sums.items()}


def _parted(key: str) -> tuple[str, int]:
    """Return an arm and its batch; -1 = nobody says which."""
    arm, _, batch = key.rpartition(_CUT)
    return (arm, int(batch)) if arm else (key, -1)


def _plain(paired: Paired) -> Sample:
    """Return the sums of the metric alone."""
    return Sample(paired.n, paired.total, paired.squares)


def _until(plan: Plan, ended_at: int, now: int) -> int:
    """Return until when outcomes count: after the end, those who met it last have their window."""
    if not ended_at:
        return now + 1
    return min(now + 1, ended_at + (plan.window or 28 * DAY))


def _is_done(world: World, plan: Plan, people: int) -> bool:
    """Say whether the experiment has come as far as it was planned to."""
    if plan.sample and people >= plan.sample:
        return True
    return plan.ends is not None and today(world) > plan.ends


def _ran(world: World, stands: Standpoint, first: dt.date | None, last: dt.date | None) -> bool:
    """Say whether an experiment ran on any day of a span."""
    row = stands.row
    if first is None and last is None:
        return True
    if row is None or not row.began_at:
        return False
    began = local_datetime(row.began_at, world.zone).date()
    ended = local_datetime(row.ended_at or world.clock.now(), world.zone).date()
    return (last is None or began <= last) and (first is None or ended >= first)


def _margin(world: World, brand_id: int) -> float | None:
    """Return which share of an undiscounted price the brand keeps; None = nobody says."""
    with world.store.transaction(brand_id) as tx:
        return price_card(tx, brand_id).margin
