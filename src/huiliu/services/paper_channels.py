"""The white paper's section on channels: what each brought, what it cost, what it truly added."""

from __future__ import annotations

from huiliu.kernel.texts import text
from huiliu.reports.charts import bars
from huiliu.reports.paper import Block, Cell, Chart, Column, Table
from huiliu.reports.paper_numbers import NOTHING, money, number, share, times
from huiliu.services.channel_worth import ChannelWorth, ChannelWorths, channel_worth
from huiliu.services.incremental import incremental
from huiliu.services.paper_desk import Desk
from huiliu.services.paper_parts import Draft, Ground, arrived, rate
from huiliu.services.paper_worth import caused, sentence_of

__all__ = ["channels"]


def channels(ground: Ground) -> Draft:
    """Write the matrix of channels: attributed beside incremental, with costs."""
    desk = ground.desk
    if not ground.sales.channels and not ground.mail.channels:
        return Draft([desk.unknown(text("paper.channels.none"))])
    found = channel_worth(desk.world, desk.brand_id, desk.first, desk.last, desk.currency)
    whole = incremental(desk.world, desk.brand_id, "brand", desk.first, desk.last)
    blocks: list[Block] = [_matrix(desk, found)]
    blocks += [
        desk.warning(text("paper.channels.doubtful", channel=desk.channel(one.channel),
                          ratio=times(one.attributed_over_incremental)))
        for one in found.rows if one.is_doubtful
    ]  # fmt: skip
    if found.total.costs.total <= 0:
        blocks.append(desk.unknown(text("paper.channels.no_costs")))
    elif found.margin is None:
        blocks.append(desk.note(text("paper.channels.no_margin")))
    blocks += _picture(desk, found)
    if ground.sales.channels:
        blocks.append(_sales(ground))
    if ground.mail.channels:
        blocks.append(_mail(ground))
    findings = [(90, sentence_of(desk, whole)), *_best(desk, found)]
    return Draft(blocks, findings)


def _matrix(desk: Desk, found: ChannelWorths) -> Table:
    """Return the matrix, with its sum below."""
    rows = [_line(desk, one, desk.channel(one.channel)) for one in found.rows]
    rows.append(_line(desk, found.total, desk.say(text("paper.total"))))
    labels = (
        text("paper.column.sent"), text("paper.column.clicked"), text("paper.column.orders"),
        text("paper.column.attributed"), text("paper.column.incremental"),
        text("paper.column.cost"), text("paper.column.roi"), text("paper.column.roas"),
        text("paper.column.cac"),
    )  # fmt: skip
    weights = (0.9, 1.6, 0.9, 1.4, 1.9, 1.0, 0.9, 0.9, 0.9)
    columns = [Column(desk.say(text("paper.column.channel")), False, 1.5),
               *(Column(desk.say(one), True, wide) for one, wide in zip(labels, weights,
                                                                        strict=True))]  # fmt: skip
    origin = desk.origin(f"huiliu report channel-matrix {desk.span}", text("paper.method.worth"),
                         found.total.orders)  # fmt: skip
    title = desk.say(text("paper.table.matrix", currency=found.currency or NOTHING))
    return Table(title, columns, rows, origin, has_total=True)


def _line(desk: Desk, one: ChannelWorth, name: str) -> list[Cell | str]:
    """Return one channel."""
    n_buyers = desk.say(text("paper.n.buyers", n=number(one.buyers)))
    spent = one.costs.total
    return [
        name, number(one.sent), rate(one.clicked, one.sent), number(one.orders),
        Cell(money(one.revenue, desk.currency), n_buyers), caused(desk, one.incremental),
        money(spent, desk.currency) if spent > 0 else NOTHING, times(one.roi), times(one.roas),
        money(one.cac, desk.currency) if one.cac else NOTHING,
    ]  # fmt: skip


def _picture(desk: Desk, found: ChannelWorths) -> list[Block]:
    """Return attributed beside incremental revenue, where a holdout tells any channel's."""
    known = [one for one in found.rows if one.incremental is not None and one.incremental.is_known]
    if not known:
        return []
    option = bars(
        [desk.channel(one.channel) for one in known],
        {
            desk.say(text("paper.column.attributed")): [round(one.revenue, 2) for one in known],
            desk.say(text("paper.column.incremental")): [
                round(one.incremental.revenue.total, 2) for one in known if one.incremental
            ],
        },
    )
    origin = desk.origin(f"huiliu report channel-matrix {desk.span}", text("paper.method.worth"),
                         sum(one.orders for one in known))  # fmt: skip
    high = min(0.5, 0.14 + 0.06 * len(known))
    return [Chart(desk.say(text("paper.chart.beside")), option, origin, high)]


def _best(desk: Desk, found: ChannelWorths) -> list[tuple[int, str]]:
    """Return what the summary says of returns on spend."""
    told = [one for one in found.rows if one.roi is not None and one.channel]
    if len(told) < 2:
        return []
    best = max(told, key=lambda one: (one.roi or 0.0, one.channel))
    worst = min(told, key=lambda one: (one.roi or 0.0, one.channel))
    said = text("paper.finding.roi", best=desk.channel(best.channel), high=times(best.roi),
                worst=desk.channel(worst.channel), low=times(worst.roi))  # fmt: skip
    return [(80, desk.say(said))]


def _sales(ground: Ground) -> Table:
    """Return what was bought on each channel."""
    desk, found = ground.desk, ground.sales
    rows: list[list[Cell | str]] = [
        [desk.channel(channel), number(one.orders), number(one.buyers),
         money(one.revenue, desk.currency),
         share(one.revenue / found.now.revenue if found.now.revenue else None),
         money(one.mean, desk.currency), rate(one.new, one.buyers)]
        for channel, one in found.channels.items()
    ]  # fmt: skip
    labels = (text("paper.column.orders"), text("paper.column.buyers"),
              text("paper.column.revenue"), text("paper.column.share_revenue"),
              text("paper.column.mean"), text("paper.column.new"))  # fmt: skip
    columns = [Column(desk.say(text("paper.column.channel")), False, 1.3),
               *(Column(desk.say(one)) for one in labels)]  # fmt: skip
    origin = desk.origin(f"huiliu metric show gmv {desk.span}", text("paper.method.summary"),
                         found.now.orders)  # fmt: skip
    return Table(desk.say(text("paper.table.sales")), columns, rows, origin)


def _mail(ground: Ground) -> Table:
    """Return what was sent on each channel."""
    desk = ground.desk
    rows: list[list[Cell | str]] = [
        [desk.channel(channel), number(one.sent), arrived(desk, one),
         rate(one.clicked, one.sent), rate(one.failed, one.sent)]
        for channel, one in ground.mail.channels.items()
    ]  # fmt: skip
    labels = (text("paper.column.sent"), text("paper.column.delivered"),
              text("paper.column.clicked"), text("paper.column.failed"))  # fmt: skip
    columns = [Column(desk.say(text("paper.column.channel")), False, 1.3),
               *(Column(desk.say(one)) for one in labels)]  # fmt: skip
    origin = desk.origin(f"huiliu metric show click_rate {desk.span}",
                         text("paper.method.messages"), ground.mail.total.sent)  # fmt: skip
    return Table(desk.say(text("paper.table.mail")), columns, rows, origin)
