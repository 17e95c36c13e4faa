"""What those who decide are told: whom it reaches, what it may cost, how new it is, what is odd."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.decisions.deciding import BRAND, approvals, house
from tests.integration.outbox import HELLO, put_template
from tests.integration.people import NOW, event
from tests.integration.test_campaigns import FANS, draft, fans
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.documents import dump
from huiliu.kernel.errors import AwaitsApproval, Unavailable
from huiliu.kernel.events import Flag
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.services.campaigns import Variant, create_campaign
from huiliu.services.decide import vote
from huiliu.services.decision_data import Weighed
from huiliu.services.fill import fill
from huiliu.services.go_live import follow_decisions
from huiliu.services.look_at_decisions import DecisionView, show_decision
from huiliu.services.publish import publish
from huiliu.services.schedule import schedule
from huiliu.stores.clock import SimulatedClock

_EVERYTHING = {"some": 0, "many": 100, "few": 0}
_COSTS = """\
huiliu: 1
kind: costs
slug: default
name: {en: Prices}
currency: CNY
messages:
  - {channel: email, price: 0.5}
"""


@pytest.fixture
def shop(world: World) -> World:
    """Give a brand with a segment, a template and prices, that decides together about all."""
    put_template(world, HELLO)
    with world.store.system() as tx:
        tx.documents.put(Document(BRAND, "segment", "fans", 0, "live", FANS, 0, "test"))
    publish(world, BRAND, _COSTS, "cli")
    house(world)
    publish(world, BRAND, approvals(audience=_EVERYTHING), "cli")
    return world


def proposed(world: World, source: str) -> DecisionView:
    """Return what is told of a document that others have to agree to."""
    with pytest.raises(AwaitsApproval) as held:
        publish(world, BRAND, source, "cli")
    return show_decision(world, BRAND, held.value.decision)


def only(view: DecisionView) -> Weighed:
    """Return what was found out about the one document of a decision."""
    assert view.documents[-1].weighed is not None
    return view.documents[-1].weighed


def scores(found: Weighed) -> dict[str, int]:
    """Return the factors."""
    return {one.name: one.score for one in found.factors}


def test_a_campaign_is_weighed_by_its_audience_and_the_price_of_its_messages(shop: World) -> None:
    """A fifth is held out, two of ten people are no fans: eight get one message of half a yuan."""
    fans(shop, 10)
    with pytest.raises(AwaitsApproval) as held:
        create_campaign(shop, BRAND, draft(holdout="20%"), "cli")
    found = only(show_decision(shop, BRAND, held.value.decision))

    assert (found.reach, found.people, found.messages) == ("counted", 8, 8)
    assert found.cost == pytest.approx(4.0)
    assert scores(found) == {"audience": 2, "cost": 1, "novelty": 3}


def test_a_campaign_for_now_begins_when_it_is_approved(shop: World, clock: SimulatedClock) -> None:
    """Whoever meant this minute is content with some hours later, and nobody enters before."""
    people = fans(shop, 3)
    with pytest.raises(AwaitsApproval) as held:
        create_campaign(shop, BRAND, draft(), "cli")
    assert schedule(shop) == 0
    clock.advance(2 * HOUR)
    with shop.store.transaction(BRAND) as tx:
        legal = next(one for one in tx.accounts.users(BRAND) if one.department == "legal")

    vote(shop, BRAND, held.value.decision, legal, "approve", revision=1)
    schedule(shop)

    assert fill(shop, 10) == len(people)


def test_a_campaign_whose_time_has_passed_is_not_approved_any_more(
    shop: World, clock: SimulatedClock
) -> None:
    """It would never begin: so the decision ends with its time."""
    fans(shop, 3)
    when = {"once": "2026-11-22T13:00"}
    with pytest.raises(AwaitsApproval) as held:
        create_campaign(shop, BRAND, draft(when=when), "cli")
    clock.advance(HOUR)

    assert follow_decisions(shop, 10) == 1
    assert show_decision(shop, BRAND, held.value.decision).decision.state == "expired"


def test_novelty_is_what_ran_before(shop: World) -> None:
    """The first of its sort is new, the next is like it, and names alone are known."""
    fans(shop, 3)
    with shop.store.transaction(BRAND) as tx:
        legal = next(one for one in tx.accounts.users(BRAND) if one.department == "legal")

    def novelty(**changed: object) -> int:
        with pytest.raises(AwaitsApproval) as held:
            create_campaign(shop, BRAND, draft(**changed), "cli")
        view = show_decision(shop, BRAND, held.value.decision)
        vote(shop, BRAND, held.value.decision, legal, "approve", revision=view.decision.revision)
        return scores(only(view))["novelty"]

    assert novelty() == 3
    assert novelty(slug="other") == 2
    assert novelty(slug="other", priority=60) == 2
    assert novelty(slug="lottery", form="lottery") == 3
    # Only its name changes: known, and with that of the lowest class.
    renamed = draft(slug="other", priority=60, name={"en": "New words"})
    assert create_campaign(shop, BRAND, renamed, "cli").version == 3


def test_a_template_reaches_whom_journeys_send_it(shop: World, tmp_path: Path) -> None:
    """Those who did in the last month what begins its journey; one that nobody sends, nobody."""
    fans(shop, 6)
    quiet = HELLO.replace("slug: hello", "slug: quiet")
    assert publish(shop, BRAND, quiet, "cli").version == 1
    source = dump({
        "huiliu": 1, "kind": "journey", "slug": "uses", "name": {"en": "Uses"},
        "entry": {"event": "Signed Up"},
        "nodes": {"send": {"type": "send", "template": "hello", "next": "end"},
                  "end": {"type": "exit"}},
    })  # fmt: skip
    with shop.store.system() as tx:
        tx.documents.put(Document(BRAND, "journey", "uses", 0, "live", source, 0, "test"))
        old = event("user_id:eve", name="Signed Up", at=NOW - 40 * DAY, flags=Flag.HISTORICAL)
        new = [event(f"user_id:{who}", name="Signed Up", at=NOW - DAY) for who in ("ada", "bob")]
        tx.log.append([old, *new])

    with with_warehouse(shop, tmp_path) as opened:
        settle(opened)
        found = proposed(opened, HELLO.replace("Hello", "Good day"))

    assert (only(found).reach, only(found).people, only(found).cost) == ("counted", 2, 0.0)
    assert [one.path for one in found.documents[0].changes]


def test_what_the_warehouse_cannot_tell_is_unknown(shop: World, tmp_path: Path) -> None:
    """An analyst who is away keeps nobody from proposing, and lowers no class."""
    bought = {"condition": {"did": "Order Paid"}}
    with with_warehouse(shop, tmp_path) as opened:
        away = replace(opened, warehouse=_Away())  # type: ignore[arg-type] # only asked for people
        with pytest.raises(AwaitsApproval) as held:
            create_campaign(away, BRAND, draft(audience=bought), "cli")

    found = only(show_decision(shop, BRAND, held.value.decision))
    assert (found.reach, scores(found)["audience"]) == ("unknown", 2)


class _Away:
    """A warehouse that does not answer."""

    def population(self, *_: object) -> None:
        """Refuse."""
        raise Unavailable("warehouse", "away")


def test_a_promotion_for_everybody_without_a_bound_is_of_the_highest_class(shop: World) -> None:
    """With a budget it is known what it may give away."""
    tree: dict[str, object] = {
        "huiliu": 1, "kind": "promotion", "slug": "ten", "name": {"en": "Ten"}, "currency": "CNY",
        "effect": {"kind": "percentage", "percent": 10},
    }  # fmt: skip
    free = only(proposed(shop, dump(tree)))
    bound = only(proposed(shop, dump(tree | {"budget": 500})))

    assert (free.risk, free.cost, free.reach) == ("high", None, "everybody")
    assert (bound.risk, bound.cost) == ("medium", 500.0)


def test_a_journey_gets_a_backtest_and_its_tests_are_counted(shop: World) -> None:
    """Those who decide can look at what it would have done in the last weeks."""
    journey = dump({
        "huiliu": 1, "kind": "journey", "slug": "cared", "name": {"en": "Cared"},
        "entry": {"segment": {"entered": "fans"}},
        "nodes": {"send": {"type": "send", "template": "hello", "next": "end"},
                  "end": {"type": "exit"}},
    })  # fmt: skip
    fans(shop, 4)

    found = proposed(shop, journey)

    assert found.documents[0].backtest is not None
    assert (found.documents[0].backtest.journey, found.documents[0].backtest.state) == (
        "cared", "waiting"
    )  # fmt: skip


def test_variants_cost_what_the_dearest_of_them_does(shop: World) -> None:
    """A person gets one of them, so their prices are not added."""
    fans(shop, 4)
    put_template(shop, HELLO.replace("slug: hello", "slug: other"))
    both = (Variant("hello"), Variant("other"))
    with pytest.raises(AwaitsApproval) as held:
        create_campaign(shop, BRAND, draft(variants=both), "cli")

    found = only(show_decision(shop, BRAND, held.value.decision))

    assert found.messages == 4
    assert found.cost == pytest.approx(2.0)
