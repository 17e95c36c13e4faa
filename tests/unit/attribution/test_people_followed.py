"""Which people a white paper follows where it cannot follow all."""

from __future__ import annotations

from random import Random

import ibis
import pyarrow as pa
import pytest

from huiliu.attribution.touches import N_GROUPS
from huiliu.conditions.population import group_of
from huiliu.services.paper_warehouse import drawn

_N = 24_000


@pytest.mark.parametrize("one_in", [2, 3, 18, 20, 40])
@pytest.mark.parametrize("is_counted", [True, False])
def test_the_people_followed_are_of_all_groups_alike(one_in: int, is_counted: bool) -> None:
    """An interval is of twenty groups, whichever share of the people is followed."""
    dice = Random(7)
    people = [1 + nth * 7919 if is_counted else dice.getrandbits(63) for nth in range(_N)]
    rows = drawn(ibis.memtable(pa.table({"profile_id": people})), one_in)
    counted = rows.group_by(part=group_of(rows.profile_id, N_GROUPS)).agg(n=rows.count())
    sizes = {row["part"]: row["n"] for row in ibis.duckdb.connect().to_pyarrow(counted).to_pylist()}

    fair = _N / one_in / N_GROUPS
    assert sorted(sizes) == list(range(N_GROUPS))
    assert all(0.4 * fair <= n <= 1.6 * fair for n in sizes.values()), sizes
