"""A live journey that a stranger could set off is named, until the operator closes the door."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.journeys import APOLOGY, put_journey
from tests.integration.people import BRAND

from huiliu.bootstrap import make_instance
from huiliu.cli import run
from huiliu.kernel.events import EventNames
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.public_orders import public_orders
from huiliu.services.revoke_key import revoke_key

MARKETING = APOLOGY.replace("late-shipment-apology", "advert").replace("service", "marketing")
CALLED = APOLOGY.replace("late-shipment-apology", "called").replace("Order Paid", "Signed Up")


def found(world: World) -> list[str]:
    """Return the journeys that a stranger could set off."""
    with world.store.system() as tx:
        return list(public_orders(tx, world, BRAND))


def test_only_service_messages_after_orders_that_a_server_delivers_are_named(world: World) -> None:
    """Where a page is the only one who tells of orders, it has to; marketing needs consent."""
    for source in (APOLOGY, MARKETING, CALLED):
        put_journey(world, source)
    page, _ = create_key(world, BRAND, "page", "collect")
    alone = found(world)
    create_key(world, BRAND, "server", "api")

    assert alone == []
    assert found(world) == ["late-shipment-apology"]
    for written, named in (
        ("Order Paid", []), ("Order Com*", ["late-shipment-apology"]), ("Order Completed", []),
        ("Order*", []), ("Order Shipped", ["late-shipment-apology"]),
    ):  # fmt: skip
        closed = replace(world, public_events_refused=EventNames.parse(written))
        assert found(closed) == named, written
    put_journey(world, APOLOGY, "paused")
    assert found(world) == []
    put_journey(world, APOLOGY)
    revoke_key(world, BRAND, page.key_id)
    assert found(world) == []


def test_the_doctor_tells_of_it(
    world: World, database_url: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """A note with the journeys and the setting that mends it; quiet once it is set."""
    put_journey(world, APOLOGY)
    for scope in ("collect", "api"):
        create_key(world, BRAND, scope, scope)
    folder = make_instance(tmp_path / "shop")
    monkeypatch.setenv("HUILIU_DATABASE_URL", database_url)

    def told() -> list[tuple[str, str]]:
        """Return what the doctor says of doors."""
        capsys.readouterr()
        run(["doctor", "--instance", str(folder.root), "--json"])
        lines = json.loads(capsys.readouterr().out)
        return [(one["state"], one["says"]) for one in lines if one["check"] == "doors"]

    ((state, says),) = told()
    assert state == "note"
    assert "late-shipment-apology" in says
    assert "public_events_refused" in says
    monkeypatch.setenv("HUILIU_PUBLIC_EVENTS_REFUSED", "Order*")
    assert told() == []
