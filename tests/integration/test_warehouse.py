"""The embedded warehouse holds what the log holds, however it was loaded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import msgspec
import pytest
from tests.integration.people import BRAND, NOW, event, identify, log, person, project_all
from tests.integration.warehouses import rows, settle, with_warehouse

from huiliu.kernel.errors import BadInput, EngineFailed, Unavailable
from huiliu.kernel.events import Flag, Kind
from huiliu.kernel.times import DAY, show_instant
from huiliu.ports.world import World
from huiliu.services.unmerge import unmerge
from huiliu.warehouses.client import SocketWarehouse
from huiliu.warehouses.duckdb import DuckdbWarehouse
from huiliu.warehouses.load import Loader
from huiliu.warehouses.server import Server
from huiliu.warehouses.views import VIEWS

#: Every view, in an order that does not depend on how it was loaded.
EVERYTHING = tuple(
    f"select * from {view} order by all" for view in VIEWS if view != "trait_changes"
)


@pytest.fixture
def asked(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a world with a warehouse."""
    with with_warehouse(world, tmp_path) as opened:
        yield opened


def test_an_event_is_one_row_under_the_name_it_was_sent_with(asked: World):
    """Columns, words and times are those of the contract; a synonym is only in `name`."""
    log(
        asked,
        event("user_id:ada", name="Order Completed", at=NOW - DAY, flags=Flag.HISTORICAL,
              properties={"order_id": "o1", "total": 9007199254740993, "note": "é\u0000x"[:1]},
              context={"channel": "app"}),
    )  # fmt: skip
    settle(asked)

    [found] = rows(asked, "select * exclude (profile_id) from events")
    assert msgspec.json.decode(msgspec.json.encode(found)) == {
        "brand_id": 1, "position": 0, "event": "Order Completed", "kind": "track",
        "occurred_at": show_instant(NOW - DAY), "received_at": show_instant(NOW),
        "properties": {"order_id": "o1", "total": 9007199254740993, "note": "é"},
        "channel": "app", "name": "Order Paid",
    }  # fmt: skip


def test_the_views_have_the_columns_that_clients_rely_on(asked: World):
    """What Ibis is told of each view is what the engine has."""
    for view, columns in VIEWS.items():
        described = rows(asked, f"describe {view}")
        assert [one["column_name"] for one in described] == list(columns)


def test_a_profile_shows_its_latest_traits_by_event_time(asked: World):
    """Later by event time wins though it came first; null and $unset remove."""
    log(
        asked,
        identify("user_id:ada", at=NOW - 10, city="上海", size="M", age=30, deep={"a": [1, None]}),
        identify("user_id:ada", at=NOW - 20, city="北京", first="yes"),
        identify("user_id:ada", at=NOW - 5, size=None, **{"$unset": ["age"]}),
    )
    settle(asked)

    [found] = rows(asked, "select * from profiles")
    assert msgspec.json.decode(msgspec.json.encode(found["traits"])) == {
        "city": "上海", "first": "yes", "deep": {"a": [1, None]},
    }  # fmt: skip
    assert found["first_seen_at"] == show_instant(NOW - 20)
    assert found["profile_id"] == person(asked, "user_id:ada")


def test_zone_and_language_are_those_that_the_projector_decided(asked: World):
    """What a context tells is taken from the profile, not decided a second time."""
    log(asked, event("user_id:ada", context={"timezone": "Europe/Paris", "locale": "fr-FR"}))
    settle(asked)
    log(asked, event("user_id:ada", at=NOW + 1, context={"timezone": "Nowhere/At all"}))
    log(asked, event("user_id:ada", at=NOW - DAY, context={"timezone": "Asia/Tokyo"}))
    settle(asked)

    found = rows(asked, "select traits from profiles")
    with asked.store.system() as tx:
        known = tx.people.facts(BRAND, [person(asked, "user_id:ada")], [], 0)
    [facts] = known.values()
    assert msgspec.json.decode(msgspec.json.encode(found[0]["traits"])) == facts.traits


def test_a_merged_profile_is_gone_and_its_facts_are_the_others(asked: World):
    """Views give the present person; an unmerge gives each its own again."""
    log(
        asked,
        event("anonymous_id:a", name="Page"), identify("anonymous_id:a", city="上海"),
        identify("user_id:ada", "email:ada", at=NOW + 1, city="北京"),
    )  # fmt: skip
    settle(asked)
    assert len(rows(asked, "select * from profiles")) == 2

    log(asked, event("user_id:ada", "anonymous_id:a"))
    settle(asked)
    ada = person(asked, "user_id:ada")
    assert [one["profile_id"] for one in rows(asked, "select * from profiles")] == [ada]
    assert {one["profile_id"] for one in rows(asked, "from events where kind <> 'internal'")} == {
        ada
    }
    assert len(rows(asked, f"select * from identities where profile_id = {ada}")) == 3

    parted = unmerge(asked, BRAND, ada)
    settle(asked)
    found = {one["profile_id"] for one in rows(asked, "select * from profiles")}
    assert found == {parted.restored, parted.left}
    n_pages = rows(asked, f"select * from events where event = 'Page'"
                          f" and profile_id = {person(asked, 'anonymous_id:a')}")  # fmt: skip
    assert len(n_pages) == 1


def test_chains_of_merges_lead_to_the_present_profile(asked: World):
    """A into B into C, in one batch or in two, is C."""
    log(
        asked,
        event("anonymous_id:a"), event("anonymous_id:b"), event("phone:1"),
        event("user_id:ada"),
        event("phone:1", "anonymous_id:a"),
        event("user_id:ada", "phone:1"),
    )  # fmt: skip
    settle(asked)
    log(asked, event("user_id:ada", "anonymous_id:b"))
    settle(asked)

    with asked.store.system() as tx:
        ada = person(asked, "user_id:ada")
        known = tx.people.histories(BRAND, [ada])[ada]
    assert len(known) == 4
    assert [one["profile_id"] for one in rows(asked, "select * from profiles")] == [ada]


def order(at: int, name: str, **properties: object):
    """Return an event of order o1."""
    return event("user_id:ada", name=name, at=at, properties={"order_id": "o1", **properties})


def the_order(world: World) -> dict[str, object]:
    """Return order o1 as the view shows it."""
    settle(world)
    [found] = rows(world, "select * exclude (brand_id, profile_id) from orders")
    return msgspec.json.decode(msgspec.json.encode(found), type=dict)


def test_an_order_is_folded_from_its_events_in_whatever_order_they_come(asked: World):
    """The furthest event is the status; times are of the first event of each name."""
    log(
        asked,
        order(NOW - 10, "Order Shipped"),
        order(NOW - 50, "Order Placed", total=12.5, currency="BRL",
              promised_at="2018-06-28T00:00:00Z"),
        order(NOW - 40, "Order Completed", total=13.25),
    )  # fmt: skip

    assert the_order(asked) == {
        "order_id": "o1", "status": "shipped", "created_at": show_instant(NOW - 50),
        "paid_at": show_instant(NOW - 40), "shipped_at": show_instant(NOW - 10),
        "delivered_at": None, "promised_at": "2018-06-28T00:00:00Z", "total": 13.25,
        "currency": "BRL",
    }  # fmt: skip


def test_a_stated_status_stands_until_a_later_event_raises_it(asked: World):
    """An import keeps the file's status though no event of that name came."""
    log(asked, order(NOW, "Order Created"), order(NOW, "Order Shipped", status="delivered"))
    assert the_order(asked)["status"] == "delivered"

    log(asked, order(NOW, "Order Shipped"))
    assert the_order(asked)["status"] == "delivered"

    log(asked, order(NOW, "Order Refunded"))
    assert the_order(asked)["status"] == "refunded"


def test_a_status_that_is_no_word_of_ours_says_nothing(asked: World):
    """`status: weird` neither states nor spoils a status."""
    log(asked, order(NOW, "Order Created", status="weird", total="12.345", order_id=7))
    settle(asked)
    [found] = rows(asked, "select order_id, status, total from orders")
    assert msgspec.json.encode(found) == b'{"order_id":"7","status":"created","total":12.345}'


def internal(name: str, profile: int, **properties: object):
    """Return an event of Huiliu itself."""
    return event(name=name, kind=Kind.INTERNAL, profile_id=profile, properties=properties)


def test_a_message_shows_the_furthest_that_became_of_it(asked: World):
    """A receipt that came before another never takes the status back."""
    log(asked, event("user_id:ada"))
    project_all(asked)
    ada = person(asked, "user_id:ada")
    log(
        asked,
        internal("Message Delivered", ada, message_id="m1"),
        internal("Message Sent", ada, message_id="m1", channel="sms", template="t", journey="j"),
        internal("Message Not Sent", ada, message_id="m2", channel="sms", reason="consent"),
        internal("Message Unknown", ada, message_id="m3", channel="sms", reason="no_answer"),
        internal("Message Sent", ada, message_id="m4", channel="sms", reason=""),
        internal("Message Unknown", ada, message_id="m4", channel="sms", reason="no_answer"),
    )
    settle(asked)

    found = rows(asked, "select message_id, profile_id, channel, template, journey, status,"
                        " reason, sent_at from messages order by 1")  # fmt: skip
    assert [tuple(one.values()) for one in found] == [
        ("m1", ada, "sms", "t", "j", "delivered", None, show_instant(NOW)),
        ("m2", ada, "sms", None, None, "not_sent", "consent", None),
        ("m3", ada, "sms", None, None, "unknown", "no_answer", show_instant(NOW)),
        ("m4", ada, "sms", None, None, "sent", "", show_instant(NOW)),
    ]


def _lively(world: World) -> None:
    """Log a bit of everything, with merges and an unmerge."""
    for n in range(30):
        log(
            world,
            event(f"anonymous_id:{n}", name="Product Viewed", properties={"n": n}, at=NOW - n),
            identify(f"user_id:{n % 7}", city=f"city {n % 3}", at=NOW - n),
            event(f"user_id:{n % 7}", f"anonymous_id:{n}", name="Order Created", at=NOW - n * 2,
                  properties={"order_id": f"o{n % 5}", "total": n, "currency": "CNY"},
                  context={"timezone": "Asia/Shanghai"}),
        )  # fmt: skip
        if n == 20:
            project_all(world)
            unmerge(world, BRAND, person(world, "user_id:3"))
    project_all(world)


def test_a_rebuild_replays_into_the_same_content(asked: World):
    """Every view is the same row for row, merges and unmerges included."""
    _lively(asked)
    asked.warehouse.catch_up(30)
    before = [rows(asked, statement) for statement in EVERYTHING]

    asked.warehouse.rebuild()

    assert [rows(asked, statement) for statement in EVERYTHING] == before
    assert len(before[0]) > 90


def test_batches_of_one_event_load_into_the_same_content(world: World, tmp_path: Path):
    """How the log was cut into batches leaves no trace."""
    _lively(world)
    contents = []
    for limit in (1, 7, 10_000):
        folder = tmp_path / str(limit)
        folder.mkdir()
        with with_warehouse(world, folder) as opened:
            assert isinstance(opened.warehouse, DuckdbWarehouse)
            while opened.warehouse.step(limit):
                pass
            contents.append([rows(opened, statement) for statement in EVERYTHING])
    assert contents[0] == contents[1] == contents[2]


def test_a_load_that_breaks_in_the_middle_leaves_nothing_behind(
    asked: World, monkeypatch: pytest.MonkeyPatch
):
    """Rows and offset are kept together or not at all; the next try loads the batch once."""
    log(asked, *(event(f"user_id:{n}") for n in range(5)))
    project_all(asked)

    def broken(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Loader, "move", broken)
        with pytest.raises(OSError, match="disk is full"):
            asked.warehouse.catch_up(5)
    assert rows(asked, "select count(*) as n from events") == [{"n": 0}]

    asked.warehouse.catch_up(30)
    assert rows(asked, "select count(*) as n, count(distinct position) as d from events") == [
        {"n": 5, "d": 5}
    ]


def test_a_copy_taken_at_any_moment_goes_on_where_it_stood(asked: World, tmp_path: Path):
    """The files as kill -9 leaves them open again, and nothing is lost or doubled."""
    log(asked, *(event(f"user_id:{n}") for n in range(5)))
    settle(asked)
    log(asked, *(event(f"user_id:{n}") for n in range(5)))
    project_all(asked)
    warehouse = asked.warehouse
    assert isinstance(warehouse, DuckdbWarehouse)
    warehouse.step(3)
    for file in tmp_path.glob("warehouse.duckdb*"):
        (tmp_path / "killed").mkdir(exist_ok=True)
        shutil.copy(file, tmp_path / "killed" / file.name)

    with with_warehouse(asked, tmp_path / "killed") as again:
        again.warehouse.catch_up(30)
        found = rows(again, "select count(*) n, count(distinct position) d from events")
    assert found == [{"n": 10, "d": 10}]


def test_facts_of_another_version_are_loaded_again(world: World, tmp_path: Path):
    """A file that other SQL filled is emptied and follows the log from its beginning."""
    log(world, *(event(f"user_id:{n}") for n in range(5)))
    project_all(world)
    with with_warehouse(world, tmp_path) as first:
        first.warehouse.catch_up(30)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as file:
        file.execute("update facts.shape set shape = 'older'")
        file.execute("alter table facts.events drop column flags")

    with with_warehouse(world, tmp_path) as again:
        assert isinstance(again.warehouse, DuckdbWarehouse)
        assert again.warehouse.begins_anew
        assert rows(again, "select count(*) as n from events") == [{"n": 0}]
        again.warehouse.catch_up(30)
        assert rows(again, "select count(*) as n from events") == [{"n": 5}]
    with with_warehouse(world, tmp_path) as third:
        assert isinstance(third.warehouse, DuckdbWarehouse)
        assert not third.warehouse.begins_anew
        assert rows(third, "select count(*) as n from events") == [{"n": 5}]


def test_a_catch_up_that_cannot_be_done_says_so(asked: World):
    """Events that nobody projects never come; the one who waits is told."""
    log(asked, event("user_id:ada"))
    with pytest.raises(Unavailable, match="0 of 1 events"):
        asked.warehouse.catch_up(0.01)


def test_the_file_is_its_owners_to_read(asked: World, tmp_path: Path):
    """Facts are nobody else's to read."""
    assert (tmp_path / "warehouse.duckdb").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "statement",
    [
        "insert into facts.offsets values ('log', 1)",
        "select 1; select 2",
        "",
        "selec 1",
        "copy events to '/tmp/x.csv'",
        "attach 'x.db'",
        "pragma database_list",
        "set memory_limit = '1GB'",
        "install httpfs",
        "call checkpoint()",
        "create table x (a int)",
    ],
)
def test_what_is_no_single_question_is_refused(asked: World, statement: str):
    """Only one SELECT is let through."""
    with pytest.raises(BadInput):
        asked.warehouse.sql(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "with x as (delete from facts.offsets returning *) select * from x",
        "select * from read_text('/etc/hostname')",
        "select * from 'pyproject.toml'",
        "select * from read_csv('/etc/passwd')",
        "select * from glob('/*')",
        "select * from asked",
        "select nothing from events",
    ],
)
def test_a_question_can_neither_write_nor_read_files(asked: World, statement: str):
    """What hides in a SELECT is stopped by the engine, and the statement is named."""
    with pytest.raises(EngineFailed) as caught:
        asked.warehouse.sql(statement)
    assert caught.value.statement == statement


def test_the_socket_gives_the_same_answers_and_the_same_errors(asked: World, tmp_path: Path):
    """Rows, types and errors are those of the process that owns the file."""
    log(asked, *(event(f"user_id:{n}", properties={"n": n}) for n in range(5)))
    project_all(asked)
    assert isinstance(asked.warehouse, DuckdbWarehouse)
    server = Server(asked.warehouse, tmp_path)
    client = SocketWarehouse(tmp_path)
    try:
        client.catch_up(30)
        question = "select position, occurred_at, properties, 1.5::decimal(4,2) as d from events"
        assert client.sql(question).equals(asked.warehouse.sql(question))
        assert client.sql(question).schema.equals(
            asked.warehouse.sql(question).schema, check_metadata=True
        )
        assert client.run(client.table("events").count())[0][0].as_py() == 5
        assert client.sql("select * from range(1000000)").num_rows == 1_000_000
        with pytest.raises(BadInput):
            client.sql("drop table facts.events")
        with pytest.raises(EngineFailed) as caught:
            client.sql("select nope from events")
        assert caught.value.statement == "select nope from events"
        log(asked, event("user_id:x"))
        with pytest.raises(Unavailable, match="5 of 6"):
            client.catch_up(0.01)
        project_all(asked)
        client.rebuild()
        assert client.sql("select count(*) from events")[0][0].as_py() == 6
    finally:
        server.close()
    with pytest.raises(Unavailable):
        client.sql("select 1")


def test_a_deep_folder_still_has_a_socket(asked: World, tmp_path: Path):
    """Where a path is too long for a socket, a short one of this user's own is taken."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    assert isinstance(asked.warehouse, DuckdbWarehouse)
    server = Server(asked.warehouse, deep)
    try:
        assert SocketWarehouse(deep).sql("select 1 as a").to_pylist() == [{"a": 1}]
    finally:
        server.close()
