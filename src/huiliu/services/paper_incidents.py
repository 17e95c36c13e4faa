"""The white paper's section on incidents: what fell, since when, and what was paused."""

from __future__ import annotations

from huiliu.kernel.texts import text
from huiliu.kernel.times import local_datetime
from huiliu.ports.guard import IncidentRow
from huiliu.reports.paper import Block, Cell, Column, Table
from huiliu.reports.paper_numbers import NOTHING, ends, number, share
from huiliu.services.incidents import list_incidents
from huiliu.services.paper_desk import Desk
from huiliu.services.paper_parts import Draft, Ground
from huiliu.statistics.proportions import wilson

__all__ = ["incidents"]

_MOST = 20


def incidents(ground: Ground) -> Draft:
    """Write what the guard of the channels found in the quarter."""
    desk = ground.desk
    with desk.world.store.transaction(desk.brand_id) as tx:
        found = list_incidents(tx, desk.brand_id, desk.first, desk.last, zone=desk.world.zone)
        is_watched = any(one.state == "live" for one in tx.documents.all(desk.brand_id, "guard"))
    found = [one for one in found if one.opened_at < desk.as_of]
    if not found:
        said = text("paper.incidents.none") if is_watched else text("paper.incidents.not_watched")
        return Draft([desk.note(said) if is_watched else desk.unknown(said)])
    rows = [_row(desk, one) for one in found[:_MOST]]
    labels = (text("paper.column.metric"), text("paper.column.since"), text("paper.column.change"),
              text("paper.column.seen"), text("paper.column.stand"))  # fmt: skip
    columns = [Column(desk.say(text("paper.column.incident")), False, 1.8),
               Column(desk.say(labels[0]), False, 1), Column(desk.say(labels[1]), False, 1.2),
               Column(desk.say(labels[2])), Column(desk.say(labels[3]), True, 1.3),
               Column(desk.say(labels[4]), False, 1.2)]  # fmt: skip
    origin = desk.origin("huiliu guard status", text("paper.method.incidents"), len(found))
    blocks: list[Block] = [Table(desk.say(text("paper.table.incidents")), columns, rows, origin)]
    if len(found) > _MOST:
        blocks.append(desk.note(text("paper.more", n=len(found) - _MOST)))
    n_open = sum(not one.closed_at or one.closed_at >= desk.as_of for one in found)
    said = text("paper.finding.incidents", n=len(found), open=n_open)
    return Draft(blocks, [(65, desk.say(said))])


def _row(desk: Desk, one: IncidentRow) -> list[Cell | str]:
    """Return one incident."""
    where = desk.channel(one.channel) if one.channel else desk.say(text("paper.incidents.all"))
    what = Cell(f"{where} {one.campaign}".rstrip(),
                desk.word(f"console.incidents.kind.{one.kind}", one.kind))  # fmt: skip
    zone = desk.world.zone
    closed = f"{local_datetime(one.closed_at, zone):%Y-%m-%d}" if one.closed_at else ""
    since = Cell(f"{local_datetime(one.since, zone):%Y-%m-%d}", closed)
    seen: Cell | str = NOTHING
    if one.n:
        low, high = wilson(min(round(one.seen), round(one.n)), round(one.n))
        rate = share(one.seen / one.n)
        seen = Cell(rate, f"{ends(share(low), share(high))}  n = {number(one.n)}")
    state = Cell(desk.word(f"console.incidents.state.{one.state}", one.state))
    metric = desk.word(f"guard.metric.{one.metric}", one.metric)
    return [what, metric, since, Cell(share(one.change), "", "bad"), seen, state]
