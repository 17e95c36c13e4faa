"""The white paper's section on fatigue and compliance: how much people got, and what they said."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.texts import text
from huiliu.metrics.rows import messages
from huiliu.reports.charts import columns
from huiliu.reports.paper import Block, Cell, Chart, Column, Table
from huiliu.reports.paper_numbers import NOTHING, number, share, share_ends
from huiliu.services.paper_desk import Desk
from huiliu.services.paper_parts import Draft, Ground, rate

__all__ = ["limits"]

_REASONS: Final = 10
#: How many messages a person got in the quarter: from this many on.
_STEPS: Final = (1, 2, 3, 5, 9, 13, 27)


def limits(ground: Ground) -> Draft:
    """Write how often people were written to, who said stop, and what the rules held back."""
    desk, mail = ground.desk, ground.mail
    if not mail.total.sent and not mail.reasons:
        return Draft([desk.unknown(text("paper.limits.nothing_sent"))])
    blocks: list[Block] = []
    findings = []
    if mail.total.sent:
        blocks += [_answers(ground), *_heaps(desk)]
        findings.append((50, desk.say(text(
            "paper.finding.opted_out", share=share(mail.total.opted_out / mail.total.sent),
            ends=share_ends(mail.total.opted_out, mail.total.sent),
            n=number(mail.total.sent)))))  # fmt: skip
    if mail.reasons:
        blocks.append(_held_back(ground))
    blocks.append(desk.note(text("paper.limits.rules")))
    return Draft(blocks, findings)


def _answers(ground: Ground) -> Table:
    """Return the table of what people said, by channel."""
    desk = ground.desk
    rows: list[list[Cell | str]] = [
        [desk.channel(channel), number(one.sent), rate(one.opted_out, one.sent),
         rate(one.complained, one.sent), rate(one.failed, one.sent)]
        for channel, one in ground.mail.channels.items()
    ]  # fmt: skip
    total = ground.mail.total
    rows.append([desk.say(text("paper.total")), number(total.sent),
                 rate(total.opted_out, total.sent), rate(total.complained, total.sent),
                 rate(total.failed, total.sent)])  # fmt: skip
    labels = [text("paper.column.sent"), text("paper.column.opted_out"),
              text("paper.column.complained"), text("paper.column.failed")]  # fmt: skip
    columns_ = [Column(desk.say(text("paper.column.channel")), False, 1.2),
                *(Column(desk.say(one)) for one in labels)]  # fmt: skip
    origin = desk.origin(f"huiliu metric show opt_out_rate {desk.span}",
                         text("paper.method.messages"), total.sent)  # fmt: skip
    return Table(desk.say(text("paper.table.answers")), columns_, rows, origin, has_total=True)


def _heaps(desk: Desk) -> list[Block]:
    """Return the picture of how many messages people got."""
    rows = messages(desk.frame())
    rows = rows.filter(rows.profile_id.notnull())
    each = rows.group_by("profile_id").agg(got=rows.count())
    counted = each.group_by("got").agg(n=each.count())
    found = {row["got"]: row["n"] for row in desk.world.warehouse.run(counted).to_pylist()}
    if not found:
        return []
    bounds = list(zip(_STEPS, (*(one - 1 for one in _STEPS[1:]), None), strict=True))
    names, heaps = [], []
    for low, high in bounds:
        names.append(f"{low}+" if high is None else str(low) if low == high else f"{low}–{high}")
        heaps.append(
            sum(n for got, n in found.items() if got >= low and (high is None or got <= high))
        )
    n_people = sum(found.values())
    origin = desk.origin(f"huiliu report fatigue {desk.span}",
                         text("paper.method.heaps"), n_people)  # fmt: skip
    option = columns(names, {desk.say(text("paper.people")): heaps})
    return [Chart(desk.say(text("paper.chart.heaps")), option, origin, 0.3)]


def _held_back(ground: Ground) -> Table:
    """Return the table of why messages did not leave."""
    desk, reasons = ground.desk, ground.mail.reasons
    n = sum(reasons.values())
    rows: list[list[Cell | str]] = [
        [desk.word(f"reason.{reason}", reason) if reason else NOTHING, number(count),
         rate(count, n)]
        for reason, count in list(reasons.items())[:_REASONS]
    ]  # fmt: skip
    columns_ = [Column(desk.say(text("paper.column.reason")), False, 4),
                Column(desk.say(text("paper.column.messages"))),
                Column(desk.say(text("paper.column.share")))]  # fmt: skip
    origin = desk.origin('huiliu sql "select reason, count(*) from messages where status = '
                         "'not_sent' group by 1\"", text("paper.method.reasons"), n)  # fmt: skip
    return Table(desk.say(text("paper.table.reasons")), columns_, rows, origin)
