"""The white paper's section on journeys: who went through them, and what they were told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.journeys.parse import parsed
from huiliu.kernel.errors import BadInput
from huiliu.kernel.texts import text
from huiliu.reports.paper import Block, Cell, Column, Table
from huiliu.reports.paper_numbers import number
from huiliu.services.campaigns import is_campaign
from huiliu.services.incremental import Incremental, incremental
from huiliu.services.paper_desk import Desk
from huiliu.services.paper_messages import Mail
from huiliu.services.paper_parts import Draft, Ground, arrived, rate
from huiliu.services.paper_worth import caused

__all__ = ["journeys"]

_MOST: Final = 14


def journeys(ground: Ground) -> Draft:
    """Write what the journeys and campaigns did, those that sent most first."""
    desk, mail = ground.desk, ground.mail.journeys
    entered = _entered(desk)
    slugs = {one for one in (*mail, *entered) if one}
    named = sorted(slugs, key=lambda one: (-mail.get(one, Mail()).sent, -entered.get(one, 0), one))
    if not named:
        return Draft([desk.unknown(text("paper.journeys.none"))])
    shown = named[:_MOST]
    blocks: list[Block] = [_table(desk, shown, entered, mail)]
    if len(named) > len(shown):
        blocks.append(desk.note(text("paper.more", n=len(named) - len(shown))))
    return Draft(blocks)


def _table(
    desk: Desk, shown: list[str], entered: Mapping[str, int], mail: Mapping[str, Mail]
) -> Table:
    """Return the table of journeys."""
    names = _names(desk)
    rows: list[list[Cell | str]] = []
    for slug in shown:
        one = mail.get(slug, Mail())
        title, kind = names.get(slug, (slug, ""))
        rows.append([
            Cell(title, kind), number(entered.get(slug, 0)), number(one.sent),
            arrived(desk, one), rate(one.clicked, one.sent),
            rate(one.opted_out, one.sent), caused(desk, _caused(desk, slug)),
        ])  # fmt: skip
    labels = (text("paper.column.entered"), text("paper.column.sent"),
              text("paper.column.delivered"), text("paper.column.clicked"),
              text("paper.column.opted_out"), text("paper.column.incremental"))  # fmt: skip
    columns = [Column(desk.say(text("paper.column.journey")), False, 2.2),
               *(Column(desk.say(one)) for one in labels)]  # fmt: skip
    n = sum(mail.get(one, Mail()).sent for one in shown)
    origin = desk.origin("huiliu journey list", text("paper.method.messages"), n)
    return Table(desk.say(text("paper.table.journeys")), columns, rows, origin)


def _caused(desk: Desk, slug: str) -> Incremental:
    """Return what a journey brought that would not have come anyway."""
    return incremental(desk.world, desk.brand_id, f"journey:{slug}", desk.first, desk.last)


def _names(desk: Desk) -> dict[str, tuple[str, str]]:
    """Return slug -> what readers call a journey, and whether it is a campaign."""
    with desk.world.store.transaction(desk.brand_id) as tx:
        documents = tx.documents.all(desk.brand_id, "journey")
    names, found = desk.names(documents), {}
    for one in documents:
        try:
            journey = parsed(one.source)
        except BadInput:
            continue
        kind = text("paper.kind.campaign") if is_campaign(journey) else text("paper.kind.journey")
        found[one.slug] = names[one.slug], desk.say(kind)
    return found


def _entered(desk: Desk) -> dict[str, int]:
    """Return slug -> runs that began in the quarter."""
    frame, steps = desk.frame(), desk.tables().steps
    rows = steps.filter(steps.what == "entered", frame.inside(steps.occurred_at))
    counted = rows.group_by("journey").agg(n=rows.run_id.nunique())
    return {row["journey"]: row["n"] for row in desk.world.warehouse.run(counted).to_pylist()}
