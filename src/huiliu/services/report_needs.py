"""What reports need besides the warehouse's answers: a need a line, read by the shell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from huiliu.ports.world import World
from huiliu.reports.report import Options
from huiliu.reports.standing import month_of
from huiliu.services.channel_worth import channel_worth
from huiliu.services.experiment_results import all_results
from huiliu.services.funnels import list_funnels, read_funnel
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


def _funnels(world: World, brand_id: int, options: Options) -> object:
    """Return every funnel of the program and the brand."""
    first, last = options.span.first, options.span.last
    return [
        read_funnel(world, brand_id, one.slug, first, last) for one in list_funnels(world, brand_id)
    ]


def _channels(world: World, brand_id: int, options: Options) -> object:
    """Return what each channel was worth."""
    return channel_worth(world, brand_id, options.span.first, options.span.last)


def _experiments(world: World, brand_id: int, options: Options) -> object:
    """Return every experiment that ran in the span."""
    return all_results(world, brand_id, options.span.first, options.span.last)


#: Name -> how it is read.
NEEDS: Final[Mapping[str, _Read]] = MappingProxyType({
    "channels": _channels,
    "coupons": _coupons,
    "experiments": _experiments,
    "funnels": _funnels,
    "points": _points,
    "rfm": _rfm,
})  # fmt: skip
