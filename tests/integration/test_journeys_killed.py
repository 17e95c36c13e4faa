"""A worker is killed at labelled points, again and again: nothing is lost, nothing comes twice."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.journeys import put_journey, rows
from tests.integration.outbox import HELLO, PAY, did, put_template, someone
from tests.integration.people import BRAND, NOW

from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.services.campaigns import CampaignDraft, Variant, create_campaign
from huiliu.stores.clock import SimulatedClock

JOURNEY = """huiliu: 1
kind: journey
slug: care
name: {en: Care}
entry: {event: Order Paid, key: order_id}
exit_when: [{event: Order Cancelled}]
nodes:
  pause: {type: wait, for: 1m, next: gate}
  gate: {type: quota, limit: 60, per: total, next: gift, else: ask}
  gift: {type: emit, event: Gift Given, next: ask}
  ask:
    type: webhook
    url: https://shop.example/stock
    timeout: 1d
    next: write
    failed: write
  write: {type: send, template: pay, next: parcel}
  parcel:
    type: wait_for
    ways: [{event: Order Shipped, next: done}]
    timeout: 3d
    else: late
  done: {type: exit, reason: shipped}
  late: {type: exit, reason: late}
"""
SEGMENT = """huiliu: 1
kind: segment
slug: fans
name: {en: Fans}
where: {trait: tier, is: fan}
"""


class Killer:
    """Makes workers and kills them."""

    def __init__(self, url: str, folder: Path) -> None:
        """Start the process that makes workers."""
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.killing.worker", url, str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, now: int, label: str = "", nth: int = 1) -> dict[str, int] | None:
        """Let a worker do all there is to do; None = it was killed, else the labels it passed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{label}\t{nth}\t{now}\n")
        self._process.stdin.flush()
        told = self._process.stdout.readline().rstrip("\n")
        if told == "killed":
            return None
        word, _, passed = told.partition("\t")
        assert word == "done", told
        found: dict[str, int] = json.loads(passed)
        return found

    def lines(self, name: str) -> list[str]:
        """Return what workers wrote into a file."""
        path = self.folder / name
        return path.read_text("ascii").split() if path.exists() else []

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


@pytest.fixture
def killer(database_url: str, tmp_path: Path) -> Iterator[Killer]:
    """Give what makes workers."""
    made = Killer(database_url, tmp_path)
    try:
        yield made
    finally:
        made.close()


class Shop:
    """Orders that come in while workers die."""

    def __init__(self, world: World, clock: SimulatedClock) -> None:
        """Open with a dozen fans, a journey, a recurring campaign and an account."""
        self.n_orders = 0
        self._world = world
        self._clock = clock
        put_template(world, HELLO)
        put_template(world, PAY)
        with world.store.system() as tx:
            tx.channels.put(ChannelAccount(BRAND, "email", "main", {}, provider="email"), NOW)
            tx.documents.put(Document(BRAND, "segment", "fans", 0, "live", SEGMENT, NOW, "test"))
        self.fans = [someone(world, tier="fan") for _ in range(12)]
        put_journey(world, JOURNEY)
        draft = CampaignDraft(
            "daily", {"en": "Daily"}, {"segment": "fans"}, (Variant("hello"),),
            when={"every": "day", "at": "12:30"},
        )  # fmt: skip
        create_campaign(world, BRAND, draft, "test")

    def trade(self, chance: random.Random) -> None:
        """Let some orders be paid, and some of the earlier ones be shipped or cancelled."""
        for _ in range(3):
            self.n_orders += 1
            self._tell("Order Paid", self.n_orders)
        for name in ("Order Shipped", "Order Cancelled"):
            if chance.random() < 0.5:
                self._tell(name, chance.randrange(1, self.n_orders + 1))

    def _tell(self, name: str, number: int) -> None:
        """Log an event of an order; the fans buy in turn."""
        buyer = self.fans[number % len(self.fans)]
        did(self._world, buyer, name, self._clock.now(), order_id=f"o{number}")


def check(world: World, killer: Killer, shop: Shop) -> None:
    """Hold everything to exactly once."""
    handed = Counter(killer.lines("handed"))
    twice = [message for message, n in handed.items() if n > 1]
    assert handed
    assert twice == [], "nobody gets a message twice"
    found = rows(world, "select encode(message_id, 'hex'), status from messages")
    stood = {str(message): str(status) for message, status in found}
    lost = [one for one, status in stood.items() if status == "sent" and one not in handed]
    assert lost == [], "what is said to be sent was handed over"
    assert set(handed) <= set(stood)
    assert {stood[one] for one in handed} <= {"sent", "unknown"}
    assert set(stood.values()) <= {"sent", "unknown", "not_sent"}, "nothing is forgotten"
    # Every order has one run, and every run that went on did each thing once.
    orders = rows(world, "select count(*), count(distinct key) from journey_runs"
                         " where journey = 'care'")  # fmt: skip
    assert orders == [(shop.n_orders, shop.n_orders)], "entries: all and once"
    doubled = rows(
        world,
        "select run_id, node, visit, what, count(*) from journey_steps"
        " group by 1, 2, 3, 4 having count(*) > 1",
    )
    assert doubled == [], "every step is taken once"
    astray = rows(
        world,
        "select count(*) from journey_runs r full join journey_tokens t using (brand_id, run_id)"
        " where (r.state = 'active') <> (t.run_id is not null)",
    )
    assert astray == [(0,)], "entries are in flight or have ended"
    sent = "select count(*) from journey_steps where what = 'sent'"
    assert rows(world, sent) == rows(world, "select count(*) from messages")
    told = Counter(str(row[0]) for row in rows(world, "select name from event_log"))
    let_through = rows(world, "select count(*) from journey_steps where what = 'let_through'")
    assert let_through == [(told["Gift Given"],)] == rows(world, "select used from journey_quotas")
    assert told["Gift Given"] <= 60
    [(n_asked,)] = rows(world, "select count(*) from journey_steps where what = 'called'")
    assert rows(world, "select count(*) from journey_calls") == [(n_asked,)]
    answered = rows(world, "select count(*) from journey_calls where status = 'answered'")
    assert answered == [(told["Webhook Answered"],)], "every answer is told, and once"
    n_called = len(set(killer.lines("called")))
    assert isinstance(n_asked, int)
    assert told["Webhook Answered"] <= n_called <= n_asked
    # Who died before the answer calls again, unless nobody waits for it any more by then.
    ends = {str(row[0]) for row in rows(world, "select distinct status from journey_calls")}
    assert "answered" in ends
    assert ends <= {"answered", "given_up"}, "no call is forgotten"
    met = rows(world, "select sum(n_audience), sum(n_entered), count(*) from journey_occasions"
                      " where state = 'filled'")  # fmt: skip
    entered = rows(world, "select count(*) from journey_runs where journey = 'daily'")
    assert (met[0][0], met[0][1]) == (entered[0][0], entered[0][0])
    assert isinstance(met[0][2], int)
    assert entered[0][0] == len(shop.fans) * met[0][2]


def rehearse_deaths(
    world: World, clock: SimulatedClock, killer: Killer, n_kills: int, seed: int
) -> Counter[str]:
    """Kill workers at points that chance chooses; return label -> how often."""
    chance = random.Random(seed)
    shop = Shop(world, clock)
    shop.trade(chance)
    known: set[str] = set()
    killed: Counter[str] = Counter()
    untried: list[str] = []
    while killed.total() < n_kills:
        clock.set(clock.now() + chance.choice([MINUTE, 2 * MINUTE, HOUR]))
        shop.trade(chance)
        if not untried:
            # A worker that lives says where one could die.
            passed = killer.run(clock.now())
            assert passed is not None
            known |= passed.keys()
            untried = sorted(known)
            chance.shuffle(untried)
            continue
        label = untried.pop()
        if "occasions." in label:
            # The campaign is due once a day: without it nobody passes there.
            clock.set(clock.now() + DAY)
        nth = chance.choice([1, 1, 1, 2, 3])
        if killer.run(clock.now(), label, nth) is None:
            killed[label] += 1
    for _ in range(3):
        clock.set(clock.now() + 5 * 24 * HOUR)
        assert killer.run(clock.now()) is not None
    check(world, killer, shop)
    return killed


def test_a_worker_that_is_killed_anywhere_leaves_nothing_undone_or_doubled(
    world: World, clock: SimulatedClock, killer: Killer
) -> None:
    """A dozen deaths at points that chance chose: a short form of the trial."""
    killed = rehearse_deaths(world, clock, killer, 12, seed=7)

    assert len(killed) >= 8


@pytest.mark.trial
def test_a_thousand_deaths_lose_nothing_and_double_nothing(
    world: World, clock: SimulatedClock, killer: Killer
) -> None:
    """Every labelled point is died at, most of them many times."""
    killed = rehearse_deaths(world, clock, killer, 1_000, seed=20_261_122)

    assert killed.total() == 1_000
    assert {"before commit", "after commit", "before hand-off", "in the middle of hand-off",
            "after hand-off", "before calling", "after calling", "after runs.claim_due",
            "before occasions.drop_chunk", "after messages.start"} <= killed.keys()  # fmt: skip
    print(f"\n{killed.total()} kills at {len(killed)} points: 0 lost, 0 twice")
