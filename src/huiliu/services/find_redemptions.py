"""Orders that took promotions: looked for by number, code, person, promotion, pool and state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from huiliu.kernel.errors import NotFound
from huiliu.kernel.facts import Value
from huiliu.ports.reward_views import HeldCode, RedemptionQuery
from huiliu.ports.rewards import RedemptionPart, RedemptionRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.coupon import normal_code
from huiliu.services.find_people import find_person

__all__ = [
    "STATES",
    "Found",
    "RedemptionView",
    "Wanted",
    "codes_of",
    "find_redemptions",
    "show_redemption",
]

STATES = ("reserved", "redeemed", "rolled_back", "expired")
_LIMIT = 50
_MOST_CODES = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders are looked for."""

    #: An order's number, a code, or a person as the search of people takes it.
    q: str = ""
    state: str = ""
    promotion: str = ""
    coupon: str = ""
    profile_id: int | None = None


@dataclass(frozen=True, slots=True)
class RedemptionView:
    """One order and what it took."""

    row: RedemptionRow
    parts: Sequence[RedemptionPart]
    #: As it was priced.
    answer: dict[str, Value]

    @property
    def names(self) -> dict[str, Value]:
        """Return promotion -> its name as people read it then, by language."""
        found = self.answer.get("promotions")
        rows = found if isinstance(found, list) else []
        return {
            str(one["promotion"]): one.get("name") or {}
            for one in rows
            if isinstance(one, dict) and "promotion" in one
        }


@dataclass(frozen=True, slots=True)
class Found:
    """A page of them."""

    rows: Sequence[RedemptionView]
    #: Where the next page begins; None = this is the last.
    next: tuple[int, str] | None


def find_redemptions(
    world: World, brand_id: int, wanted: Wanted, before: tuple[int, str] | None = None
) -> Found:
    """Return a page of orders that took promotions, those that changed last first."""
    person = wanted.profile_id
    if wanted.q and person is None:
        person = find_person(world, brand_id, wanted.q)
    with world.store.system() as tx:
        for asked in _queries(tx, brand_id, wanted, person):
            rows = tx.reward_views.find(brand_id, asked, before, _LIMIT + 1)
            if rows:
                break
        shown = rows[:_LIMIT]
        views = [_view(tx, brand_id, row) for row in shown]
    last = shown[-1] if len(rows) > _LIMIT else None
    return Found(views, (last.changed_at, last.order_id) if last else None)


def show_redemption(world: World, brand_id: int, order_id: str) -> RedemptionView:
    """Return one order; raise NotFound."""
    with world.store.system() as tx:
        row = tx.rewards.look(brand_id, order_id)
        if row is None:
            raise NotFound("redemption", order_id)
        return _view(tx, brand_id, row)


def codes_of(world: World, brand_id: int, profile_id: int) -> list[HeldCode]:
    """Return the codes that were issued to a person under any of their ids, the newest first."""
    with world.store.system() as tx:
        return tx.reward_views.held(brand_id, _ids(tx, brand_id, profile_id), _MOST_CODES)


def _queries(tx: Tx, brand_id: int, wanted: Wanted, person: int | None) -> list[RedemptionQuery]:
    """Return what is asked one after the other, until something is found."""
    plain = RedemptionQuery(wanted.state, wanted.promotion, wanted.coupon)
    queries = []
    if wanted.q:
        queries.append(msgspec.structs.replace(plain, order_id=wanted.q))
        if code := normal_code(wanted.q):
            queries.append(msgspec.structs.replace(plain, code=code))
    if person is not None:
        ids = tuple(_ids(tx, brand_id, person))
        queries.append(msgspec.structs.replace(plain, profiles=ids))
    return queries or [plain]


def _ids(tx: Tx, brand_id: int, profile_id: int) -> list[int]:
    """Return every id that a person ever had."""
    present = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
    return sorted({present, *tx.people.histories(brand_id, [present]).get(present, [])})


def _view(tx: Tx, brand_id: int, row: RedemptionRow) -> RedemptionView:
    """Return a row with what it took."""
    answer = msgspec.json.decode(row.answer) if row.answer else {}
    return RedemptionView(row, tx.rewards.parts(brand_id, row.order_id), answer)
