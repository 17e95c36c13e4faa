"""Pages of promotions, coupons and redemptions, without a browser: a weekend from draft to undo."""

from __future__ import annotations

import re
from pathlib import Path

from tests.integration.console.test_product_pages import form
from tests.integration.console.visiting import Visitor, signed_in
from tests.integration.outbox import someone
from tests.integration.people import BRAND

from huiliu.kernel.ids import show_profile_id
from huiliu.ports.world import World
from huiliu.rewards.basket import Basket, Line
from huiliu.services.make_codes import continue_jobs
from huiliu.services.redeem_coupon import OrderAsked, redeem

WEEKEND = {
    "mode": "form", "version": "0", "slug": "weekend", "name.zh-CN": "周末满减",
    "name.en": "Weekend", "currency": "CNY", "effect.kind": "steps", "effect.steps.by": "spend",
    "effect.steps.off": "amount", "effect.steps.0.reached": "300", "effect.steps.0.given": "40",
    "effect.steps.1.reached": "500", "effect.steps.1.given": "80", "who": "everyone",
    "by": "everyone", "budget": "10000", "source": "", "channel.app": "1", "channel.store": "1",
}  # fmt: skip
POOL = {
    "mode": "form", "version": "0", "slug": "friend", "name.en": "Friend",
    "promotion": "friend-off",
    "codes": "own", "codes.prefix": "FR", "codes.length": "12", "codes.mint": "1",
    "codes.bound": "1", "issue.per_person": "1", "source": "", "lasts": "7d",
}  # fmt: skip
BASKET = {
    "currency": "CNY", "channel": "app", "line.0.sku": "TEA", "line.0.quantity": "2",
    "line.0.price": "180", "line.1.sku": "CUP", "line.1.quantity": "1", "line.1.price": "30.5",
}  # fmt: skip


def weekend(client: Visitor) -> None:
    """Make the weekend and a promotion by code live."""
    assert form(client, "/promotions/apply", **WEEKEND).status_code == 303
    by_code = WEEKEND | {
        "slug": "friend-off", "name.en": "Friends", "effect.kind": "fixed", "by": "code",
        "effect.fixed.amount": "15", "budget": "",
    }  # fmt: skip
    assert form(client, "/promotions/apply", **by_code).status_code == 303


def test_a_weekend_is_drafted_tried_and_made_live_by_its_form(world: World, tmp_path: Path) -> None:
    """Every fault is said at once; a draft is tried on a basket; form and YAML are one document."""
    client = signed_in(world, tmp_path)
    assert "No promotions yet" in client.get("/promotions?lang=en").text
    assert "Benefit" in client.get("/promotions/new?effect=bundle").text
    wrong = WEEKEND | {"effect.steps.1.reached": "200", "currency": "yuan", "limits.total": "0"}
    refused = form(client, "/promotions/apply", **wrong)
    assert refused.status_code == 422
    assert {"currency", "limits.total"} <= set(re.findall(r"<code>([a-z_.]+)</code>", refused.text))
    assert "40 CNY" in form(client, "/promotions/check", **WEEKEND).text
    yaml = form(client, "/promotions/fields", to="yaml", **WEEKEND).text
    assert "spend: 300" in yaml
    draft = re.search(r'<textarea[^>]*name="source"[^>]*>(.*?)</textarea>', yaml, re.S)
    assert draft is not None
    tried = form(client, "/promotions/simulate", draft=draft[1], **BASKET).text
    assert "¥350.50" in tried
    assert "−¥40" in tried
    assert "109.50 CNY more" in tried
    weekend(client)
    page = client.get("/promotions/weekend").text
    assert "Budget" in page
    assert "¥10,000" in page
    form(client, "/promotions/apply", **(WEEKEND | {
        "before": "weekend", "version": "1", "budget": "20000", "source": draft[1],
    }))  # fmt: skip
    versions = client.get("/promotions/weekend/versions").text
    assert "10000" in versions
    assert "20000" in versions
    assert form(client, "/promotions/weekend/restore", version="1").status_code == 303
    assert "¥10,000" in client.get("/promotions/weekend").text
    overtaken = form(client, "/promotions/apply", **(WEEKEND | {"before": "weekend"}))
    assert overtaken.status_code in {303, 409}
    form(client, "/promotions/weekend/state", state="paused")
    assert "No promotion counts" in form(client, "/promotions/simulate", **BASKET).text
    form(client, "/promotions/weekend/state", state="live")
    assert "−¥40" in form(client, "/promotions/simulate", **BASKET).text


def test_codes_are_made_handed_out_once_issued_and_rolled_back(
    world: World, tmp_path: Path
) -> None:
    """A pool's codes leave as a file once; a redeemed one is found, and undone with a reason."""
    client = signed_in(world, tmp_path)
    weekend(client)
    assert form(client, "/coupons/apply", **POOL).status_code == 303
    assert form(client, "/coupons/friend/codes", n="x").status_code == 422
    assert form(client, "/coupons/friend/codes", n="30").status_code == 303
    while continue_jobs(world, 1_000):
        pass
    job = re.search(r"/coupons/friend/codes/(\d+)", client.get("/coupons/friend").text)
    assert job is not None
    file = form(client, f"/coupons/friend/codes/{job[1]}")
    assert len(set(file.text.split()[1:])) == 30
    assert form(client, f"/coupons/friend/codes/{job[1]}").status_code == 409
    person = someone(world)
    shown = show_profile_id(person)
    assert "1 issued" in client.get(
        form(client, "/coupons/friend/issue", person=shown, batch="b").headers["location"]
    ).text  # fmt: skip
    assert form(client, "/coupons/friend/issue", person="p_nobody").status_code == 422
    again = form(client, "/coupons/friend/issue", person=shown, batch="other")
    assert again.status_code == 409
    card = client.get(f"/people/{shown}/coupons").text
    code = re.search(r"<code>(FR[A-Z0-9]+)</code>", card)
    assert code is not None
    basket = Basket("CNY", "app", (Line("TEA", 1, 10_000),))
    redeem(world, BRAND, OrderAsked("A-1", basket, person, (code[1],)))
    for asked in ("A-1", code[1], shown):
        assert "A-1" in client.get(f"/redemptions?q={asked}").text
    assert "Nothing found" in client.get("/redemptions?q=A-2").text
    order = client.get("/redemptions/order?order=A-1").text
    assert "−¥15" in order
    assert "Used" in client.get(f"/people/{shown}/coupons").text
    assert form(client, "/redemptions/undo", order="A-1", reason=" ").status_code == 422
    assert form(client, "/redemptions/undo", order="A-1", reason="returned").status_code == 303
    assert "returned" in client.get("/redemptions/order?order=A-1").text
    assert form(client, "/promotions/friend-off/state", state="archived").status_code == 409
    form(client, "/coupons/friend/state", state="archived")
    assert form(client, "/promotions/friend-off/state", state="archived").status_code == 303


def test_viewers_see_rewards_and_change_nothing(world: World, tmp_path: Path) -> None:
    """Promotions are for marketers and administrators."""
    client = signed_in(world, tmp_path, role="viewer")
    for page in ("/promotions", "/coupons", "/redemptions", "/promotions/simulator"):
        assert client.get(page).status_code == 200
    assert client.get("/promotions/new").status_code == 403
    assert form(client, "/promotions/apply", **WEEKEND).status_code == 403
