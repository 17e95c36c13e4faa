"""Campaigns: everybody of the audience once, at their time, until somebody says stop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from tests.integration.journeys import rows
from tests.integration.outbox import (
    HELLO,
    Recorder,
    put_template,
    same_person,
    someone,
    with_providers,
)
from tests.integration.people import BRAND, NOW, identify, log, project_all

from huiliu.kernel.errors import BadInput, Conflict
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.times import DAY, HOUR, MINUTE, as_instant
from huiliu.messages.policy import rules_from
from huiliu.ports.channel import Answer, ChannelAccount, OutboundMessage
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.services import advance as advancing
from huiliu.services import dispatch as dispatching
from huiliu.services import fill as filling
from huiliu.services import schedule as scheduling
from huiliu.services.advance import advance
from huiliu.services.campaigns import (
    CampaignDraft,
    Variant,
    calendar,
    campaign_progress,
    create_campaign,
    list_campaigns,
    pause_campaign,
    resume_campaign,
    stop_campaign,
)
from huiliu.services.dispatch import dispatch
from huiliu.services.fill import fill
from huiliu.services.schedule import schedule
from huiliu.services.sweep import sweep
from huiliu.stores.clock import SimulatedClock

FANS = """huiliu: 1
kind: segment
slug: fans
name: {en: Fans}
where: {trait: tier, is: fan}
"""
FREE = rules_from(1_000, "00:00", "00:00")


@pytest.fixture
def channel() -> Recorder:
    """Give the channel through which campaigns go."""
    return Recorder()


@pytest.fixture
def shop(world: World, channel: Recorder) -> World:
    """Give a world with a segment, a template and a channel, and no quiet hours."""
    put_template(world, HELLO)
    with world.store.system() as tx:
        tx.documents.put(Document(BRAND, "segment", "fans", 0, "live", FANS, NOW, "test"))
    return with_providers(world, channel, rules=FREE)


def fans(world: World, n_people: int, zone: str = "") -> list[int]:
    """Return new people who are in the segment."""
    if zone:
        return [someone(world, tier="fan", zone=zone) for _ in range(n_people)]
    return [someone(world, tier="fan") for _ in range(n_people)]


def draft(**changed: object) -> CampaignDraft:
    """Return a campaign to all fans, now."""
    fields: dict[str, object] = {
        "slug": "sale", "name": {"en": "Sale"}, "audience": {"segment": "fans"},
        "variants": (Variant("hello"),),
    }  # fmt: skip
    return CampaignDraft(**(fields | changed))  # type: ignore[arg-type] # as given


def work(world: World) -> None:
    """Do what the worker's loops do until nothing is left, sending excepted."""
    while schedule(world) or fill(world, 3) or sweep(world) or advance(world):
        project_all(world)
    project_all(world)


def statuses(world: World) -> Counter[str]:
    """Return how many messages stand how."""
    found = rows(world, "select status || ' ' || reason from messages")
    return Counter(str(row[0]).strip() for row in found)


def test_everybody_of_the_audience_is_written_to_once(
    shop: World, channel: Recorder, clock: SimulatedClock
) -> None:
    """A campaign that begins now reaches all who are in the segment now, and nobody twice."""
    people = fans(shop, 7)
    someone(shop)
    create_campaign(shop, BRAND, draft(), "test")
    work(shop)
    late = fans(shop, 1)
    work(shop)
    clock.set(NOW + MINUTE)
    dispatch(shop)

    assert late
    assert rows(shop, "select profile_id from messages order by 1") == [
        (one,) for one in sorted(people)
    ]  # fmt: skip
    assert len(channel.sent) == 7
    assert rows(shop, "select state, reason, count(*) from journey_runs group by 1, 2") == [
        ("ended", "completed", 7)
    ]
    assert rows(shop, "select what, count(*) from journey_steps group by 1 order by 1") == [
        ("ended", 7), ("entered", 7), ("sent", 7),
    ]  # fmt: skip
    progress = campaign_progress(shop, BRAND, "sale")
    assert (progress.n_audience, progress.n_entered, progress.n_to_come) == (7, 7, 0)
    assert progress.statuses == {"sent": 7}
    assert [one.state for one in progress.occasions] == ["filled"]


def test_who_cannot_be_reached_is_told_apart_at_once(shop: World, channel: Recorder) -> None:
    """Without consent or address a message is written down as never sent, with its reason."""
    fans(shop, 2)
    someone(shop, tier="fan", consents=())
    log(shop, identify("user_id:bare", tier="fan"))
    project_all(shop)
    create_campaign(shop, BRAND, draft(), "test")

    work(shop)

    assert statuses(shop) == {
        "queued": 2, "not_sent consent_missing": 1, "not_sent address_missing": 1,
    }  # fmt: skip
    with shop.store.system() as tx:
        told = [one for one in tx.log.read(0, 0, 1_000) if one.name == "Message Not Sent"]
    assert len(told) == 2


def test_variants_are_sticky_and_share_the_audience(shop: World) -> None:
    """Each person gets one variant, the same in the next campaign of the experiment."""
    put_template(shop, HELLO.replace("slug: hello", "slug: other"))
    fans(shop, 40)
    two = (Variant("hello"), Variant("other", 3))
    create_campaign(shop, BRAND, draft(variants=two), "test")
    work(shop)
    first = rows(shop, "select profile_id, template from messages order by 1")
    create_campaign(shop, BRAND, draft(slug="sale", variants=two, category="again"), "test")
    with shop.store.system() as tx:
        tx.occasions.begin_at(BRAND, "sale", 0)

    shares = Counter(template for _, template in first)
    assert shares.total() == 40
    assert 2 <= shares["hello"] <= 20


def test_a_worker_that_dies_goes_on_at_the_exact_person(
    shop: World, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chunk by chunk, with the audience in the same transaction: all of them once."""
    monkeypatch.setattr(scheduling, "CHUNK", 4)
    fans(shop, 14)
    create_campaign(shop, BRAND, draft(), "test")
    schedule(shop)
    look_again = advancing.look_again
    deaths = 0

    def die_sometimes(*arguments: object) -> object:
        """Die after everything is written, every other time."""
        nonlocal deaths
        deaths += 1
        if deaths % 2:
            raise KeyboardInterrupt
        return look_again(*arguments)  # type: ignore[arg-type] # as it was called

    monkeypatch.setattr(filling, "look_again", die_sometimes)
    n_left = []
    while rows(shop, "select count(*) from journey_chunks") != [(0,)]:
        try:
            fill(shop)
        except KeyboardInterrupt:
            n_left.append(rows(shop, "select count(*) from messages")[0][0])

    assert n_left == [0, 4, 8, 12]
    assert rows(shop, "select count(*), count(distinct profile_id) from messages") == [(14, 14)]
    assert rows(shop, "select state, n_entered from journey_occasions") == [("filled", 14)]


def test_two_who_turn_out_to_be_one_are_written_to_once(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person whose other name was in an earlier chunk does not enter again."""
    monkeypatch.setattr(scheduling, "CHUNK", 1)
    people = fans(shop, 1)
    people.append(someone(shop, tier="fan", known_as=IdentifierType.ANONYMOUS_ID))
    create_campaign(shop, BRAND, draft(), "test")
    schedule(shop)
    fill(shop)
    same_person(shop, *people)

    work(shop)

    assert rows(shop, "select count(*) from messages") == [(1,)]


def test_everybody_is_written_to_at_their_own_local_time(
    shop: World, clock: SimulatedClock
) -> None:
    """One occasion comes at the instants of its zones; who has no zone lives with the brand."""
    fans(shop, 2, zone="Asia/Tokyo")
    fans(shop, 1)
    fans(shop, 1, zone="America/New_York")
    fans(shop, 1, zone="Nowhere/Land")
    create_campaign(shop, BRAND, draft(when={"once": "2026-11-23T10:00"}, zone="person"), "test")
    sent = []
    for written in ("2026-11-23T00:59:59Z", "2026-11-23T01:00:00Z", "2026-11-23T02:00:00Z",
                    "2026-11-23T14:59:00Z", "2026-11-23T15:00:00Z"):  # fmt: skip
        clock.set(as_instant(written) or 0)
        work(shop)
        sent.append(rows(shop, "select count(*) from messages")[0][0])

    assert sent == [0, 2, 4, 4, 5]
    assert rows(shop, "select count(distinct occasion) from journey_occasions") == [(1,)]


def test_a_throttle_lets_people_in_slowly(shop: World, clock: SimulatedClock) -> None:
    """So many an hour enter, evenly."""
    fans(shop, 10)
    create_campaign(shop, BRAND, draft(throttle=360), "test")
    found = []
    for second in (0, 10, 25, 100):
        clock.set(NOW + second * 1_000_000)
        work(shop)
        found.append(rows(shop, "select count(*) from messages")[0][0])

    assert found == [1, 2, 3, 10]


def test_an_occasion_that_was_slept_through_is_missed_and_says_so(
    shop: World, clock: SimulatedClock
) -> None:
    """A short downtime delays a campaign; after a long one it is recorded as missed."""
    fans(shop, 1)
    create_campaign(shop, BRAND, draft(slug="soon", when={"once": "2026-11-22T13:00"}), "test")
    create_campaign(shop, BRAND, draft(slug="late", when={"once": "2026-11-22T21:00"}), "test")
    work(shop)
    clock.set(NOW + 12 * HOUR)

    work(shop)

    assert rows(shop, "select journey, state from journey_occasions order by 1") == [
        ("late", "filled"), ("soon", "missed"),
    ]  # fmt: skip
    assert rows(shop, "select count(*) from messages") == [(1,)]


def test_a_recurring_campaign_writes_again_each_time(shop: World, clock: SimulatedClock) -> None:
    """Each occasion has its own audience and its own run of a person."""
    fans(shop, 1)
    create_campaign(shop, BRAND, draft(when={"every": "day", "at": "10:00"}, zone="brand"), "test")
    for day in range(1, 4):
        clock.set(NOW + day * DAY)
        work(shop)
        if day == 1:
            fans(shop, 1)

    assert rows(shop, "select key, count(*) from journey_runs group by 1 order by 1") == [
        ("2026-11-23T10:00", 1), ("2026-11-24T10:00", 2), ("2026-11-25T10:00", 2),
    ]  # fmt: skip
    shown = calendar(shop, BRAND, NOW, NOW + 5 * DAY)
    assert [(one.state, one.n_audience) for one in shown] == [
        ("filled", 1), ("filled", 2), ("filled", 2), ("planned", 0), ("planned", 0),
    ]  # fmt: skip
    [view] = list_campaigns(shop, BRAND)
    assert view.next_at == as_instant("2026-11-26T02:00:00Z")


def test_a_paused_campaign_sends_nothing_and_goes_on_later(
    shop: World, channel: Recorder, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither who is still to enter nor what is queued moves until it is resumed."""
    monkeypatch.setattr(scheduling, "CHUNK", 3)
    fans(shop, 6)
    create_campaign(shop, BRAND, draft(), "test")
    schedule(shop)
    fill(shop)
    pause_campaign(shop, BRAND, "sale")

    work(shop)
    clock.set(NOW + HOUR)
    dispatch(shop)
    paused = len(channel.sent), rows(shop, "select count(*) from messages")
    resume_campaign(shop, BRAND, "sale")
    work(shop)
    dispatch(shop)

    assert paused == (0, [(3,)])
    assert len(channel.sent) == 6


def test_what_was_claimed_before_a_pause_waits_too(
    shop: World, channel: Recorder, clock: SimulatedClock
) -> None:
    """Even before the sweep, the dispatcher hands nothing of a paused campaign over."""
    fans(shop, 2)
    create_campaign(shop, BRAND, draft(), "test")
    work(shop)
    pause_campaign(shop, BRAND, "sale")

    dispatch(shop)

    assert channel.sent == []
    assert statuses(shop) == {"queued journey_paused": 2}


def test_a_stopped_campaign_is_over(
    shop: World, channel: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was to come does not enter; what is queued is never sent, and each says why."""
    monkeypatch.setattr(scheduling, "CHUNK", 3)
    fans(shop, 8)
    create_campaign(shop, BRAND, draft(), "test")
    schedule(shop)
    fill(shop)

    n_to_come = stop_campaign(shop, BRAND, "sale")
    with pytest.raises(Conflict):
        resume_campaign(shop, BRAND, "sale")
    dispatch(shop, 2)
    work(shop)
    dispatch(shop)

    assert n_to_come == 5
    assert channel.sent == []
    assert statuses(shop) == {"not_sent journey_stopped": 3}
    assert rows(shop, "select state from journey_occasions") == [("stopped",)]
    assert rows(shop, "select count(*) from journey_sweeps") == [(0,)]
    with shop.store.system() as tx:
        told = [one for one in tx.log.read(0, 0, 1_000) if one.name == "Message Not Sent"]
    assert len(told) == 3


def test_a_stop_in_the_middle_of_a_batch_holds_the_rest_back(
    shop: World, channel: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider that is slow gets a second's worth at a time; after the stop it gets no more."""
    monkeypatch.setattr(dispatching, "_FEWEST", 3)
    monkeypatch.setattr(dispatching, "_PART_S", 0.0)
    fans(shop, 9)
    create_campaign(shop, BRAND, draft(), "test")
    work(shop)
    send = channel.send

    def stop_after(
        account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Stop the campaign while the first of its messages are handed over."""
        if not channel.sent:
            stop_campaign(shop, BRAND, "sale")
        return send(account, messages)

    monkeypatch.setattr(channel, "send", stop_after)
    dispatch(shop)
    work(shop)

    assert len(channel.sent) == 3
    assert statuses(shop) == {"sent": 3, "not_sent journey_stopped": 6}


def test_a_campaign_needs_a_message_and_an_audience(shop: World) -> None:
    """What cannot run is told before anything is stored."""
    with pytest.raises(BadInput):
        create_campaign(shop, BRAND, draft(variants=()), "test")
    with pytest.raises(BadInput):
        create_campaign(shop, BRAND, draft(audience={"segment": "nobody"}), "test")
    assert list_campaigns(shop, BRAND) == []
