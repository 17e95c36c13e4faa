"""What accounts can carry is claimed before messages are: quotas, rates, breakers, standbys."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.integration.outbox import (
    HELLO,
    PAY,
    Recorder,
    internal_events,
    message,
    put_template,
    queue,
    someone,
)
from tests.integration.people import BRAND, NOW, project_all

from huiliu.kernel.times import HOUR, MINUTE, SECOND
from huiliu.messages.rules import plain_rules
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount, OutboundMessage
from huiliu.ports.suppliers import QuotaClaim
from huiliu.ports.world import World
from huiliu.services.channel_health import AccountHealth, look_at_channels
from huiliu.services.dispatch import dispatch
from huiliu.services.reconcile import look_after
from huiliu.services.stopped_templates import resume_template, stopped_templates
from huiliu.stores.clock import SimulatedClock


class Scripted(Recorder):
    """A provider that answers by account, and remembers who carried what."""

    def __init__(self) -> None:
        super().__init__("email")
        self.carried: list[tuple[str, bytes]] = []
        self.states: dict[str, AnswerState] = {}
        self.before: Callable[[], None] = lambda: None

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Take messages, or answer as the account is told to."""
        self.before()
        state = self.states.get(account.name, AnswerState.ACCEPTED)
        self.carried += [(account.name, one.message_id) for one in messages]
        return [Answer(one.message_id, state, (), "scripted") for one in messages]

    @property
    def by_account(self) -> Counter[str]:
        """Return how many messages each account was handed."""
        return Counter(name for name, _ in self.carried)


@pytest.fixture
def provider() -> Scripted:
    """Carry e-mail as the test tells."""
    return Scripted()


@pytest.fixture
def shop(world: World, provider: Scripted) -> World:
    """Wire a shop without accounts, quiet hours and caps."""
    put_template(world, HELLO)
    put_template(world, PAY)
    rules = plain_rules(cap=1_000)
    return dataclasses.replace(world, providers={"email": provider}, policy=rules)


def account(world: World, name: str, **config: str) -> None:
    """Set an account up."""
    with world.store.system() as tx:
        tx.channels.put(ChannelAccount(BRAND, "email", name, config, provider="email"), NOW)


def waiting(world: World, n: int, template: str = "pay") -> list[bytes]:
    """Queue so many messages to somebody."""
    person = someone(world)
    return [queue(world, person, template) for _ in range(n)]


def run_dry(world: World) -> None:
    """Dispatch until nothing moves at this instant."""
    project_all(world)
    while dispatch(world):
        project_all(world)


def health(world: World, name: str) -> AccountHealth:
    """Return how an account fares."""
    return next(one for one in look_at_channels(world, BRAND) if one.account.name == name)


def test_a_daily_quota_is_never_passed_and_the_rest_goes_the_next_day(
    shop: World, provider: Scripted, clock: SimulatedClock
):
    """Ten a day: ten go, and when the brand's day is over ten more."""
    account(shop, "main", daily_quota="10", classes="service")
    waiting(shop, 25)

    run_dry(shop)
    assert len(provider.carried) == 10
    assert [(q.name, q.used, q.amount) for q in health(shop, "main").quotas] == [("day", 10, 10)]
    clock.set(NOW + 13 * HOUR)  # one in the morning in Shanghai
    run_dry(shop)

    assert len(provider.carried) == 20


def test_a_quota_is_exact_however_many_claim_at_once(shop: World):
    """Sixteen callers ask for seven units each of fifty: they get fifty."""
    key = (BRAND, "email", "main")

    def claim(_: int) -> int:
        """Ask once."""
        with shop.store.system() as tx:
            granted = tx.suppliers.claim_quotas([QuotaClaim(key, "day", NOW, 50, 7)])
        return granted[key, "day"]

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(claim, range(16)))

    assert sum(got) == 50
    assert set(got) == {7, 1, 0}


def test_what_was_claimed_and_not_used_is_given_back(shop: World, provider: Scripted):
    """Three messages use three of a hundred, though a whole round was claimed."""
    account(shop, "main", daily_quota="100")
    waiting(shop, 3)

    run_dry(shop)

    assert health(shop, "main").quotas[0].used == 3


def test_marketing_leaves_a_tenth_of_the_day_to_service(shop: World, provider: Scripted):
    """Twenty a day for both: eighteen of marketing, and an order's news still goes."""
    account(shop, "main", daily_quota="20")
    waiting(shop, 30, "hello")
    run_dry(shop)
    assert len(provider.carried) == 18

    news = waiting(shop, 2)
    run_dry(shop)

    assert [message(shop, one).status for one in news] == ["sent", "sent"]
    assert len(provider.carried) == 20


def test_a_rate_holds_over_rounds_and_service_goes_first(
    shop: World, provider: Scripted, clock: SimulatedClock
):
    """Twenty a second: in each half second about ten, however often it is asked for more."""
    account(shop, "main", rate="20", classes="service")
    waiting(shop, 60)
    counts = []
    for _ in range(6):
        before = len(provider.carried)
        for _ in range(3):
            dispatch(shop)
        counts.append(len(provider.carried) - before)
        clock.advance(SECOND // 2)

    assert all(count <= 12 for count in counts)
    assert 50 <= sum(counts) <= 60


def test_too_fast_slows_the_account_for_all_workers(
    shop: World, provider: Scripted, clock: SimulatedClock
):
    """The rate that was learned is in the database, and shown."""
    account(shop, "main", rate="100")
    provider.states["main"] = AnswerState.THROTTLED
    waiting(shop, 5)
    dispatch(shop)

    assert health(shop, "main").rate == 50
    provider.states.clear()
    clock.advance(10 * SECOND)
    dispatch(shop)
    assert health(shop, "main").rate > 50


def test_weights_share_messages_and_a_standby_waits(shop: World, provider: Scripted):
    """Three to one, and nothing through the spare one while they work."""
    account(shop, "big", weight="3")
    account(shop, "small")
    account(shop, "spare", standby="yes")
    waiting(shop, 100)

    run_dry(shop)

    assert provider.by_account["spare"] == 0
    assert 55 < provider.by_account["big"] < 95
    assert provider.by_account["small"] == 100 - provider.by_account["big"]
    assert health(shop, "spare").state == "standby"


def test_a_standby_takes_over_while_the_breaker_is_open_and_gives_back_after(
    shop: World, provider: Scripted, clock: SimulatedClock
):
    """Ten failures open it; after its rest a few messages try, and then all go as before."""
    account(shop, "main")
    account(shop, "spare", standby="yes")
    provider.states["main"] = AnswerState.RETRY
    waiting(shop, 12)
    dispatch(shop)
    found = health(shop, "main")
    assert (found.state, found.reason) == ("resting", "scripted")

    waiting(shop, 5)
    run_dry(shop)
    assert provider.by_account["spare"] == 5

    provider.states.clear()
    clock.advance(10 * SECOND)
    waiting(shop, 10)
    run_dry(shop)
    assert provider.by_account["main"] > 12
    assert health(shop, "main").state == "works"


def test_without_another_account_messages_wait_for_the_breaker_and_lose_nothing(
    shop: World, provider: Scripted, clock: SimulatedClock
):
    """They are queued, and go when the provider is back."""
    account(shop, "main")
    provider.states["main"] = AnswerState.RETRY
    queued = waiting(shop, 12)
    dispatch(shop)
    late = waiting(shop, 4)
    run_dry(shop)
    assert {message(shop, one).status for one in [*queued, *late]} == {"queued"}
    assert len(provider.carried) == 12

    provider.states.clear()
    for _ in range(4):
        clock.advance(MINUTE)
        run_dry(shop)

    assert {message(shop, one).status for one in [*queued, *late]} == {"sent"}
    assert Counter(Counter(one for _, one in provider.carried).values()) == {2: 12, 1: 4}


def test_an_important_journey_goes_before_a_campaign_that_waits(shop: World, provider: Scripted):
    """Whatever was queued first."""
    account(shop, "main", daily_quota="6", classes="service")
    person = someone(shop)
    for _ in range(10):
        queue(shop, person, "pay", band=2)
    first = [queue(shop, person, "pay", band=0) for _ in range(3)]
    usual = [queue(shop, person, "pay") for _ in range(3)]

    run_dry(shop)

    assert {one for _, one in provider.carried} == {*first, *usual}


def test_what_is_of_no_use_any_more_ends_though_no_account_has_room(
    shop: World, provider: Scripted, clock: SimulatedClock
):
    """It is never sent, with its reason."""
    account(shop, "main", daily_quota="1")
    waiting(shop, 1)
    run_dry(shop)
    late = queue(shop, someone(shop), "pay", expires_at=NOW + MINUTE)
    run_dry(shop)
    assert message(shop, late).status == "queued"
    clock.advance(2 * MINUTE)

    run_dry(shop)

    assert (message(shop, late).status, message(shop, late).reason) == ("not_sent", "expired")
    assert internal_events(shop)[-1][1]["reason"] == "expired"


def test_a_template_that_a_provider_refuses_is_stopped_until_it_is_mended(
    shop: World, provider: Scripted
):
    """One is refused; the others wait, and go with the version that was published next."""
    account(shop, "main")
    provider.states["main"] = AnswerState.FIX
    refused = waiting(shop, 1)[0]
    dispatch(shop)
    assert (message(shop, refused).status, message(shop, refused).reason) == (
        "failed", "template_refused",
    )  # fmt: skip
    (stopped,) = stopped_templates(shop, BRAND)
    assert (stopped.template, stopped.account, stopped.response) == ("pay", "main", "scripted")

    provider.states.clear()
    held = waiting(shop, 2)
    run_dry(shop)
    assert {message(shop, one).reason for one in held} == {"template_stopped"}
    mended = put_template(shop, PAY.replace("Hello", "Good day"))
    look_after(shop, 100)
    run_dry(shop)

    assert stopped_templates(shop, BRAND) == []
    assert {message(shop, one).status for one in held} == {"sent"}
    assert {message(shop, one).queued.template_version for one in held} == {mended}


def test_an_operator_lets_a_template_go_as_it_is(shop: World, provider: Scripted):
    """What was at fault was at the provider."""
    account(shop, "main")
    provider.states["main"] = AnswerState.FIX
    waiting(shop, 1)
    dispatch(shop)
    provider.states.clear()
    held = waiting(shop, 2)
    run_dry(shop)

    assert resume_template(shop, BRAND, "pay") == 2
    run_dry(shop)

    assert {message(shop, one).status for one in held} == {"sent"}


def test_an_account_that_an_operator_pauses_gets_no_further_part(shop: World, provider: Scripted):
    """The part under way goes; the rest is queued again, and goes when it is resumed."""
    account(shop, "main")
    queued = waiting(shop, 60)

    def pause() -> None:
        with shop.store.system() as tx:
            tx.channels.pause(BRAND, "email", "main", "an operator")

    provider.before = pause
    dispatch(shop)

    n_sent = len(provider.carried)
    assert 0 < n_sent < 60
    assert Counter(message(shop, one).status for one in queued) == {
        "sent": n_sent, "queued": 60 - n_sent,
    }  # fmt: skip


def test_only_the_part_in_the_providers_hands_is_in_doubt_when_a_worker_dies(
    shop: World, provider: Scripted, clock: SimulatedClock
):
    """Of sixty claimed messages those that were not begun go again, each once."""
    account(shop, "main")
    queued = waiting(shop, 60)

    def die() -> None:
        if len(provider.carried) >= 20:
            raise KeyboardInterrupt

    provider.before = die
    with pytest.raises(KeyboardInterrupt):
        dispatch(shop)
    provider.before = lambda: None
    clock.advance(HOUR)
    run_dry(shop)

    found = Counter(message(shop, one).status for one in queued)
    assert found["unknown"] <= 40
    assert found["sent"] + found["unknown"] == 60
    assert max(Counter(one for _, one in provider.carried).values()) == 1


def test_the_figures_of_an_account_say_what_became_of_its_messages(shop: World, provider: Scripted):
    """Counts by hour, how long answers took, and what waits."""
    account(shop, "main")
    waiting(shop, 4)
    run_dry(shop)
    provider.states["main"] = AnswerState.REJECTED
    waiting(shop, 2)
    run_dry(shop)

    found = health(shop, "main")

    assert (found.n_handed_over, found.n_accepted, found.n_failed) == (6, 4, 2)
    assert sum(hour.accepted for hour in found.hours) == 4
    assert found.answer_ms.p95 is not None
    assert found.delivery_rate == 0
    assert (found.state, found.n_waiting) == ("works", 0)
