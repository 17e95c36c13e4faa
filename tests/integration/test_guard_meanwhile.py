"""What people do while the guard looks stands, and a ramp goes one step at a time."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.integration.ads.advertising import at_platform
from tests.integration.guarded import GUARD
from tests.integration.people import BRAND

from huiliu.governance.guard_document import GuardDocument, parsed_guard
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.ad_results import ControlRow
from huiliu.ports.guard import IncidentRow, LookRow, PauseRow
from huiliu.ports.world import World
from huiliu.services import ad_control, guard_ads
from huiliu.services.guard_ads import pause_ads
from huiliu.services.guard_decide import Ramped, decide, ramps_of
from huiliu.services.incidents import override_incident, resume_incident, show_incident
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
