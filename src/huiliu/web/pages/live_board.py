"""The live board: numbers of the last minutes that move by themselves, each opening its events."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import EngineFailed, NotFound, Unavailable
from huiliu.metrics.live_tiles import MONEY_TILES, TILES
from huiliu.services.live_board import WINDOWS, live_board, live_events
from huiliu.web.doors import Door, Visit
from huiliu.web.rendering import page

__all__ = ["LIVE_BOARD_DOORS"]

_SECTION: Final = "live_board"
_DEFAULT: Final = 60
#: What a tile looks like: its picture and its colour.
_LOOKS: Final = {
    "visits": ("activity", "cyan"), "carts": ("shopping-cart", "accent"),
    "placed": ("list-details", "accent"), "paid": ("cash", "good"),
    "undone": ("arrow-back-up", "warn"), "sent": ("send", "accent"),
    "delivered": ("checks", "good"), "opened": ("eye", "cyan"),
    "clicked": ("external-link", "good"), "failed": ("circle-x", "warn"),
    "coupons": ("ticket", "accent"), "opted_out": ("ban", "warn"),
}  # fmt: skip


def _minutes(visit: Visit) -> int:
    """Return the window that is asked for, in minutes."""
    asked = visit.ask("minutes")
    return next((one for one in WINDOWS if asked == str(one)), _DEFAULT)


def _show(visit: Visit) -> Response:
    """Show the board; its numbers come by themselves."""
    return page(
        visit, "pages/live_board.html", section=_SECTION, minutes=_minutes(visit),
        windows=list(WINDOWS),
    )  # fmt: skip


def _show_tiles(visit: Visit) -> Response:
    """Show the numbers as of now."""
    try:
        found = live_board(visit.world, visit.brand_id, _minutes(visit))
    except (Unavailable, EngineFailed):
        return page(visit, "partials/live_tiles.html", found=None)
    return page(
        visit, "partials/live_tiles.html", found=found, looks=_LOOKS, money=MONEY_TILES,
        spark=_spark,
    )  # fmt: skip


def _show_events(visit: Visit) -> Response:
    """Show what a number is made of."""
    tile, channel, minutes = visit.path("tile"), visit.ask("channel"), _minutes(visit)
    if tile not in TILES:
        raise NotFound("tile", tile)
    rows, is_away = [], False
    try:
        rows = list(live_events(visit.world, visit.brand_id, tile, minutes, channel))
    except (Unavailable, EngineFailed):
        is_away = True
    return page(
        visit, "pages/live_events.html", section=_SECTION, tile=tile, channel=channel,
        minutes=minutes, rows=rows, is_away=is_away, has_money=tile in MONEY_TILES,
    )  # fmt: skip


def _spark(line: list[int]) -> str:
    """Return the points of a line, 100 wide and 24 high."""
    most = max([*line, 1])
    step = 100 / max(len(line) - 1, 1)
    return " ".join(f"{nth * step:.1f},{23 - 21 * n / most:.1f}" for nth, n in enumerate(line))


LIVE_BOARD_DOORS: Final = (
    Door("/live-board", _show, "reports.read"),
    Door("/live-board/tiles", _show_tiles, "reports.read"),
    Door("/live-board/{tile}", _show_events, "reports.read"),
)
