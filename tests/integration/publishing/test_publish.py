"""Publishing over people in flight: pinned, carried over by a map, or left to run empty."""

from __future__ import annotations

from itertools import count

import pytest
from tests.integration.journeys import APOLOGY, order_event, rows
from tests.integration.people import BRAND, NOW, log, project_all

from huiliu.journeys.carrying import DRAIN, EXIT, MIGRATE, PIN, InFlight
from huiliu.kernel.errors import BadInput, NotFound, Overtaken
from huiliu.kernel.texts import render
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.apply_journey import set_journey_state
from huiliu.services.apply_template import apply_template
from huiliu.services.carry_over import finish_drained
from huiliu.services.publish import publish, publish_all, roll_back
from huiliu.services.read_offers import Offer
from huiliu.stores.clock import SimulatedClock

TEMPLATE = """huiliu: 1
kind: template
slug: late-shipment
name: {en: Late}
channel: email
class: service
locales:
  en: {subject: Sorry, text: "Sorry for order {{ key }}"}
"""
_NUMBERS = count()
LONGER = APOLOGY.replace("for: 3d", "for: 5d")
RENAMED = APOLOGY.replace("patience", "give-time")
STANDING = "select key, version, node, visit, due_at from journey_runs join journey_tokens using (brand_id, run_id) order by key"  # noqa: E501
STATES = "select key, version, state, reason from journey_runs order by key"


@pytest.fixture
def shop(world: World) -> World:
    """Give a world with the template of the journeys here, each of another name.

    What is read of documents is kept by all that was ever written to them: no two worlds are alike.
    """
    apply_template(world, BRAND, TEMPLATE.replace("Late}", f"Late {next(_NUMBERS)}}}"), "test")
    return world


def paid(world: World, *orders: str) -> None:
    """Let orders be paid."""
    log(world, *(order_event("Order Paid", order) for order in orders))
    project_all(world)


def test_pinned_people_finish_in_the_version_that_they_began_with(
    shop: World, clock: SimulatedClock
) -> None:
    """A later version is for those who enter later."""
    publish(shop, BRAND, APOLOGY, "test")
    paid(shop, "o1")

    done = publish(shop, BRAND, LONGER, "test", PIN)
    paid(shop, "o2")
    clock.set(NOW + 3 * DAY)
    advance(shop)

    assert (done.version, done.is_new, done.n_in_flight) == (2, True, 1)
    assert rows(shop, STATES) == [("o1", 1, "ended", "completed"), ("o2", 2, "active", "")]


def test_carried_people_keep_their_due_time_at_a_node_of_the_same_name(
    shop: World, clock: SimulatedClock
) -> None:
    """The wait of the new version is for those who come to it."""
    publish(shop, BRAND, APOLOGY, "test")
    paid(shop, "o1", "o2")

    publish(shop, BRAND, LONGER, "test", MIGRATE)

    assert rows(shop, STANDING) == [
        ("o1", 2, "patience", 1, NOW + 3 * DAY), ("o2", 2, "patience", 1, NOW + 3 * DAY),
    ]  # fmt: skip
    clock.set(NOW + 3 * DAY)
    advance(shop)
    assert rows(shop, STATES) == [("o1", 2, "ended", "completed"), ("o2", 2, "ended", "completed")]
    assert rows(shop, "select what, count(*) from journey_steps group by what order by what") == [
        ("ended", 2), ("entered", 2), ("moved", 2), ("sent", 2), ("waited", 2),
    ]  # fmt: skip


def test_people_at_a_node_that_is_gone_need_a_place(shop: World) -> None:
    """Without one nothing is published; the problem names a node that looks like it."""
    publish(shop, BRAND, APOLOGY, "test")
    paid(shop, "o1")

    with pytest.raises(BadInput) as fault:
        publish(shop, BRAND, RENAMED, "test", MIGRATE)

    (problem,) = fault.value.problems
    assert problem.path == "map.patience"
    assert "give-time" in render(problem.text, "en")
    assert rows(shop, STANDING) == [("o1", 1, "patience", 1, NOW + 3 * DAY)]
    assert rows(shop, "select max(version) from documents where kind = 'journey'") == [(1,)]


def test_a_map_leads_to_another_node_and_restarts_where_it_says_so(
    shop: World, clock: SimulatedClock
) -> None:
    """A node of another name is a new visit; one that begins anew waits its whole time again."""
    publish(shop, BRAND, APOLOGY, "test")
    paid(shop, "o1")
    moves = {"patience": "give-time"}
    publish(shop, BRAND, RENAMED, "test", InFlight("migrate", moves))
    assert rows(shop, STANDING) == [("o1", 2, "give-time", 2, NOW + 3 * DAY)]

    clock.set(NOW + DAY)
    again = InFlight("migrate", {"give-time": "patience"}, frozenset({"give-time"}))
    publish(shop, BRAND, LONGER, "test", again)
    advance(shop)

    assert rows(shop, STANDING) == [("o1", 3, "patience", 3, NOW + 6 * DAY)]


def test_people_mapped_to_the_exit_leave_with_a_reason(shop: World) -> None:
    """They are counted as exits; nobody is lost."""
    publish(shop, BRAND, APOLOGY, "test")
    paid(shop, "o1", "o2")

    publish(shop, BRAND, RENAMED, "test", InFlight("migrate", {"patience": EXIT}))

    assert rows(shop, STATES) == [
        ("o1", 1, "exited", "republished"), ("o2", 1, "exited", "republished"),
    ]  # fmt: skip
    assert rows(shop, "select n_in_flight, n_moved, n_exited, state from publications"
                      " order by publication_id desc limit 1") == [(2, 0, 2, "done")]  # fmt: skip


def test_a_map_of_nodes_that_are_not_there_is_refused(shop: World) -> None:
    """Both ends are looked up, and a map without carrying over is no plan."""
    publish(shop, BRAND, APOLOGY, "test")
    paid(shop, "o1")
    wrong = InFlight("migrate", {"nowhere": "patience", "patience": "elsewhere"})

    with pytest.raises(BadInput) as fault:
        publish(shop, BRAND, LONGER, "test", wrong)
    assert [one.path for one in fault.value.problems] == ["map.nowhere", "map.patience"]
    for way in (InFlight("pin", {"patience": "done"}), InFlight("teleport")):
        with pytest.raises(BadInput):
            publish(shop, BRAND, LONGER, "test", way)


def test_a_paused_journey_is_carried_over_and_stays_paused(
    shop: World, clock: SimulatedClock
) -> None:
    """Its waits go on when it is resumed, those that begin anew too."""
    publish(shop, BRAND, APOLOGY, "test")
    paid(shop, "o1")
    set_journey_state(shop, BRAND, "late-shipment-apology", "paused")

    publish(shop, BRAND, LONGER, "test", InFlight("migrate", {}, frozenset({"patience"})))
    clock.set(NOW + 9 * DAY)

    assert advance(shop) == 0
    set_journey_state(shop, BRAND, "late-shipment-apology", "live")
    advance(shop)
    assert rows(shop, STANDING) == [("o1", 2, "patience", 2, NOW + 14 * DAY)]


def test_a_draining_journey_takes_nobody_until_the_older_version_is_empty(
    shop: World, clock: SimulatedClock
) -> None:
    """Those in flight finish as they began; then the new version begins by itself."""
    publish(shop, BRAND, APOLOGY, "test")
    paid(shop, "o1")

    publish(shop, BRAND, LONGER, "test", DRAIN)
    paid(shop, "o2")
    assert finish_drained(shop) == 0
    clock.set(NOW + 3 * DAY)
    advance(shop)
    assert finish_drained(shop) == 1
    log(shop, order_event("Order Paid", "o3", at=NOW + 3 * DAY))
    project_all(shop)

    assert rows(shop, STATES) == [("o1", 1, "ended", "completed"), ("o3", 2, "active", "")]
    assert rows(shop, "select state from document_states where kind = 'journey'") == [("live",)]


def test_pausing_does_not_end_the_draining(shop: World, clock: SimulatedClock) -> None:
    """Resumed, it goes on running empty; nobody enters before."""
    publish(shop, BRAND, APOLOGY, "test")
    paid(shop, "o1")
    publish(shop, BRAND, LONGER, "test", DRAIN)

    set_journey_state(shop, BRAND, "late-shipment-apology", "paused")
    set_journey_state(shop, BRAND, "late-shipment-apology", "live")
    paid(shop, "o2")

    assert rows(shop, STATES) == [("o1", 1, "active", "")]
    assert rows(shop, "select state from document_states where kind = 'journey'") == [("draining",)]


def test_draining_with_nobody_in_flight_begins_at_once(shop: World) -> None:
    """There is nobody to wait for."""
    publish(shop, BRAND, APOLOGY, "test")

    done = publish(shop, BRAND, LONGER, "test", DRAIN)
    paid(shop, "o1")

    assert done.in_flight == "pin"
    assert rows(shop, STATES) == [("o1", 2, "active", "")]


def test_who_was_overtaken_is_told_what_the_other_changed(shop: World) -> None:
    """Nothing is written, and nothing is lost."""
    publish(shop, BRAND, APOLOGY, "ada")
    publish(shop, BRAND, LONGER, "ben", expects=1)

    with pytest.raises(Overtaken) as fault:
        publish(shop, BRAND, RENAMED, "ada", expects=1)

    assert fault.value.versions == (1, 2)
    assert [render(one, "en") for one in fault.value.changes] == [
        "patience: “For” was 3d, is now 5d"
    ]
    assert rows(shop, "select by_whom, version from publications where kind = 'journey'"
                      " order by publication_id") == [("ada", 1), ("ben", 2)]  # fmt: skip


def test_rolling_back_makes_the_earlier_version_the_newest(shop: World) -> None:
    """It asks the same question about people in flight, and can itself be rolled back."""
    publish(shop, BRAND, APOLOGY, "test")
    publish(shop, BRAND, LONGER, "test")
    paid(shop, "o1")

    done = roll_back(shop, BRAND, ("journey", "late-shipment-apology"), "test", in_flight=MIGRATE)

    assert done.version == 3
    assert rows(shop, STANDING) == [("o1", 3, "patience", 1, NOW + 5 * DAY)]
    with pytest.raises(NotFound):
        roll_back(shop, BRAND, ("journey", "late-shipment-apology"), "test", 9)


def test_publishing_the_newest_again_carries_over_those_who_were_left(shop: World) -> None:
    """Nothing new goes live; whoever was pinned before comes along."""
    publish(shop, BRAND, APOLOGY, "test")
    paid(shop, "o1")
    publish(shop, BRAND, LONGER, "test", PIN)

    done = publish(shop, BRAND, LONGER, "test", MIGRATE)

    assert (done.version, done.is_new) == (2, False)
    assert rows(shop, STANDING) == [("o1", 2, "patience", 1, NOW + 3 * DAY)]


def test_documents_that_name_each_other_go_live_together_or_not_at_all(world: World) -> None:
    """A journey may name a template beside it; one fault keeps all of them from going live."""
    good = TEMPLATE
    broken = APOLOGY.replace("slug: late-shipment-apology", "slug: other").replace(
        "template: late-shipment", "template: none"
    )

    offers = [Offer(APOLOGY, where="a.yaml"), Offer(broken, where="b.yaml"), Offer(good)]
    with pytest.raises(BadInput) as fault:
        publish_all(world, BRAND, offers, "test")
    assert [(one.path, one.line) for one in fault.value.problems] == [
        ("b.yaml: nodes.apologise.template", 9)
    ]
    assert rows(world, "select count(*) from documents") == [(0,)]

    done = publish_all(world, BRAND, [Offer(APOLOGY), Offer(good)], "test")
    assert [(one.kind, one.version) for one in done] == [("template", 1), ("journey", 1)]


def test_a_late_step_of_an_old_version_is_taken_before_or_after_the_carrying_over(
    shop: World, clock: SimulatedClock
) -> None:
    """Who has left already is not carried over; entries are those in flight and those gone."""
    publish(shop, BRAND, APOLOGY, "test")
    paid(shop, "o1", "o2", "o3")
    log(shop, order_event("Order Shipped", "o2", at=NOW + HOUR))
    project_all(shop)

    publish(shop, BRAND, LONGER, "test", MIGRATE)

    assert rows(shop, STATES) == [
        ("o1", 2, "active", ""), ("o2", 1, "exited", "Order Shipped"), ("o3", 2, "active", ""),
    ]  # fmt: skip


LISTENS = APOLOGY.replace(
    "exit_when: [{event: Order Shipped}, {event: Order Cancelled}]\n", ""
).replace(
    "  patience: {type: wait, for: 3d, next: apologise}\n",
    """\
  patience:
    type: wait_for
    ways: [{event: Order Rushed, next: done}]
    timeout: 9d
    else: apologise
""",
)


@pytest.mark.parametrize("is_rushed", [True, False])
def test_people_carried_to_a_waiting_for_something_are_heard_at_once(
    shop: World, clock: SimulatedClock, is_rushed: bool
) -> None:
    """The first event after the carrying counts, also before anyone stepped; else the wait ends."""
    before = APOLOGY.replace("exit_when: [{event: Order Shipped}, {event: Order Cancelled}]\n", "")
    publish(shop, BRAND, before, "test")
    paid(shop, "o1")
    publish(shop, BRAND, LISTENS, "test", MIGRATE)

    clock.set(NOW + HOUR)
    if is_rushed:
        log(shop, order_event("Order Rushed", "o1", at=NOW + HOUR))
        project_all(shop)
    advance(shop)
    early = rows(shop, STATES)
    clock.set(NOW + 3 * DAY)
    advance(shop)

    state = "ended" if is_rushed else "active"
    assert early == [("o1", 2, state, "completed" if is_rushed else "")]
    assert rows(shop, "select node, what from journey_steps where what in ('sent', 'ended')") == (
        [("done", "ended")] if is_rushed else [("apologise", "sent"), ("done", "ended")]
    )
