"""Drafts of promotions and coupons: read as they would be, tried on a basket, put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.basket import Basket, read_basket
from huiliu.rewards.coupon import KIND as COUPON
from huiliu.rewards.coupon import Coupon, parse_coupon
from huiliu.rewards.pricing import Pricing
from huiliu.rewards.promotion import KIND as PROMOTION
from huiliu.rewards.promotion import Promotion, parse_promotion
from huiliu.services.live import surroundings
from huiliu.services.price_basket import price

__all__ = ["KINDS", "Trial", "draft_coupon", "draft_promotion", "try_basket"]

KINDS: Final = (PROMOTION, COUPON)
_MOST_DRAFTS: Final = 20


@dataclass(frozen=True, slots=True)
class Trial:
    """A basket that is tried: for whom, by which codes, when, beside which drafts."""

    #: As servers send it.
    basket: object
    person: int | None = None
    codes: Sequence[str] = ()
    #: 0 = now.
    at: int = 0
    #: YAML of promotions as they would be.
    drafts: Sequence[str] = ()


def draft_promotion(world: World, brand_id: int, source: str | bytes) -> Promotion:
    """Return the promotion of a draft; raise BadInput with every problem."""
    with world.store.system() as tx:
        found = parse_promotion(source, surroundings(tx, world, brand_id))
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def draft_coupon(
    world: World, brand_id: int, source: str | bytes
) -> tuple[Coupon, Promotion | None]:
    """Return the pool of a draft and what it unlocks; raise BadInput with every problem."""
    with world.store.system() as tx:
        around = surroundings(tx, world, brand_id)
        found = parse_coupon(source, around)
        if isinstance(found, tuple):
            raise BadInput(found)
        held = _live(tx, brand_id, found.promotion)
        promotion = parse_promotion(held, around) if held else None
    return found, promotion if isinstance(promotion, Promotion) else None


def try_basket(world: World, brand_id: int, trial: Trial) -> Pricing:
    """Return what a basket would cost, with every reason; nothing is taken of any limit.

    Raises:
        BadInput: with everything that is wrong with the basket or a draft.
    """
    basket = read_basket(trial.basket)
    problems = list(basket) if isinstance(basket, tuple) else []
    if len(trial.drafts) > _MOST_DRAFTS:
        raise BadInput((Problem("drafts", text("rewards.many_drafts", most=_MOST_DRAFTS)),))
    drafts = []
    for nth, source in enumerate(trial.drafts):
        try:
            drafts.append(draft_promotion(world, brand_id, source))
        except BadInput as fault:
            problems += [
                Problem(f"drafts[{nth}].{one.path}", one.text, one.line) for one in fault.problems
            ]
    if problems:
        raise BadInput(tuple(problems))
    assert isinstance(basket, Basket)
    return price(
        world, brand_id, basket, trial.person, trial.codes, at=trial.at or None, drafts=drafts
    )


def _live(tx: Tx, brand_id: int, slug: str) -> str:
    """Return the source of a promotion in use; "" where there is none."""
    try:
        found = tx.documents.latest(brand_id, PROMOTION, slug)
    except NotFound:
        return ""
    return "" if found.state == "archived" else found.source
