"""Tags are computed, so their changes come from the warehouse: each once, and with the profile."""

from __future__ import annotations

from pathlib import Path

from tests.integration.forwarding.receiving import connect, forward_all, reaching, said
from tests.integration.people import BRAND, NOW, event, log, person
from tests.integration.test_segments_further import set_tag
from tests.integration.warehouses import settle, with_warehouse

from huiliu.fakes.receiver import Receiver
from huiliu.kernel.times import HOUR, MINUTE
from huiliu.ports.world import World
from huiliu.services.destinations import show_destination
from huiliu.stores.clock import SimulatedClock


def test_changed_tags_are_told_and_change_the_profile(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """One that is listed goes as itself, one that the map names with the person."""
    with with_warehouse(world, tmp_path) as opened, reaching(opened) as shop, Receiver() as tool:
        fields = {"uid": "id", "orders": "tag:orders"}
        connect(shop, tool, fields=fields, tags=["orders"], sends=["profiles", "tags"])
        log(shop, event("user_id:ada"), event("user_id:bob"))
        settle(shop)
        ada, bob = person(shop, "user_id:ada"), person(shop, "user_id:bob")
        forward_all(shop)
        for hours, values in ((1, {ada: 3, bob: 1}), (2, {ada: 4, bob: 1})):
            clock.set(NOW + hours * HOUR)
            set_tag(shop, "orders", values, clock.now())
            clock.set(clock.now() + MINUTE)
            forward_all(shop)
        backlog = show_destination(shop, BRAND, "crm").backlog

    facts = said(tool)
    told = [one["data"]["value"] for one in facts if one["type"] == "tag.changed"]
    orders = [one["data"]["fields"]["orders"] for one in facts if one["type"].startswith("profile")]
    assert sorted(told) == [1, 3, 4]
    assert orders[:2] == [None, None]
    assert sorted(orders[2:]) == [1, 3, 4]
    assert len({one["id"] for one in facts}) == len(facts)
    assert (backlog.n_events, backlog.n_waiting) == (0, 0)
