"""Lists: files become events, and events say who is on a list, now and at any moment."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.people import BRAND, NOW, project_all
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.documents import dump
from huiliu.kernel.errors import BadInput, InUse, NotFound
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import DAY
from huiliu.ports.world import World
from huiliu.printers.csv import csv_rows
from huiliu.services.apply_segment import apply_segment
from huiliu.services.audience import members
from huiliu.services.export_people import PROFILE, people_rows
from huiliu.services.import_list import import_list, preview_list
from huiliu.services.ingest import accept
from huiliu.services.lists import list_members, lists, remove_list, show_list
from huiliu.services.unmerge import unmerge
from huiliu.stores.clock import SimulatedClock

USER = {"userId": IdentifierType.USER_ID}


@pytest.fixture
def asked(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a world with a warehouse."""
    with with_warehouse(world, tmp_path) as opened:
        yield opened


def call(world: World, **message: object) -> None:
    """Let one Segment message come in, and project it."""
    with world.store.system() as tx:
        done = accept(tx, world, BRAND, [message], received_at=world.clock.now(), historical=False)
    assert not done.problems
    settle(world)


def imported(world: World, slug: str, *people: str, replace: bool = False) -> tuple[int, int, int]:
    """Import user ids; return how many entered, left and stayed."""
    data = "\n".join(["userId", *people]).encode()
    settle(world)
    done = import_list(world, BRAND, slug, data, USER, by="test", replace=replace)
    settle(world)
    assert done.bad == []
    return done.n_entered, done.n_left, done.n_staying


def whose(world: World, type_: IdentifierType, normal: str) -> int:
    """Return the present profile of an identifier; 0 = nobody."""
    key = world.secrets.identifier_key(BRAND, int(type_), normal)
    with world.store.system() as tx:
        return tx.people.resolve(BRAND, [key]).get(key, 0)


def user(world: World, name: str) -> int:
    """Return the present profile of a user id."""
    return whose(world, IdentifierType.USER_ID, name)


def on(world: World, slug: str, at: int | None = None) -> list[int]:
    """Return who is on a list."""
    return list_members(world, BRAND, slug, at)


def n_events(world: World) -> int:
    """Return how many events the log holds."""
    with world.store.system() as tx:
        return tx.log.head()


def test_people_known_and_new_enter_and_the_same_file_again_changes_nothing(asked: World) -> None:
    """Whoever nobody knows becomes a profile; a repeat writes no event."""
    call(asked, type="identify", userId="ada", messageId="1", traits={"city": "上海"})

    assert imported(asked, "vip", "ada", "ben") == (2, 0, 0)

    ada, ben = user(asked, "ada"), user(asked, "ben")
    assert ben
    assert on(asked, "vip") == sorted([ada, ben])
    before = n_events(asked)
    assert imported(asked, "vip", "ben", "ada") == (0, 0, 2)
    assert n_events(asked) == before


def test_a_second_file_adds_unless_it_replaces(asked: World) -> None:
    """Replacing lets those leave whom the file does not name."""
    imported(asked, "vip", "ada", "ben")

    assert imported(asked, "vip", "ben", "eve") == (1, 0, 1)
    assert imported(asked, "vip", "eve", "dan", replace=True) == (1, 2, 1)

    assert on(asked, "vip") == sorted([user(asked, "eve"), user(asked, "dan")])


def test_a_list_is_what_it_was_at_every_moment(asked: World, clock: SimulatedClock) -> None:
    """Entering and leaving are events, so the past stays as it was."""
    imported(asked, "vip", "ada", "ben")
    clock.set(NOW + DAY)
    imported(asked, "vip", "ben", replace=True)
    clock.set(NOW + 2 * DAY)
    imported(asked, "vip", "ada")

    both = sorted([user(asked, "ada"), user(asked, "ben")])
    moments = [NOW - 1, NOW, NOW + DAY - 1, NOW + DAY, NOW + 2 * DAY]
    assert [on(asked, "vip", at) for at in moments] == [
        [], both, both, [user(asked, "ben")], both,
    ]  # fmt: skip


def test_segments_follow_a_list_as_it_changes(asked: World) -> None:
    """Import and replace move people at once, without a new fill."""
    imported(asked, "vip", "ada")
    source = dump(
        {"huiliu": 1, "kind": "segment", "slug": "s", "name": {"en": "S"}, "where": {"list": "vip"}}
    )
    apply_segment(asked, BRAND, source, "test")

    imported(asked, "vip", "ben", replace=True)

    assert [profile for profile, _ in members(asked, BRAND, "s", 10)] == [user(asked, "ben")]


def test_names_of_a_row_that_nobody_has_yet_are_joined_to_the_person(asked: World) -> None:
    """A known user with a new phone is one person, and the phone finds them from now on."""
    call(asked, type="identify", userId="ada", messageId="1")
    data = b"userId,phone\nada,138-0013-8000\n,13800138001\n"
    seen = preview_list(asked, BRAND, "vip", data)
    assert (seen.n_known, seen.n_new, seen.n_entering, seen.n_staying) == (1, 1, 2, 0)

    import_list(asked, BRAND, "vip", data, by="test")
    settle(asked)

    ada = user(asked, "ada")
    assert whose(asked, IdentifierType.PHONE, "+8613800138000") == ada
    assert len(on(asked, "vip")) == 2
    again = preview_list(asked, BRAND, "vip", data)
    assert (again.n_entering, again.n_staying) == (0, 2)


def test_every_type_of_identifier_names_people(asked: World) -> None:
    """A list of phones, cards or openids works like one of user ids, there and back."""
    written = {IdentifierType.PHONE: "13800138000", IdentifierType.EMAIL: "Ada@Shop.example"}
    normal = {IdentifierType.PHONE: "+8613800138000", IdentifierType.EMAIL: "ada@shop.example"}
    for type_ in IdentifierType:
        slug = type_.word.replace("_", "-")
        file = f"x\n{written.get(type_, 'ada-1')}\n".encode()
        import_list(asked, BRAND, slug, file, {"x": type_}, by="test")
        settle(asked)

        [profile] = on(asked, slug)
        rows = people_rows(asked, BRAND, [profile], [type_], purpose=slug, user_id=0)
        assert list(rows) == [(show_profile_id(profile), normal.get(type_, "ada-1"))]


def test_an_export_can_be_imported_again(asked: World) -> None:
    """Whatever a spreadsheet must not run comes back as it was."""
    data = "手机号\n13800138000\n13800138001\n".encode()
    import_list(asked, BRAND, "vip", data, by="test")
    settle(asked)
    rows = people_rows(
        asked, BRAND, on(asked, "vip"), [IdentifierType.PHONE], purpose="list vip", user_id=0
    )
    file = b"".join(csv_rows([PROFILE, "phone"], rows))
    assert {row[1] for row in csv.reader(io.StringIO(file.decode("utf-8-sig")))} == {
        "phone", "'+8613800138000", "'+8613800138001",
    }  # fmt: skip

    import_list(asked, BRAND, "copy", file, by="test")
    settle(asked)

    assert on(asked, "copy") == on(asked, "vip")


def test_revealing_phones_is_written_down(asked: World) -> None:
    """Whoever takes phone numbers out can be asked about it later; ids are no secret."""
    import_list(asked, BRAND, "vip", b"phone\n13800138000\n", by="test")
    settle(asked)
    for types in ([IdentifierType.USER_ID], [IdentifierType.PHONE]):
        list(people_rows(asked, BRAND, on(asked, "vip"), types, purpose="list vip", user_id=7))

    with asked.store.transaction(BRAND) as tx:
        found = [(one.what, one.subject, one.user_id) for _, one in tx.console.actions(BRAND, 10)]
    assert found == [("audience_revealed", "list vip", 7)]


def test_a_merged_person_is_on_a_list_once_and_a_parted_one_as_they_were(asked: World) -> None:
    """Lists follow people through merges and back."""
    imported(asked, "vip", "ada")
    call(asked, type="track", anonymousId="a1", event="Visit", messageId="1")
    call(asked, type="identify", userId="ada", anonymousId="a1", messageId="2")
    merged = user(asked, "ada")
    assert on(asked, "vip") == [merged]

    unmerge(asked, BRAND, merged)
    project_all(asked)
    settle(asked)

    assert on(asked, "vip") == [user(asked, "ada")]


def test_lists_are_shown_with_size_and_last_change(asked: World, clock: SimulatedClock) -> None:
    """The name and owner that were said first stay when a later import says none."""
    data = b"userId\nada\n"
    import_list(asked, BRAND, "vip", data, by="test", name="贵宾", owner="Ada")
    settle(asked)
    clock.set(NOW + DAY)
    imported(asked, "vip", "ben")
    imported(asked, "other", "ben")

    [other, vip] = lists(asked, BRAND)

    assert (vip.slug, vip.name, vip.owner, vip.n_people) == ("vip", {"zh-CN": "贵宾"}, "Ada", 2)
    assert (vip.changed_at, other.n_people) == (NOW + DAY, 1)


def test_a_list_in_use_cannot_be_removed_and_a_removed_one_is_empty(asked: World) -> None:
    """Whoever uses it is named; imported again it is there again."""
    imported(asked, "vip", "ada")
    source = dump(
        {"huiliu": 1, "kind": "segment", "slug": "s", "name": {"en": "S"}, "where": {"list": "vip"}}
    )
    apply_segment(asked, BRAND, source, "test")
    with pytest.raises(InUse) as fault:
        remove_list(asked, BRAND, "vip")
    assert fault.value.users == "segment s"

    imported(asked, "free", "ada", "ben")
    assert remove_list(asked, BRAND, "free") == 2

    settle(asked)
    with pytest.raises(NotFound):
        show_list(asked, BRAND, "free")
    assert imported(asked, "free", "eve") == (1, 0, 0)
    assert on(asked, "free") == [user(asked, "eve")]


def test_a_name_that_is_none_is_refused_before_anything_is_read(asked: World) -> None:
    """Lists are named as all documents are."""
    with pytest.raises(BadInput):
        import_list(asked, BRAND, "VIP 2026", b"userId\nada\n", by="test")


def test_random_imports_end_as_a_plain_set_does(asked: World, clock: SimulatedClock) -> None:
    """Adding, replacing and removing, against Python's own sets, at every moment."""
    dice = random.Random(11)
    people = [f"u{number}" for number in range(12)]
    known: dict[str, set[str]] = {"a": set(), "b": set()}
    history: list[tuple[int, dict[str, set[str]]]] = []
    for step in range(6):
        clock.set(NOW + step * DAY)
        slug, some = dice.choice("ab"), dice.sample(people, dice.randint(0, 6))
        replace = dice.random() < 0.4
        before = known[slug]
        after = set(some) if replace else before | set(some)
        assert imported(asked, slug, *some, replace=replace) == (
            len(after - before), len(before - after), len(before & set(some)),
        )  # fmt: skip
        known = known | {slug: after}
        history.append((NOW + step * DAY, known))

    for at, then in history:
        for view in lists(asked, BRAND):
            expected = sorted(user(asked, name) for name in then[view.slug])
            assert on(asked, view.slug, at) == expected
