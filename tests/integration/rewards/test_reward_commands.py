"""Promotions and coupons by API and by command: what the pages do, without them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.integration.console.test_product_pages import Api
from tests.integration.outbox import someone
from tests.integration.people import BRAND
from tests.integration.rewards.test_coupons_in_journeys import COUPON, PROMOTION
from tests.integration.warehouses import with_warehouse

from huiliu.bootstrap import House
from huiliu.cli import coupon, promotion, run
from huiliu.kernel.ids import show_profile_id
from huiliu.ports.world import World
from huiliu.rewards.basket import Basket, Line
from huiliu.services.make_codes import continue_jobs
from huiliu.services.redeem_coupon import OrderAsked, redeem
from huiliu.settings import load
from huiliu.stores.instance import Folder
from huiliu.stores.postgres import PostgresStore

BASKET = {"currency": "CNY", "lines": [{"sku": "TEA", "quantity": 2, "unit_price": 5_000}]}


def test_every_action_has_its_twin_for_servers(world: World, tmp_path: Path) -> None:
    """Documents, versions, codes, issuing, a draft that is tried, redemptions."""
    api = Api(world, tmp_path)
    assert api("POST", "/v1/promotions", {"source": PROMOTION})["version"] == 1
    assert api("POST", "/v1/promotions", {"source": "kind: promotion"})["status"] == 422
    dearer = PROMOTION.replace("amount: 10", "amount: 20")
    assert api("POST", "/v1/promotions", {"source": dearer, "expects": 1})["version"] == 2
    told = api("GET", "/v1/promotions/thanks/versions?old=1&new=2")
    assert [one["path"] for one in told["changes"]] == ["effect.amount"]
    assert api("POST", "/v1/promotions/thanks/restore", {"version": 1})["version"] == 3
    assert api("POST", "/v1/coupon-pools", {"source": COUPON})["version"] == 1
    draft = PROMOTION.replace("by: code\n", "").replace("slug: thanks", "slug: draft")
    tried = api("POST", "/v1/promotions/try", {"basket": BASKET, "drafts": [draft]})
    assert (tried["discount"], tried["payable"]) == (1_000, 9_000)
    assert api("POST", "/v1/promotions/try", {"basket": {}})["status"] == 422
    job = api("POST", "/v1/coupon-pools/thanks-codes/codes", {"n": 4})
    while continue_jobs(world, 100):
        pass
    assert api("GET", "/v1/coupon-pools/thanks-codes")["free"] == 4
    export = f"/v1/coupon-pools/thanks-codes/codes/{job['job']}/export"
    with pytest.raises(json.JSONDecodeError):
        api("POST", export)
    assert api("POST", export)["status"] == 409
    person = someone(world)
    who = {"profile": show_profile_id(person), "coupon": "thanks-codes", "key": "k1"}
    code = api("POST", "/v1/coupons/issue", who)["code"]
    held = api("GET", f"/v1/profiles/{show_profile_id(person)}/coupons")["codes"]
    assert [one["code"] for one in held] == [code]
    basket = Basket("CNY", "app", (Line("TEA", 2, 5_000),))
    redeem(world, BRAND, OrderAsked("A-1", basket, person, (code,)))
    found = api("GET", f"/v1/redemptions?q={code}")["redemptions"]
    assert [(one["order_id"], one["discount"]) for one in found] == [("A-1", 1_000)]
    order = api("GET", "/v1/redemptions/order?order_id=A-1")
    assert order["pricing"]["payable"] == 9_000
    paused = api("PUT", "/v1/coupon-pools/thanks-codes/state", {"state": "paused"})
    assert paused["state"] == "paused"
    assert api("GET", "/v1/coupon-pools")["pools"][0]["state"] == "paused"
    assert api("PUT", "/v1/promotions/thanks/state", {"state": "archived"})["status"] == 409
    assert api("PUT", "/v1/promotions/thanks/state", {"state": "gone"})["status"] == 422
    assert api("GET", "/v1/promotions")["promotions"][0]["coupons"] == ["thanks-codes"]


@pytest.fixture
def shop(world: World, store: PostgresStore, database_url: str, tmp_path: Path,
         monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:  # fmt: skip
    """Let the commands meet an instance that is open already: starting one takes a second each."""
    with with_warehouse(world, tmp_path) as opened:
        house = House(Folder(tmp_path), load(tmp_path), opened, store, database_url, attached=False)

        @contextmanager
        def found(_path: Path) -> Iterator[House]:
            yield house

        for module in (promotion, coupon):
            monkeypatch.setattr(module, "open_instance", found)
        yield opened


def test_commands_do_what_pages_do(
    shop: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From files to a code that is redeemed and undone, each told as one JSON value."""

    def asked(*words: str, code: int = 0) -> Any:
        """Return what a command prints."""
        assert run([*words, "--instance", str(tmp_path), "--json"]) == code
        return json.loads(capsys.readouterr().out)

    for name, source in (("p.yaml", PROMOTION), ("c.yaml", COUPON)):
        (tmp_path / name).write_text(source, encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps(BASKET), encoding="utf-8")
    (tmp_path / "codes.txt").write_text("PRINTED-001\n?\n", encoding="utf-8")
    offer, pool, basket = (str(tmp_path / one) for one in ("p.yaml", "c.yaml", "b.json"))
    assert asked("promotion", "check", offer)["effect"] == "fixed"
    assert asked("promotion", "apply", offer)["version"] == 1
    assert asked("coupon", "check", pool)["known"]
    assert asked("coupon", "apply", pool)["slug"] == "thanks-codes"
    assert asked("coupon", "make", "thanks-codes", "5")["made"] == 5
    taken = asked("coupon", "import", "thanks-codes", str(tmp_path / "codes.txt"))
    assert (taken["made"], taken["bad"][0]["line"]) == (1, 2)
    assert asked("coupon", "list")[0]["codes"] == 6
    priced = asked("promotion", "try", basket, "--code", "printed-001")
    assert priced["discount"] == 1_000
    person = someone(shop)
    shown = show_profile_id(person)
    code = asked("coupon", "issue", "thanks-codes", shown, "--batch", "b")["code"]
    assert [one["code"] for one in asked("coupon", "codes", shown)] == [code]
    lines = (Line("TEA", 2, 5_000),)
    redeem(shop, BRAND, OrderAsked("A-1", Basket("CNY", "app", lines), person, (code,)))
    assert asked("coupon", "redemptions", code)[0]["order_id"] == "A-1"
    undone = asked("coupon", "roll-back", "A-1", "--reason", "returned")
    assert undone["state"] == "rolled_back"
    assert asked("promotion", "pause", "thanks")["state"] == "paused"
    assert asked("promotion", "try", basket, "--code", "printed-001")["discount"] == 0
    assert asked("promotion", "list")[0]["state"] == "paused"
    assert asked("promotion", "show", "none", code=3)["error"]["kind"] == "NotFound"
