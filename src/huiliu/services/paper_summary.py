"""The white paper's summary: the quarter in eight figures, and what matters most in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from huiliu.kernel.texts import text
from huiliu.reports.charts import columns, lines
from huiliu.reports.paper import Block, Chart, Findings, Tile, Tiles
from huiliu.reports.paper_numbers import (
    NOTHING,
    money,
    number,
    share,
    share_ends,
    short,
    short_money,
)
from huiliu.services.paper_desk import Desk
from huiliu.services.paper_messages import Mail
from huiliu.services.paper_parts import Draft, Ground, moved
from huiliu.services.paper_purchases import Sales

__all__ = ["summary", "write_summary"]

#: So many sentences, and so many lines in the picture.
_MOST: Final = 7
_LINES: Final = 5


def summary(ground: Ground) -> Draft:
    """Write what the quarter's sales came to; its sentences lead the paper."""
    desk, sales = ground.desk, ground.sales
    blocks: list[Block] = []
    if not sales.now.orders:
        blocks.append(desk.unknown(text("paper.summary.no_orders")))
    tiles = [*_sold(desk, sales), *_sent(ground)]
    if tiles:
        origin = desk.origin(f"huiliu metric show gmv {desk.span}", text("paper.method.summary"),
                             sales.now.orders)  # fmt: skip
        blocks.append(Tiles(tiles, origin))
        if not desk.compares:
            blocks.append(
                desk.note(text("paper.summary.no_before", quarter=desk.quarter.before.name))
            )
    if sales.now.orders:
        blocks.append(_weeks(desk, sales))
    elif len(ground.mail.channels) > 1:
        blocks.append(_channels(ground))
    return Draft(blocks, _findings(desk, sales))


def write_summary(draft: Draft, findings: Sequence[tuple[int, str]]) -> Sequence[Block]:
    """Return the summary's blocks with the heaviest sentences of the whole paper on top."""
    ordered = sorted(findings, key=lambda pair: -pair[0])[:_MOST]
    said: list[Block] = [Findings([one for _, one in ordered])] if ordered else []
    return [*said, *draft.blocks]


def _sold(desk: Desk, sales: Sales) -> list[Tile]:
    """Return the tiles of sales."""
    now, before = sales.now, sales.before
    if not now.orders:
        return []
    ends = now.mean_ends
    n_orders = desk.say(text("paper.n.orders", n=number(now.orders)))
    n_buyers = desk.say(text("paper.n.buyers", n=number(now.buyers)))
    return [
        Tile(desk.say(text("paper.tile.revenue")),
             short_money(now.revenue, desk.currency, desk.locale), n_orders,
             *moved(desk, now.revenue, before.revenue if before else None)),
        Tile(desk.say(text("paper.tile.buyers")), short(now.buyers, desk.locale),
             desk.say(text("paper.n.new", n=number(now.new))),
             *moved(desk, now.buyers, before.buyers if before else None)),
        Tile(desk.say(text("paper.tile.mean")), money(now.mean, desk.currency),
             "95 %: " + f"{money(ends[0], desk.currency)} ~ {money(ends[1], desk.currency)}"
             if ends else n_orders, *moved(desk, now.mean, before.mean if before else None)),
        Tile(desk.say(text("paper.tile.repeating")), share(now.repeating / now.buyers),
             f"{share_ends(now.repeating, now.buyers)}  {n_buyers}",
             *moved(desk, now.repeating / now.buyers,
                    before.repeating / before.buyers if before and before.buyers else None,
                    is_share=True)),
    ]  # fmt: skip


def _sent(ground: Ground) -> list[Tile]:
    """Return the tiles of messages."""
    desk, now, before = ground.desk, ground.mail.total, ground.mail.before
    if not now.sent:
        return []
    n_sent = desk.say(text("paper.n.messages", n=number(now.sent)))

    def rated(label: str, top: int, was: int | None, *, is_better: bool) -> Tile:
        """Return the tile of a share of the messages."""
        earlier = was / before.sent if before and was is not None else None
        change = moved(desk, top / now.sent, earlier, is_share=True, is_better=is_better)
        beneath = f"{share_ends(top, now.sent)}  {n_sent}"
        return Tile(label, share(top / now.sent), beneath, *change)

    return [
        Tile(desk.say(text("paper.tile.sent")), short(now.sent, desk.locale),
             desk.say(text("paper.n.channels", n=len(ground.mail.channels))),
             *moved(desk, now.sent, before.sent if before else None)),
        _arrived(desk, now, before),
        rated(desk.say(text("paper.tile.clicked")), now.clicked,
              before.clicked if before else None, is_better=True),
        rated(desk.say(text("paper.tile.opted_out")), now.opted_out,
              before.opted_out if before else None, is_better=False),
    ]  # fmt: skip


def _arrived(desk: Desk, now: Mail, before: Mail | None) -> Tile:
    """Return the tile of what arrived, of the messages of which it was told."""
    label = desk.say(text("paper.tile.delivered"))
    if not now.known:
        return Tile(label, NOTHING, desk.say(text("paper.no_receipts")))
    earlier = before.delivered / before.known if before and before.known else None
    n_known = desk.say(text("paper.n.receipts", n=number(now.known)))
    beneath = f"{share_ends(now.delivered, now.known)}  {n_known}"
    change = moved(desk, now.delivered / now.known, earlier, is_share=True)
    return Tile(label, share(now.delivered / now.known), beneath, *change)


def _weeks(desk: Desk, sales: Sales) -> Chart:
    """Return the picture of sales week by week."""
    shown = dict(list(sales.weeks.items())[:_LINES])
    series = {desk.channel(channel): weeks for channel, weeks in shown.items()}
    origin = desk.origin(f"huiliu metric show gmv {desk.span}", text("paper.method.weeks"),
                         sales.now.orders)  # fmt: skip
    title = desk.say(text("paper.chart.weeks", currency=desk.currency))
    return Chart(title, lines(sales.labels, series), origin, 0.34)


def _channels(ground: Ground) -> Chart:
    """Return the picture of messages by channel, where nothing was sold."""
    desk, found = ground.desk, ground.mail.channels
    series = {desk.say(text("paper.tile.sent")): [one.sent for one in found.values()]}
    option = columns([desk.channel(one) for one in found], series)
    origin = desk.origin(f"huiliu metric show messages_sent {desk.span}",
                         text("paper.method.messages"), ground.mail.total.sent)  # fmt: skip
    return Chart(desk.say(text("paper.chart.messages")), option, origin, 0.3)


def _findings(desk: Desk, sales: Sales) -> list[tuple[int, str]]:
    """Return what the summary says of sales."""
    now, before = sales.now, sales.before
    if not now.orders:
        return []
    said = text("paper.finding.sales", revenue=money(now.revenue, desk.currency),
                orders=number(now.orders), buyers=number(now.buyers))  # fmt: skip
    found = [(100, desk.say(said))]
    if before and before.revenue:
        written, _ = moved(desk, now.revenue, before.revenue)
        found.append((95, desk.say(text(
            "paper.finding.against", quarter=desk.quarter.before.name, change=written,
            revenue=money(before.revenue, desk.currency)))))  # fmt: skip
    named = [one for one in sales.channels if one]
    if len(sales.channels) > 1 and named:
        best = sales.channels[named[0]]
        found.append((70, desk.say(text(
            "paper.finding.channel", channel=desk.channel(named[0]),
            share=share(best.revenue / now.revenue if now.revenue else None),
            orders=number(best.orders)))))  # fmt: skip
    return found
