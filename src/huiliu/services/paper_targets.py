"""The white paper's section on targets: what was to be reached, and what was."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.texts import text
from huiliu.metrics import Metric, Unit
from huiliu.planning.outlook import Outlook, Stand
from huiliu.reports.paper import Block, Cell, Column, Table
from huiliu.reports.paper_numbers import NOTHING, ends, money, number, share
from huiliu.services.paper_desk import Desk
from huiliu.services.paper_parts import Draft, Ground
from huiliu.services.targets import TargetRow, list_targets

__all__ = ["targets"]

_TONES: Final = {
    Stand.REACHED: "good", Stand.ON_TRACK: "good", Stand.MISSED: "bad", Stand.OFF_TRACK: "bad",
    Stand.AT_RISK: "warn",
}  # fmt: skip


def targets(ground: Ground) -> Draft:
    """Write how every target stood whose days lie at least partly in the quarter."""
    desk = ground.desk
    rows = [
        one for one in list_targets(desk.world, desk.brand_id)
        if one.target.span.first <= desk.last and one.target.span.last >= desk.first
    ]  # fmt: skip
    if not rows:
        return Draft([desk.unknown(text("paper.targets.none"))])
    labels = (text("paper.column.goal"), text("paper.column.so_far"), text("paper.column.part"),
              text("paper.column.expected"), text("paper.column.days"),
              text("paper.column.stand"))  # fmt: skip
    columns = [Column(desk.say(text("paper.column.target")), False, 2.2),
               *(Column(desk.say(one)) for one in labels)]  # fmt: skip
    origin = desk.origin("huiliu target list", text("paper.method.targets"), len(rows))
    blocks: list[Block] = [
        Table(desk.say(text("paper.table.targets")), columns, [_row(desk, one) for one in rows],
              origin)
    ]  # fmt: skip
    return Draft(blocks, _findings(desk, rows))


def _row(desk: Desk, one: TargetRow) -> list[Cell | str]:
    """Return one line."""
    target, found = one.target, one.outlook
    where = ", ".join(desk.channel(channel) for channel in target.channels)
    what = desk.word(f"metrics.{target.metric.name}", target.metric.name)
    name = Cell(desk.name(target.name, target.slug), f"{what}  {where}".rstrip())
    days = f"{target.span.first:%m-%d} – {target.span.last:%m-%d}"
    if found is None:
        return [name, NOTHING, NOTHING, NOTHING, NOTHING, days, NOTHING]

    def shown(value: float | None) -> str:
        """Return a figure of the target's metric."""
        return _figure(target.metric, value, target.currency)

    part = found.so_far / found.goal if found.so_far is not None and found.goal else None
    expected: Cell | str = NOTHING
    if found.expected is not None and found.low is not None and found.high is not None:
        expected = Cell(shown(found.expected), "80 %: " + ends(shown(found.low), shown(found.high)))
    stand = Cell(desk.say(text("paper.stand", word=desk.word(f"targets.stand.{found.stand}",
                                                             str(found.stand)))),
                 _odds(desk, found), _TONES.get(found.stand, ""))  # fmt: skip
    return [name, shown(found.goal), shown(found.so_far), share(part), expected, days, stand]


def _odds(desk: Desk, found: Outlook) -> str:
    """Return how likely it is met, in words."""
    if found.probability is None:
        return ""
    return desk.say(text("paper.targets.odds", share=share(found.probability)))


def _figure(metric: Metric, value: float | None, currency: str) -> str:
    """Return a figure with its unit."""
    if metric.unit is Unit.MONEY:
        return money(value, currency)
    if metric.unit is Unit.SHARE:
        return share(value)
    return number(value, 0 if value is None or value == round(value) else 1)


def _findings(desk: Desk, rows: list[TargetRow]) -> list[tuple[int, str]]:
    """Return what the summary says of them."""
    stands = [one.outlook.stand for one in rows if one.outlook]
    over = [one for one in stands if one in {Stand.REACHED, Stand.MISSED}]
    if not over:
        return []
    said = text("paper.finding.targets", n=len(over),
                reached=sum(one is Stand.REACHED for one in over))  # fmt: skip
    return [(85, desk.say(said))]
