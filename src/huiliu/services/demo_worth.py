"""Gives a demo what its effect is measured by: an experiment, media spend, targets."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from huiliu.kernel.times import DAY, local_datetime
from huiliu.ports.world import World
from huiliu.reports.quarter import Quarter
from huiliu.services.experiments import start_experiment
from huiliu.services.frames import today
from huiliu.services.media_costs import import_media
from huiliu.services.publish import publish_all
from huiliu.services.read_offers import Offer

__all__ = ["begin_worth", "end_worth"]

_BY = "demo"
_EXPERIMENT = "come-back-words"
_TARGET = """\
huiliu: 1
kind: target
slug: {slug}
name: {{zh-CN: {zh}, en: {en}}}
metric: {metric}
{more}baseline: {{from: {before}, until: {day_before}}}
goal: {goal}
from: {first}
until: {last}
owner: lin
because: {because}
"""


def begin_worth(world: World, brand_id: int) -> None:
    """Let the experiment of the demo's journey begin; its document is live."""
    start_experiment(world, brand_id, _EXPERIMENT, _BY)


def end_worth(
    world: World, brand_id: int, starts_at: int, spend: Mapping[tuple[int, str], int]
) -> None:
    """Take in what ads cost, and set targets for the quarter that is running.

    Args:
        world: the instance, at the end of its days.
        brand_id: whose.
        starts_at: the first instant of the demo.
        spend: (day since then, channel) -> whole fen.
    """
    page = io.StringIO()
    table = csv.writer(page)
    table.writerow(("day", "channel", "cost", "currency"))
    for (nth, channel), fen in sorted(spend.items()):
        day = local_datetime(starts_at + nth * DAY, world.zone).date()
        table.writerow((day.isoformat(), channel, f"{fen / 100:.2f}", "CNY"))
    if spend:
        import_media(world, brand_id, page.getvalue().encode(), _BY)
    publish_all(world, brand_id, [Offer(one) for one in _targets(world)], _BY)


def _targets(world: World) -> list[str]:
    """Return targets of this quarter against the one before."""
    quarter = Quarter.of(today(world))
    days = {
        "first": quarter.first, "last": quarter.last, "before": quarter.before.first,
        "day_before": quarter.before.last,
    }  # fmt: skip
    return [
        _TARGET.format(
            slug="app-sales", zh="APP 成交额", en="Sales in the app", metric="gmv",
            more="channels: [app]\ncurrency: CNY\n", goal="+15%",
            because="The app is the brand's own ground.", **days,
        ),
        _TARGET.format(
            slug="social-new-customers", zh="社交渠道新客", en="New customers from social",
            metric="new_customers", more="channels: [mini_program, douyin]\n", goal="+20%",
            because="Social channels bring people who do not know the brand yet.", **days,
        ),
    ]  # fmt: skip
