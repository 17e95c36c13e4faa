"""The start page: what was sent, what was not and why, and how far behind anything is."""

from __future__ import annotations

from starlette.responses import Response

from huiliu.reports.charts import lines
from huiliu.services.look_at_packs import content_alerts
from huiliu.services.overview import live, overview
from huiliu.web.doors import Visit
from huiliu.web.i18n import translate
from huiliu.web.rendering import channel_name, page

__all__ = ["show", "show_live"]

#: The periods that a reader may choose, in days.
PERIODS = (7, 30, 90)


def show(visit: Visit) -> Response:
    """Show a period's figures."""
    asked = visit.ask("days")
    n_days = int(asked) if asked in {str(days) for days in PERIODS} else PERIODS[0]
    found = overview(visit.world, visit.brand_id, n_days)
    overdue, n_blocked = content_alerts(visit.world, visit.brand_id)
    series = {channel_name(visit.locale, name): row for name, row in found.series.items()}
    chart = lines([day.strftime("%m-%d") for day in found.days], series)
    return page(
        visit, "pages/overview.html", section="overview", found=found, live=found.live,
        overdue=overdue, n_blocked=n_blocked,
        chart=chart, n_days=n_days, periods=PERIODS,
        summary=translate(visit.locale, "console.overview.chart_summary", n=found.n_handed_over),
    )  # fmt: skip


def show_live(visit: Visit) -> Response:
    """Show what the start page asks for every few seconds."""
    return page(visit, "partials/live.html", live=live(visit.world, visit.brand_id))
