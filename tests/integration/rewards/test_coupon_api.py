"""Coupons for servers: the calls, their answers, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.asgi import AsgiClient
from tests.integration.people import BRAND, project_all
from tests.integration.rewards.coupons import BASKET, coupon, promotion, put

from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.settings import load
from huiliu.web.app import create_app


def test_a_code_is_redeemed_over_http_and_explained_line_by_line(
    world: World, tmp_path: Path
) -> None:
    """The answer says the discount, whose it is on each line, and why; a repeat is the same."""
    put(world, promotion(), coupon())
    _, key = create_key(world, BRAND, "shop", "api")
    body = {"code": "hello-40", "order_id": "o-1", "basket": BASKET}
    with AsgiClient(create_app(world, load(tmp_path, {})), (key, "")) as client:
        quoted = client.post("/v1/baskets/price", json={"codes": ["HELLO40"], "basket": BASKET})
        first = client.post("/v1/coupons/redeem", json=body)
        again = client.post("/v1/coupons/redeem", json=body)
        other = client.post(
            "/v1/coupons/redeem", json=body | {"basket": BASKET | {"channel": "store"}}
        )
        back = client.post("/v1/coupons/rollback", json={"order_id": "o-1", "reason": "returned"})
        late = client.post("/v1/coupons/redeem", json=body)
        unknown = client.post("/v1/coupons/redeem", json=body | {"code": "NOBODY", "order_id": "2"})

    assert quoted.json()["discount"] == 4_000
    assert first.status_code == 200, first.text
    told = first.json()
    assert (told["discount"], told["payable"], told["new"]) == (4_000, 28_000, True)
    assert [line["discount"] for line in told["lines"]] == [3_750, 250]
    assert told["lines"][0]["promotions"][0]["because"]["en"] == "40 CNY off from 300 CNY"
    assert again.json() == told | {"new": False}
    assert (other.status_code, other.json()["reason"]) == (409, "order_redeemed")
    assert back.json()["state"] == "rolled_back"
    assert (late.status_code, late.json()["reason"]) == (409, "order_rolled_back")
    assert (unknown.status_code, unknown.json()["reason"]) == (409, "code_unknown")


def test_what_is_wrong_with_a_call_is_told_at_once(world: World, tmp_path: Path) -> None:
    """Every problem is named with its path."""
    _, key = create_key(world, BRAND, "shop", "api")
    body = {"code": 7, "identifier": {"type": "star"}, "basket": {"lines": [{"quantity": 0}]}}
    with AsgiClient(create_app(world, load(tmp_path, {})), (key, "")) as client:
        answer = client.post("/v1/coupons/redeem", json=body)

    assert answer.status_code == 422
    paths = {one["path"] for one in answer.json()["problems"]}
    assert paths >= {
        "order_id", "identifier", "code", "basket.currency", "basket.lines[0].sku",
        "basket.lines[0].quantity", "basket.lines[0].unit_price",
    }  # fmt: skip


def test_limits_of_a_person_hold_for_who_has_no_profile_yet(world: World, tmp_path: Path) -> None:
    """Somebody who is known by an identifier only counts as the same person afterwards too."""
    put(world, promotion(more="limits: {per_person: 1}\n"), coupon())
    _, key = create_key(world, BRAND, "shop", "api")
    body = {
        "code": "HELLO40", "order_id": "o-1", "basket": BASKET,
        "identifier": {"type": "user_id", "value": "new"},
    }  # fmt: skip
    with AsgiClient(create_app(world, load(tmp_path, {})), (key, "")) as client:
        first = client.post("/v1/coupons/redeem", json=body)
        before = client.post("/v1/coupons/redeem", json=body | {"order_id": "o-2"})
        project_all(world)
        after = client.post("/v1/coupons/redeem", json=body | {"order_id": "o-3"})
        again = client.post("/v1/coupons/redeem", json=body)
        nobody = client.post(
            "/v1/coupons/redeem", json={**body, "order_id": "o-4", "identifier": None}
        )

    assert first.status_code == 200, first.text
    assert [one.json()["reason"] for one in (before, after)] == ["limit_person"] * 2
    assert again.json() == first.json() | {"new": False}
    assert nobody.json()["reason"] == "person"


@pytest.mark.parametrize("code", [[], {}, 7, True, "\u0000", ["a"]])
def test_a_code_that_is_no_text_is_told_and_never_a_fault_of_ours(
    world: World, tmp_path: Path, code: object
) -> None:
    """Whatever stands in the field, the answer names it."""
    _, key = create_key(world, BRAND, "shop", "api")
    body = {"order_id": "o-1", "basket": BASKET}
    with AsgiClient(create_app(world, load(tmp_path, {})), (key, "")) as client:
        one = client.post("/v1/coupons/redeem", json=body | {"code": code})
        many = client.post("/v1/baskets/price", json={"basket": BASKET, "codes": [code]})

    assert {one.status_code, many.status_code} <= {400, 422}
