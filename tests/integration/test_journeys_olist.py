"""On real orders, virtual time finds exactly the late shipments that the files hold."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.journeys import APOLOGY
from tests.integration.people import BRAND, project_all

from huiliu.journeys import parsed
from huiliu.kernel.times import DAY, as_instant
from huiliu.ports.world import World
from huiliu.services.import_source import Watch, import_source
from huiliu.services.rehearse import rehearse
from huiliu.sources import SOURCES

OLIST = Path(__file__).parents[3] / "shared" / "data" / "olist"


def at(written: str) -> int | None:
    """Return the instant of a cell; None where it is empty."""
    return as_instant(written) if written else None


@pytest.mark.shared_data
def test_late_shipments_are_found_as_the_files_say(world: World) -> None:
    """Paid, and not with the carrier three days later: each of them once, and no one else."""
    world = replace(world, sources=SOURCES)
    import_source(
        world, BRAND, "olist", OLIST, None, Watch(lambda _done: None, lambda _reject: None)
    )
    project_all(world)
    source = APOLOGY.replace(", {event: Order Cancelled}", "")
    begin, end = as_instant("2018-02-01"), as_instant("2018-06-01")
    assert begin is not None
    assert end is not None

    found = rehearse(world, BRAND, parsed(source), (begin, end))

    expected: dict[str, int] = {}
    n_entered = n_already = 0
    with (OLIST / "olist_orders_dataset.csv").open(encoding="utf-8") as file:
        for order in csv.DictReader(file):
            paid = at(order["order_approved_at"])
            shipped = at(order["order_delivered_carrier_date"])
            if paid is None or not begin <= paid < end:
                continue
            n_entered += 1
            n_already += shipped is not None and shipped < paid
            due = paid + 3 * DAY
            if (shipped is None or shipped > due) and due < end:
                expected[order["order_id"]] = due
    assert len(found.runs) == n_entered > 500
    assert found.exits["already"] == n_already > 0
    sent = {story.run.key: made.at for story in found.runs for made in story.messages}
    assert sent == expected
