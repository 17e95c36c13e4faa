"""What the brand's codes brought lately, as the log tells."""

from __future__ import annotations

from dataclasses import dataclass

from huiliu.kernel.times import DAY
from huiliu.ports.ground import ScanCode
from huiliu.ports.world import World
from huiliu.reports.scan_codes import CodeCounts, code_counts, read_counts
from huiliu.services.scan_codes import list_codes

__all__ = ["CodeResult", "code_results"]

_NONE = CodeCounts(0, 0, 0)


@dataclass(frozen=True, slots=True)
class CodeResult:
    """One code and what it brought."""

    code: ScanCode
    counts: CodeCounts


def code_results(world: World, brand_id: int, channel: str, days: int = 30) -> list[CodeResult]:
    """Return a channel's codes with what they brought in the last days, the best first.

    Raises:
        Unavailable: the warehouse is away.
    """
    since = world.clock.now() - days * DAY
    tables = world.warehouse.population(brand_id)
    found = read_counts(world.warehouse.run(code_counts(tables, since)))
    rows = [
        CodeResult(one, found.get(one.scene, _NONE))
        for one in list_codes(world, brand_id, channel)
        if not one.ended_at or one.scene in found
    ]
    return sorted(rows, key=lambda one: (-one.counts.n_people, one.code.code_id))
