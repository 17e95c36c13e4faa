"""The catalogue of metrics, and what one of them was."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, EngineFailed, Unavailable
from huiliu.metrics import GROUPS, METRICS
from huiliu.metrics.definition import define
from huiliu.planning.outlook import figure_of
from huiliu.reports.charts import lines
from huiliu.services.asked_figures import asked_figures
from huiliu.services.figures import Figures, day_number, metric_named, read_figures, today
from huiliu.web.doors import Visit
from huiliu.web.figures import figure_words, interval_words
from huiliu.web.i18n import translate
from huiliu.web.rendering import page

__all__ = ["show", "show_list"]

_EPOCH: Final = dt.date(1970, 1, 1)
_QUERY: Final = ("from", "until", "channels", "currency")


def show_list(visit: Visit) -> Response:
    """Show what can be counted."""
    groups = [(name, [METRICS[one] for one in names]) for name, names in GROUPS.items()]
    return page(visit, "pages/figures.html", section="figures", groups=groups, define=define)


def show(visit: Visit) -> Response:
    """Show what a metric was, day by day and for each channel."""
    metric = metric_named(visit.path("metric"))
    query = {name: visit.ask(name) for name in _QUERY}
    found, problems, is_away = None, [], False
    try:
        asked = asked_figures(query, metric.name, today(visit.world))
        found = read_figures(visit.world, visit.brand_id, asked)
    except BadInput as fault:
        problems = [(one.path, one.text, one.line) for one in fault.problems]
    except (Unavailable, EngineFailed):
        is_away = True
    return page(
        visit, "pages/figure.html", 422 if problems else 200, section="figures", metric=metric,
        found=found, problems=problems, is_away=is_away, query=query,
        figure=partial(figure_words, visit.locale), definition=define(metric),
        interval=partial(interval_words, visit.locale), zone=visit.world.zone,
        chart=_chart(visit, found) if found else None,
    )  # fmt: skip


def _chart(visit: Visit, found: Figures) -> dict[str, object]:
    """Return the chart of the days."""
    asked = found.asked
    first, last = day_number(asked.first), min(day_number(asked.last), max(found.days, default=0))
    days = range(first, last + 1)
    values = [figure_of(asked.metric, found.days, (day, day)) or 0.0 for day in days]
    labels = [(_EPOCH + dt.timedelta(days=day)).strftime("%m-%d") for day in days]
    return lines(labels, {translate(visit.locale, f"metrics.{asked.metric.name}"): values})
