"""White papers: what was made, what is being made, reading one, and its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.texts import LOCALES
from huiliu.services.list_actions import record_action
from huiliu.services.white_papers import (
    ask_white_paper,
    list_white_papers,
    quarters_known,
    read_white_paper,
    show_white_paper,
    white_paper_file,
)
from huiliu.web.doors import Visit
from huiliu.web.paging import read_number
from huiliu.web.paper_files import file_answer
from huiliu.web.rendering import go, page

__all__ = ["ask", "send_file", "show", "show_list", "show_state"]


def show_list(visit: Visit) -> Response:
    """Show what was made, and the form."""
    return _list(visit)


def show_state(visit: Visit) -> Response:
    """Show the list alone; asked again while one is being made."""
    rows = list_white_papers(visit.world, visit.brand_id)
    return page(visit, "partials/white_papers.html", rows=rows)


def ask(visit: Visit) -> Response:
    """Ask for a quarter's paper in a language, or say what is wrong."""
    quarter, locale = visit.form.get("quarter", ""), visit.form.get("locale", "")
    try:
        row = ask_white_paper(visit.world, visit.brand_id, quarter, locale, visit.me.user.email)
    except BadInput as fault:
        return _list(visit, [(one.path, one.text, one.line) for one in fault.problems])
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "white_paper_asked", row.name)
    return go("/white-papers")


def show(visit: Visit) -> Response:
    """Show one paper as a page: the same words and the same pictures."""
    row = show_white_paper(visit.world, visit.brand_id, _number(visit))
    told: Mapping[str, Any] = {}
    if row.state == "ready":
        row, told = read_white_paper(visit.world, visit.brand_id, row.paper_id)
    return page(
        visit, "pages/white_paper.html", section="white_papers", row=row, paper=told,
        sections=_numbered(told),
    )  # fmt: skip


def send_file(visit: Visit) -> Response:
    """Send a paper as PDF."""
    return file_answer(*white_paper_file(visit.world, visit.brand_id, _number(visit)))


def _list(visit: Visit, problems: Sequence[tuple[str, object, int]] = ()) -> Response:
    """Show the page of all papers."""
    return page(
        visit, "pages/white_papers.html", 422 if problems else 200, section="white_papers",
        rows=list_white_papers(visit.world, visit.brand_id), problems=problems,
        quarters=[one.name for one in quarters_known(visit.world)], locales=LOCALES,
    )  # fmt: skip


def _numbered(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the sections of a paper, its tables and charts numbered as in the file."""
    n_tables = n_charts = 0
    made = []
    for section in told.get("sections", ()):
        blocks = []
        for block in section["blocks"]:
            number = 0
            if block["kind"] == "table":
                n_tables += 1
                number = n_tables
            elif block["kind"] == "chart":
                n_charts += 1
                number = n_charts
            blocks.append({**block, "number": number})
        made.append({**section, "blocks": blocks})
    return made


def _number(visit: Visit) -> int:
    """Return the number of the address; raise NotFound."""
    number = read_number(visit.path("paper"))
    if number is None:
        raise NotFound("white paper", visit.path("paper")[:20])
    return number
