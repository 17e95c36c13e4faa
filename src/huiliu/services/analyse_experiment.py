"""An experiment from a file: sums of each variant in, what can be said of them out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from huiliu.experiments.read_out import Arm, Comparison, read_out
from huiliu.services.read_columns import Columns, read_columns
from huiliu.statistics.always_valid import EXPECTED
from huiliu.statistics.welch import Sample

__all__ = ["Analysed", "analyse_experiment", "comparison_json"]

_NEEDED: Final = ("experiment", "variant", "metric", "n", "sum", "sum_squares")
_OPTIONAL: Final = ("time", "share")
#: What rounding in another program may do to a sum of squares.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Analysed:
    """What a file says."""

    comparisons: list[Comparison]
    #: Arms that are the only one of their experiment and metric: nothing can be said of them.
    alone: list[Arm]


def analyse_experiment(data: bytes, expected: float = EXPECTED) -> Analysed:
    """Return each variant of each experiment and metric against the first variant in the file.

    With a column `time`, rows are totals since the beginning at that time, and the last one counts.

    Raises:
        BadInput: with every bad cell and its line.
    """
    columns = read_columns(data, _NEEDED, _OPTIONAL)
    latest: dict[tuple[str, str, str], tuple[int, int, Arm]] = {}
    for line, row in columns.rows:
        at = columns.place(line, "time", row["time"], 1) if row.get("time") else 0
        arm = _arm(columns, line, row)
        key = arm.experiment, arm.metric, arm.variant
        before = latest.get(key)
        if before is not None and before[0] == at:
            columns.wrong(line, "variant", "analysis.row_twice", first=before[1])
        elif before is not None and _shrinks(before, at, arm):
            columns.wrong(line, "n", "analysis.shrinks", variant=arm.variant)
        if before is None or at > before[0]:
            # Its place stays: the first variant in the file is the control.
            latest[key] = at, line, arm
    columns.checked()
    arms = [arm for _, _, arm in latest.values()]
    many = Counter((arm.experiment, arm.metric) for arm in arms)
    alone = [arm for arm in arms if many[arm.experiment, arm.metric] == 1]
    return Analysed(read_out(arms, expected), alone)


def comparison_json(one: Comparison) -> dict[str, Any]:
    """Return a comparison as one JSON object; what cannot be known is null."""
    fixed = one.difference.interval()
    return {
        "experiment": one.variant.experiment, "variant": one.variant.variant,
        "metric": one.variant.metric, "control": one.control.variant,
        "n": [one.control.sample.n, one.variant.sample.n],
        "mean": [_known(one.control.sample.mean), _known(one.variant.sample.mean)],
        "difference": _known(one.difference.value), "relative": _known(one.relative.value),
        "p_fixed": _known(one.difference.p), "p_adjusted": _known(one.p_adjusted),
        "ci_fixed": [_known(end) for end in fixed],
        "ci_anytime": [_known(end) for end in one.anytime],
        "p_anytime": _known(one.p_anytime), "significant_anytime": one.is_significant,
        "chance_to_win": _known(one.chance), "expected_loss": _known(one.risk[1]),
        "more_needed": _known(one.more_needed),
        "srm_p": one.srm_p, "srm_blocked": one.is_blocked,
    }  # fmt: skip


def _arm(columns: Columns, line: int, row: Mapping[str, str]) -> Arm:
    """Return one row as an arm, its problems noted."""
    for name in ("experiment", "variant", "metric"):
        if not row[name]:
            columns.wrong(line, name, "analysis.no_name")
    before = len(columns.problems)
    n = columns.number(line, "n", row["n"])
    total = columns.number(line, "sum", row["sum"], None)
    squares = columns.number(line, "sum_squares", row["sum_squares"])
    if len(columns.problems) == before:
        if n > 0 and squares < total * total / n * (1 - _ROUNDING):
            columns.wrong(line, "sum_squares", "analysis.impossible_squares")
        if n == 0 and (total or squares):
            columns.wrong(line, "n", "analysis.nobody")
    written = row.get("share", "")
    share = columns.number(line, "share", written) if written else 1.0
    return Arm(row["experiment"], row["variant"], row["metric"], Sample(n, total, squares), share)


def _shrinks(before: tuple[int, int, Arm], at: int, arm: Arm) -> bool:
    """Say whether people went away with time: then rows are no totals."""
    earlier, later = (before[2], arm) if at > before[0] else (arm, before[2])
    return later.sample.n < earlier.sample.n


def _known(value: float) -> float | None:
    """Return a number, or None where there is none."""
    return value if isfinite(value) else None
