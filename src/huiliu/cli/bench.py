"""`huiliu bench NAME`: one figure, beside its bar and the bare library's floor."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from huiliu.benches import BENCHES, Bench
from huiliu.benches.frame import Measured, Size, opened_place
from huiliu.cli.language import sentence
from huiliu.cli.options import Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import NotFound
from huiliu.kernel.texts import text

__all__ = ["bench"]

_MB = 1_000_000


def bench(
    name: Annotated[str | None, Parameter(help=sentence("cli.bench.name"))] = None,
    /,
    *,
    size: Annotated[Size, Parameter(help=sentence("cli.bench.size"))] = "small",
    json: Json = False,
) -> None:
    """Measure this machine in a throw-away instance, never in the one it is called in."""
    if name is None:
        _list(json=json)
        return
    if name not in BENCHES:
        raise NotFound("bench", name)
    chosen = BENCHES[name]
    with opened_place() as (place, memory):
        measured = chosen.run(size, place)
    shown = _shown(chosen, measured, memory.peak_bytes)
    if json:
        emit(shown)
        return
    key = "bench.met" if shown["met"] else "bench.missed"
    say(text(key, bench=name, figure=shown["figure"], unit=chosen.unit, bar=chosen.bar))
    table(("", ""), [(name, value) for name, value in shown.items()])


def _list(*, json: bool) -> None:
    """Print every bench with its unit and bar."""
    if json:
        emit([{"bench": b.name, "unit": b.unit, "bar": b.bar} for b in BENCHES.values()])
        return
    headings = (text("bench.name"), text("bench.unit"), text("bench.bar"))
    table(headings, ((b.name, b.unit, f"{b.bar:g}") for b in BENCHES.values()))


def _shown(chosen: Bench, measured: Measured, peak_bytes: int) -> dict[str, object]:
    """Return the one object that a bench prints."""
    figure, floor = measured.figure, measured.floor
    ratio = None
    if floor:
        ratio = round(figure / floor if chosen.more_is_better else floor / figure, 3)
    met = figure >= chosen.bar if chosen.more_is_better else figure <= chosen.bar
    return {
        "bench": chosen.name,
        "figure": _rounded(figure),
        "unit": chosen.unit,
        "floor": None if floor is None else _rounded(floor),
        "ratio": ratio,
        "bar": chosen.bar,
        "met": met,
        "peak_memory_mb": round(peak_bytes / _MB),
        "machine": _machine(),
        "details": dict(measured.details),
    }


def _rounded(figure: float) -> float:
    """Return a figure with as many digits as it deserves."""
    return round(figure) if abs(figure) >= 100 else round(figure, 2)


def _machine() -> Mapping[str, object]:
    """Return what the figure was measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    """Return the processor's name, or its kind where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
