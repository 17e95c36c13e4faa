"""What reports need besides the warehouse's answers: a need a line, read by the shell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from huiliu.ports.world import World
from huiliu.reports.report import Options
from huiliu.reports.standing import month_of
from huiliu.services.report_buyers import rfm_matrix

__all__ = ["NEEDS"]

_Read: TypeAlias = Callable[[World, int, Options], Any]


def _rfm(world: World, brand_id: int, options: Options) -> object:
    """Return the matrix at the end of the span's last month, or now while it lasts."""
    return rfm_matrix(world, brand_id, month_of(options.until - 1, options.zone))


def _points(world: World, brand_id: int, options: Options) -> object:
    """Return what was earned, and what left its lot."""
    with world.store.transaction(brand_id) as tx:
        board = tx.points_board
        return {
            "earned": board.earned(brand_id, options.since, options.until),
            "flows": board.flows(brand_id, options.since, options.until),
        }


def _coupons(world: World, brand_id: int, options: Options) -> object:
    """Return what each pool did."""
    with world.store.transaction(brand_id) as tx:
        return tx.reward_views.coupons_in(brand_id, options.since, options.until, options.currency)


#: Name -> how it is read.
NEEDS: Final[Mapping[str, _Read]] = MappingProxyType({
    "coupons": _coupons,
    "points": _points,
    "rfm": _rfm,
})  # fmt: skip
