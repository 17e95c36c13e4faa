"""What users did is chained by PostgreSQL as the core computes it, whatever is done to it later."""

from __future__ import annotations

from importlib.resources import files
from threading import Thread

import psycopg
import pytest

from huiliu.governance.audit import Break, Head, first_break
from huiliu.kernel.errors import Conflict
from huiliu.ports.console import Action, ActionLink
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.list_actions import record_action
from huiliu.services.verify_actions import verify_actions
from huiliu.stores.embedded import Embedded
from huiliu.stores.migrate import create_database

BRAND = 1
_SLIPPED_IN = (
    "insert into user_actions (brand_id, at, user_id, what, subject, nth)"
    " values (1, 1, 1, 'a', 'b', 9)"
)


def test_the_store_chains_what_the_core_verifies(world: World) -> None:
    """SQL and Python compute the same hash, letters of every script included."""
    for subject in ("7", "", "换行\n|x", "émoji 😀", 'quote " \\ %s'):
        record_action(world, BRAND, 3, "key_created", subject)

    found = verify_actions(world, BRAND)

    assert (found.n, found.broken, found.holds) == (5, None, True)
    assert verify_actions(world, BRAND, bytes.fromhex(found.head)).holds


def test_many_who_write_at_once_make_one_chain(world: World) -> None:
    """Rows come one after the other, none shares a place; each brand has its own chain."""

    def write(brand: int) -> None:
        for nth in range(10):
            record_action(world, brand, brand, "key_created", str(nth))

    threads = [Thread(target=write, args=(brand,)) for brand in (1, 1, 1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (verify_actions(world, 1).n, verify_actions(world, 1).broken) == (30, None)
    assert (verify_actions(world, 2).n, verify_actions(world, 2).broken) == (10, None)


@pytest.mark.parametrize(
    ("done", "broken"),
    [
        ("update user_actions set subject = 'x' where nth = 2", Break(2, "changed")),
        ("delete from user_actions where nth = 2", Break(2, "missing")),
        ("delete from user_actions where nth >= 3", Break(3, "cut")),
        ("update action_heads set n = 2", Break(2, "cut")),
        ("insert into user_actions (brand_id, at, user_id, what, subject) values (1,1,1,'a','b')",
         Break(1, "changed")),
        (_SLIPPED_IN, Break(9, "cut")),
        (_SLIPPED_IN.replace("9)", "-9)"), Break(1, "changed")),
    ],
    ids=["changed", "removed", "cut off", "head", "unchained", "behind the head", "before all"],
)  # fmt: skip
def test_what_is_done_behind_the_chain_shows(
    world: World, database_url: str, done: str, broken: Break
) -> None:
    """Whoever edits the table by hand is found, at the first place."""
    for nth in range(4):
        record_action(world, BRAND, 3, "key_created", str(nth))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(done)

    assert verify_actions(world, BRAND).broken == broken


def test_a_head_that_was_noted_outside_shows_a_chain_written_anew(
    world: World, database_url: str
) -> None:
    """Who forges the whole chain and its head cannot forge what was written down elsewhere."""
    record_action(world, BRAND, 3, "key_created", "1")
    noted = bytes.fromhex(verify_actions(world, BRAND).head)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("delete from user_actions")
        connection.execute("delete from action_heads")
    record_action(world, BRAND, 3, "key_ended", "1")

    assert verify_actions(world, BRAND).holds
    assert not verify_actions(world, BRAND, noted).holds


def test_what_is_rolled_back_leaves_no_gap(world: World) -> None:
    """An action that did not come to be takes no place."""
    record_action(world, BRAND, 3, "key_created", "1")
    with pytest.raises(Conflict), world.store.transaction(BRAND) as tx:
        _act_and_fail(tx)
    record_action(world, BRAND, 3, "key_created", "3")

    assert (verify_actions(world, BRAND).n, verify_actions(world, BRAND).broken) == (2, None)


def _act_and_fail(tx: Tx) -> None:
    """Write an action down in a transaction that comes to nothing."""
    tx.console.record_action(Action(BRAND, 1, 3, "key_created", "2"))
    raise Conflict("this", "that", "another")


def test_the_role_of_pages_can_add_and_nothing_else(world: World, database_url: str) -> None:
    """What serves visitors may write actions down; it may not edit or remove them."""
    record_action(world, BRAND, 3, "key_created", "1")
    for statement in ("update user_actions set subject = ''", "delete from user_actions"):
        with psycopg.connect(database_url) as connection:
            connection.execute("set role huiliu_app")
            connection.execute("set huiliu.brand = '1'")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_actions_of_an_older_release_are_chained_when_it_is_upgraded(postgres: Embedded) -> None:
    """What was written before there was a chain becomes its beginning, for each brand its own."""
    create_database(postgres.url, "older")
    url = postgres.server_url("older")
    script = (files("huiliu.stores") / "migrations" / "0007_worth.sql").read_text("utf-8")
    chain = script[script.index("create table action_heads") :]
    chain = chain[: chain.index("create unique index user_actions_chain")]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "create table user_actions (action_id bigint generated always as identity primary key,"
            " brand_id smallint not null, at bigint not null, user_id bigint not null,"
            " what text not null, subject text not null)"
        )
        for brand, subject in ((1, "一|二"), (2, "x"), (1, "")):
            connection.execute(
                "insert into user_actions (brand_id, at, user_id, what, subject)"
                " values (%s, 7, 3, 'key_created', %s)", (brand, subject)
            )  # fmt: skip
        connection.execute(chain.encode())
        for brand, n in ((1, 2), (2, 1)):
            rows = connection.execute(
                "select nth, brand_id, at, user_id, what, subject, prev, row_hash"
                " from user_actions where brand_id = %s order by nth", (brand,)
            ).fetchall()  # fmt: skip
            head = connection.execute(
                "select n, row_hash from action_heads where brand_id = %s", (brand,)
            ).fetchone()
            assert head is not None
            assert head[0] == n
            assert first_break([ActionLink(*row) for row in rows], Head(*head)) is None
