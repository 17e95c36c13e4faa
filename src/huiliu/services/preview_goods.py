"""The products that a template would show: the instance's own, or invented ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from huiliu.catalogue.product import Product
from huiliu.messages.template import Template, choose_locale
from huiliu.ports.world import World
from huiliu.services.goods import Showing, goods
from huiliu.services.recommend import told_product

__all__ = ["invented_goods", "preview_goods"]

_LINK: Final = "https://brand.example/p/"


def preview_goods(
    world: World, brand_id: int, template: Template, entry: Mapping[str, Any], locale: str
) -> dict[str, object]:
    """Return `product` and `recommended` as somebody would see them who did nothing yet.

    Args:
        world: the instance whose catalogue is asked.
        brand_id: whose.
        template: what is looked at.
        entry: properties of the event that begins the run.
        locale: the person's.
    """
    chosen = choose_locale(template, [locale] if locale else [])
    showing = Showing(b"preview", 0, template, chosen, entry)
    with world.store.transaction(brand_id) as tx:
        return goods(tx, brand_id, [showing], world.clock.now())[b"preview"]


def invented_goods(template: Template, locale: str = "") -> dict[str, object]:
    """Return invented products, as many as the template asks for; "" = in its own language."""
    n_shown = template.recommend.n if template.recommend is not None else 0
    made = [
        told_product(
            Product(
                f"p{number}", {"en": f"Product {number}", "zh-CN": f"商品 {number}"},
                price=1000 * number + 900, currency="CNY", stock=9, link=f"{_LINK}{number}",
                images=(f"{_LINK}{number}.jpg",),
            ),
            [locale or template.locale],
        )
        for number in range(1, n_shown + 2)
    ]  # fmt: skip
    found: dict[str, object] = {}
    if template.shows_product:
        found["product"] = made[-1]
    if template.recommend is not None:
        found["recommended"] = made[:n_shown]
    return found
