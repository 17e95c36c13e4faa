"""A segment's life: looked at before, made live while events come, used, rolled back, removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from tests.integration.people import BRAND, NOW, event, identify, log, person, project_all
from tests.integration.warehouses import rows, settle, with_warehouse

from huiliu.kernel.documents import dump
from huiliu.kernel.errors import BadInput, InUse, NotFound
from huiliu.kernel.events import Flag
from huiliu.kernel.times import DAY
from huiliu.ports.world import World
from huiliu.services import apply_segment as applying
from huiliu.services.apply_journey import apply_journey, set_journey_state
from huiliu.services.apply_segment import Applied, apply_segment
from huiliu.services.audience import members as page_of
from huiliu.services.audience import read_segment, who
from huiliu.services.diff_segments import Side, diff_segments
from huiliu.services.expire import expire
from huiliu.services.explain_segment import explain_segment
from huiliu.services.preview_segment import preview_segment
from huiliu.services.project import project
from huiliu.services.remove_segment import remove_segment
from huiliu.services.segment_versions import live_segment, roll_back, version_of, versions
from huiliu.services.tell_news import tell_all_news, tell_news
from huiliu.services.unmerge import unmerge
from huiliu.services.used_by import used_by
from huiliu.stores.clock import SimulatedClock

PAID = {"did": "Order Paid"}
WELCOME = """
huiliu: 1
kind: journey
slug: welcome
name: {en: Welcome}
entry: {event: Segment Entered, where: [{property: segment, is: s}]}
nodes:
  pause: {type: wait, for: 1d, next: done}
  done: {type: exit}
"""
SHANGHAI = {"trait": "city", "is": "上海"}


def document(slug: str, where: object, **header: object) -> str:
    """Return a segment's YAML."""
    return dump(
        {"huiliu": 1, "kind": "segment", "slug": slug, "name": {"en": slug}, **header,
         "where": where}
    )  # fmt: skip


def applied(world: World, slug: str, where: object) -> Applied:
    """Make a segment live, the log projected first."""
    project_all(world)
    return apply_segment(world, BRAND, document(slug, where), "test")


def members(world: World, slug: str) -> set[int]:
    """Return who is in a segment by its kept memberships."""
    return {profile for profile, _ in page_of(world, BRAND, slug, 10_000)}


def told(world: World, slug: str) -> list[tuple[object, object]]:
    """Return what the log says of one segment's memberships, in its order."""
    settle(world)
    found = rows(
        world,
        "select event, profile_id, properties->>'segment' as segment from events"
        " where kind = 'internal' and event like 'Segment %' order by position",
    )
    return [(one["event"], one["profile_id"]) for one in found if one["segment"] == slug]


@pytest.fixture
def asked(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a world with a warehouse."""
    with with_warehouse(world, tmp_path) as opened:
        yield opened


class Meanwhile:
    """A warehouse in which something happens while the first question is answered."""

    def __init__(self, world: World, act: Callable[[], None]) -> None:
        """Hold the warehouse and what happens."""
        self._warehouse = world.warehouse
        self._act: Callable[[], None] | None = act

    def run(self, expression: ibis.Expr) -> pa.Table:
        """Answer, and then let it happen: the answer is older than what happens."""
        found = self._warehouse.run(expression)
        act, self._act = self._act, None
        if act is not None:
            act()
        return found

    def __getattr__(self, name: str) -> Any:
        """Do all else as the warehouse does."""
        return getattr(self._warehouse, name)


def during(world: World, act: Callable[[], None]) -> World:
    """Return the world, with something that happens while a population is asked for."""
    return replace(world, warehouse=Meanwhile(world, act))


def test_the_projector_goes_on_while_a_population_is_asked_for(asked: World) -> None:
    """Events that come meanwhile are projected, and counted in the fill: nobody is missed."""
    log(asked, event("user_id:ada", name="Order Paid"), identify("user_id:ben", city="上海"))
    project_all(asked)
    n_projected: list[int] = []

    def come() -> None:
        log(asked, event("user_id:ben", name="Order Paid"), event("user_id:eve", name="Order Paid"))
        # With the projector's cursor locked by the fill this would wait for ever.
        n_projected.append(project(asked))

    done = apply_segment(during(asked, come), BRAND, document("buyers", PAID), "test")

    assert n_projected == [2]
    everybody = {person(asked, f"user_id:{name}") for name in ("ada", "ben", "eve")}
    assert (done.n_members, members(asked, "buyers")) == (3, everybody)
    assert sorted(told(asked, "buyers")) == sorted(("Segment Entered", one) for one in everybody)


def test_whom_the_tail_takes_out_is_not_let_in(asked: World) -> None:
    """The answer of the warehouse is older than what the projector has seen since."""
    log(asked, identify("user_id:ada", city="上海"))
    project_all(asked)

    def move() -> None:
        log(asked, identify("user_id:ada", city="北京", at=NOW + 1))
        project_all(asked)

    apply_segment(during(asked, move), BRAND, document("here", SHANGHAI), "test")

    assert members(asked, "here") == set()
    assert told(asked, "here") == []


def test_two_who_merge_meanwhile_are_one_member(asked: World) -> None:
    """Whoever was merged away is no member; who stayed is, by the facts of both."""
    log(asked, event("user_id:ada", name="Visit"), event("anonymous_id:a", name="Order Paid"))
    project_all(asked)
    gone = person(asked, "anonymous_id:a")

    def merge() -> None:
        log(asked, event("user_id:ada", "anonymous_id:a", name="Visit"))
        project_all(asked)

    apply_segment(during(asked, merge), BRAND, document("buyers", PAID), "test")

    ada = person(asked, "user_id:ada")
    assert ada != gone
    assert members(asked, "buyers") == {ada}
    settle(asked)
    assert who(asked, BRAND, live_segment(asked, BRAND, "buyers").condition) == [ada]


def test_two_who_are_parted_meanwhile_are_looked_at_each(asked: World) -> None:
    """An unmerge changes the facts of two people; the fill ends with both right."""
    log(asked, event("user_id:ada", name="Visit"), event("anonymous_id:a", name="Order Paid"))
    log(asked, event("user_id:ada", "anonymous_id:a", name="Visit"))
    settle(asked)
    ada = person(asked, "user_id:ada")

    def part() -> None:
        unmerge(asked, BRAND, ada)
        project_all(asked)

    apply_segment(during(asked, part), BRAND, document("buyers", PAID), "test")
    project_all(asked)

    assert members(asked, "buyers") == {person(asked, "anonymous_id:a")}


def test_documents_that_change_meanwhile_are_read_again(asked: World) -> None:
    """What another one made live between question and answer is not overwritten blindly."""
    log(asked, event("user_id:ada", name="Order Paid"), identify("user_id:ben", city="上海"))
    applied(asked, "base", PAID)

    def redefine() -> None:
        apply_segment(asked, BRAND, document("base", SHANGHAI), "other")

    apply_segment(during(asked, redefine), BRAND, document("top", {"in_segment": "base"}), "test")

    assert members(asked, "top") == members(asked, "base") == {person(asked, "user_id:ben")}


def test_a_crash_before_the_log_is_told_loses_no_entry_and_tells_none_twice(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Members are there at once; what the log was not told yet is told by whoever comes next."""
    log(asked, *(event(f"user_id:{n}", name="Order Paid") for n in range(5)))
    project_all(asked)

    def die(_world: World) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(applying, "tell_all_news", die)
        with pytest.raises(MemoryError):
            apply_segment(asked, BRAND, document("buyers", PAID), "test")
    everybody = members(asked, "buyers")
    assert len(everybody) == 5
    assert told(asked, "buyers") == []

    assert [tell_news(asked, 2) for _ in range(4)] == [2, 2, 1, 0]

    assert sorted(told(asked, "buyers")) == [("Segment Entered", one) for one in sorted(everybody)]


def test_who_left_again_before_the_log_was_told_is_told_once(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log never ends with an entry of somebody who is out."""
    log(asked, identify("user_id:ada", city="上海"))
    project_all(asked)
    monkeypatch.setattr(applying, "tell_all_news", lambda _world: None)
    apply_segment(asked, BRAND, document("here", SHANGHAI), "test")
    log(asked, identify("user_id:ada", city="北京", at=NOW + 1))
    project_all(asked)

    tell_all_news(asked)

    assert members(asked, "here") == set()
    assert told(asked, "here") == [("Segment Exited", person(asked, "user_id:ada"))]


def test_an_apply_that_fails_leaves_nothing_of_a_new_segment(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Members are written before the document is live, and taken back when it never becomes so."""
    log(asked, event("user_id:ada", name="Order Paid"))
    project_all(asked)
    with monkeypatch.context() as patch:
        patch.setattr(applying, "fill", lambda *_parts: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            apply_segment(asked, BRAND, document("buyers", PAID), "test")

    with asked.store.system() as tx:
        assert tx.segments.of_profiles(BRAND, [person(asked, "user_id:ada")]) == {}
    with pytest.raises(NotFound):
        live_segment(asked, BRAND, "buyers")
    assert told(asked, "buyers") == []


def test_what_an_apply_that_was_killed_wrote_ahead_is_written_again(asked: World) -> None:
    """Rows without a document count for nothing: the next apply lets everybody in, and says so."""
    log(asked, event("user_id:ada", name="Order Paid"))
    project_all(asked)
    ada = person(asked, "user_id:ada")
    with asked.store.system() as tx:
        tx.segments.enter(BRAND, [("buyers", ada), ("buyers", 7)], NOW - DAY)

    done = apply_segment(asked, BRAND, document("buyers", PAID), "test")

    assert (done.n_members, done.n_entered, done.n_left) == (1, 1, 0)
    assert members(asked, "buyers") == {ada}
    assert told(asked, "buyers") == [("Segment Entered", ada)]


def test_entries_of_a_definition_trigger_nothing(asked: World) -> None:
    """They are flagged as the past is, one by one."""
    log(asked, event("user_id:ada", name="Order Paid"))
    applied(asked, "buyers", PAID)
    with asked.store.system() as tx:
        [entered] = [one for one in tx.log.read(0, 0, 10) if one.name == "Segment Entered"]
    assert entered.flags == Flag.HISTORICAL


def test_segments_that_ask_for_a_changed_one_are_filled_again_with_it(asked: World) -> None:
    """However deep; one transaction, so nobody sees one of them old and another new."""
    log(asked, event("user_id:ada", name="Order Paid"), identify("user_id:ben", city="上海"))
    applied(asked, "base", PAID)
    applied(asked, "middle", {"in_segment": "base"})
    applied(asked, "top", {"not": {"in_segment": "middle"}})
    ada, ben = person(asked, "user_id:ada"), person(asked, "user_id:ben")
    assert (members(asked, "middle"), members(asked, "top")) == ({ada}, {ben})

    done = applied(asked, "base", SHANGHAI)

    assert done.dependents == {"middle": (1, 1), "top": (1, 1)}
    assert (members(asked, "middle"), members(asked, "top")) == ({ben}, {ada})
    assert set(told(asked, "top")[-2:]) == {("Segment Entered", ada), ("Segment Exited", ben)}


def test_facts_of_a_changed_segment_are_kept_for_those_that_ask_for_it(asked: World) -> None:
    """An event that only the changed segment names moves people in and out of both."""
    applied(asked, "base", SHANGHAI)
    applied(asked, "top", {"in_segment": "base"})
    log(asked, event("user_id:ada", name="Refunded"))
    applied(asked, "base", {"did": "Refunded", "at_least": 2})

    log(asked, event("user_id:ada", name="Refunded"))
    project_all(asked)

    assert members(asked, "top") == members(asked, "base") == {person(asked, "user_id:ada")}


def test_a_change_that_breaks_another_definition_is_refused(asked: World) -> None:
    """A circle is told with its way, and nothing was written."""
    applied(asked, "base", PAID)
    applied(asked, "top", {"in_segment": "base"})

    with pytest.raises(BadInput) as fault:
        applied(asked, "base", {"in_segment": "top"})

    assert "base → top → base" in str(fault.value)
    assert len(versions(asked, BRAND, "base")) == 1


def test_a_preview_says_what_applying_then_does_and_writes_nothing(asked: World) -> None:
    """Who enters and who leaves, there and where others ask for it."""
    log(asked, event("user_id:ada", name="Order Paid"), identify("user_id:ben", city="上海"))
    applied(asked, "s", PAID)
    applied(asked, "top", {"in_segment": "s"})
    ada, ben = person(asked, "user_id:ada"), person(asked, "user_id:ben")

    seen = preview_segment(asked, BRAND, document("s", SHANGHAI))

    assert (seen.is_new, seen.n_before, seen.n_after) == (False, 1, 1)
    assert (seen.entering, seen.leaving) == ([ben], [ada])
    assert [(one.slug, one.n_entering, one.n_leaving) for one in seen.dependents] == [("top", 1, 1)]
    assert [one.what for one in seen.changes] == ["changed"]
    assert members(asked, "s") == {ada}
    done = applied(asked, "s", SHANGHAI)
    assert (done.n_entered, done.n_left) == (1, 1)
    assert done.dependents == {"top": (1, 1)}


def test_a_preview_of_a_new_segment_lets_everybody_in(asked: World) -> None:
    """There is nothing to compare with."""
    log(asked, event("user_id:ada", name="Order Paid"))
    settle(asked)

    seen = preview_segment(asked, BRAND, document("s", PAID))

    assert (seen.is_new, seen.n_before, seen.n_after, seen.changes) == (True, 0, 1, ())


def test_versions_are_kept_and_an_older_one_comes_back_as_a_new_one(asked: World) -> None:
    """A version is never changed; rolling back fills again."""
    log(asked, event("user_id:ada", name="Order Paid"), identify("user_id:ben", city="上海"))
    applied(asked, "s", PAID)
    applied(asked, "s", SHANGHAI)

    done = roll_back(asked, BRAND, "s", 1, "ada")

    assert (done.version, done.n_entered, done.n_left) == (3, 1, 1)
    assert [(one.version, one.created_by) for one in versions(asked, BRAND, "s")] == [
        (3, "ada"), (2, "test"), (1, "test"),
    ]  # fmt: skip
    assert version_of(asked, BRAND, "s", 2).condition.tree() == SHANGHAI
    assert members(asked, "s") == {person(asked, "user_id:ada")}
    with pytest.raises(NotFound):
        version_of(asked, BRAND, "s", 4)


def test_a_removed_segment_is_out_of_use_and_its_members_out_of_it(asked: World) -> None:
    """The log says so; no event brings anybody back; applied again it goes on with its versions."""
    log(asked, event("user_id:ada", name="Order Paid"))
    applied(asked, "buyers", PAID)
    ada = person(asked, "user_id:ada")

    assert remove_segment(asked, BRAND, "buyers") == 1

    assert told(asked, "buyers") == [("Segment Entered", ada), ("Segment Exited", ada)]
    log(asked, event("user_id:ben", name="Order Paid"))
    project_all(asked)
    with asked.store.system() as tx:
        assert tx.segments.counts(BRAND) == {}
    for gone in (remove_segment, live_segment):
        with pytest.raises(NotFound):
            gone(asked, BRAND, "buyers")
    assert applied(asked, "buyers", PAID).n_members == 2


def test_what_is_used_cannot_be_removed(asked: World) -> None:
    """Every user is named: segments that ask for it, journeys that begin with its entries."""
    applied(asked, "s", PAID)
    applied(asked, "top", {"any": [{"in_segment": "s"}, SHANGHAI]})
    apply_journey(asked, BRAND, WELCOME, "test")
    users = used_by(asked, BRAND, "segment", "s")
    assert [(one.kind, one.slug, one.name) for one in users] == [
        ("segment", "top", {"en": "top"}), ("journey", "welcome", {"en": "Welcome"}),
    ]  # fmt: skip

    with pytest.raises(InUse) as fault:
        remove_segment(asked, BRAND, "s")

    assert fault.value.users == "segment top, journey welcome"
    assert live_segment(asked, BRAND, "s").slug == "s"
    remove_segment(asked, BRAND, "top")
    with pytest.raises(InUse):
        remove_segment(asked, BRAND, "s")
    set_journey_state(asked, BRAND, "welcome", "archived")
    assert remove_segment(asked, BRAND, "s") == 0


def test_two_moments_of_one_segment_differ_by_who_came_and_went(asked: World) -> None:
    """As of any moment of the log, whatever is so now."""
    log(
        asked,
        event("user_id:ada", name="Order Paid", at=NOW - 9 * DAY, flags=Flag.HISTORICAL),
        event("user_id:ben", name="Order Paid", at=NOW - 2 * DAY, flags=Flag.HISTORICAL),
        event("user_id:eve", name="Order Paid", at=NOW - 8 * DAY, flags=Flag.HISTORICAL),
        event("user_id:eve", name="Order Paid", at=NOW - DAY, flags=Flag.HISTORICAL),
    )
    settle(asked)
    segment = read_segment(asked, BRAND, document("s", {"did": "Order Paid", "within": "3d"}))

    found = diff_segments(asked, BRAND, Side(segment, NOW - 7 * DAY), Side(segment))

    ada, ben, eve = (person(asked, f"user_id:{name}") for name in ("ada", "ben", "eve"))
    assert (found.n_before, found.n_after, found.n_staying) == (2, 2, 1)
    assert (found.entering, found.leaving, found.changes) == ([ben], [ada], ())
    assert eve not in {*found.entering, *found.leaving}


def test_an_explanation_agrees_with_the_count_at_every_moment(asked: World) -> None:
    """It says what it saw then, and when time may change the answer."""
    log(
        asked,
        event("user_id:ada", name="Order Paid", at=NOW - 2 * DAY, flags=Flag.HISTORICAL),
        identify("user_id:ada", city="上海", at=NOW - DAY),
    )
    settle(asked)
    segment = read_segment(
        asked, BRAND, document("s", {"all": [{"did": "Order Paid", "within": "3d"}, SHANGHAI]})
    )
    ada = person(asked, "user_id:ada")

    now = explain_segment(asked, BRAND, segment, ada)
    then = explain_segment(asked, BRAND, segment, ada, NOW - 2 * DAY + 1)
    later = explain_segment(asked, BRAND, segment, ada, NOW + DAY)

    assert [one.holds for one in (now, then, later)] == [True, False, False]
    assert now.next_change == NOW + DAY
    assert [one.holds for one in then.part.parts] == [True, False]
    for one in (now, then, later):
        assert (ada in who(asked, BRAND, segment.condition, one.at)) == one.holds
    with pytest.raises(NotFound):
        explain_segment(asked, BRAND, segment, ada, NOW - 3 * DAY)
    with pytest.raises(NotFound):
        explain_segment(asked, BRAND, segment, ada + 1)


def test_members_of_a_fill_leave_at_their_minute(asked: World, clock: SimulatedClock) -> None:
    """Timers are set for those whom the tail brought too."""
    log(asked, event("user_id:ada", name="Order Paid", at=NOW - DAY))
    project_all(asked)

    def come() -> None:
        log(asked, event("user_id:ben", name="Order Paid", at=NOW))
        project_all(asked)

    source = document("lately", {"did": "Order Paid", "within": "2d"})
    apply_segment(during(asked, come), BRAND, source, "test")
    ben = person(asked, "user_id:ben")

    clock.set(NOW + DAY)
    expire(asked)
    assert members(asked, "lately") == {ben}
    clock.set(NOW + 2 * DAY)
    expire(asked)
    assert members(asked, "lately") == set()
