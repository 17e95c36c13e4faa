"""The white paper's section on segments and tiers: who the buyers are, and how they come back."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.kernel.texts import text
from huiliu.metrics.purchases import purchase_rows
from huiliu.reports.charts import bars, heat
from huiliu.reports.paper import Block, Cell, Chart, Column, Table
from huiliu.reports.paper_numbers import money, number, share
from huiliu.reports.rfm import NOT_YET, group_order
from huiliu.reports.standing import month_of
from huiliu.services.paper_desk import Desk
from huiliu.services.paper_parts import Draft, Ground, rate
from huiliu.services.report_buyers import Cohorts, RfmMatrix, cohorts, rfm_matrix
from huiliu.tags.recipes.tier import TIERS

__all__ = ["people"]

#: The tags that may hold the tiers, the steadier first.
_TIER_TAGS: Final = ("tier", "tier-candidate")
_SEGMENTS: Final = 12
_COHORTS: Final = 6
#: A picture of one month's return says nothing.
_FEWEST: Final = 3
#: With fewer buyers than this a group's share moves with every one of them.
_FEWEST_BUYERS: Final = 30


def people(ground: Ground) -> Draft:
    """Write who the buyers are: by value, by tier, by segment, and whether they come back."""
    desk = ground.desk
    blocks: list[Block] = []
    findings: list[tuple[int, str]] = []
    if ground.sales.now.orders or ground.sales.before:
        found = rfm_matrix(desk.world, desk.brand_id, month_of(desk.as_of - 1, desk.world.zone))
        if found.n >= _FEWEST_BUYERS:
            blocks += _groups(desk, found)
            findings += _weightiest(desk, found)
        else:
            blocks.append(desk.unknown(text("paper.people.few", n=found.n, least=_FEWEST_BUYERS)))
        blocks += _return(desk, cohorts(desk.world, desk.brand_id))
    else:
        blocks.append(desk.unknown(text("paper.people.no_buyers")))
    blocks += _tiers(desk)
    blocks += _segments(desk)
    return Draft(blocks, findings)


def _groups(desk: Desk, found: RfmMatrix) -> list[Block]:
    """Return the groups of buyers by recency and frequency."""
    sizes: dict[str, tuple[int, float]] = {}
    for cell in found.cells.values():
        n, paid = sizes.get(cell.group, (0, 0.0))
        sizes[cell.group] = n + cell.n, paid + cell.revenue
    came: dict[str, int] = {}
    for (before, after), n in found.moves.items():
        if before not in {after, NOT_YET}:
            came[after] = came.get(after, 0) + n
    rows: list[list[Cell | str]] = []
    shown = [one for one in group_order() if one in sizes]
    for group in shown:
        n, paid = sizes[group]
        rows.append([
            desk.word(f"console.rfm.group.{group}", group), rate(n, found.n),
            number(n), money(round(paid, 2), found.currency),
            share(paid / found.revenue if found.revenue else None),
            number(came.get(group, 0)),
        ])  # fmt: skip
    labels = (text("paper.column.share_people"), text("paper.column.people"),
              text("paper.column.revenue_ever"), text("paper.column.share_revenue"),
              text("paper.column.came"))  # fmt: skip
    columns = [Column(desk.say(text("paper.column.group")), False, 1.4),
               *(Column(desk.say(one)) for one in labels)]  # fmt: skip
    origin = desk.origin(f"huiliu report rfm {desk.span}", text("paper.method.rfm"), found.n)
    return [Table(desk.say(text("paper.table.groups")), columns, rows, origin)]


def _weightiest(desk: Desk, found: RfmMatrix) -> list[tuple[int, str]]:
    """Return what the summary says: how much hangs on the best buyers."""
    best = [cell for cell in found.cells.values() if cell.group in {"champions", "loyal"}]
    paid, n = sum(one.revenue for one in best), sum(one.n for one in best)
    if not found.revenue or not n:
        return []
    said = text("paper.finding.best", people=share(n / found.n), n=number(found.n),
                revenue=share(paid / found.revenue))  # fmt: skip
    return [(60, desk.say(said))]


def _return(desk: Desk, found: Cohorts) -> list[Block]:
    """Return the picture of how many of a month's new buyers bought again."""
    # Orders are asked for as they stand today: what came after the last day is none of the paper's.
    month = 12 * desk.last.year + desk.last.month - 1
    rows = [replace(one, active=one.active[: max(0, month - one.month + 1)]) for one in found.rows]
    rows = [one for one in rows if one.n >= _FEWEST_BUYERS][-_COHORTS - 1 :]
    rows = [one for one in rows if len(one.active) > 1]
    if len(rows) < _FEWEST:
        return [desk.unknown(text("paper.people.no_cohorts", least=_FEWEST_BUYERS))]
    names = [desk.say(text("paper.cohort", month=f"{one.month // 12}-{one.month % 12 + 1:02d}",
                           n=number(one.n))) for one in rows]  # fmt: skip
    longest = max(len(one.active) for one in rows)
    cells = [
        (later - 1, place, round(100 * active / one.n, 1))
        for place, one in enumerate(rows)
        for later, active in enumerate(one.active)
        if later
    ]
    across = [desk.say(text("paper.months_later", n=later)) for later in range(1, longest)]
    option = heat(across, names, cells)
    option["series"][0]["label"] = {"show": True, "formatter": "{@[2]}%", "fontSize": 10}
    query = f"huiliu report cohort-retention {desk.span}"
    origin = desk.origin(query, text("paper.method.cohorts"), sum(one.n for one in rows))
    return [Chart(desk.say(text("paper.chart.cohorts")), option, origin, 0.34)]


def _tiers(desk: Desk) -> list[Block]:
    """Return the three tiers, with what each of them paid in the quarter."""
    with desk.world.store.transaction(desk.brand_id) as tx:
        live = {one.slug for one in tx.documents.all(desk.brand_id, "tag") if one.state == "live"}
    tag = next((one for one in _TIER_TAGS if one in live), "")
    if not tag:
        return [desk.unknown(text("paper.people.no_tiers"))]
    sizes, sold = _tier_sizes(desk, tag), _tier_sales(desk, tag)
    n = sum(sizes.values())
    if not n:
        return [desk.unknown(text("paper.people.empty_tiers"))]
    rows: list[list[Cell | str]] = []
    for tier in TIERS:
        buyers, orders, paid = sold.get(tier, (0, 0, 0.0))
        held = sizes.get(tier, 0)
        rows.append([
            Cell(desk.word(f"paper.tier.{tier}", tier), desk.word(f"paper.tier.{tier}.what", "")),
            rate(held, n), number(held), rate(buyers, held), number(orders),
            money(round(paid, 2), desk.currency),
            money(paid / orders if orders else None, desk.currency),
        ])  # fmt: skip
    labels = (text("paper.column.share_people"), text("paper.column.people"),
              text("paper.column.buying"), text("paper.column.orders"),
              text("paper.column.revenue"), text("paper.column.mean"))  # fmt: skip
    columns = [Column(desk.say(text("paper.column.tier")), False, 2.4),
               *(Column(desk.say(one)) for one in labels)]  # fmt: skip
    origin = desk.origin(f"huiliu tag show {tag}", text("paper.method.tiers"), n)
    return [Table(desk.say(text("paper.table.tiers")), columns, rows, origin)]


def _of_tag(desk: Desk, tag: str) -> ibis.Table:
    """Return profile_id and value of a tag as it stood at the paper's end.

    Where nothing is known of that time, as with a tag made later, it is nobody's.
    """
    tables = desk.tables()
    changes = tables.tags
    changes = changes.filter(changes.tag == tag,
                             changes.set_at < moment_literal(desk.as_of))  # fmt: skip
    window = ibis.window(group_by=changes.profile_id, order_by=changes.set_at.desc())
    last = changes.mutate(nth=ibis.row_number().over(window))
    last = last.filter(last.nth == 0, last.value.notnull())
    return last.select("profile_id", tier=tables.cell(last.value, ()).text())


def _tier_sizes(desk: Desk, tag: str) -> dict[str, int]:
    """Return how many people each tier has."""
    rows = _of_tag(desk, tag)
    counted = rows.group_by("tier").agg(n=rows.count())
    return {row["tier"]: row["n"] for row in desk.world.warehouse.run(counted).to_pylist()}


def _tier_sales(desk: Desk, tag: str) -> dict[str, tuple[int, int, float]]:
    """Return tier -> its buyers, orders and what they paid in the quarter."""
    frame = desk.frame()
    bought = purchase_rows(desk.tables())
    if desk.currency:
        bought = bought.filter(bought.currency.isnull() | (bought.currency == desk.currency))
    bought = bought.filter(frame.inside(bought.paid_at))
    rows = bought.inner_join(_of_tag(desk, tag), "profile_id")
    counted = rows.group_by("tier").agg(
        buyers=rows.profile_id.nunique(), orders=rows.count(), paid=rows.total.sum()
    )
    return {
        row["tier"]: (row["buyers"], row["orders"], round(row["paid"], 2))
        for row in desk.world.warehouse.run(counted).to_pylist()
    }


def _segments(desk: Desk) -> list[Block]:
    """Return the picture of how large the segments were at the paper's end."""
    with desk.world.store.transaction(desk.brand_id) as tx:
        documents = [one for one in tx.documents.all(desk.brand_id, "segment")
                     if one.state == "live" and one.created_at < desk.as_of]  # fmt: skip
    if not documents:
        return []
    events = desk.tables().events
    moved = events.filter(events.name.isin(["Segment Entered", "Segment Exited"]))
    slug = desk.tables().cell(moved.properties, ("segment",)).text()
    moved = moved.mutate(segment=slug)
    counted = moved.group_by("segment").agg(
        came=(moved.name == "Segment Entered").sum(), went=(moved.name == "Segment Exited").sum()
    )
    found = {row["segment"]: int((row["came"] or 0) - (row["went"] or 0))
             for row in desk.world.warehouse.run(counted).to_pylist()}  # fmt: skip
    sizes = sorted(((found.get(one.slug, 0), one.slug) for one in documents),
                   key=lambda pair: (-pair[0], pair[1]))[:_SEGMENTS]  # fmt: skip
    if not any(n > 0 for n, _ in sizes):
        return []
    label = desk.say(text("paper.people"))
    names = desk.names(documents)
    option = bars([names[slug] for _, slug in sizes], {label: [max(0, n) for n, _ in sizes]})
    origin = desk.origin("huiliu segment list", text("paper.method.segments"))
    title = desk.say(text("paper.chart.segments"))
    return [Chart(title, option, origin, min(0.42, 0.08 + 0.045 * len(sizes)))]
