"""Buyers who buy again and stop as the model of Fader, Hardie and Lee says (BG/NBD).

Source: "Counting your customers the easy way", Marketing Science 24 (2005); for what they spend:
Fader, Hardie, "The Gamma-Gamma model of monetary value" (2013).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["BuyerWorld", "DrawnPurchase", "purchases_of"]


@dataclass(frozen=True, slots=True)
class BuyerWorld:
    """The parameters of buyers; time is in weeks."""

    people: int = 4_000
    #: Purchases a week: gamma with this shape and rate.
    r: float = 0.8
    alpha: float = 6.0
    #: Who stops after a purchase: beta.
    a: float = 0.8
    b: float = 3.0
    #: What a purchase brings: gamma with shape p, its rate gamma with shape q and rate gamma.
    p: float = 6.0
    q: float = 4.0
    gamma: float = 60.0
    #: First purchases are spread over so many weeks.
    arriving: float = 20.0
    #: Weeks that are known, and weeks after them that are only known to the world.
    weeks: float = 60.0
    ahead: float = 26.0


@dataclass(frozen=True, slots=True)
class DrawnPurchase:
    """One purchase."""

    customer: str
    #: Weeks since the beginning.
    at: float
    amount: float


def purchases_of(world: BuyerWorld, seed: int) -> list[DrawnPurchase]:
    """Return every purchase until the end of the weeks ahead, customer by customer."""
    rng = np.random.default_rng((seed, 12))
    end = world.weeks + world.ahead
    found = []
    for number in range(world.people):
        rate = rng.gamma(world.r, 1 / world.alpha)
        stops = rng.beta(world.a, world.b)
        scale = 1 / rng.gamma(world.q, 1 / world.gamma)
        at = rng.uniform(0, world.arriving)
        n_times = 0
        while at < end:
            amount = round(float(rng.gamma(world.p, scale)), 2)
            found.append(DrawnPurchase(f"c{number:06d}", float(at), max(amount, 0.01)))
            n_times += 1
            # Nobody stops after the first purchase: so the model has it.
            if n_times > 1 and rng.random() < stops:
                break
            at += rng.exponential(1 / rate)
    return found
