"""The white paper's last section: how its figures are made, and what its words mean."""

from __future__ import annotations

from huiliu.kernel.texts import text
from huiliu.metrics import METRICS
from huiliu.reports.paper import Block, Cell, Column, Findings, Table
from huiliu.reports.paper_numbers import number
from huiliu.services.paper_parts import Draft, Ground

__all__ = ["method"]

#: The figures of the catalogue that the paper speaks of.
_DEFINED = (
    "gmv", "net_revenue", "orders", "aov", "revenue_per_buyer", "repeat_buyer_rate",
    "period_repurchase_rate", "new_customers", "messages_sent", "delivery_rate", "open_rate",
    "click_rate", "opt_out_rate", "complaint_rate", "goods_return_rate", "total_cost", "roas",
    "roi", "cac", "ltv",
)  # fmt: skip


def method(ground: Ground) -> Draft:
    """Write how to read the paper: intervals, attribution beside increments, the data."""
    desk = ground.desk
    rules = [
        text("paper.rule.intervals"), text("paper.rule.both"), text("paper.rule.winner"),
        text("paper.rule.cannot_tell"), text("paper.rule.same"),
        text("paper.rule.data", n=number(desk.n_events), position=number(desk.position),
             days=desk.days),
    ]  # fmt: skip
    rows: list[list[Cell | str]] = [
        [Cell(desk.word(f"metrics.{name}", name), name), desk.word(f"metrics.{name}.what", "")]
        for name in _DEFINED
        if name in METRICS
    ]
    columns = [Column(desk.say(text("paper.column.figure")), False, 1),
               Column(desk.say(text("paper.column.definition")), False, 3.4)]  # fmt: skip
    origin = desk.origin("huiliu metric list", text("paper.method.definitions"))
    table = Table(desk.say(text("paper.table.definitions")), columns, rows, origin)
    blocks: list[Block] = [Findings([desk.say(one) for one in rules]), table]
    return Draft(blocks)
