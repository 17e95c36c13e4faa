"""The forms of promotions and coupons write the documents that they were shown."""

from __future__ import annotations

from typing import Any

import pytest

from huiliu.kernel.documents import dump, load
from huiliu.rewards.coupon import parse_coupon
from huiliu.rewards.promotion import parse_promotion
from huiliu.web.reward_form import (
    CHANNELS,
    DAYS,
    coupon_source,
    fields_of,
    promotion_source,
)

EFFECTS: list[dict[str, Any]] = [
    {"kind": "steps", "steps": [{"spend": 300, "amount": 40}, {"spend": 500.5, "amount": 80}]},
    {"kind": "steps", "steps": [{"quantity": 3, "percent": 10}]},
    {"kind": "steps", "steps": [{"spend": 100, "amount": 9}], "repeat": True, "most_times": 3},
    {"kind": "percentage", "percent": 12.5, "most": 100},
    {"kind": "fixed", "amount": 20, "per": "unit"},
    {"kind": "nth", "nth": 2, "percent": 50, "among": "product"},
    {"kind": "bundle", "quantity": 3, "price": 9.9},
    {"kind": "gift", "sku": "MASK", "name": {"zh-CN": "面膜", "en": "Mask"}},
    {"kind": "free_shipping", "most": 10},
]  # fmt: skip
WHOLE: dict[str, Any] = {
    "huiliu": 1, "kind": "promotion", "slug": "weekend", "name": {"en": "Weekend"},
    "note": "for the birthday", "owner": "lin", "currency": "CNY",
    "text": {"en": "Save", "zh-CN": "满减"}, "from": "2026-11-28T00:00:00+08:00",
    "until": "2026-11-30T00:00", "channels": ["app", "store", "vending"], "stores": ["S1", "S2"],
    "hours": [
        {"days": ["sat", "sun"], "from": "10:00", "until": "22:00"}, {"days": ["mon"]},
    ],
    "products": {"skus": ["A", "B"], "except": {"categories": ["care/face"]}},
    "who": {"trait": "city", "is": "Hangzhou"}, "needs": {"spend": 99, "quantity": 2},
    "by": "code", "stage": "order", "priority": 5,
    "stacking": {"alone": True, "group": "g", "not_with": ["other"]},
    "limits": {"total": 10, "per_person": 1, "per_day": 5, "per_person_day": 1}, "budget": 1000,
}  # fmt: skip
POOL: dict[str, Any] = {
    "huiliu": 1, "kind": "coupon", "slug": "friends", "name": {"en": "Friends"},
    "promotion": "weekend", "lasts": "7d", "channels": ["app"], "until": "2026-12-31T23:59",
    "codes": {"prefix": "FR", "length": 10, "mint": False}, "zone": "Asia/Tokyo",
    "limits": {"per_code": 2, "per_order": 2}, "issue": {"total": 100, "per_person": 1},
}  # fmt: skip


def as_shown(source: str) -> dict[str, str]:
    """Return what a browser sends back of a form that shows a document and that nobody changed."""
    f = fields_of(source)
    tree, effect = f["tree"], f["effect"]
    kind = effect.get("kind", "")
    sent: dict[str, Any] = {
        "source": source, "slug": tree["slug"], "currency": tree.get("currency", ""),
        "budget": tree.get("budget", ""), "by": tree.get("by", ""), "who": f["who"],
        "segment": f["segment"], "priority": tree.get("priority", ""), "effect.kind": kind,
        "from": f["from"], "until": f["until"], "stores": f["stores"],
        "hours.from": f["hours"].get("from", ""), "hours.until": f["hours"].get("until", ""),
        "stacking.alone": "1" if f["stacking"].get("alone") else "",
        "stacking.group": f["stacking"].get("group", ""), "stacking.not_with": f["not_with"],
        "promotion": tree.get("promotion", ""), "lasts": tree.get("lasts", ""),
        "codes": "generic" if tree.get("code") else "own", "code": tree.get("code", ""),
        "codes.mint": "1" if f["codes"].get("mint", True) else "",
        "codes.bound": "1" if f["codes"].get("bound", True) else "",
    }  # fmt: skip
    for group in ("name", "text", "needs", "limits", "issue", "products", "but"):
        sent |= {f"{group}.{name}": value for name, value in f[group].items()}
    sent |= {f"codes.{name}": f["codes"].get(name, "") for name in ("prefix", "length")}
    sent |= {f"channel.{one}": "1" for one in f["channels"] if one in CHANNELS}
    sent |= {f"hours.{one}": "1" for one in f["hour_days"] if one in DAYS}
    for name, value in effect.items():
        if not isinstance(value, list | dict):
            sent[f"effect.{kind}.{name}"] = "1" if value is True else value
    sent |= {f"effect.gift.name.{one}": said for one, said in f["gift"].items()}
    for at, row in enumerate(f["steps"]):
        sent["effect.steps.by"] = "quantity" if "quantity" in row else "spend"
        sent["effect.steps.off"] = "percent" if "percent" in row else "amount"
        sent[f"effect.steps.{at}.reached"] = row.get("quantity", row.get("spend", ""))
        sent[f"effect.steps.{at}.given"] = row.get("percent", row.get("amount", ""))
    return {name: str(value) for name, value in sent.items()}


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda one: str(one["kind"]))
def test_a_promotion_that_nobody_changed_stays_as_it_was(effect: dict[str, Any]) -> None:
    """Whatever its effect, and with all that the form does not show."""
    source = dump(WHOLE | {"effect": effect})
    assert not isinstance(parse_promotion(source), tuple)

    assert load(promotion_source(as_shown(source))).tree == load(source).tree


def test_a_pool_that_nobody_changed_stays_as_it_was() -> None:
    """Own codes or one for all, with all that the form does not show."""
    one_code = {**POOL, "code": "SUMMER20"}
    del one_code["codes"]
    for tree in (POOL, one_code):
        source = dump(tree)
        assert not isinstance(parse_coupon(source), tuple)
        assert load(coupon_source(as_shown(source))).tree == load(source).tree


def test_what_is_no_number_is_told_and_not_dropped() -> None:
    """A slip of the fingers becomes a problem with its path, never a promotion without a limit."""
    sent = as_shown(dump(WHOLE | {"effect": EFFECTS[3]}))
    wrong = promotion_source(sent | {"budget": "1000 yuan", "limits.total": "0"})
    found = parse_promotion(wrong)

    assert isinstance(found, tuple)
    assert {one.path for one in found} == {"budget", "limits.total"}
