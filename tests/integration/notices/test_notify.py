"""Notices: written once with what they tell of, read by whom they concern."""

from __future__ import annotations

import pytest
from tests.conftest import BRAND

from huiliu.governance.notices import DEPARTMENTS, KINDS
from huiliu.kernel.texts import catalogue
from huiliu.ports.world import World
from huiliu.services.notify import notify

_FACTS = {"robot": "ops", "cause": "HTTP 404"}


def test_a_notice_is_written_once_whoever_tells_it_again(world: World) -> None:
    """The key says what happened: a second telling changes nothing."""
    for _ in range(2):
        with world.store.transaction(BRAND) as tx:
            notify(tx, world, BRAND, "robot_failed", _FACTS, key="robot/ops/1")

    with world.store.transaction(BRAND) as tx:
        found = tx.notices.page(BRAND, 1, None, 10)
        n_unread = tx.notices.n_unread(BRAND, 1, None, 99)
    assert [(one.kind, dict(one.facts), one.is_read) for one in found] == [
        ("robot_failed", _FACTS, False)
    ]
    assert n_unread == 1


def test_a_notice_is_not_told_when_what_it_tells_of_did_not_happen(world: World) -> None:
    """A transaction that fails takes its notice back."""

    def tell_and_fail() -> None:
        """Write a notice, then let everything fail."""
        with world.store.transaction(BRAND) as tx:
            notify(tx, world, BRAND, "robot_failed", _FACTS, key="robot/ops/1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        tell_and_fail()

    with world.store.transaction(BRAND) as tx:
        assert tx.notices.page(BRAND, 1, None, 10) == []


def test_people_see_what_concerns_their_department_and_what_concerns_all(world: World) -> None:
    """The legal department is not told of robots; an administrator sees everything."""
    with world.store.transaction(BRAND) as tx:
        notify(tx, world, BRAND, "robot_failed", _FACTS, key="a", departments=("technology",))
        notify(tx, world, BRAND, "robot_failed", _FACTS, key="b", departments=("legal",))
        seen = [len(tx.notices.page(BRAND, 1, whose, 10)) for whose in (["legal"], None)]
        n_unread = tx.notices.n_unread(BRAND, 1, ["legal"], 99)
        tx.notices.mark_all_read(BRAND, 1, ["legal"], 1)
        left = [tx.notices.n_unread(BRAND, 1, whose, 99) for whose in (["legal"], None)]
        others = tx.notices.n_unread(BRAND, 2, None, 99)

    assert (seen, n_unread, left, others) == ([1, 2], 1, [0, 1], 2)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_texts_and_known_departments(kind: str) -> None:
    """Nobody is told a bare key."""
    assert {f"notice.{kind}", f"notice.{kind}.title"} <= catalogue("en").keys()
    assert set(KINDS[kind]) <= set(DEPARTMENTS)
