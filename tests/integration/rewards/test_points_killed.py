"""Callers die in the middle of asking for points, or come by the thousand: the books balance."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest
from tests.integration.rewards.points_books import faults

from huiliu.rewards.points import Kind, Operation
from huiliu.services.points_commit import commit_points


def _run(url: str, n_operations: int, dies_after: int | None) -> set[int]:
    """Let a process ask; kill it after so many answers. Return which were answered."""
    argv = [sys.executable, "-m", "tests.integration.rewards.points_caller"]
    answered: set[int] = set()
    with subprocess.Popen(
        [*argv, url, str(n_operations), "16"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.endswith("\n"):
                answered.add(int(line))
            if dies_after is not None and len(answered) >= dies_after:
                process.kill()
                break
        process.communicate()
    return answered


def _entries(url: str) -> int:
    """Return how many entries there are."""
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from points_entries").fetchone()
    return int(row[0]) if row else 0


def test_a_death_in_the_middle_loses_and_doubles_nothing(database_url):
    """What was answered is there; asking everything again books every operation once."""
    answered = _run(database_url, 300, 40)
    assert faults(database_url) == []
    assert _entries(database_url) >= len(answered) >= 40
    assert _run(database_url, 300, None) == set(range(300))
    assert _entries(database_url) == 300
    assert faults(database_url) == []


@pytest.mark.trial
def test_ten_thousand_clients_share_what_is_there(world, database_url):
    """Of 10,000 who want one of 500 points, 500 get it, each is answered, the books balance."""
    commit_points(world, 1, [Operation("start", Kind.EARN, 7, Decimal(500))])

    def burn(nth):
        [answer] = commit_points(world, 1, [Operation(f"b{nth}", Kind.BURN, 7, Decimal(1))])
        return answer.refused

    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(burn, range(10_000)))
    assert answers.count("") == 500
    assert answers.count("not_enough") == 9_500
    assert faults(database_url) == []
