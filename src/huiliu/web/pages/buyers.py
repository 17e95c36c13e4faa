"""Reports on buyers: the RFM matrix, who moved between its groups, and cohort retention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import EngineFailed, NotFound, Unavailable
from huiliu.reports.rfm import NOT_YET, group_order
from huiliu.services.report_buyers import (
    cohort_people,
    cohorts,
    months_shown,
    rfm_matrix,
    rfm_people,
)
from huiliu.tags.recipes.rfm import N_SCORES
from huiliu.web.doors import Visit
from huiliu.web.i18n import translate
from huiliu.web.rendering import page

__all__ = [
    "show_cohort_people",
    "show_cohort_table",
    "show_cohorts",
    "show_matrix",
    "show_rfm",
    "show_rfm_people",
]

#: How many people a list shows.
_SHOWN: Final = 50
_TAG: Final = "rfm-cell"


def show_rfm(visit: Visit) -> Response:
    """Show the page of the matrix; the matrix itself comes after it."""
    try:
        months = months_shown(visit.world, visit.brand_id)
    except (Unavailable, EngineFailed):
        months = []
    return page(
        visit, "pages/rfm.html", section="rfm", months=_named(months),
        month=_month(visit, months) if months else 0, newest=months[-1] if months else 0,
    )  # fmt: skip


def show_matrix(visit: Visit) -> Response:
    """Show the matrix of a month and who moved in it."""
    try:
        months = months_shown(visit.world, visit.brand_id)
        month = _month(visit, months)
        found = rfm_matrix(visit.world, visit.brand_id, month)
    except (Unavailable, EngineFailed):
        return page(visit, "partials/rfm.html", found=None)
    groups = group_order()
    return page(
        visit, "partials/rfm.html", found=found, month=_word(month), is_open=month == months[-1],
        scores=range(1, N_SCORES + 1), groups=groups[:-1], origins=groups, not_yet=NOT_YET,
        biggest=max((cell.n for cell in found.cells.values()), default=0),
        came_from={
            origin: sum(found.moves.get((origin, group), 0) for group in groups)
            for origin in groups
        },
    )  # fmt: skip


def show_rfm_people(visit: Visit) -> Response:
    """Show whom a number of the matrix is made of.

    Raises:
        NotFound: the address names no number of it.
    """
    month = _month(visit, months_shown(visit.world, visit.brand_id))
    r, f = visit.ask("r"), visit.ask("f")
    origin, group = visit.ask("from"), visit.ask("to")
    known = group_order()
    scores: tuple[int, int] | tuple[str, str]
    if _is_score(r) and _is_score(f):
        scores = int(r), int(f)
        title = translate(visit.locale, "console.rfm.cell", r=r, f=f)
        segment = f"/segments/new?tag={_TAG}&starts_with={r}{f}"
    elif origin in known and group in known[:-1]:
        scores = origin, group
        names = [translate(visit.locale, f"console.rfm.group.{one}") for one in (origin, group)]
        title = translate(visit.locale, "console.rfm.move", origin=names[0], group=names[1])
        segment = ""
    else:
        raise NotFound("number", visit.request.url.query)
    n, rows = rfm_people(visit.world, visit.brand_id, month, scores, _SHOWN)
    return page(
        visit, "pages/buyers.html", section="rfm", title=title, n=n, rows=rows, most=_SHOWN,
        back=f"/rfm?month={_word(month)}", crumb="console.nav.rfm", segment=segment,
    )  # fmt: skip


def show_cohorts(visit: Visit) -> Response:
    """Show the page of retention; the table comes after it."""
    return page(visit, "pages/cohorts.html", section="cohorts", by=_by(visit))


def show_cohort_table(visit: Visit) -> Response:
    """Show how many of each month's first buyers came back in each later month."""
    try:
        found = cohorts(visit.world, visit.brand_id)
    except (Unavailable, EngineFailed):
        return page(visit, "partials/cohorts.html", found=None)
    return page(
        visit, "partials/cohorts.html", found=found, by=_by(visit),
        words={month: _word(month) for month in found.months},
    )  # fmt: skip


def show_cohort_people(visit: Visit) -> Response:
    """Show whom a number of the retention table is made of.

    Raises:
        NotFound: the address names no number of it.
    """
    known = {_word(month): month for month in months_shown(visit.world, visit.brand_id)}
    cohort, month = known.get(visit.ask("cohort")), known.get(visit.ask("month"))
    if cohort is None or month is None or month < cohort:
        raise NotFound("number", visit.request.url.query)
    n, rows = cohort_people(visit.world, visit.brand_id, cohort, month, _SHOWN)
    title = translate(
        visit.locale, "console.cohorts.cell", cohort=_word(cohort), month=_word(month)
    )
    return page(
        visit, "pages/buyers.html", section="cohorts", title=title, n=n, rows=rows, most=_SHOWN,
        back="/cohorts", crumb="console.nav.cohorts", segment="",
    )  # fmt: skip


def _by(visit: Visit) -> str:
    """Return what the retention table counts: people or money."""
    return "revenue" if visit.ask("by") == "revenue" else "people"


def _is_score(written: str) -> bool:
    """Say whether a word is one of the scores."""
    return written in {str(score) for score in range(1, N_SCORES + 1)}


def _word(month: int) -> str:
    """Return a month in ISO form."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def _named(months: Sequence[int]) -> Sequence[tuple[int, str]]:
    """Return months with their words, newest first."""
    return [(month, _word(month)) for month in reversed(months)]


def _month(visit: Visit, months: Sequence[int]) -> int:
    """Return the month that is asked for; the newest where none is."""
    return {_word(month): month for month in months}.get(visit.ask("month"), months[-1])
