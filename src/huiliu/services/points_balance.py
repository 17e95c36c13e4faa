"""What somebody has: as it is this instant, whether or not what is due was booked yet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.ledger import Wallet, settle
from huiliu.rewards.points import NOTHING

__all__ = ["Balance", "balance", "balances"]


@dataclass(frozen=True, slots=True)
class Balance:
    """What one person has."""

    available: Decimal
    pending: Decimal
    #: What is owed: it was taken back after it had been spent.
    debt: Decimal
    #: (instant, points) of what can be spent now and ends some day, the first first.
    expiring: tuple[tuple[int, Decimal], ...]
    #: (instant, points) of what can be spent from then on.
    maturing: tuple[tuple[int, Decimal], ...]


def balance(tx: Tx, world: World, brand_id: int, profile_id: int) -> Balance:
    """Return what a person has; nothing where nobody knows of any."""
    return balances(tx, world, brand_id, [profile_id])[profile_id]


def balances(tx: Tx, world: World, brand_id: int, profiles: Collection[int]) -> dict[int, Balance]:
    """Return what people have, whichever ids they go by."""
    present = tx.people.present(brand_id, profiles)
    whose = {one: present.get(one, one) for one in profiles}
    found = tx.points.look(brand_id, set(whose.values()))
    now = world.clock.now()
    return {
        one: _balance(found.get(is_now) or Wallet(is_now), now) for one, is_now in whose.items()
    }


def _balance(wallet: Wallet, now: int) -> Balance:
    """Return a wallet's balance after all that is due by now."""
    for _ in settle(wallet, now):
        pass
    ends: dict[int, Decimal] = {}
    matures: dict[int, Decimal] = {}
    for lot in wallet.lots:
        if lot.open and lot.is_pending:
            matures[lot.matures_at] = matures.get(lot.matures_at, NOTHING) + lot.open
        elif lot.open and lot.expires_at:
            ends[lot.expires_at] = ends.get(lot.expires_at, NOTHING) + lot.open
    return Balance(
        wallet.available, wallet.pending, wallet.debt, tuple(sorted(ends.items())),
        tuple(sorted(matures.items())),
    )  # fmt: skip
