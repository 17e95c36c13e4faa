"""APNs over HTTP/2: signed once, every reason understood, nothing lost when connections end."""

from __future__ import annotations

import pytest
from tests.integration.providers.pushing import pushing, to

from huiliu.fakes.providers.apns import FakeApns
from huiliu.fakes.providers.cloud import Asked, Given
from huiliu.kernel.times import MINUTE
from huiliu.ports.channel import AnswerState
from huiliu.stores.clock import SimulatedClock

ACCEPTED = AnswerState.ACCEPTED


def token(number: int, ends: str = "abcd") -> str:
    """Return a device token."""
    return f"{number:060x}{ends}"


def test_a_message_goes_to_all_devices_of_a_person(clock: SimulatedClock) -> None:
    """Two devices, one message: both get it under ids of their own, and one answer comes."""
    with pushing(FakeApns, clock) as (apns, fake, account):
        (answer,) = apns.send(account, [to(1, token(1), token(2))])
    assert answer.state is ACCEPTED
    assert len(answer.provider_ids) == 2
    assert set(answer.provider_ids) == set(fake.sent)
    assert {one.number for one in fake.sent.values()} == {token(1), token(2)}


@pytest.mark.parametrize(
    ("ends", "state"),
    [("9011", "suppress"), ("9013", "fix"), ("9014", "pause"), ("9058", "retry"),
     ("9008", "throttled"), ("9010", "retry")],
)  # fmt: skip
def test_a_reason_means_what_the_reference_says(
    clock: SimulatedClock, ends: str, state: str
) -> None:
    """Each reason of Apple's leads to its reaction."""
    with pushing(FakeApns, clock) as (apns, _, account):
        (answer,) = apns.send(account, [to(1, token(1, ends))])
    assert answer.state == state


def test_a_device_that_is_gone_ends_alone(clock: SimulatedClock) -> None:
    """One of two devices is gone: the message is sent, and the dead one is named with its time."""
    with pushing(FakeApns, clock) as (apns, fake, account):
        fake.gone_since = 1_700_000_000_000
        (answer,) = apns.send(account, [to(1, token(1), token(2, "9011"))])
    assert answer.state is ACCEPTED
    assert [(one.address, one.reason, one.since) for one in answer.dead] == [
        (token(2, "9011"), "Unregistered", 1_700_000_000_000_000)
    ]


def test_a_stranger_is_dead_only_where_the_others_are_known(clock: SimulatedClock) -> None:
    """One bad token among many ends; many of them stop the account, and none is ended."""
    with pushing(FakeApns, clock) as (apns, _, account):
        first = apns.send(account, [to(1, token(1, "9012"))])
        known = [to(n, token(n)) for n in range(2, 42)]
        second = apns.send(account, [*known, to(42, token(42, "9012"))])
        third = apns.send(account, [to(n, token(n, "9012")) for n in range(43, 63)])
    # Alone it says nothing: perhaps the account is the wrong one.
    assert [(one.state, one.dead) for one in first] == [(AnswerState.REJECTED, ())]
    assert second[-1].state is AnswerState.SUPPRESS
    assert [one.address for one in second[-1].dead] == [token(42, "9012")]
    assert {one.state for one in third} == {AnswerState.PAUSE}
    assert not any(one.dead for one in third)


def test_one_signature_serves_forty_minutes(clock: SimulatedClock) -> None:
    """Apple wants one between twenty minutes and an hour old: the same until forty."""
    with pushing(FakeApns, clock) as (apns, fake, account):
        seen: set[str] = set()
        check = fake.refuse

        def spy(asked: Asked) -> Given | None:
            """Note who signed in."""
            seen.add(asked.headers["authorization"])
            return check(asked)

        fake.refuse = spy  # type: ignore[method-assign]  # a spy on the fake
        for number, wait in enumerate((0, 39, 2), 1):
            clock.advance(wait * MINUTE)
            assert apns.send(account, [to(number, token(number))])[0].state is ACCEPTED
    assert len(seen) == 2


def test_a_refused_signature_is_made_anew_once(clock: SimulatedClock) -> None:
    """Apple calls it expired: another is made where it is twenty minutes old, and all arrive."""
    with pushing(FakeApns, clock) as (apns, fake, account):
        apns.send(account, [to(1, token(1))])
        clock.advance(25 * MINUTE)
        fake.not_before = clock.now()
        again = apns.send(account, [to(n, token(n)) for n in range(2, 12)])
        clock.advance(5 * MINUTE)
        fake.not_before = clock.now()
        refused = apns.send(account, [to(12, token(12))])
    assert {one.state for one in again} == {ACCEPTED}
    # No two within twenty minutes: it waits, and the account is not stopped for it.
    assert refused[0].state is AnswerState.REFRESH


def test_goodbyes_and_refused_streams_lose_and_repeat_nothing(clock: SimulatedClock) -> None:
    """Each connection ends after thirty requests and every seventh is refused: each comes once."""
    with pushing(FakeApns, clock) as (apns, fake, account):
        fake.manners.goodbye_after = 30
        fake.manners.refuse_every = 7
        fake.manners.streams = 20
        answers = apns.send(account, [to(n, token(n)) for n in range(1, 301)])
        goodbyes = fake.connections["goodbyes"]
    assert {one.state for one in answers} == {ACCEPTED}
    assert len(fake.sent) == fake.arrivals.report()["received"] == 300
    assert goodbyes >= 5


def test_a_request_whose_answer_was_lost_goes_again_under_its_id(clock: SimulatedClock) -> None:
    """The line is cut after Apple took it: the same `apns-id` comes again, and takes its place."""
    with pushing(FakeApns, clock) as (apns, fake, account):
        (answer,) = apns.send(account, [to(1, token(1, "9009"))])
    assert answer.state is AnswerState.UNKNOWN
    assert fake.arrivals.report()["received"] == 2
    assert len(fake.sent) == 1


def test_what_is_too_large_never_leaves(clock: SimulatedClock) -> None:
    """More than 4096 bytes: the template is at fault, and Apple is not asked."""
    with pushing(FakeApns, clock) as (apns, fake, account):
        (answer,) = apns.send(account, [to(1, token(1), text="长" * 1_400)])
    assert (answer.state, answer.code) == (AnswerState.FIX, "PayloadTooLarge")
    assert not fake.asked


def test_junk_that_somebody_registered_stops_nothing(clock: SimulatedClock) -> None:
    """Whoever holds the public key can register anything: the account goes on, junk is dead."""
    with pushing(FakeApns, clock) as (apns, _, account):
        junk = [to(n, f"junk {n}") for n in range(1, 41)]
        answers = apns.send(account, [*junk, to(41, token(41), "x" * 900)])
    assert {one.state for one in answers[:-1]} == {AnswerState.SUPPRESS}
    assert (answers[-1].state, len(answers[-1].dead)) == (ACCEPTED, 1)


def test_a_token_never_gets_into_the_address(clock: SimulatedClock) -> None:
    """Whoever registers `../x` as a device reaches no other place at Apple."""
    with pushing(FakeApns, clock) as (apns, fake, account):
        (answer,) = apns.send(account, [to(1, "../../evil?x=1")])
    assert (answer.state, len(answer.dead)) == (AnswerState.SUPPRESS, 1)
    assert not fake.asked
