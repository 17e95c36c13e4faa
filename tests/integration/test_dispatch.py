"""A queued message is judged under the person's lock, sent once, and its end is an event."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
import psycopg
import pytest
from tests.integration.outbox import (
    HELLO,
    PAY,
    Recorder,
    did,
    internal_events,
    message,
    put_template,
    queue,
    same_person,
    someone,
    with_providers,
)
from tests.integration.people import BRAND, NOW, project_all

from huiliu.journeys.matchers import Cancel, Matcher, Scope
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.messages.policy import plain_rules
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount, OutboundMessage
from huiliu.ports.world import World
from huiliu.services.addresses import address_key
from huiliu.services.apply_journey import apply_journey
from huiliu.services.dispatch import LEASE, dispatch
from huiliu.stores.clock import SimulatedClock
from huiliu.stores.postgres import PostgresStore
from huiliu.stores.secrets import InstanceSecrets


@pytest.fixture
def email() -> Recorder:
    """Record what is sent by e-mail."""
    return Recorder()


@pytest.fixture
def shop(world: World, email: Recorder) -> World:
    """Wire a shop that sends marketing and service messages by e-mail."""
    put_template(world, HELLO)
    put_template(world, PAY)
    return with_providers(world, email)


def names(world: World) -> list[str]:
    """Return the names of Huiliu's own events."""
    return [name for name, _ in internal_events(world)]


def test_a_message_reaches_the_channel_with_the_persons_own_words(shop: World, email: Recorder):
    """Address and name come out of the vault, the locale is the person's, the end is an event."""
    ada = someone(shop, "Ada", locale="en-GB", email="ada@shop.example")
    sent = queue(shop, ada)

    assert dispatch(shop) == 1

    (outbound,) = email.sent
    assert outbound.address == "ada@shop.example"
    assert outbound.parts["subject"] == "Hello Ada"
    assert outbound.unsubscribe_url.startswith("https://huiliu.example/u/")
    row = message(shop, sent)
    assert (row.status, row.reason, row.fence) == ("sent", "", 1)
    name, properties = internal_events(shop)[-1]
    assert name == "Message Sent"
    assert properties["message_id"] == sent.hex()
    assert "ada" not in str(properties).lower().replace(sent.hex(), "")
    project_all(shop)
    assert dispatch(shop) == 0


def test_the_attempt_is_written_and_committed_before_the_provider_is_called(shop: World):
    """While the provider has the message, another session can see that it was handed over."""
    seen: list[tuple[str, str]] = []

    class Watching(Recorder):
        """Looks into the database while it sends."""

        def send(
            self, account: ChannelAccount, messages: Sequence[OutboundMessage]
        ) -> Sequence[Answer]:
            """Read what stands written about the message."""
            with shop.store.system() as tx:
                (attempt,) = tx.messages.attempts(BRAND, [messages[0].message_id])
            row = message(shop, messages[0].message_id)
            seen.append((attempt.outcome, row.status))
            return super().send(account, messages)

    watched = with_providers(shop, Watching())
    queue(watched, someone(watched))

    dispatch(watched)

    assert seen == [("started", "sending")]


def test_who_agreed_to_nothing_is_not_written_to_and_the_reason_is_an_event(
    shop: World, email: Recorder
):
    """A non-send is told like a send."""
    refused = queue(shop, someone(shop, consents=()))

    dispatch(shop)

    assert email.sent == []
    assert (message(shop, refused).status, message(shop, refused).reason) == (
        "not_sent", "consent_missing",
    )  # fmt: skip
    assert internal_events(shop)[-1][1]["reason"] == "consent_missing"


def test_an_opt_out_that_is_in_the_log_stops_marketing_that_is_queued(shop: World, email: Recorder):
    """What was said before the round is read before anything is sent: unread, nothing goes."""
    li = someone(shop)
    held = queue(shop, li)
    did(shop, li, "Consent Withdrawn", channel="email", purpose="marketing")

    assert dispatch(shop) == 0  # the projector has not read it, so nobody knows
    assert message(shop, held).status == "queued"

    project_all(shop)
    dispatch(shop)
    assert message(shop, held).reason == "consent_withdrawn"
    assert email.sent == []


def test_an_order_notice_does_not_wait_for_the_projector(shop: World, email: Recorder):
    """A service message that nothing can cancel needs no consent to marketing."""
    li = someone(shop)
    queue(shop, li, "pay")
    did(shop, li, "Product Viewed")

    assert dispatch(shop) == 1
    assert len(email.sent) == 1


def cancel_on_payment(key: str = "o-1") -> bytes:
    """Return what a journey writes when a payment of the same order makes a message pointless."""
    return Cancel.of([Matcher("Order Paid")]).stored(Scope("order_id", key, NOW - HOUR))


def test_nobody_is_asked_to_pay_after_paying(shop: World, email: Recorder):
    """The payment is in the log but unread: the message waits, then it is cancelled."""
    li = someone(shop)
    asked = queue(shop, li, "pay", cancel_when=cancel_on_payment())
    other = queue(shop, li, "pay", cancel_when=cancel_on_payment("o-2"))
    _keep_facts_of(shop, "Order Paid")
    did(shop, li, "Order Completed", order_id="o-1")  # Segment's name for Order Paid

    assert dispatch(shop) == 0
    project_all(shop)
    dispatch(shop)

    assert message(shop, asked).reason == "cancelled"
    assert message(shop, other).status == "sent"
    assert len(email.sent) == 1


def _keep_facts_of(world: World, name: str) -> None:
    """Make the projector keep an event's facts, as a live journey that mentions it does."""
    source = f"""\
huiliu: 1
kind: journey
slug: unpaid
name: {{en: Unpaid}}
entry: {{event: Order Created, key: order_id}}
exit_when: [{{event: {name}}}]
nodes:
  patience: {{type: wait, for: 1h, next: done}}
  done: {{type: exit}}
"""
    apply_journey(world, BRAND, source, "test")


def test_a_payment_during_the_round_waits_for_the_lock_or_is_seen(shop: World, email: Recorder):
    """Projecting and dispatching at once for many people never asks anyone who had paid first."""
    _keep_facts_of(shop, "Order Paid")
    people = [someone(shop) for _ in range(20)]
    queued = {
        queue(shop, one, "pay", cancel_when=cancel_on_payment(f"o-{n}")): n
        for n, one in enumerate(people)
    }
    for n, one in enumerate(people[::2]):
        did(shop, one, "Order Paid", order_id=f"o-{n * 2}")

    projecting = threading.Thread(target=project_all, args=(shop, 3))
    projecting.start()
    while any(message(shop, one).status == "queued" for one in queued):
        dispatch(shop, 4)
    projecting.join()

    asked = {n for one, n in queued.items() if message(shop, one).status == "sent"}
    assert asked == set(range(1, 20, 2))


def test_quiet_hours_shift_a_message_to_the_morning_and_then_it_goes(
    shop: World, email: Recorder, clock: SimulatedClock
):
    """23:00 in Shanghai waits for 08:00; a person in Paris gets it at once."""
    clock.set(NOW + 11 * HOUR)
    here, there = someone(shop), someone(shop, zone="Europe/Paris")
    held, gone = queue(shop, here), queue(shop, there)

    dispatch(shop)

    assert message(shop, gone).status == "sent"
    row = message(shop, held)
    assert (row.status, row.reason) == ("queued", "quiet_hours")
    assert row.queued.not_before == NOW + 20 * HOUR  # 08:00 the next day
    project_all(shop)
    assert dispatch(shop) == 0
    clock.set(NOW + 20 * HOUR)
    dispatch(shop)
    assert message(shop, held).status == "sent"


def test_a_cap_of_two_holds_within_one_batch_and_over_batches(
    shop: World, email: Recorder, clock: SimulatedClock
):
    """Five messages queued at once, one more the next day, one more when the week is over."""
    capped = dataclasses.replace(shop, policy=plain_rules(cap=2))
    li = someone(capped)
    for _ in range(5):
        queue(capped, li)

    dispatch(capped)
    assert len(email.sent) == 2

    clock.advance(DAY)
    project_all(capped)
    late = queue(capped, li)
    dispatch(capped)
    assert message(capped, late).reason == "frequency_cap"

    clock.advance(6 * DAY)
    project_all(capped)
    queue(capped, li)
    dispatch(capped)
    assert len(email.sent) == 3


def test_a_cap_is_exact_under_32_dispatchers_at_once(
    shop: World, email: Recorder, clock: SimulatedClock
):
    """However many workers send, nobody gets more than the cap; the rest have their reason."""
    capped = dataclasses.replace(shop, policy=plain_rules(cap=3))
    people = [someone(capped) for _ in range(8)]
    queued = [queue(capped, one) for _ in range(12) for one in people]

    def work() -> None:
        """Send in small batches until nothing is due."""
        project_all(capped)
        while dispatch(capped, 3) or any(_is_due(capped, one) for one in queued):
            project_all(capped)

    with ThreadPoolExecutor(32) as pool:
        # Who let others go first asks again a minute later.
        while any(message(capped, one).status == "queued" for one in queued):
            for done in [pool.submit(work) for _ in range(32)]:
                done.result()
            clock.advance(MINUTE)

    assert len(email.sent) == len({sent.message_id for sent in email.sent}) == 24
    per_address = [
        [s.address for s in email.sent].count(a) for a in {s.address for s in email.sent}
    ]
    assert per_address == [3] * 8
    reasons = {message(capped, one).reason for one in queued}
    assert reasons <= {"", "frequency_cap", "outcompeted"}


def _is_due(world: World, message_id: bytes) -> bool:
    """Say whether a message waits and might go now."""
    row = message(world, message_id)
    return row.status == "queued" and row.queued.not_before <= world.clock.now()


def test_a_merged_person_brings_their_count_along(shop: World, email: Recorder):
    """Two halves of one person share one cap."""
    capped = dataclasses.replace(shop, policy=plain_rules(cap=1))
    one, other = someone(capped), someone(capped, known_as=IdentifierType.ANONYMOUS_ID)
    queue(capped, one)
    dispatch(capped)
    same_person(capped, one, other)

    late = queue(capped, other)
    dispatch(capped)

    assert message(capped, late).reason == "frequency_cap"


def test_a_sender_that_vanished_after_it_began_leaves_unknown_never_a_second_send(
    shop: World, email: Recorder, clock: SimulatedClock
):
    """The attempt was written, no answer came: shown as unknown, not sent again."""

    class Dying(Recorder):
        """Takes the message and dies before it can answer."""

        def send(
            self, account: ChannelAccount, messages: Sequence[OutboundMessage]
        ) -> Sequence[Answer]:
            """Keep it and raise what no handler catches."""
            self.sent += messages
            raise KeyboardInterrupt

    dying = Dying()
    crashing = with_providers(shop, dying)
    lost = queue(crashing, someone(crashing))
    with pytest.raises(KeyboardInterrupt):
        dispatch(crashing)
    assert message(crashing, lost).status == "sending"

    assert dispatch(shop) == 0  # its lease still runs
    clock.advance(LEASE + 1)
    assert dispatch(shop) == 1

    assert (message(shop, lost).status, message(shop, lost).reason) == ("unknown", "no_answer")
    assert names(shop)[-1] == "Message Unknown"
    clock.advance(DAY)
    project_all(shop)
    assert dispatch(shop) == 0
    assert len(dying.sent) == 1
    assert email.sent == []


def test_an_answer_that_comes_after_the_lease_still_tells_what_happened(
    shop: World, clock: SimulatedClock
):
    """A slow worker's answer settles what was called unknown; it is not sent again."""

    class Slow(Recorder):
        """Answers when its lease is long over and another worker has looked."""

        def send(
            self, account: ChannelAccount, messages: Sequence[OutboundMessage]
        ) -> Sequence[Answer]:
            """Let the lease run out."""
            clock.advance(LEASE + 1)
            dispatch(shop)
            assert message(shop, messages[0].message_id).status == "unknown"
            return super().send(account, messages)

    slow = with_providers(shop, Slow())
    sent = queue(slow, someone(slow))

    dispatch(slow)

    assert message(slow, sent).status == "sent"
    assert names(slow)[-2:] == ["Message Unknown", "Message Sent"]


def test_a_claim_without_an_attempt_is_queued_again(shop: World, clock: SimulatedClock):
    """A row that a lost worker held, but never handed over, is nobody's harm."""
    held = queue(shop, someone(shop))
    row = msgspec.structs.replace(message(shop, held), status="sending", fence=1)
    with shop.store.system() as tx:
        tx.messages.decide([row], [row.queued.not_before], NOW + MINUTE)
    clock.advance(2 * MINUTE)

    dispatch(shop)

    assert message(shop, held).status == "sent"


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (AnswerState.REJECTED, "failed", "provider_rejected"),
        (AnswerState.SUPPRESS, "failed", "address_dead"),
        (AnswerState.UNKNOWN, "unknown", "no_answer"),
        (AnswerState.THROTTLED, "queued", "provider_busy"),
        (AnswerState.RETRY, "queued", "provider_busy"),
        (AnswerState.PAUSE, "queued", "account_paused"),
    ],
)
def test_each_answer_leads_where_it_should(
    shop: World, email: Recorder, answer: AnswerState, status: str, reason: str
):
    """What may be tried again waits; what may not has its event."""
    email.answer = answer
    sent = queue(shop, someone(shop))

    dispatch(shop)

    row = message(shop, sent)
    assert (row.status, row.reason) == (status, reason)
    assert (row.queued.not_before > NOW) == (status == "queued")
    ends = {"failed": ["Message Failed"], "unknown": ["Message Unknown"], "queued": []}
    assert [name for name in names(shop) if name.startswith("Message")] == ends[status]


def test_a_throttled_message_goes_later_and_counts_once(
    shop: World, email: Recorder, clock: SimulatedClock
):
    """Each try is an attempt of its own; the message is sent once in the end."""
    email.answer = AnswerState.THROTTLED
    sent = queue(shop, someone(shop))
    dispatch(shop)
    dispatch(shop)
    assert len(email.sent) == 1

    clock.advance(MINUTE)
    email.answer = AnswerState.ACCEPTED
    dispatch(shop)

    with shop.store.system() as tx:
        attempts = tx.messages.attempts(BRAND, [sent])
    assert [one.outcome for one in attempts] == ["throttled", "accepted"]
    assert message(shop, sent).status == "sent"


def test_a_message_that_fails_for_two_days_is_given_up(
    shop: World, email: Recorder, clock: SimulatedClock
):
    """Retries have an end, and it has a reason."""
    email.answer = AnswerState.RETRY
    sent = queue(shop, someone(shop), "pay")

    for _ in range(60):
        dispatch(shop)
        clock.advance(HOUR)
        project_all(shop)

    assert (message(shop, sent).status, message(shop, sent).reason) == ("failed", "provider_failed")
    assert 10 < len(email.sent) < 30


def test_a_dead_address_is_never_written_to_again(
    shop: World, email: Recorder, clock: SimulatedClock
):
    """The keyed hash of the address is on the list, for service messages too."""
    email.answer = AnswerState.SUPPRESS
    li = someone(shop, email="gone@shop.example")
    queue(shop, li)
    dispatch(shop)
    project_all(shop)
    email.answer = AnswerState.ACCEPTED

    late = queue(shop, li, "pay")
    dispatch(shop)

    assert message(shop, late).reason == "suppressed"
    with shop.store.system() as tx:
        key = address_key(shop, BRAND, "email", "Gone@Shop.example")
        assert tx.people.suppressed(BRAND, [key]) == {key}


def test_a_refused_account_is_paused_and_its_messages_wait_for_the_operator(
    shop: World, email: Recorder, clock: SimulatedClock
):
    """Nothing is lost: when the account is set up again they go."""
    email.answer = AnswerState.PAUSE
    first = queue(shop, someone(shop))
    dispatch(shop)
    with shop.store.system() as tx:
        assert [one.paused for one in tx.channels.accounts(BRAND)] == ["recorded"]
        (task,) = tx.tasks.list(BRAND, is_open=True, assignee="", limit=10)
    assert task.link == "/channels/email/main"
    second = queue(shop, someone(shop))
    dispatch(shop)
    assert message(shop, second).reason == "account_paused"
    assert len(email.sent) == 1

    email.answer = AnswerState.ACCEPTED
    with shop.store.system() as tx:
        tx.channels.pause(BRAND, "email", "main", "")
    clock.advance(10 * MINUTE)
    dispatch(shop)

    assert {message(shop, one).status for one in (first, second)} == {"sent"}


def test_without_an_account_messages_wait_and_say_so(world: World, email: Recorder):
    """A channel nobody has set up loses nothing."""
    put_template(world, HELLO)
    bare = dataclasses.replace(world, providers={"email": email})
    held = queue(bare, someone(bare))

    dispatch(bare)

    assert (message(bare, held).status, message(bare, held).reason) == ("queued", "account_missing")


def test_service_goes_before_marketing(shop: World, email: Recorder):
    """News of an order does not queue behind a campaign."""
    for _ in range(5):
        queue(shop, someone(shop))
    queue(shop, someone(shop), "pay")

    dispatch(shop, 3)

    assert [sent.message_class for sent in email.sent] == ["service"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"template_version": 99}, "template_missing"),
        ({"channel": "fax"}, "channel_unknown"),
        ({"profile_id": 12345}, "person_gone"),
        ({"expires_at": NOW - 1}, "expired"),
    ],
)
def test_what_cannot_be_sent_at_all_says_why(shop: World, changed: dict[str, object], reason: str):
    """A message without its template, channel, person or time is not left in the queue."""
    asked = {"profile_id": someone(shop), **changed}
    if changed.get("channel"):
        shop = dataclasses.replace(shop, channels={**shop.channels})
    refused = queue(shop, asked.pop("profile_id"), "pay", **asked)  # type: ignore[arg-type] # an id

    dispatch(shop, channel=str(changed.get("channel", "email")))

    assert (message(shop, refused).status, message(shop, refused).reason) == ("not_sent", reason)


def test_a_template_that_fails_for_one_person_is_told_and_others_go(shop: World, email: Recorder):
    """strict: true refuses one whose name is not known."""
    put_template(shop, HELLO.replace("class: ", "strict: true\nclass: ").replace(
        "person.name", "person.nick"))  # fmt: skip
    bad, good = queue(shop, someone(shop)), queue(shop, someone(shop, nick="Li"))

    dispatch(shop)

    assert message(shop, bad).reason == "template_failed"
    assert message(shop, good).status == "sent"


def test_two_workers_never_take_the_same_message(shop: World, email: Recorder):
    """Eight workers over two hundred messages: each goes exactly once."""
    people = [someone(shop) for _ in range(10)]
    queued = [queue(shop, one, "pay") for _ in range(20) for one in people]

    def work() -> None:
        """Send until nothing is left."""
        while any(message(shop, one).status in {"queued", "sending"} for one in queued):
            dispatch(shop, 7)

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work) for _ in range(8)]:
            done.result()

    assert sorted(one.message_id for one in email.sent) == sorted(queued)


def test_the_outbox_holds_no_text_and_no_address(shop: World):
    """Bodies are rendered at dispatch and kept nowhere."""
    li = someone(shop, "韩梅梅", email="han@shop.example")
    sent = queue(shop, li)
    dispatch(shop)

    with shop.store.system() as tx:
        kept = [
            tx.messages.message(BRAND, sent),
            tx.messages.attempts(BRAND, [sent]),
            [event.body for event in tx.log.read(0, 0, 1000)],
        ]
    written = str(kept) + msgspec.json.encode(str(kept)).decode()
    assert "han@shop" not in written
    assert "韩梅梅" not in written


def test_two_instances_in_one_process_keep_their_templates_apart(
    shop: World, email: Recorder, database_url: str, secrets: InstanceSecrets, clock: SimulatedClock
):
    """Version 1 of a slug is another text in another database."""
    other = with_providers(
        dataclasses.replace(shop, store=PostgresStore(database_url, secrets, clock)), email
    )
    li = someone(shop, "Ada", locale="en")
    queue(shop, li, "pay")
    dispatch(shop)
    with psycopg.connect(database_url) as connection:
        connection.execute("update documents set source = replace(source, 'Hello', 'Welcome')")

    queue(other, li, "pay")
    dispatch(other)
    other.store.close()  # type: ignore[attr-defined] # PostgreSQL's store

    assert [sent.parts["subject"] for sent in email.sent] == ["Hello Ada", "Welcome Ada"]
