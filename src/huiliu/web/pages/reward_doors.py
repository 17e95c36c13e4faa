"""The doors of promotions, coupons and redemptions."""

from __future__ import annotations

from typing import Final

from huiliu.web.doors import Door
from huiliu.web.pages import coupons, promotions, redemptions

__all__ = ["REWARD_DOORS"]

_PROMOTION: Final = "/promotions/{promotion}"
_COUPON: Final = "/coupons/{coupon}"

REWARD_DOORS: Final = (
    Door("/promotions", promotions.show_list, "rewards.read"),
    Door("/promotions/new", promotions.show_new, "rewards.write"),
    Door("/promotions/fields", promotions.fields, "rewards.write", ("POST",)),
    Door("/promotions/check", promotions.check, "rewards.write", ("POST",)),
    Door("/promotions/apply", promotions.apply, "rewards.write", ("POST",)),
    Door("/promotions/simulator", promotions.show_simulator, "rewards.read"),
    Door("/promotions/simulator", promotions.show_simulator, "rewards.read", ("POST",)),
    Door("/promotions/simulate", promotions.simulate, "rewards.read", ("POST",)),
    Door(_PROMOTION, promotions.show, "rewards.read"),
    Door(f"{_PROMOTION}/edit", promotions.show_editor, "rewards.write"),
    Door(f"{_PROMOTION}/versions", promotions.show_versions, "rewards.read"),
    Door(f"{_PROMOTION}/restore", promotions.restore, "rewards.write", ("POST",)),
    Door(f"{_PROMOTION}/state", promotions.state, "rewards.write", ("POST",)),
    Door("/coupons", coupons.show_list, "rewards.read"),
    Door("/coupons/new", coupons.show_new, "rewards.write"),
    Door("/coupons/fields", coupons.fields, "rewards.write", ("POST",)),
    Door("/coupons/check", coupons.check, "rewards.write", ("POST",)),
    Door("/coupons/apply", coupons.apply, "rewards.write", ("POST",)),
    Door(_COUPON, coupons.show, "rewards.read"),
    Door(f"{_COUPON}/edit", coupons.show_editor, "rewards.write"),
    Door(f"{_COUPON}/versions", coupons.show_versions, "rewards.read"),
    Door(f"{_COUPON}/restore", coupons.restore, "rewards.write", ("POST",)),
    Door(f"{_COUPON}/state", coupons.state, "rewards.write", ("POST",)),
    Door(f"{_COUPON}/codes", coupons.make, "rewards.write", ("POST",)),
    Door(f"{_COUPON}/codes/{{job}}", coupons.export, "rewards.write", ("POST",)),
    Door(f"{_COUPON}/issue", coupons.issue, "rewards.write", ("POST",)),
    Door("/redemptions", redemptions.show_list, "rewards.read"),
    Door("/redemptions/order", redemptions.show, "rewards.read"),
    Door("/redemptions/undo", redemptions.undo, "rewards.write", ("POST",)),
    Door("/people/{profile}/coupons", redemptions.show_person, "rewards.read"),
)
