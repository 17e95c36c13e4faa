"""The drill-down names where a rate fell, in words as short as possible."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from huiliu.governance.drill import Cell, drill

VALUES = {"version": ("1", "2", "3"), "os": ("ios", "android"), "region": ("n", "s", "e", "w")}


def cells(seed: int, by: float = 1.0, **where: str) -> list[Cell]:
    """Return cells in which those of `where` fell."""
    rng = np.random.default_rng(seed)
    found = []
    for key in product(*VALUES.values()):
        own = dict(zip(VALUES, key, strict=True))
        n, rate = int(rng.integers(2_000, 20_000)), rng.uniform(0.03, 0.2)
        now = rate * (by if all(own[name] == value for name, value in where.items()) else 1)
        before, after = rng.binomial(n, rate), rng.binomial(n, now)
        found.append(Cell(own, n, float(before), n, float(after)))
    return found


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "where", [{"os": "ios"}, {"version": "2"}, {"version": "3", "region": "e"}]
)
def test_what_fell_by_itself_comes_first(seed: int, where: dict[str, str]) -> None:
    """One value or two together, by a third."""
    found = drill(cells(seed, 0.67, **where))
    assert dict(found[0].where) == where
    assert found[0].seen < found[0].expected
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_a_rise_is_found_when_it_is_asked_for() -> None:
    """Where a high rate is the bad one."""
    risen = cells(1, 1.5, os="android")
    assert dict(drill(risen, rise=True)[0].where) == {"os": "android"}
    fallen = drill(risen)
    assert all(dict(one.where) != {"os": "android"} for one in fallen)


def test_where_all_fell_alike_nothing_is_named() -> None:
    """Exactly half everywhere: no value explains it."""
    alike = [Cell(one.where, 1_000, 200, 1_000, 100) for one in cells(1)]
    assert drill(alike) == []
    assert drill([]) == []


def test_a_dimension_of_one_value_explains_nothing() -> None:
    """It is in every cell."""
    found = drill([
        Cell({"app": "x", "os": "ios"}, 1_000, 200, 1_000, 100),
        Cell({"app": "x", "os": "android"}, 1_000, 200, 1_000, 200),
    ])  # fmt: skip
    assert [dict(one.where) for one in found] == [{"os": "ios"}]
