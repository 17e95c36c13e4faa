"""The doors of content, communities and live sessions."""

from __future__ import annotations

from typing import Final

from huiliu.web.doors import Door
from huiliu.web.pages import board, groups, live

__all__ = ["BOARD_DOORS"]

_SESSION: Final = "/live-sessions/{session}"

BOARD_DOORS: Final = (
    Door("/content", board.show_board, "content.read"),
    Door("/content", board.make, "content.write", ("POST",)),
    Door("/content/new", board.show_new, "content.write"),
    Door("/content/report", board.show_report, "content.read"),
    Door("/content/import", board.import_, "content.write", ("POST",), board.LARGEST_TABLE),
    Door("/content/{piece}", board.show, "content.read"),
    Door("/content/{piece}", board.change, "content.write", ("POST",)),
    Door("/content/{piece}/move", board.move, "content.write", ("POST",)),
    Door("/content/{piece}/outcomes", board.note, "content.write", ("POST",)),
    Door(
        "/content/{piece}/materials", board.attach, "content.write", ("POST",), board.LARGEST_FORM
    ),
    Door("/content/{piece}/materials/{material}", board.download, "content.read"),
    Door("/content/{piece}/materials/{material}/remove", board.detach, "content.write", ("POST",)),
    Door("/groups", groups.show_list, "content.read"),
    Door("/groups", groups.save, "content.write", ("POST",)),
    Door("/groups/{group}", groups.show, "content.read"),
    Door("/groups/{group}/remove", groups.remove, "content.write", ("POST",)),
    Door("/live-sessions", live.show_list, "content.read"),
    Door("/live-sessions", live.apply, "content.write", ("POST",)),
    Door("/live-sessions/new", live.show_new, "content.write"),
    Door(_SESSION, live.show, "content.read"),
    Door(f"{_SESSION}/edit", live.show_editor, "content.write"),
    Door(f"{_SESSION}/build", live.build_booking, "content.write", ("POST",)),
    Door(f"{_SESSION}/curve", live.curve, "content.read"),
    Door(f"{_SESSION}/code.svg", live.show_code, "content.read"),
    Door(f"{_SESSION}/outcomes", live.note, "content.write", ("POST",)),
    Door(f"{_SESSION}/remove", live.remove, "content.write", ("POST",)),
)
