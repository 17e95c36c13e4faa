"""What the channel guard pauses is not sent: as narrow as it says, waiting, and never lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
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
from tests.integration.people import BRAND, NOW, project_all

from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.messages.policy import rules_from
from huiliu.ports.channel import Answer, ChannelAccount, OutboundMessage
from huiliu.ports.guard import PauseRow
from huiliu.ports.people import TouchRow
from huiliu.ports.world import World
from huiliu.services.dispatch import dispatch
from huiliu.services.guard_pauses import is_let_through
from huiliu.stores.clock import SimulatedClock

FREE = rules_from(1_000, "00:00", "00:00")


@pytest.fixture
def channel() -> Recorder:
    """Give the channel through which messages go."""
    return Recorder()


@pytest.fixture
def shop(world: World, channel: Recorder) -> World:
    """Give a shop that sends."""
    wired = with_providers(world, channel, rules=FREE)
    put_template(wired, HELLO)
    put_template(wired, PAY)
    return wired


def pause(
    world: World, scope: Mapping[str, str], *, wait: int = 2 * DAY, percent: float = 0
) -> int:
    """Pause what has these values; return the number of the pause."""
    now = world.clock.now()
    with world.store.system() as tx:
        return tx.guard.put_pause(PauseRow(BRAND, 0, 1, "messages", scope, wait, percent, now, now))


def end(world: World, number: int) -> None:
    """End a pause, and wake what waited."""
    now = world.clock.now()
    with world.store.system() as tx:
        (row,) = [one for one in tx.guard.pauses(BRAND) if one.pause_id == number]
        tx.guard.put_pause(PauseRow(
            BRAND, number, 1, "messages", row.scope, row.wait, 100, row.since, now, now
        ))  # fmt: skip
        tx.guard.wake(BRAND, now)


def fate(world: World, message_id: bytes) -> str:
    """Return what became of a message."""
    row = message(world, message_id)
    return f"{row.status} {row.reason}".strip()


def test_a_paused_channel_holds_marketing_until_the_pause_ends(
    shop: World, channel: Recorder
) -> None:
    """Nothing of it leaves, all of it leaves afterwards; news of orders go all the while."""
    number = pause(shop, {"channel": "email"})
    held, news = queue(shop, someone(shop)), queue(shop, someone(shop), "pay")
    dispatch(shop)
    dispatch(shop)
    assert (fate(shop, held), fate(shop, news)) == ("queued guard_paused", "sent")

    end(shop, number)
    dispatch(shop)

    assert fate(shop, held) == "sent"
    assert len(channel.sent) == 2


def test_what_waited_too_long_is_not_sent_and_the_log_says_so(
    shop: World, clock: SimulatedClock
) -> None:
    """The rule of the pause ends the wait; so does the message's own end; nothing is lost."""
    pause(shop, {"channel": "email"}, wait=HOUR)
    late = queue(shop, someone(shop))
    brief = queue(shop, someone(shop), expires_at=NOW + 10 * MINUTE)
    dispatch(shop)
    clock.advance(HOUR + MINUTE)
    dispatch(shop)

    assert {fate(shop, late), fate(shop, brief)} <= {"not_sent guard_paused", "not_sent expired"}
    assert fate(shop, late) == "not_sent guard_paused"
    with shop.store.system() as tx:
        told = [one for one in tx.log.read(0, 0, 500) if one.name == "Message Not Sent"]
    assert len(told) == 2


def test_a_pause_is_as_narrow_as_it_says(shop: World) -> None:
    """One template, one journey, one region: their neighbours go."""
    south, north = someone(shop, region="广东省/深圳市"), someone(shop, region="北京市")
    pause(shop, {"channel": "email", "journey": "care", "region": "广东省"})
    pause(shop, {"channel": "email", "template_version": "hello@99"})
    hit = queue(shop, south, journey="care")
    elsewhere = queue(shop, north, journey="care")
    other = queue(shop, south, journey="welcome")
    dispatch(shop)

    assert fate(shop, hit) == "queued guard_paused"
    assert (fate(shop, elsewhere), fate(shop, other)) == ("sent", "sent")


def test_another_account_carries_for_one_that_is_paused(shop: World) -> None:
    """Messages leave by the other account; where there is none, they wait."""
    pause(shop, {"channel": "email", "account": "main"})
    alone = queue(shop, someone(shop))
    dispatch(shop)
    assert fate(shop, alone) == "queued guard_paused"

    with shop.store.system() as tx:
        tx.channels.put(ChannelAccount(BRAND, "email", "spare", {}, provider="email"), NOW)
        tx.guard.wake(BRAND, shop.clock.now())
    dispatch(shop)

    assert fate(shop, alone) == "sent"
    with shop.store.system() as tx:
        (attempt,) = tx.messages.attempts(BRAND, [alone])
    assert attempt.account == "spare"


def test_a_ramp_lets_a_part_of_the_people_through(shop: World) -> None:
    """A tenth of them, the same ones at every step."""
    people = [someone(shop) for _ in range(40)]
    number = pause(shop, {"channel": "email"}, percent=30)
    sent = {one: queue(shop, one) for one in people}
    project_all(shop)
    dispatch(shop)

    with shop.store.system() as tx:
        (row,) = [one for one in tx.guard.pauses(BRAND) if one.pause_id == number]
    through = {one for one in people if is_let_through(row, one)}
    assert 0 < len(through) < len(people)
    assert {one for one in people if fate(shop, sent[one]) == "sent"} == through


def test_a_pause_stops_what_is_being_handed_over(shop: World, clock: SimulatedClock) -> None:
    """Of a batch under way no more than the part at hand leaves; the rest waits in the queue."""

    class Slow(Recorder):
        """A provider during whose first call the guard pauses its channel."""

        def send(
            self, account: ChannelAccount, messages: Sequence[OutboundMessage]
        ) -> Sequence[Answer]:
            """Keep the messages; a pause comes meanwhile."""
            if not self.sent:
                clock.advance(MINUTE)
                pause(shop, {"channel": "email", "region": "广东省"})
            return super().send(account, messages)

    slow = Slow()
    wired = with_providers(shop, slow, rules=FREE)
    here = someone(wired, region="广东省/深圳市")
    messages = [queue(wired, here) for _ in range(50)]
    dispatch(wired)
    dispatch(wired)

    fates = [fate(wired, one) for one in messages]
    assert 0 < fates.count("sent") < 50
    assert fates.count("sent") + fates.count("queued guard_paused") == 50


def test_a_pause_tells_people_apart_by_their_phones_and_segments(shop: World) -> None:
    """Who is on a system or in a segment that is at fault waits; the others get theirs."""
    there, elsewhere, member = someone(shop), someone(shop), someone(shop)
    with shop.store.system() as tx:
        rows = [TouchRow(there, None, None, ({"os": {"name": "Android"}}, NOW, 1))]
        tx.people.add_touches(BRAND, rows)
        tx.segments.enter(BRAND, [("loyal", member)], NOW)
    pause(shop, {"channel": "email", "os": "android"})
    pause(shop, {"channel": "email", "segment:loyal": "yes"})
    sent = {one: queue(shop, one) for one in (there, elsewhere, member)}
    dispatch(shop)

    assert fate(shop, sent[there]) == "queued guard_paused"
    assert fate(shop, sent[member]) == "queued guard_paused"
    assert fate(shop, sent[elsewhere]) == "sent"
