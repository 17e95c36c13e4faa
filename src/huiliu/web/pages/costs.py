"""Costs: what channels were worth for them, the price card, and media spend."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, EngineFailed, NotFound, Unavailable
from huiliu.kernel.money import Money
from huiliu.planning.price_card import KIND, SLUG, parse_price_card
from huiliu.ports.world import World
from huiliu.reports.charts import bars
from huiliu.services.beside import read_span
from huiliu.services.channel_worth import ChannelWorths, channel_worth
from huiliu.services.costs import price_card
from huiliu.services.list_actions import record_action
from huiliu.services.media_costs import forget_media, import_media, list_media
from huiliu.web.doors import Door, Visit
from huiliu.web.i18n import show_number, translate
from huiliu.web.plan_editor import PlanEditor
from huiliu.web.rendering import channel_name, go, page

__all__ = ["COST_DOORS"]

_SECTION: Final = "costs"
#: Larger files go through the command line, which reads them from the disk.
_MOST_UPLOAD: Final = 5_000_000
_DAYS: Final = 30
_KINDS: Final = ("messages", "media", "coupons", "points")
_FIRST: Final = """\
huiliu: 1
kind: costs
slug: default
name:
  zh-CN: 成本价目
  en: What things cost
currency: CNY
margin: 0.5
messages:
  - {channel: sms, price: 0.045}
  - {channel: email, price: 0.002}
"""


def _show(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show the page; what channels were worth comes after it."""
    query = {name: visit.ask(name) for name in ("from", "until")}
    try:
        first, last = _span(visit)
    except BadInput as fault:
        problems, status = [(one.path, one.text, one.line) for one in fault.problems], 422
        first, last = read_span(visit.world, "", "")
    with visit.world.store.transaction(visit.brand_id) as tx:
        card = price_card(tx, visit.brand_id)
    return page(
        visit, "pages/costs.html", status, section=_SECTION, problems=problems, query=query,
        first=first, last=last, card=card, major=_major, done=visit.ask("new"),
        changed=visit.ask("changed"), same=visit.ask("same"),
        media=list_media(visit.world, visit.brand_id, first, last),
    )  # fmt: skip


def _show_table(visit: Visit) -> Response:
    """Show what channels cost and were worth."""
    try:
        first, last = _span(visit)
        found = channel_worth(visit.world, visit.brand_id, first, last)
    except (BadInput, Unavailable, EngineFailed):
        return page(visit, "partials/costs.html", found=None)
    return page(
        visit, "partials/costs.html", found=found, chart=_chart(visit, found),
        money=partial(_money, found.currency), times=_times,
    )  # fmt: skip


def _upload(visit: Visit) -> Response:
    """Take in a table of media spend."""
    currency = visit.form.get("currency", "").strip().upper()
    file = visit.files.get("file", b"")
    try:
        done = import_media(visit.world, visit.brand_id, file, visit.me.user.email, currency)
    except BadInput as fault:
        return _show(visit, 422, [(one.path, one.text, one.line) for one in fault.problems[:50]])
    told = f"{done.n_new} + {done.n_changed}"
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "media_costs_imported", told)
    return go("/costs", new=str(done.n_new), changed=str(done.n_changed), same=str(done.n_same))


def _forget(visit: Visit) -> Response:
    """Take out what one row says."""
    try:
        day = dt.date.fromisoformat(visit.form.get("day", ""))
    except ValueError:
        raise NotFound("media cost", visit.form.get("day", "")) from None
    channel, campaign = visit.form.get("channel", ""), visit.form.get("campaign", "")
    currency = visit.form.get("currency", "")
    forget_media(visit.world, visit.brand_id, day, channel, campaign, currency)
    told = f"{day} {channel} {campaign}".strip()
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "media_cost_removed", told)
    return go("/costs")


def _show_card(visit: Visit) -> Response:
    """Show the editor with the price card in use, or the beginning of one."""
    with visit.world.store.transaction(visit.brand_id) as tx:
        card = price_card(tx, visit.brand_id)
        version = tx.documents.latest(visit.brand_id, KIND, SLUG).version if card.source else 0
    return _EDITOR.show(visit, card.source or _FIRST, SLUG if card.source else "", version)


def _after_card(_visit: Visit) -> Response:
    """Go where the card is seen at work."""
    return go("/costs")


def _look(_world: World, _brand_id: int, source: str) -> Mapping[str, object]:
    """Return what a draft says."""
    found = parse_price_card(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return {"card": found}


def _span(visit: Visit) -> tuple[dt.date, dt.date]:
    """Return the days that are asked for; the last thirty where none are."""
    first, last = read_span(visit.world, visit.ask("from"), visit.ask("until"))
    if not visit.ask("from"):
        first = last - dt.timedelta(days=_DAYS - 1)
    return first, last


def _chart(visit: Visit, found: ChannelWorths) -> dict[str, object]:
    """Return the chart of costs: a bar a channel, a colour a kind."""
    rows = [row for row in found.rows if row.costs.total > 0]
    names = [channel_name(visit.locale, row.channel) if row.channel
             else translate(visit.locale, "metrics.no_channel") for row in rows]  # fmt: skip
    series = {
        translate(visit.locale, f"costs.kind.{kind}"): [
            round(getattr(row.costs, kind), 2) for row in rows
        ]
        for kind in _KINDS
    }
    return bars(names, series, stacked=True)


def _money(currency: str, value: float) -> str:
    """Return an amount and its currency."""
    return f"{show_number(round(value, 2))} {currency}".rstrip()


def _times(value: float | None) -> str:
    """Return how many times as much; a dash for nothing."""
    return "–" if value is None else f"{value:,.2f}"


def _major(cost: int, currency: str) -> str:
    """Return minor units as people write them."""
    return f"{Money(cost, currency).major:,} {currency}"


_EDITOR: Final = PlanEditor(
    KIND, "/costs/card", _SECTION, _FIRST, _look, "partials/price_card_check.html"
)
COST_DOORS: Final = (
    Door("/costs", _show, "reports.read"),
    Door("/costs/table", _show_table, "reports.read"),
    Door("/costs/media", _upload, "costs.write", ("POST",), _MOST_UPLOAD),
    Door("/costs/media/remove", _forget, "costs.write", ("POST",)),
    Door("/costs/card", _show_card, "costs.write"),
    Door("/costs/card/check", _EDITOR.check, "costs.write", ("POST",)),
    Door("/costs/card/apply", _EDITOR.apply, "costs.write", ("POST",)),
    Door("/costs/card/default", _after_card, "reports.read"),
)
