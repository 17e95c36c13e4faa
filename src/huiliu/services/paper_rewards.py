"""The white paper's section on points and coupons: where they were earned and where they went."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.ports.points_board import Flow
from huiliu.reports.charts import flow
from huiliu.reports.paper import Block, Cell, Chart, Column, Table
from huiliu.reports.paper_numbers import money, number, share
from huiliu.rewards.points import Kind
from huiliu.services.paper_desk import Desk
from huiliu.services.paper_parts import Draft, Ground, rate

__all__ = ["rewards"]

_COUPONS: Final = 12


def rewards(ground: Ground) -> Draft:
    """Write the flow of points between channels, and what coupons gave."""
    desk = ground.desk
    found = _points(desk)
    coupons = _coupons(desk)
    blocks = [*found.blocks, *coupons]
    if not blocks:
        blocks = [desk.unknown(text("paper.rewards.none"))]
    return Draft(blocks, found.findings)


def _points(desk: Desk) -> Draft:
    """Return the flow of points in the quarter."""
    since = desk.frame().since
    with desk.world.store.transaction(desk.brand_id) as tx:
        earned = tx.points_board.earned(desk.brand_id, since, desk.as_of)
        flows = tx.points_board.flows(desk.brand_id, since, desk.as_of)
    if not earned and not flows:
        return Draft([])
    total = sum((points for _, points in earned), Decimal(0))
    burnt = sum((one.points for one in flows if one.kind == Kind.BURN), Decimal(0))
    expired = sum((one.points for one in flows if one.kind == Kind.EXPIRE), Decimal(0))
    blocks: list[Block] = [_earned_and_burnt(desk, dict(earned), flows)]
    if flows:
        origin = desk.origin(f"huiliu report points-flow {desk.span}", text("paper.method.points"))
        blocks.append(Chart(desk.say(text("paper.chart.points")), _drawn(desk, flows), origin,
                            0.42))  # fmt: skip
    said = text("paper.finding.points", earned=number(float(total)), burnt=number(float(burnt)),
                expired=number(float(expired)))  # fmt: skip
    return Draft(blocks, [(40, desk.say(said))])


def _earned_and_burnt(desk: Desk, earned: dict[str, Decimal], flows: Sequence[Flow]) -> Table:
    """Return the table of points by channel."""
    burnt: dict[str, Decimal] = {}
    for one in flows:
        if one.kind == Kind.BURN:
            burnt[one.target] = burnt.get(one.target, Decimal(0)) + one.points
    both = float(sum(earned.values(), Decimal(0))), float(sum(burnt.values(), Decimal(0)))
    rows: list[list[Cell | str]] = []
    ordered = sorted({*earned, *burnt}, key=lambda one: (-earned.get(one, Decimal(0)), one))
    for channel in ordered:
        came, went = float(earned.get(channel, 0)), float(burnt.get(channel, 0))
        rows.append([
            desk.channel(channel), number(came), share(came / both[0] if both[0] else None),
            number(went), share(went / both[1] if both[1] else None),
        ])  # fmt: skip
    rows.append([desk.say(text("paper.total")), number(both[0]), share(1.0 if both[0] else None),
                 number(both[1]), share(1.0 if both[1] else None)])  # fmt: skip
    labels = (text("paper.column.earned"), text("paper.column.share"), text("paper.column.burnt"),
              text("paper.column.share"))  # fmt: skip
    columns = [Column(desk.say(text("paper.column.channel")), False, 1.4),
               *(Column(desk.say(one)) for one in labels)]  # fmt: skip
    origin = desk.origin(f"huiliu report points-flow {desk.span}", text("paper.method.points"))
    return Table(desk.say(text("paper.table.points")), columns, rows, origin, has_total=True)


def _drawn(desk: Desk, flows: Sequence[Flow]) -> dict[str, object]:
    """Return the picture of where points came from and went."""
    links: dict[tuple[str, str], float] = {}
    for one in flows:
        source = desk.say(text("console.points.from", channel=desk.channel(one.source)))
        if one.kind == Kind.BURN:
            target = desk.say(text("console.points.into", channel=desk.channel(one.target)))
        else:
            target = desk.word(f"points.kind.{one.kind}", one.kind)
        links[source, target] = links.get((source, target), 0.0) + float(one.points)
    return flow(links)


def _coupons(desk: Desk) -> list[Block]:
    """Return the table of coupons: issued, redeemed, and what they took off."""
    frame, tables = desk.frame(), desk.tables()
    rows = tables.events
    rows = rows.filter(rows.name.isin(["Coupon Issued", "Coupon Redeemed"]),
                       frame.inside(rows.occurred_at))  # fmt: skip
    rows = rows.mutate(coupon=tables.cell(rows.properties, ("coupon",)).text().fill_null(""))
    counted = rows.group_by("coupon").agg(issued=(rows.name == "Coupon Issued").sum())
    told = desk.world.warehouse.run(counted).to_pylist()
    issued = {row["coupon"]: int(row["issued"] or 0) for row in told if row["coupon"]}
    with desk.world.store.transaction(desk.brand_id) as tx:
        used = tx.reward_views.usage(desk.brand_id, "coupon", frame.since, until=desk.as_of)
        documents = tx.documents.all(desk.brand_id, "coupon")
    names = desk.names(documents)
    taken = {(one.slug, one.currency): (one.n_redeemed, one.discount) for one in used}
    keys = [*taken, *((slug, "") for slug in issued if not any(slug == one for one, _ in taken))]
    if not keys:
        return []
    table: list[list[Cell | str]] = []
    for slug, currency in sorted(keys, key=lambda one: (-taken.get(one, (0, 0))[0], one))[
        :_COUPONS
    ]:
        n, off = taken.get((slug, currency), (0, 0))
        given = issued.get(slug, 0)
        spent = money(float(Money(off, currency).major), currency) if currency else number(0)
        table.append([names.get(slug, slug), number(given), number(n), rate(min(n, given), given),
                      spent])  # fmt: skip
    labels = (text("paper.column.issued"), text("paper.column.redeemed"),
              text("paper.column.redemption"), text("paper.column.discount"))  # fmt: skip
    columns = [Column(desk.say(text("paper.column.coupon")), False, 2),
               *(Column(desk.say(one)) for one in labels)]  # fmt: skip
    origin = desk.origin(f"huiliu report coupons {desk.span}", text("paper.method.coupons"),
                         sum(issued.values()))  # fmt: skip
    return [Table(desk.say(text("paper.table.coupons")), columns, table, origin)]
