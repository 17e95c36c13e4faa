"""A policy document rules from the moment that it is live: in sending, in the why, and in plans."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import msgspec
import pytest
from tests.integration.outbox import (
    HELLO,
    PAY,
    Recorder,
    message,
    put_template,
    queue,
    same_person,
    someone,
    with_providers,
)
from tests.integration.people import BRAND, NOW, project_all

from huiliu.kernel.events import IdentifierType
from huiliu.kernel.times import DAY, HOUR, MINUTE, as_instant
from huiliu.messages.attention import Attention
from huiliu.messages.caps import Cap
from huiliu.messages.odds import Cell
from huiliu.messages.policy_document import policy_of
from huiliu.messages.rules import Rules
from huiliu.ports.documents import Document
from huiliu.ports.occasions import OccasionRow
from huiliu.ports.policy import OddsRow
from huiliu.ports.world import World
from huiliu.services.apply_journey import apply_journey
from huiliu.services.campaign_forms import form_uses, note_worn_forms
from huiliu.services.contenders import draw_of
from huiliu.services.dispatch import dispatch
from huiliu.services.export_folder import export_folder
from huiliu.services.plan_folder import plan_folder
from huiliu.services.policy_again import policy_again
from huiliu.services.policy_rules import rules_at, rules_in_force
from huiliu.services.policy_what_if import what_if
from huiliu.services.publish import publish
from huiliu.services.read_folder import read_folder
from huiliu.stores.clock import SimulatedClock

PUSHY = """\
huiliu: 1
kind: journey
slug: {slug}
name: {{en: {slug}}}
category: {category}
priority: {priority}
entry: {{event: Product Viewed}}
nodes:
  mail: {{type: send, template: hello, next: end}}
  end: {{type: exit}}
"""
VIP = """\
huiliu: 1
kind: segment
slug: vip
name: {en: VIP}
where: {trait: tier, is: vip}
"""
FREE = Rules(quiet=(), caps=(), countries=False)


@pytest.fixture
def email() -> Recorder:
    """Record what is sent by e-mail."""
    return Recorder()


@pytest.fixture
def shop(world: World, email: Recorder) -> World:
    """Wire a shop with an important journey, a lesser one, and one of care."""
    put_template(world, HELLO)
    put_template(world, PAY)
    for slug, category, priority in (
        ("gifts", "offers", 80), ("news", "offers", 20), ("care", "service-news", 50),
    ):  # fmt: skip
        source = PUSHY.format(slug=slug, category=category, priority=priority)
        apply_journey(world, BRAND, source, "test")
    return with_providers(world, email, rules=FREE)


def rule(world: World, rules: Rules) -> int:
    """Make limits live as a document and return its version."""
    return publish(world, BRAND, policy_of(rules).source(), "test", kind="policy").version


def test_a_cap_of_a_category_holds_over_journeys_and_leaves_others_alone(
    shop: World, email: Recorder
):
    """Two journeys sell offers: of both together one goes out, and the third is none of them."""
    cap = Cap("offers", 1, DAY, categories=frozenset({"offers"}))
    rule(shop, Rules(quiet=(), caps=(cap,), countries=False))
    li = someone(shop)
    gifts, news, care = (queue(shop, li, journey=one) for one in ("gifts", "news", "care"))

    while dispatch(shop):
        pass

    assert message(shop, gifts).status == "sent"
    assert message(shop, care).status == "sent"
    assert message(shop, news).reason in {"frequency_cap", "outcompeted"}
    assert len(email.sent) == 2


def test_a_cap_that_lets_wait_sends_when_there_is_room(
    shop: World, clock: SimulatedClock, email: Recorder
):
    """Held until the person's midnight, and sent then; nothing is dropped."""
    rule(shop, Rules(quiet=(), caps=(Cap("day", 1, period="day", waits=True),), countries=False))
    li = someone(shop, zone="Europe/Paris")
    queue(shop, li)
    dispatch(shop)
    second = queue(shop, li)
    dispatch(shop)

    held = message(shop, second)
    assert (held.status, held.reason) == ("queued", "frequency_cap")
    assert held.queued.not_before == as_instant("2026-11-23T00:00", "Europe/Paris")

    clock.set(held.queued.not_before)
    project_all(shop)
    dispatch(shop)
    assert message(shop, second).status == "sent"


def test_over_batches_the_more_important_journey_goes_first(
    shop: World, email: Recorder, clock: SimulatedClock
):
    """The lesser message is claimed first, alone, and lets the one that waits behind it go."""
    rule(shop, Rules(quiet=(), caps=(Cap("day", 1, DAY),), countries=False))
    li = someone(shop)
    news = queue(shop, li, journey="news", not_before=NOW - MINUTE)
    gifts = queue(shop, li, journey="gifts")

    assert dispatch(shop, 1) == 1
    assert message(shop, news).reason == "outcompeted"
    dispatch(shop, 1)
    assert message(shop, gifts).status == "sent"
    clock.advance(2 * MINUTE)
    project_all(shop)
    dispatch(shop, 1)

    row = message(shop, news)
    assert (row.status, row.reason) == ("not_sent", "outcompeted")
    assert len(email.sent) == 1


def test_who_waits_for_a_rival_that_never_goes_is_sent_in_the_end(
    shop: World, email: Recorder, clock: SimulatedClock
):
    """The rival's time passes: nobody is starved by a message that was never sent."""
    rule(shop, Rules(quiet=(), caps=(Cap("day", 1, DAY),), countries=False))
    li = someone(shop)
    news = queue(shop, li, journey="news")
    queue(shop, li, journey="gifts", not_before=NOW + HOUR, expires_at=NOW + HOUR)

    dispatch(shop)
    held = message(shop, news)
    assert (held.reason, held.queued.not_before) == ("outcompeted", NOW + HOUR + MINUTE)
    clock.set(NOW + HOUR + 2 * MINUTE)
    project_all(shop)
    while dispatch(shop):
        pass

    assert message(shop, news).status == "sent"
    assert len(email.sent) == 1


def test_of_equal_journeys_the_one_that_sells_goes_first(shop: World, email: Recorder):
    """The brand's own past decides: what converts is worth more, what drives away is worth less."""
    attention = Attention(margin=50.0, remaining=200.0)
    caps = (Cap("day", 1, DAY),)
    rule(shop, Rules(quiet=(), caps=caps, attention=attention, countries=False))
    with shop.store.system() as tx:
        cells = [
            Cell("welcome", "", "email", 50_000, 2_500, 50),
            Cell("other", "", "email", 50_000, 100, 900),
        ]
        tx.policy.keep(BRAND, OddsRow(NOW, cells), NOW + DAY)
    li = someone(shop)
    poor = queue(shop, li, journey="other", queued_at=NOW - HOUR)
    rich = queue(shop, li, journey="welcome")

    while dispatch(shop):
        pass

    assert message(shop, rich).status == "sent"
    assert message(shop, poor).reason in {"frequency_cap", "outcompeted"}


def test_what_a_person_is_worth_may_come_from_a_segment_and_what_is_worthless_is_not_sent(
    shop: World,
):
    """Where a policy says so, a message that costs more than it brings has its reason."""
    with shop.store.system() as tx:
        tx.documents.put(Document(BRAND, "segment", "vip", 0, "live", VIP, NOW, "test"))
    attention = Attention(margin=1.0, remaining=100.0, segments=("vip",), refuses_worthless=True)
    rule(shop, Rules(quiet=(), caps=(), attention=attention, countries=False))
    with shop.store.system() as tx:
        cells = [
            Cell("welcome", "vip", "email", 50_000, 10_000, 5),
            Cell("welcome", "", "email", 50_000, 100, 5_000),
        ]
        tx.policy.keep(BRAND, OddsRow(NOW, cells), NOW + DAY)
    vip, other = someone(shop), someone(shop)
    with shop.store.system() as tx:
        tx.segments.enter(BRAND, [("vip", vip)], NOW)
    to_vip, to_other = queue(shop, vip), queue(shop, other)

    dispatch(shop)

    assert message(shop, to_vip).status == "sent"
    assert (message(shop, to_other).status, message(shop, to_other).reason) == (
        "not_sent", "not_worth_it",
    )  # fmt: skip


def test_a_journey_of_the_lowest_priority_gets_its_share_of_people(shop: World, email: Recorder):
    """In whose number the share falls, it goes first; the draw is the day's."""
    attention = Attention(share=Fraction(1, 2))
    caps = (Cap("day", 1, DAY),)
    rule(shop, Rules(quiet=(), caps=caps, attention=attention, countries=False))
    people = [someone(shop) for _ in range(12)]
    low = {one: queue(shop, one, journey="news") for one in people}
    high = {one: queue(shop, one, journey="gifts") for one in people}

    while dispatch(shop):
        pass

    won = {one for one in people if message(shop, low[one]).status == "sent"}
    # Journeys lie by name: gifts up to a half, news from there.
    assert won == {one for one in people if draw_of(BRAND, one, NOW) >= 0.5}
    assert all((message(shop, high[one]).status == "sent") != (one in won) for one in people)


def test_a_merged_persons_queue_competes_as_one(shop: World, email: Recorder):
    """What waits for either half of a person counts for both."""
    rule(shop, Rules(quiet=(), caps=(Cap("day", 1, DAY),), countries=False))
    one, other = someone(shop), someone(shop, known_as=IdentifierType.ANONYMOUS_ID)
    news, gifts = queue(shop, one, journey="news"), queue(shop, other, journey="gifts")
    same_person(shop, one, other)

    while dispatch(shop):
        pass

    assert message(shop, gifts).status == "sent"
    assert message(shop, news).reason in {"frequency_cap", "outcompeted"}


def test_service_messages_pass_every_cap_and_contest(shop: World, email: Recorder):
    """News of an order are no offer."""
    rule(shop, Rules(quiet=(), caps=(Cap("none", 0, DAY),), countries=False))
    li = someone(shop)
    offer, order = queue(shop, li), queue(shop, li, "pay")

    while dispatch(shop):
        pass

    assert message(shop, offer).reason == "frequency_cap"
    assert message(shop, order).status == "sent"


def test_the_why_tells_by_the_rules_of_that_day_and_names_the_cap(
    shop: World, clock: SimulatedClock
):
    """A policy that changed since does not rewrite the story."""
    rule(shop, Rules(quiet=(), caps=(Cap("strict", 0, DAY),), countries=False))
    li = someone(shop)
    refused = queue(shop, li)
    dispatch(shop)
    clock.advance(HOUR)
    rule(shop, Rules(quiet=(), caps=(Cap("loose", 9, DAY),), countries=False))

    with shop.store.system() as tx:
        told = policy_again(tx, shop, BRAND, tx.messages.message(BRAND, refused))
        then, now = rules_at(tx, shop, BRAND, NOW), rules_in_force(tx, shop, BRAND)
        before = rules_at(tx, shop, BRAND, NOW - DAY)

    assert (told.outcome, told.cap) == ("same", ("strict", 0, 0))
    assert [rules.caps[0].name for rules in (then, now)] == ["strict", "loose"]
    assert before == FREE


def test_a_policy_travels_in_a_folder_with_the_rest(shop: World, tmp_path: Path):
    """Exported, read back and applied again, it is the same."""
    rules = Rules(
        caps=(Cap("each", 1, DAY, journeys=frozenset({"gifts"}), each="journey"),), form_days=9
    )
    rule(shop, rules)

    export_folder(shop, BRAND, tmp_path)
    planned = plan_folder(shop, BRAND, read_folder(tmp_path))

    assert (tmp_path / "policies" / "default.yaml").exists()
    (policy,) = [one for one in planned.documents if one.kind == "policy"]
    assert (policy.state, policy.version) == ("same", 1)
    with shop.store.system() as tx:
        assert rules_in_force(tx, shop, BRAND) == rules


def test_what_other_caps_would_have_done_is_counted_from_the_ledger(
    shop: World, clock: SimulatedClock
):
    """Two people, four messages each over four days, three a week allowed."""
    rule(shop, Rules(quiet=(), caps=(Cap("week", 3, 7 * DAY),), countries=False))
    people = [someone(shop) for _ in range(2)]
    for _ in range(4):
        for one in people:
            queue(shop, one)
        project_all(shop)
        dispatch(shop)
        clock.advance(DAY)

    found = what_if(shop, BRAND, Rules(caps=(Cap("day", 1, period="day"),)))

    assert (found.n_people, found.one_in) == (2, 1)
    assert (found.now.n_asked, found.now.n_sent, found.now.held) == (8, 6, {"week": 2})
    assert found.then is not None
    assert (found.then.n_sent, found.then.n_people) == (8, 0)
    assert {n: one.n_sent for n, one in found.ladder.items()} == {
        1: 2, 2: 4, 3: 6, 4: 8, 5: 8, 6: 8, 8: 8,
    }  # fmt: skip
    assert (found.ladder[2].week_median, found.ladder[2].n_people) == (2, 2)


def test_a_campaign_form_used_past_a_month_becomes_one_task_a_month(
    shop: World, clock: SimulatedClock
):
    """Six weekly lotteries: one task, however often it is looked at; another the next month."""
    put_template(shop, HELLO)
    campaign = """\
huiliu: 1
kind: journey
slug: weekly-lottery
name: {en: Lottery}
form: lottery
entry: {every: week, on: [mon], at: "10:00", zone: brand, among: everyone}
nodes:
  mail: {type: send, template: hello, next: end}
  end: {type: exit}
"""
    apply_journey(shop, BRAND, campaign, "test")
    with shop.store.system() as tx:
        tx.occasions.plan([
            OccasionRow(BRAND, "weekly-lottery", f"w{week}", at, 1, (), "filled", begun_at=at)
            for week in range(6)
            for at in [NOW - (36 - 7 * week) * DAY]
        ])  # fmt: skip

    for _ in range(2):
        with shop.store.system() as tx:
            note_worn_forms(tx, shop, BRAND)
    with shop.store.system() as tx:
        (use,) = form_uses(tx, shop, BRAND)
        (task,) = tx.tasks.list(BRAND, is_open=True, assignee="", limit=9)

    assert (use.form, use.n, use.is_worn) == ("lottery", 6, True)
    assert "lottery" in task.title
    assert task.link == "/policy#forms"
    assert msgspec.json.decode(task.said)["key"] == "policy.form_worn"
