"""A holdout keeps a share of people from getting anything, and notes what they would have got."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.integration.journeys import order_event, put_journey
from tests.integration.outbox import (
    HELLO,
    PAY,
    Recorder,
    message,
    put_template,
    queue,
    someone,
    with_providers,
)
from tests.integration.people import (
    BRAND,
    NOW,
    event,
    identify,
    log,
    person,
    project_all,
)

from huiliu.experiments.holdout import HELD, TREATED, parsed_holdout
from huiliu.kernel.bodies import read_body
from huiliu.kernel.errors import BadInput
from huiliu.kernel.times import DAY, HOUR, as_datetime
from huiliu.messages.policy import rules_from
from huiliu.ports.assignments import Assigned
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.world import World
from huiliu.services.assign import ASSIGNED, assigned
from huiliu.services.dispatch import dispatch
from huiliu.services.hold_out import HoldOuts
from huiliu.services.holdouts import end_holdouts
from huiliu.services.incremental import drawn_in
from huiliu.services.publish import publish
from huiliu.stores.clock import SimulatedClock

FREE = rules_from(1_000, "00:00", "00:00")
CARE = """\
huiliu: 1
kind: journey
slug: care
name: {en: Care}
entry: {event: Order Shipped, key: order_id, again: never}
start: tell
nodes:
  tell: {type: send, channel: email, template: hello, next: end}
  end: {type: exit, reason: told}
"""
GLOBAL = """\
huiliu: 1
kind: holdout
slug: universal
name: {en: Universal holdout}
scope: global
share: 40%
"""
MAIL = """\
huiliu: 1
kind: holdout
slug: mail
name: {en: Mail}
scope: channel
channels: [email]
share: 50%
"""


@pytest.fixture
def channel() -> Recorder:
    """Give the channel through which messages go."""
    return Recorder()


@pytest.fixture
def shop(world: World, channel: Recorder) -> World:
    """Lend a shop with a journey, a marketing template and one of service."""
    wired = with_providers(world, channel, rules=FREE)
    put_template(wired, HELLO)
    put_template(wired, PAY)
    put_journey(wired, CARE)
    return wired


def use(world: World, *sources: str) -> None:
    """Put holdouts into use."""
    for source in sources:
        publish(world, BRAND, source, "ada", kind="holdout")


def reasons(world: World, queued: dict[int, bytes]) -> dict[int, str]:
    """Return what became of each person's message."""
    found = {one: message(world, mid) for one, mid in queued.items()}
    return {one: row.reason or row.status for one, row in found.items()}


def send(world: World, people: Sequence[int], node: str = "tell") -> dict[int, str]:
    """Queue a marketing message to each and return what became of it."""
    assert isinstance(world.clock, SimulatedClock)
    world.clock.advance(HOUR)
    queued = {one: queue(world, one, journey="care", node=node) for one in people}
    send_all(world)
    return reasons(world, queued)


def send_all(world: World) -> None:
    """Dispatch until nothing is left: marketing waits for the projector."""
    project_all(world)
    while dispatch(world):
        project_all(world)


def drawn(world: World, scope: str, people: Sequence[int]) -> dict[int, Assigned]:
    """Return who is in which arm of a scope."""
    with world.store.system() as tx:
        found = assigned(tx, BRAND, [scope], people)
    return {one: each for (_, one), each in found.items()}


def told(world: World, name: str) -> list[dict[str, object]]:
    """Return what the events of a name say."""
    with world.store.system() as tx:
        return [dict(read_body(e.body).properties) for e in tx.log.read(0, 0, 5_000)
                if e.name == name]  # fmt: skip


def test_some_are_held_out_the_others_get_it_and_both_are_written_down(
    shop: World, channel: Recorder
) -> None:
    """The hash decides; the log tells of every drawing and of what would have been sent."""
    people = [someone(shop) for _ in range(30)]
    use(shop, GLOBAL)
    fates = send(shop, people)
    holdout = parsed_holdout(GLOBAL)
    held = {one for one in people if holdout.holds(one)}
    assert 0 < len(held) < 30
    assert {one for one, why in fates.items() if why == "held_out"} == held
    assert len(channel.sent) == 30 - len(held)
    arms = drawn(shop, "holdout:universal", people)
    assert {one for one, each in arms.items() if each.arm == HELD} == held
    assert {one for one, each in arms.items() if each.arm == TREATED} == set(people) - held
    ghosts = [one for one in told(shop, "Message Not Sent") if one["reason"] == "held_out"]
    assert {one["holdout"] for one in ghosts} == {"universal"}
    assert len(ghosts) == len(held)
    assert len(told(shop, ASSIGNED)) == 30


def test_service_messages_and_what_people_asked_for_are_never_held(
    shop: World, channel: Recorder
) -> None:
    """News of an order reaches everybody; so does a test of a template."""
    people = [someone(shop) for _ in range(12)]
    use(shop, GLOBAL.replace("40%", "50%"))
    for one in people:
        queue(shop, one, journey="care", template="pay", message_class="service")
        queue(shop, one, journey="", node="test")
    send_all(shop)
    assert len(channel.sent) == 24
    assert drawn(shop, "holdout:universal", people) == {}


def test_whoever_is_in_stays_when_the_share_changes(shop: World) -> None:
    """A larger share holds newcomers only; the arms of those who were asked stand."""
    early = [someone(shop) for _ in range(20)]
    use(shop, GLOBAL.replace("40%", "1%"))
    before = send(shop, early)
    use(shop, GLOBAL.replace("40%", "50%"))
    assert send(shop, early, "again") == before
    late = [someone(shop) for _ in range(20)]
    wider = parsed_holdout(GLOBAL.replace("40%", "50%"))
    fates = send(shop, late)
    assert {one for one in late if fates[one] == "held_out"} == {
        one for one in late if wider.holds(one)
    }


def test_holdouts_are_nested_and_the_widest_is_asked_first(shop: World) -> None:
    """Whom the brand's holdout has is no part of the channel's."""
    people = [someone(shop) for _ in range(40)]
    use(shop, MAIL, GLOBAL)
    fates = send(shop, people)
    wide = drawn(shop, "holdout:universal", people)
    narrow = drawn(shop, "holdout:mail", people)
    held = {one for one, each in wide.items() if each.arm == HELD}
    assert set(narrow) == set(people) - held
    mailed = {one for one, why in fates.items() if why == "sent"}
    assert mailed == {one for one, each in narrow.items() if each.arm == TREATED}
    assert 0 < len(mailed) < len(narrow)


def test_a_person_stays_held_out_when_they_turn_out_to_be_another(shop: World) -> None:
    """The survivor keeps the earlier arm, whatever the hash says of them."""
    use(shop, GLOBAL)
    log(shop, *[identify(f"user_id:u{nth}") for nth in range(12)])
    log(shop, *[identify(f"anonymous_id:a{nth}") for nth in range(12)])
    project_all(shop)
    members = [person(shop, f"user_id:u{nth}") for nth in range(12)]
    with shop.store.system() as tx:
        gate = HoldOuts(tx, BRAND, [parsed_holdout(GLOBAL)], shop.zone, NOW)
        before = [gate.holder(_asked(one), one) for one in members]
        tx.log.append(gate.write())
    log(shop, *[event(f"anonymous_id:a{nth}", f"user_id:u{nth}") for nth in range(12)])
    project_all(shop)
    present = [person(shop, f"user_id:u{nth}") for nth in range(12)]
    assert len({*before}) == 2
    with shop.store.system() as tx:
        gate = HoldOuts(tx, BRAND, [parsed_holdout(GLOBAL)], shop.zone, NOW + 1)
        gate.read_messages((_asked(one), one) for one in present)
        assert [gate.holder(_asked(one), one) for one in present] == before
        assert gate.write() == []


def _asked(profile_id: int) -> QueuedMessage:
    """Return a marketing message to a person."""
    return QueuedMessage(
        BRAND, b"m", profile_id, "care", 1, b"r", "tell", "email", "hello", 1, "marketing",
        NOW, 0, NOW, b"", b"",
    )  # fmt: skip


def test_a_new_round_draws_everybody_anew(shop: World) -> None:
    """Nobody has to stay held out for ever."""
    people = [someone(shop) for _ in range(30)]
    use(shop, GLOBAL)
    first = send(shop, people)
    use(shop, GLOBAL + "round: 2026Q4\n")
    second = send(shop, people, "again")
    assert first != second
    assert len(drawn(shop, "holdout:universal#2026Q4", people)) == 30


def test_who_asks_about_days_is_answered_by_the_round_of_those_days(shop: World) -> None:
    """A quarter that is over is told by its own round, though another is drawn from now."""
    use(shop, GLOBAL)
    send(shop, [someone(shop)])
    assert isinstance(shop.clock, SimulatedClock)
    first = as_datetime(shop.clock.now()).date()
    shop.clock.advance(40 * DAY)
    use(shop, GLOBAL + "round: 2027Q1\n")
    assert end_holdouts(shop) == 1
    shop.clock.advance(DAY)
    send(shop, [someone(shop)])
    last = as_datetime(shop.clock.now()).date()
    with shop.store.system() as tx:
        assert drawn_in(tx, shop, BRAND, "brand", first, last)[0] == "holdout:universal"
        assert drawn_in(tx, shop, BRAND, "brand", last, last)[0] == "holdout:universal#2027Q1"


def test_whose_turn_nobody_foresaw_keeps_their_arm_too(shop: World) -> None:
    """Who was not read with the batch is looked up when they are asked."""
    people = [someone(shop) for _ in range(20)]
    use(shop, GLOBAL.replace("40%", "1%"))
    before = send(shop, people)
    wider = parsed_holdout(GLOBAL.replace("40%", "50%"))
    with shop.store.system() as tx:
        gate = HoldOuts(tx, BRAND, [wider], shop.zone, NOW)
        found = [bool(gate.holder(_asked(one), one)) for one in people]
        assert gate.write() == []
    assert found == [before[one] == "held_out" for one in people]


def test_a_holdout_of_one_journey_or_message_holds_nothing_else(
    shop: World, channel: Recorder
) -> None:
    """It names what there is; every other message goes out."""
    narrow = GLOBAL.replace("scope: global", "scope: journey\njourneys: [care]")
    with pytest.raises(BadInput) as fault:
        use(shop, narrow.replace("[care]", "[cares]"))
    assert [one.path for one in fault.value.problems] == ["journeys[0]"]
    use(shop, narrow)
    people = [someone(shop) for _ in range(20)]
    assert "held_out" in send(shop, people).values()
    n_sent = len(channel.sent)
    shop.clock.advance(HOUR)  # type: ignore[attr-defined] # of a test
    for one in people:
        queue(shop, one, journey="welcome")
    send_all(shop)
    assert len(channel.sent) == n_sent + 20


def test_a_journeys_own_holdout_is_drawn_when_a_person_would_enter(shop: World) -> None:
    """It is written down for both arms, and a changed share moves nobody who was in."""
    again = CARE.replace("again: never", "again: after_end")
    put_journey(shop, again + "holdout: 50%\n")
    names = [f"u{nth}" for nth in range(16)]
    log(shop, *[order_event("Order Shipped", f"o-{name}", who=name) for name in names])
    project_all(shop)
    people = [person(shop, f"user_id:{name}") for name in names]
    arms = drawn(shop, "journey:care", people)
    assert len(arms) == 16
    held = {one for one, each in arms.items() if each.arm == HELD}
    assert 0 < len(held) < 16
    put_journey(shop, again + "holdout: 1%\n")
    log(shop, *[order_event("Order Shipped", f"p-{name}", who=name) for name in names])
    project_all(shop)
    with shop.store.system() as tx:
        runs = tx.runs.history(BRAND, people, 100)
        steps = tx.runs.steps(BRAND, people, [run.run_id for run in runs])
    assert len(runs) == 32
    watched = [one.profile_id for one in steps if b'"held_out":true' in one.details]
    assert sorted(watched) == sorted([*held, *held])
