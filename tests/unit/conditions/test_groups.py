"""People are told apart into groups of about one size, whoever made their ids."""

from __future__ import annotations

import duckdb
import ibis
import pytest

from huiliu.conditions.population import group_of
from huiliu.kernel.ids import profile_id_from_position


@pytest.mark.parametrize("n", [2, 3, 4, 20])
@pytest.mark.parametrize("kind", ["of the log", "counted"])
def test_groups_are_of_about_one_size(n: int, kind: str) -> None:
    """Ids of the log have the same lowest bits nearly always; counted ones have nothing else."""
    ids = [
        int(profile_id_from_position(nth % 3, nth // 3)) if kind == "of the log" else nth
        for nth in range(6_000)
    ]
    people = ibis.memtable({"profile_id": ids}, schema={"profile_id": "int64"})
    found = people.mutate(group=group_of(people.profile_id, n)).group_by("group").count()
    sizes = dict(duckdb.from_arrow(found.to_pyarrow()).fetchall())

    assert set(sizes) == set(range(n))
    assert all(abs(size - 6_000 / n) < 6_000 / n * 0.25 for size in sizes.values())
