"""Worlds of channels are the same for the same seed, and hold the faults that are put in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from huiliu.governance.funnel import FunnelCell, drill_funnel
from huiliu.simulator.channel_world import (
    CELLS,
    DIMENSIONS,
    FAULTS,
    STAGES,
    ChannelWorld,
    Fault,
    cells_of,
    days_of,
)

SMALL = replace(CELLS, before=9_000, after=900)


def rate(cells: list[FunnelCell], fault: Fault, *, is_hit: bool) -> tuple[float, float]:
    """Return the rate of a fault's step before and after, of those who have its values or not."""
    at = STAGES.index(fault.stage)
    some = [
        one for one in cells
        if all(one.where[name] == value for name, value in fault.where.items()) == is_hit
    ]  # fmt: skip
    return (
        sum(one.before[at] for one in some) / sum(one.before[at - 1] for one in some),
        sum(one.after[at] for one in some) / sum(one.after[at - 1] for one in some),
    )


def test_the_same_seed_gives_the_same_world() -> None:
    """Another seed gives another one."""
    assert days_of(ChannelWorld(1), 5) == days_of(ChannelWorld(1), 5)
    assert days_of(ChannelWorld(1), 5) != days_of(ChannelWorld(2), 5)
    assert cells_of(1, FAULTS[0], SMALL) == cells_of(1, FAULTS[0], SMALL)


def test_a_fall_lowers_its_channel_from_its_day_on_and_no_other() -> None:
    """The draws of other channels stay what they were."""
    whole = days_of(ChannelWorld(3, channels=3), 40)
    fallen = days_of(ChannelWorld(3, channels=3), 40, {"channel-2": (20, 0.5)})
    assert [one for one in whole if one.day < 20] == [one for one in fallen if one.day < 20]
    late = [
        sum(one.conversions for one in days if one.channel == "channel-2" and one.day >= 20)
        for days in (whole, fallen)
    ]
    assert late[1] == pytest.approx(late[0] * 0.5, rel=0.2)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.name))
def test_each_fault_lowers_its_step_for_its_people_and_is_named(fault: Fault) -> None:
    """The step falls by its factor where the values fit and stays elsewhere; it is named first."""
    assert all(value in DIMENSIONS[name] for name, value in fault.where.items())
    cells = cells_of(11, fault, replace(CELLS, after=2_000_000))
    before, after = rate(cells, fault, is_hit=True)
    assert after / before == pytest.approx(fault.factor, rel=0.1)
    before, after = rate(cells, fault, is_hit=False)
    assert after / before == pytest.approx(1, rel=0.05)
    (first,) = drill_funnel(cells, STAGES, 1)
    assert first.step == fault.stage
    assert dict(first.suspect.where) == dict(fault.where)


def test_where_nothing_is_wrong_nothing_stands_out() -> None:
    """A score of noise is far below that of any fault."""
    found = drill_funnel(cells_of(12), STAGES, 1)
    assert all(one.suspect.score < 12 for one in found)
