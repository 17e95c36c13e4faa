"""What must hold before a roll-out goes on: metrics against bounds, with what chance allows for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from huiliu.kernel.times import DAY
from huiliu.metrics import METRICS, Adds, Metric, Unit
from huiliu.statistics.proportions import wilson

__all__ = [
    "DATA_FLOWS",
    "GATES",
    "GATE_METRICS",
    "Gate",
    "Reading",
    "Verdict",
    "judge_all",
    "judge_gate",
]

#: What can be a gate: shares, and counts that are added up; a gate waits for none that comes late.
GATE_METRICS: Final = tuple(
    one.name
    for one in METRICS.values()
    if not one.settles_after
    and (one.unit, one.adds) in {(Unit.SHARE, Adds.RATIO), (Unit.COUNT, Adds.SUM)}
)


class Verdict(StrEnum):
    """What a gate says."""

    PASSED = "passed"
    #: The bound is broken, and chance is no excuse.
    FAILED = "failed"
    #: Too little was seen, or it could still be chance.
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that must hold."""

    metric: Metric
    bound: float
    #: True: at least the bound; False: at most.
    is_least: bool
    #: How far it is looked back, in microseconds.
    within: int
    #: From fewer things than this nothing is said.
    fewest: int

    def keeps(self, value: float) -> bool:
        """Say whether a value keeps the bound."""
        return value >= self.bound if self.is_least else value <= self.bound


@dataclass(frozen=True, slots=True)
class Reading:
    """What a gate's metric was when it was looked at."""

    gate: Gate
    #: None = there is nothing to count.
    value: float | None
    #: From how many things.
    n: int
    verdict: Verdict


#: Gate 0: events arrive, names of people match, receipts return, orders are told where from.
DATA_FLOWS: Final = (
    Gate(METRICS["collected_events"], 100, is_least=True, within=DAY, fewest=1),
    Gate(METRICS["identified_share"], 0.3, is_least=True, within=7 * DAY, fewest=30),
    Gate(METRICS["receipt_rate"], 0.8, is_least=True, within=7 * DAY, fewest=20),
    Gate(METRICS["attributed_share"], 0.5, is_least=True, within=30 * DAY, fewest=10),
)
#: What each step has to show, unless the document says otherwise.
GATES: Final = (
    Gate(METRICS["delivery_rate"], 0.9, is_least=True, within=7 * DAY, fewest=50),
    Gate(METRICS["complaint_rate"], 0.003, is_least=False, within=7 * DAY, fewest=50),
    Gate(METRICS["opt_out_rate"], 0.02, is_least=False, within=7 * DAY, fewest=50),
)


def judge_gate(gate: Gate, top: float, bottom: float) -> Reading:
    """Return what a gate says of a metric that counted so much of so many.

    A share fails only where its 95 % interval lies beyond the bound: one complaint among the first
    sixty messages is no rate yet. It passes on its face as soon as enough was seen.
    """
    if gate.metric.unit is not Unit.SHARE:
        value = top
        if gate.keeps(value):
            return Reading(gate, value, int(bottom), Verdict.PASSED)
        return Reading(gate, value, int(bottom), Verdict.FAILED)
    n = int(bottom)
    if not n:
        return Reading(gate, None, 0, Verdict.UNCLEAR)
    value = top / bottom
    low, high = wilson(round(top), n)
    if (high < gate.bound) if gate.is_least else (low > gate.bound):
        is_enough = n >= min(gate.fewest, _FEWEST_TO_FAIL)
        return Reading(gate, value, n, Verdict.FAILED if is_enough else Verdict.UNCLEAR)
    is_enough = n >= gate.fewest and gate.keeps(value)
    return Reading(gate, value, n, Verdict.PASSED if is_enough else Verdict.UNCLEAR)


def judge_all(readings: Sequence[Reading], *, is_first: bool = False) -> Verdict:
    """Return what the gates say together: one that fails is enough, all must pass.

    Args:
        readings: of all of them.
        is_first: at gate 0 nobody got a message yet, so what messages tell is asked for later.
    """
    verdicts = {
        one.verdict for one in readings if one.n or not (is_first and one.gate.metric.of_messages)
    }
    if Verdict.FAILED in verdicts:
        return Verdict.FAILED
    return Verdict.UNCLEAR if Verdict.UNCLEAR in verdicts else Verdict.PASSED


#: What went wrong so often out of so few is no chance, whatever else is asked for.
_FEWEST_TO_FAIL: Final = 20
