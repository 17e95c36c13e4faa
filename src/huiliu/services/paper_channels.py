"""The white paper's section on channels: what each brought, what it cost, what it truly added."""

from __future__ import annotations

from huiliu.kernel.texts import text
from huiliu.reports.paper import Block, Cell, Column, Table
from huiliu.reports.paper_numbers import money, number, share
from huiliu.services.paper_desk import Desk
from huiliu.services.paper_parts import Draft, Ground, rate

__all__ = ["channels"]


def channels(ground: Ground) -> Draft:
    """Write the matrix of channels."""
    desk = ground.desk
    blocks: list[Block] = []
    if not ground.sales.channels and not ground.mail.channels:
        return Draft([desk.unknown(text("paper.channels.none"))])
    if ground.sales.channels:
        blocks.append(_sales(ground))
    if ground.mail.channels:
        blocks.append(_mail(ground))
    return Draft(blocks)


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
    desk: Desk = ground.desk
    rows: list[list[Cell | str]] = [
        [desk.channel(channel), number(one.sent), rate(one.delivered, one.sent),
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
