"""White papers for servers: asked for, listed, read and fetched as the console does."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.texts import LOCALES
from huiliu.kernel.times import show_instant
from huiliu.ports.white_papers import WhitePaperRow
from huiliu.services.white_papers import (
    ask_white_paper,
    list_white_papers,
    read_white_paper,
    show_white_paper,
    white_paper_file,
)
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import read_number
from huiliu.web.paper_files import file_answer

__all__ = ["routes"]


def _list(call: Call) -> object:
    """Return what was asked for and made."""
    found = list_white_papers(call.world, call.brand_id)
    return {"white_papers": [_json(one) for one in found]}


def _ask(call: Call) -> object:
    """Ask for a quarter's paper."""
    locale = call.body.get("locale", LOCALES[0])
    row = ask_white_paper(
        call.world, call.brand_id, call.word("quarter"), str(locale), call.by
    )  # fmt: skip
    return _json(row)


def _show(call: Call) -> object:
    """Return how one stands and, once it is ready, what stands in it."""
    row = show_white_paper(call.world, call.brand_id, _number(call))
    if row.state != "ready":
        return _json(row)
    row, told = read_white_paper(call.world, call.brand_id, row.paper_id)
    return _json(row) | {"paper": told}


def _file(call: Call) -> object:
    """Send one as PDF."""
    return file_answer(*white_paper_file(call.world, call.brand_id, _number(call)))


def _number(call: Call) -> int:
    """Return the number of the address; raise NotFound."""
    number = read_number(call.path("paper"))
    if number is None:
        raise NotFound("white paper", call.path("paper")[:20])
    return number


def _json(row: WhitePaperRow) -> dict[str, object]:
    """Return one as servers read it."""
    return {
        "id": row.paper_id, "quarter": row.quarter, "locale": row.locale, "edition": row.edition,
        "state": row.state, "asked_by": row.asked_by, "asked_at": show_instant(row.asked_at),
        "made_at": show_instant(row.made_at) if row.made_at else None,
        "data_version": row.version, "snapshot": row.snapshot, "bytes": row.n_bytes,
        "sha256": row.digest.hex(), "fault": row.fault,
    }  # fmt: skip


routes: Final = (
    route("GET", "/v1/white-papers", _list),
    route("POST", "/v1/white-papers", _ask),
    route("GET", "/v1/white-papers/{paper}", _show),
    route("GET", "/v1/white-papers/{paper}/file", _file),
)
