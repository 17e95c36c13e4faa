"""The products that messages show: the one that the run is about, and those recommended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huiliu.catalogue.interest import product_ids
from huiliu.messages.template import Template
from huiliu.ports.store import Tx
from huiliu.services.recommend import Wish, recommend, told_product

__all__ = ["Showing", "goods", "shows_goods"]


@dataclass(frozen=True, slots=True)
class Showing:
    """One message that shows products."""

    message_id: bytes
    #: The present profile.
    profile_id: int
    template: Template
    #: The language that it will be written in.
    locale: str
    #: Properties of the event that began the run.
    entry: Mapping[str, Any]  # as events carry them


def shows_goods(template: Template) -> bool:
    """Say whether a template shows any product."""
    return template.recommend is not None or template.shows_product


def goods(
    tx: Tx, brand_id: int, showing: Sequence[Showing], now: int
) -> dict[bytes, dict[str, object]]:
    """Return what each message's template may use as `product` and `recommended`.

    A product that the catalogue does not know is not there; nothing to recommend is an empty list.
    """
    found: dict[bytes, dict[str, object]] = {one.message_id: {} for one in showing}
    about = {one.message_id: product_ids(one.entry)[:1] for one in showing
             if one.template.shows_product}  # fmt: skip
    known = tx.products.get(brand_id, {each for ids in about.values() for each in ids})
    wishing = [one for one in showing if one.template.recommend is not None]
    wishes = [
        Wish(one.profile_id, one.template.recommend, one.entry)
        for one in wishing
        if one.template.recommend is not None
    ]
    for one in showing:
        for product_id in about.get(one.message_id, ()):
            if product_id in known:
                said = told_product(known[product_id], [one.locale])
                found[one.message_id]["product"] = said
    for one, chosen in zip(wishing, recommend(tx, brand_id, wishes, now), strict=True):
        found[one.message_id]["recommended"] = [told_product(p, [one.locale]) for p in chosen]
    return found
