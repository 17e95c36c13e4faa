"""Holdouts on pages, behind a key and on the command line: the same, by the same services."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.console.visiting import Visitor, signed_in, token
from tests.integration.journeys import order_event, put_journey
from tests.integration.people import BRAND, NOW, identify, log, person, project_all
from tests.integration.warehouses import settle, with_warehouse
from tests.integration.worth.test_hold_out import CARE, GLOBAL
from tests.integration.worth.test_incremental import mail

from huiliu.experiments.holdout import HELD, parsed_holdout
from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import HOUR
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.hold_out import HoldOuts
from huiliu.services.holdouts import (
    end_holdouts,
    holdout_members,
    list_holdouts,
    release_person,
    show_holdout,
)
from huiliu.services.why import look_into
from huiliu.stores.clock import SimulatedClock


def drawn(world: World, source: str, n: int) -> list[int]:
    """Have a holdout in use draw so many new people, and return those held."""
    log(world, *[identify(f"user_id:u{who}") for who in range(n)])
    project_all(world)
    people = [person(world, f"user_id:u{who}") for who in range(n)]
    with world.store.system() as tx:
        gate = HoldOuts(tx, BRAND, [parsed_holdout(source)], world.zone, world.clock.now())
        gate.read_messages((mail(one), one) for one in people)
        held = [one for one in people if gate.holder(mail(one), one)]
        tx.log.append(gate.write())
    return held


def edit(client: Visitor, source: str) -> int:
    """Publish a holdout in the editor and return the status."""
    form = {"csrf": token(client, "/holdouts/new"), "source": source, "version": "0", "slug": ""}
    return client.post("/holdouts/apply", data=form).status_code


def test_a_holdout_is_made_looked_at_and_taken_out_by_page_and_key(
    world: World, tmp_path: Path, clock: SimulatedClock
) -> None:
    """An empty list, people, a read-out that says it cannot tell, one let go, and the end."""
    with with_warehouse(world, tmp_path) as shop:
        client = signed_in(shop, tmp_path)
        _, key = create_key(shop, BRAND, "erp", "api")
        assert "/holdouts/new" in client.get("/holdouts").text
        assert edit(client, GLOBAL.replace("40%", "80%")) == 422
        assert edit(client, GLOBAL) == 303
        held = drawn(shop, GLOBAL, 40)
        settle(shop)
        clock.advance(HOUR)

        listed = client.get("/v1/holdouts", auth=(key, "")).json()["holdouts"]
        assert [(one["holdout"], one["held"], one["treated"]) for one in listed] == [
            ("universal", len(held), 40 - len(held))
        ]
        shown = client.get("/holdouts/universal").text
        assert show_profile_id(held[0]) in shown
        told = client.get("/v1/holdouts/universal/result", auth=(key, "")).json()
        assert told["incremental"]["why_not"] == "too_few"
        assert told["incremental"]["held"] == len(held)
        assert told["attributed"] == {"orders": 0, "revenue": 0.0, "model": "last_touch"}
        assert client.get("/v1/incremental?scope=brand", auth=(key, "")).json()[
            "incremental"]["drawn_by"] == "holdout:universal"  # fmt: skip
        assert client.get("/v1/incremental?scope=x:y", auth=(key, "")).status_code == 404
        assert client.get("/v1/incremental?from=x", auth=(key, "")).status_code == 422
        panel = client.get("/holdouts/beside?scope=brand").text
        assert "Incremental (holdout)" in panel
        assert "fewer than 30" in panel

        form = {"csrf": token(client, "/holdouts/universal"), "person": show_profile_id(held[0])}
        assert client.post("/holdouts/universal/release", data=form).status_code == 422
        done = client.post("/holdouts/universal/release", data={**form, "reason": "a friend"})
        assert done.status_code == 303
        found = look_into(shop, BRAND, held[0]).holdouts
        assert [(one.name, one.row.arm, one.row.reason) for one in found] == [
            ("universal", HELD, "a friend")
        ]
        assert "a friend" in client.get(
            f"/people/{show_profile_id(held[0])}/decisions").text  # fmt: skip
        with shop.store.system() as tx:
            gate = HoldOuts(tx, BRAND, [parsed_holdout(GLOBAL)], shop.zone, NOW)
            gate.read_messages((mail(one), one) for one in held)
            assert [bool(gate.holder(mail(one), one)) for one in held] == [
                False, *[True] * (len(held) - 1)
            ]  # fmt: skip

        assert client.request("DELETE", "/v1/holdouts/universal", auth=(key, "")).json() == {
            "slug": "universal", "removed": True,
        }  # fmt: skip
        assert show_holdout(shop, BRAND, "universal").ended_at > 0
        assert client.get("/holdouts/nothing").status_code == 404


def test_a_journeys_own_holdout_is_listed_and_ends_with_the_journeys_share(world: World) -> None:
    """It has no document of its own; without a share it is over, and what was drawn stays."""
    put_journey(world, CARE + "holdout: 40%\n")
    log(world, *[order_event("Order Shipped", f"o{n}", who=f"u{n}") for n in range(12)])
    project_all(world)
    one = show_holdout(world, BRAND, "journey:care")
    assert one.held + one.treated == 12
    assert one.state == "live"
    assert end_holdouts(world) == 0
    put_journey(world, CARE)
    assert end_holdouts(world) == 1
    assert [(each.name, each.state) for each in list_holdouts(world, BRAND)] == [
        ("journey:care", "ended")
    ]
    rows = holdout_members(world, BRAND, "journey:care", HELD).rows
    assert len(rows) == one.held


def test_nobody_is_let_go_without_a_reason_or_who_is_not_held(world: World) -> None:
    """What cannot be done is said, and changes nothing."""
    put_journey(world, CARE + "holdout: 40%\n")
    log(world, *[order_event("Order Shipped", f"o{n}", who=f"u{n}") for n in range(12)])
    project_all(world)
    treated = holdout_members(world, BRAND, "journey:care", "treated").rows[0].profile_id
    shown = show_profile_id(treated)
    with pytest.raises(BadInput):
        release_person(world, BRAND, "journey:care", shown, "ada", " ")
    with pytest.raises(NotFound):
        release_person(world, BRAND, "journey:care", shown, "ada", "why not")
    with pytest.raises(NotFound):
        show_holdout(world, BRAND, "nothing")
