"""What people do while the guard looks stands, and a ramp goes one step at a time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec import structs
from tests.integration.ads.advertising import at_platform
from tests.integration.console.visiting import signed_in
from tests.integration.guarded import GUARD
from tests.integration.people import BRAND

from huiliu.governance.guard_document import GuardDocument, parsed_guard
from huiliu.kernel.errors import NotFound
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.ad_results import ControlRow
from huiliu.ports.documents import Document
from huiliu.ports.guard import IncidentRow, LookRow, PauseRow
from huiliu.ports.world import World
from huiliu.services import ad_control, guard_ads
from huiliu.services.guard_ads import pause_ads
from huiliu.services.guard_data import status_json
from huiliu.services.guard_decide import Ramped, decide, ramps_of
from huiliu.services.guard_ended import close_ended
from huiliu.services.incidents import (
    guard_status,
    override_incident,
    resume_incident,
    show_incident,
)
from huiliu.services.publish import publish
from huiliu.stores.clock import SimulatedClock

GUARDED = parsed_guard(GUARD)


def paused(world: World, *scopes: Mapping[str, str], kind: str = "visits") -> int:
    """Open an incident with these pauses; return its number."""
    now = world.clock.now()
    row = IncidentRow(
        BRAND, 0, "watch", kind, kind, "app", "", "paused", now, now, now, n=900, seen=20,
        expected=90, usual=0.1, basis=900, dispersion=1,
    )  # fmt: skip
    what = "ads" if kind == "ads" else "messages"
    with world.store.system() as tx:
        number = tx.guard.open_incident(row)
        for scope in scopes:
            tx.guard.put_pause(PauseRow(BRAND, 0, number, what, scope, DAY, 0, now, now))
    return number


@pytest.fixture
def document(world: World) -> GuardDocument:
    """Give the guard in use."""
    publish(world, BRAND, GUARD, "ada", kind="guard")
    return GUARDED


def see(world: World, document: GuardDocument, ramped: list[Ramped]) -> None:
    """Decide about what was seen of ramps."""
    now = world.clock.now()
    decide(world, document, LookRow(BRAND, "watch", now + HOUR, now), [], [], ramped)


def test_a_look_does_not_undo_an_override_that_was_made_meanwhile(
    world: World, clock: SimulatedClock, document: GuardDocument
) -> None:
    """Whatever it saw of the ramp: who overrode it is right, and nothing is paused again."""
    for seen in (10.0, 100.0):
        number = paused(world, {"channel": "email"})
        resume_incident(world, BRAND, number, "ada")
        clock.advance(DAY)
        ramps = ramps_of(world, BRAND, document)
        override_incident(world, BRAND, number, "ada", "the provider reports late")
        see(world, document, [Ramped(one, 1_000, seen, 0.1, 900) for one in ramps])

        view = show_incident(world, BRAND, number)
        assert (view.row.state, view.moves[-1].what) == ("overridden", "overridden")
        assert all(one.ended_at for one in view.pauses)


def test_a_ramp_of_two_channels_goes_one_step_when_both_do_well(
    world: World, clock: SimulatedClock, document: GuardDocument
) -> None:
    """And none of the two goes on where one of them falls again."""
    number = paused(world, {"channel": "email"}, {"channel": "push"})
    resume_incident(world, BRAND, number, "ada")
    clock.advance(DAY)
    ramps = ramps_of(world, BRAND, document)
    see(world, document, [Ramped(one, 1_000, 100, 0.1, 900) for one in ramps])
    assert [one.percent for one in show_incident(world, BRAND, number).pauses] == [50, 50]

    clock.advance(DAY)
    ramps = ramps_of(world, BRAND, document)
    seen = (10.0, 100.0)
    see(world, document, [Ramped(one, 1_000, each, 0.1, 900)
                          for one, each in zip(ramps, seen, strict=True)])  # fmt: skip
    view = show_incident(world, BRAND, number)
    assert (view.row.state, [one.percent for one in view.pauses]) == ("paused", [0, 0])


def test_a_campaign_that_was_let_go_while_its_platform_paused_it_runs_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The incident stays over, and nothing stays paused that nobody can resume."""
    with at_platform(world, "ocean_engine") as (shop, fake):
        number = paused(shop, {"account": "main", "campaign": "1001"}, kind="ads")
        pause = ad_control.pause_campaign

        def meanwhile(*asked: object, **words: object) -> ControlRow:
            """Pause, and somebody ends the incident before the answer is written down."""
            override_incident(shop, BRAND, number, "ada", "a holiday")
            return pause(*asked, **words)  # type: ignore[arg-type] # handed on as it came

        monkeypatch.setattr(guard_ads, "pause_campaign", meanwhile)
        pause_ads(shop, BRAND)

        view = show_incident(shop, BRAND, number)
        assert (view.row.state, fake.campaigns["1001"]["on"]) == ("overridden", True)
        assert all(one.ended_at for one in view.pauses)


def test_what_a_platform_refuses_to_pause_is_shown_told_once_and_asked_again(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not called paused before the platform has paused it; ending it resumes nothing."""
    with at_platform(world, "ocean_engine") as (shop, fake):
        number = paused(shop, {"account": "main", "campaign": "1001"}, kind="ads")
        answers = iter(["failed", "failed", "unknown"])

        def answer(world: World, brand_id: int, *asked: str, **words: str) -> ControlRow:
            """Answer as a platform that refuses."""
            row = ad_control.propose(world, brand_id, asked[0], asked[1], "pause", **words)
            row = structs.replace(row, state=next(answers), answer="busy")
            with world.store.system() as tx:
                tx.ad_results.put_control(brand_id, row)
            return row

        said = []
        with monkeypatch.context() as patched:
            patched.setattr(guard_ads, "pause_campaign", answer)
            for _ in range(3):
                pause_ads(shop, BRAND)
                view = show_incident(shop, BRAND, number)
                said.append((*view.asked.values(), view.unpaused == {number}))
        assert said == [("refused", True), ("refused", True), ("unanswered", True)]
        assert [one.what for one in view.moves][-2:] == ["ads_refused", "ads_unanswered"]
        assert guard_status(shop, BRAND).unpaused == {number}
        assert status_json(guard_status(shop, BRAND))["pauses"][0]["platform"] == "unanswered"  # type: ignore[index]
        with shop.store.transaction(BRAND) as tx:
            told = [one.kind for one in tx.notices.page(BRAND, 1, None, 9)]
        assert told == ["incident_unpaused"]
        client = signed_in(shop, tmp_path, "viewer")
        for path in ("/incidents", f"/incidents/{number}"):
            assert "Not paused yet" in client.get(f"{path}?lang=en").text
        assert "look at the ad platform whether" in client.get(f"/incidents/{number}").text

        assert fake.campaigns["1001"]["on"]
        pause_ads(shop, BRAND)
        pause_ads(shop, BRAND)
        view = show_incident(shop, BRAND, number)
        assert (list(view.asked.values()), view.unpaused) == (["paused"], frozenset())
        assert "Not paused yet" not in client.get(f"/incidents/{number}").text
        assert not fake.campaigns["1001"]["on"]


def test_what_was_never_paused_is_not_switched_on_by_ending_its_incident(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever paused it there by hand meanwhile meant it."""
    with at_platform(world, "ocean_engine") as (shop, fake):
        number = paused(shop, {"account": "main", "campaign": "1001"}, kind="ads")
        fake.campaigns["1001"]["on"] = False

        def refuse(*_: object, **__: object) -> ControlRow:
            """Find the account out of order."""
            raise NotFound("ad account", "main")

        monkeypatch.setattr(guard_ads, "pause_campaign", refuse)
        pause_ads(shop, BRAND)
        pause_ads(shop, BRAND)
        assert list(show_incident(shop, BRAND, number).asked.values()) == ["waiting"]
        view = resume_incident(shop, BRAND, number, "ada")

        assert [one.what for one in view.moves] == ["ads_failed", "ads_resumed"]
        assert view.row.state == "resolved"
        assert not fake.campaigns["1001"]["on"]


def test_what_no_answer_came_of_may_be_paused_whatever_is_refused_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A platform that refuses to pause what is paused does not leave it so for ever."""
    with at_platform(world, "ocean_engine") as (shop, fake):
        number = paused(shop, {"account": "main", "campaign": "1001"}, kind="ads")
        fake.campaigns["1001"]["on"] = False
        answers = iter(["unknown", "failed"])

        def answer(world: World, brand_id: int, *asked: str, **words: str) -> ControlRow:
            """Pause without an answer, then refuse to do it again."""
            row = ad_control.propose(world, brand_id, asked[0], asked[1], "pause", **words)
            row = structs.replace(row, state=next(answers), answer="paused already")
            with world.store.system() as tx:
                tx.ad_results.put_control(brand_id, row)
            return row

        monkeypatch.setattr(guard_ads, "pause_campaign", answer)
        pause_ads(shop, BRAND)
        pause_ads(shop, BRAND)
        view = show_incident(shop, BRAND, number)
        assert [one.what for one in view.moves] == ["ads_unanswered", "ads_refused"]
        assert list(view.asked.values()) == ["unanswered"]

        override_incident(shop, BRAND, number, "ada", "a holiday")
        assert fake.campaigns["1001"]["on"]


@pytest.mark.parametrize(
    ("state", "lately", "over"),
    [("open", False, True), ("open", True, False), ("paused", False, False)],
)
def test_an_incident_of_a_campaign_ends_with_it(
    world: World, state: str, lately: bool, over: bool
) -> None:
    """A week of nothing closes what is open; what is paused is quiet because of that."""
    key = ("campaign", "click", "email", "spring")
    number = campaign_incident(world, state)

    close_ended(world, BRAND, "watch", {key} if lately else set(), {key[:2]})

    view = show_incident(world, BRAND, number)
    assert view.row.is_over == over
    assert [one.what for one in view.moves] == ["ended"] * over


def test_a_campaign_that_is_stopped_has_no_incident(world: World) -> None:
    """Also a paused one; what the guard did not read closes nothing else."""
    number = campaign_incident(world, "paused")
    close_ended(world, BRAND, "watch", set(), set())
    assert not show_incident(world, BRAND, number).row.is_over
    with world.store.system() as tx:
        tx.documents.put(Document(BRAND, "journey", "spring", 0, "live", "x", 1, "ada"))
        tx.documents.set_state(BRAND, "journey", "spring", "stopped")

    close_ended(world, BRAND, "watch", set(), set())

    assert show_incident(world, BRAND, number).row.state == "resolved"


def campaign_incident(world: World, state: str) -> int:
    """Open an incident of a campaign."""
    now = world.clock.now()
    row = IncidentRow(
        BRAND, 0, "watch", "campaign", "click", "email", "spring", state, now, now, now
    )
    with world.store.system() as tx:
        return tx.guard.open_incident(row)
