"""What happened reaches the other tool at least once, in order, whatever either of them does."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.integration.forwarding.receiving import connect, forward_all, reaching, said
from tests.integration.outbox import did, someone
from tests.integration.people import BRAND, NOW, event, identify, log, project_all
from tests.integration.test_segments_killed import Killed, _DeadlyStore

from huiliu.fakes.receiver import OK, Received, Receiver, Reply
from huiliu.forwarding.items import ERASED
from huiliu.forwarding.signing import verify
from huiliu.kernel.errors import BadInput, Conflict, NotFound
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import DAY, HOUR, MINUTE, SECOND
from huiliu.ports.world import World
from huiliu.printers.export_folder import ExportFolder
from huiliu.services.destinations import (
    destinations,
    discard_dead,
    pause_destination,
    remove_destination,
    replay_destination,
    resume_destination,
    retry_dead,
    save_destination,
    show_destination,
    try_destination,
)
from huiliu.services.forward import forward
from huiliu.services.message_events import internal_event
from huiliu.stores.clock import SimulatedClock


@pytest.fixture
def shop(world: World) -> Iterator[World]:
    """Give a brand that may call this machine."""
    with reaching(world) as opened:
        yield opened


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a tool that takes everything."""
    with Receiver() as started:
        yield started


def types(receiver: Receiver) -> list[str]:
    """Return the types of what arrived."""
    return [one["type"] for one in said(receiver)]


def test_a_person_goes_under_their_names_and_signed(shop: World, receiver: Receiver):
    """Only what the map names; again only when one of those changed."""
    row = connect(shop, receiver)
    ada = someone(shop, "Ada", email="ada@shop.example", city="Paris", shoe="43")
    forward_all(shop)
    did(shop, ada, "Product Viewed", product_id="p")
    forward_all(shop)

    first = receiver.received[0]
    assert verify([row.settings.secret], first.headers, first.body, NOW // SECOND)
    assert types(receiver) == ["profile.created", "consent.changed", "event"]
    created = said(receiver)[0]["data"]
    assert created == {
        "profile_id": show_profile_id(ada),
        "fields": {
            "uid": show_profile_id(ada), "email": "ada@shop.example", "first_name": "Ada",
            "city": "Paris", "newsletter": "granted",
        },
    }  # fmt: skip
    assert b"43" not in first.body
    assert said(receiver)[2]["data"] == {
        "profile_id": show_profile_id(ada), "uid": show_profile_id(ada), "event": "Product Viewed",
        "kind": "track", "properties": {"product_id": "p"},
    }  # fmt: skip


def test_personal_values_in_events_leave_only_by_name(shop: World, receiver: Receiver):
    """A token says nothing to anybody; the map may name the property."""
    connect(shop, receiver, sends=["events"])
    connect(shop, receiver, name="named", sends=["events"], properties={"mail": "email", "n": "n"})
    ada = someone(shop, "Ada", email="ada@shop.example", consents=())
    key = shop.secrets.identifier_key(BRAND, int(IdentifierType.EMAIL), "ada@shop.example")
    token = f"vlt_{key.hex()}"
    did(shop, ada, "Asked", email=token, deep={"email": token, "x": 1}, n=2)
    forward_all(shop)

    shown = [one["data"]["properties"] for one in said(receiver)]
    assert sorted(map(str, shown)) == sorted(
        map(str, [{"deep": {"x": 1}, "n": 2}, {"mail": "ada@shop.example", "n": 2}])
    )
    with shop.store.system() as tx:
        actions = [action.what for _, action in tx.console.actions(BRAND, 50)]
    assert actions.count("destination_revealed") == 1


def test_merges_consents_suppressions_and_erasures_are_passed_on(shop: World, receiver: Receiver):
    """Also to a destination that gets the people of one segment only."""
    connect(shop, receiver, segment="nobody", events=["*", "Segment *"])
    log(shop, event("user_id:u"), event("anonymous_id:a"))
    forward_all(shop)
    log(shop, event("user_id:u", "anonymous_id:a"))
    project_all(shop)
    with shop.store.system() as tx:
        tx.log.append([
            internal_event(BRAND, 5, "Address Suppressed", {"reason": "bounce"}, NOW, "a"),
            internal_event(BRAND, 5, ERASED, {}, NOW, "b"),
        ])  # fmt: skip
    log(shop, event("user_id:u", name="Consent Withdrawn", properties={"channel": "sms"}),
        event("user_id:u", name="Consent Granted", properties={"channel": "sms"}))  # fmt: skip
    forward_all(shop)

    # People are told side by side, so their order among each other is no promise.
    by_type = {one["type"]: one["data"] for one in said(receiver)}
    assert sorted(types(receiver)) == [
        "consent.changed", "profile.erased", "profile.merged", "suppression.changed",
    ]  # fmt: skip
    assert by_type["profile.erased"]["profile_id"] == show_profile_id(5)
    assert by_type["suppression.changed"]["reason"] == "bounce"
    assert by_type["consent.changed"]["state"] == "withdrawn"


@pytest.mark.parametrize(
    "reply",
    [Reply(500), Reply(429, headers={"Retry-After": "30"}), Reply(302, headers={"Location": "/"}),
     Reply(drops=True), Reply(401)],
)  # fmt: skip
def test_a_receiver_that_does_not_work_is_left_alone_and_loses_nothing(
    shop: World, clock: SimulatedClock, reply: Reply
):
    """The cursor stays; it is tried again later, with the same ids, and catches up."""
    is_down = True

    def answer(_: Received) -> Reply:
        """Fail for as long as it is down."""
        return reply if is_down else OK

    with Receiver(answer=answer) as receiver:
        connect(shop, receiver, sends=["events"])
        log(shop, *(event(f"user_id:{n % 3}", name=f"E{n}") for n in range(9)))
        forward_all(shop)
        before = show_destination(shop, BRAND, "crm")
        n_asked = len(receiver.received)
        assert forward(shop) == 0
        assert len(receiver.received) == n_asked
        is_down = False
        clock.set(clock.now() + HOUR)
        forward_all(shop)

    assert (before.state, before.backlog.n_events) == ("failing", 9)
    assert before.row.last_error
    if reply.status == 429:
        assert before.row.due_at == NOW + 30 * SECOND
    after = show_destination(shop, BRAND, "crm")
    assert (after.state, after.backlog.n_events, after.row.n_sent) == ("live", 0, 9)
    arrived = said(receiver)[n_asked:]
    for who in range(3):
        mine = [one["data"]["event"] for one in arrived if int(one["data"]["event"][1:]) % 3 == who]
        assert mine == sorted(mine)
    assert Counter(one["data"]["event"] for one in arrived) == {f"E{n}": 1 for n in range(9)}
    assert {one["id"] for one in said(receiver)[:n_asked]} <= {one["id"] for one in arrived}


def test_one_fact_that_is_not_taken_holds_up_its_person_only(shop: World, clock: SimulatedClock):
    """Their later facts wait for it; in the end it is given up, shown, and can be tried again."""

    def answer(one: Received) -> Reply:
        """Refuse one event of one person for good."""
        return Reply(422) if b'"E1"' in one.body else OK

    with Receiver(answer=answer) as receiver:
        connect(shop, receiver, sends=["events"], give_up_after="2h")
        log(shop, *(event(f"user_id:{n % 2}", name=f"E{n}") for n in range(6)))
        forward_all(shop)
        first = [one["data"]["event"] for one in said(receiver)]
        waiting = show_destination(shop, BRAND, "crm")
        for _ in range(12):
            clock.set(clock.now() + 20 * MINUTE)
            forward_all(shop)
        given_up = show_destination(shop, BRAND, "crm")
        last = [one["data"]["event"] for one in said(receiver)]
        assert retry_dead(shop, BRAND, "crm") == 1
        forward_all(shop)
        n_tried = [one["data"]["event"] for one in said(receiver)].count("E1")

    assert sorted(set(first)) == ["E0", "E1", "E2", "E4"]
    assert waiting.state == "live"
    assert [one.item.name for one in waiting.waiting] == ["E1", "E3", "E5"]
    assert (waiting.waiting[0].last_status, waiting.waiting[0].n_tries) == (422, 1)
    assert [one.item.name for one in given_up.dead] == ["E1"]
    assert given_up.backlog.n_waiting == 0
    assert [one for one in last if one in {"E3", "E5"}] == ["E3", "E5"]
    assert n_tried == last.count("E1") + 1
    clock.set(clock.now() + 3 * HOUR)
    with Receiver(answer=lambda _: Reply(422)) as again:
        row = show_destination(shop, BRAND, "crm").row
        save_destination(shop, BRAND, {"name": "crm", "url": again.url}, is_new=False)
        forward_all(shop)
    assert row.name == "crm"
    assert discard_dead(shop, BRAND, "crm") == 1
    assert show_destination(shop, BRAND, "crm").backlog.n_dead == 0


def test_a_receiver_that_hangs_or_is_gone_is_known_for_what_it_is(
    shop: World, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
):
    """One that hangs holds its own batch up for one deadline; one that is gone is paused."""
    with (
        Receiver(answer=lambda _: Reply(hangs=True)) as receiver,
        monkeypatch.context() as patched,
    ):
        patched.setattr("huiliu.services.deliver._TIMEOUT_S", 1.0)
        connect(shop, receiver, sends=["events"])
        log(shop, *(event(f"user_id:{n}", name="E") for n in range(30)))
        forward_all(shop)
        hanging = show_destination(shop, BRAND, "crm")
    with Receiver(answer=lambda _: Reply(410)) as receiver:
        save_destination(shop, BRAND, {"name": "crm", "url": receiver.url}, is_new=False)
        forward_all(shop)
        gone = show_destination(shop, BRAND, "crm")

    assert hanging.state == "failing"
    assert "1 s" in hanging.row.last_error
    assert (gone.state, gone.row.reason, gone.backlog.n_events) == ("paused", "gone", 30)


def test_one_that_fails_for_days_is_paused_where_it_stands(shop: World, clock: SimulatedClock):
    """An operator resumes it, and it goes on with what it had not got."""
    with Receiver(answer=lambda _: Reply(503)) as receiver:
        connect(shop, receiver, sends=["events"])
        log(shop, event("user_id:a", name="E"))
        for _ in range(5):
            forward_all(shop)
            clock.set(clock.now() + DAY)
    paused = show_destination(shop, BRAND, "crm")
    with Receiver() as receiver:
        save_destination(shop, BRAND, {"name": "crm", "url": receiver.url}, is_new=False)
        forward_all(shop)
        assert receiver.received == []
        resume_destination(shop, BRAND, "crm")
        forward_all(shop)

        assert types(receiver) == ["event"]
    assert (paused.state, paused.row.reason) == ("paused", "failing")


def test_killed_anywhere_it_skips_nothing(shop: World, receiver: Receiver):
    """What was sent and not noted is sent again under the same id; nothing is left out."""
    connect(shop, receiver)
    log(shop, *(identify(f"user_id:{n % 4}", city=f"c{n}") for n in range(6)),
        *(event(f"user_id:{n % 4}", name=f"E{n}") for n in range(8)))  # fmt: skip
    project_all(shop)
    points = set()
    for at in range(1, 40):
        store = _DeadlyStore(shop.store, at)
        try:
            forward(dataclasses.replace(shop, store=store))
        except Killed:
            points.add(store.labels[-1])
        else:
            break
    forward_all(shop)

    arrived = said(receiver)
    ids = {one["id"] for one in arrived}
    assert {"destinations.lock", "destinations.keep_told", "destinations.put", "commit"} <= points
    assert {one["data"]["event"] for one in arrived if one["type"] == "event"} == {
        f"E{n}" for n in range(8)
    }
    profiles = [one for one in arrived if one["type"].startswith("profile")]
    assert {one["data"]["fields"]["city"] for one in profiles} == {"c2", "c3", "c4", "c5"}
    assert len(ids) == 12 < len(arrived)


def test_a_replay_sends_again_under_the_same_ids(shop: World, receiver: Receiver):
    """From an instant, or from the beginning; pausing keeps everything for later."""
    connect(shop, receiver)
    log(shop, identify("user_id:a", city="x"), event("user_id:a", name="E"))
    forward_all(shop)
    before = said(receiver)
    pause_destination(shop, BRAND, "crm")
    replay_destination(shop, BRAND, "crm", "2026-11-22T04:00:00Z")
    forward_all(shop)
    assert len(receiver.received) == len(before)
    resume_destination(shop, BRAND, "crm")
    forward_all(shop)

    assert [one["id"] for one in said(receiver)] == [one["id"] for one in (*before, *before)]
    with pytest.raises(BadInput):
        replay_destination(shop, BRAND, "crm", "yesterday")


def test_a_new_destination_begins_where_it_is_told(shop: World, receiver: Receiver):
    """Now, unless somebody wants more."""
    log(shop, event("user_id:a", name="Old"))
    project_all(shop)
    given = {"name": "crm", "format": "webhook", "url": receiver.url, "sends": ["events"]}
    save_destination(shop, BRAND, given, is_new=True)
    log(shop, event("user_id:a", name="New"))
    forward_all(shop)

    assert [one["data"]["event"] for one in said(receiver)] == ["New"]
    with pytest.raises(Conflict):
        save_destination(shop, BRAND, given, is_new=True)
    with pytest.raises(NotFound):
        save_destination(shop, BRAND, given | {"name": "other"}, is_new=False)
    with pytest.raises(BadInput):
        save_destination(shop, BRAND, given | {"url": "http://10.0.0.1/x"})
    remove_destination(shop, BRAND, "crm")
    assert destinations(shop, BRAND) == []


def test_a_test_tells_what_the_receiver_says(shop: World):
    """About nobody, and not a part of the stream."""
    with Receiver([Reply(403)]) as receiver:
        connect(shop, receiver)
        refused, taken = (try_destination(shop, BRAND, "crm") for _ in range(2))

    assert (refused.is_taken, refused.status, taken.is_taken) == (False, 403, True)
    assert types(receiver) == ["test", "test"]
    assert len({one["id"] for one in said(receiver)}) == 2


def test_segment_gets_batches_and_a_bad_call_does_not_sink_them(shop: World):
    """What a batch is refused for is found by sending its calls one by one."""

    def answer(one: Received) -> Reply:
        """Refuse whatever holds the bad one."""
        return Reply(400) if b'"Bad"' in one.body else OK

    with Receiver(answer=answer) as receiver:
        connect(shop, receiver, format="segment", url=receiver.url, secret="key", sends=["events"])
        log(shop, *(event(f"user_id:{n}", name="Bad" if n == 3 else f"E{n}") for n in range(8)))
        forward_all(shop)
        view = show_destination(shop, BRAND, "crm")

    taken = [
        call["event"]
        for one in receiver.received
        if b'"Bad"' not in one.body
        for call in msgspec.json.decode(one.body)["batch"]
    ]
    assert sorted(taken) == [f"E{n}" for n in range(8) if n != 3]
    assert [one.item.name for one in view.waiting] == ["Bad"]
    assert {one.path for one in receiver.received} == {"/v1/batch"}


def test_a_file_holds_what_happened_since_the_last_one(
    world: World, clock: SimulatedClock, tmp_path: Path
):
    """On its schedule, whole or not at all; nothing new makes no file."""
    shop = dataclasses.replace(world, exports=ExportFolder(tmp_path))
    save_destination(shop, BRAND, {
        "name": "files", "format": "csv", "every": "1h",
        "fields": {"uid": "id", "mail": "trait:email"},
    }, begin="start", is_new=True)  # fmt: skip
    ada = someone(shop, "=Ada", email="ada@shop.example", consents=())
    forward_all(shop)
    assert show_destination(shop, BRAND, "files").files == []
    for _ in range(3):
        clock.set(clock.now() + HOUR)
        forward(shop)
    did(shop, ada, "Product Viewed", product_id="=1+1")
    clock.set(clock.now() + HOUR)
    forward_all(shop)

    files = show_destination(shop, BRAND, "files").files
    assert [one.name for one in files] == ["files-000000000001.csv", "files-000000000000.csv"]
    text = b"".join(shop.exports.read(BRAND, "files", files[1].name)).decode("utf-8-sig")
    head, row = text.splitlines()
    assert head == '"id","type","at","profile_id","event","uid","mail","data"'
    assert row.endswith(f'"{show_profile_id(ada)}","ada@shop.example",""')
    assert list((tmp_path / "1" / "files").glob(".*")) == []
    for name in ("../../x.csv", "no.csv"):
        with pytest.raises(NotFound):
            shop.exports.read(BRAND, "files", name)


def test_two_people_who_become_one_are_told_as_one(shop: World, receiver: Receiver):
    """The merge first, then the person as they are now."""
    connect(shop, receiver, sends=["profiles", "merges"])
    log(shop, identify("user_id:u", city="x"), identify("anonymous_id:a", colour="red"))
    forward_all(shop)
    log(shop, event("user_id:u", "anonymous_id:a"))
    forward_all(shop)

    assert types(receiver) == ["profile.created", "profile.created", "profile.merged"]
    merged = said(receiver)[2]["data"]
    assert merged["profile_id"] != merged["from"]
