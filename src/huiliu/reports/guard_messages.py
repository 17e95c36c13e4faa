"""What the channel guard reads of messages: how many came to each step, how late, and whose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final

import ibis

from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal
from huiliu.conditions.wall_clock import local

__all__ = [
    "DIMENSIONS",
    "STEPS",
    "Asked",
    "counts",
    "funnel_cells",
    "lags",
    "message_rows",
    "of_people",
    "values",
    "with_people",
]

#: What happens to a message, in order; each is a part of the one before.
STEPS: Final = ("deliver", "open", "click", "cart", "pay")
#: What messages and their people differ by, besides the channel.
DIMENSIONS: Final = (
    "journey", "node", "template", "template_version", "account", "region", "os", "app_version",
)  # fmt: skip
_HANDED: Final = ("Message Sent", "Message Unknown")
_TOLD: Final[Mapping[str, tuple[str, ...]]] = {
    "deliver": ("Message Delivered",), "fail": ("Message Failed", "Message Bounced"),
    "open": ("Message Opened",), "click": ("Message Clicked",),
}  # fmt: skip
_ACTS: Final[Mapping[str, str]] = {"cart": "Product Added", "pay": "Order Paid"}
_SAID: Final = ("journey", "node", "template", "account", "class")
_HOUR_S: Final = 3_600
#: Traits that say where a person is, the first that is there.
_PLACES: Final = ("region", "province", "city")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which messages."""

    tables: Tables
    #: The zone whose days are counted.
    zone: str
    now: int
    #: Sent from this instant on.
    since: int
    #: What follows a message for so long was led to by it.
    within: int

    @property
    def ripe(self) -> int:
        """Return the instant before which messages had all the time that they get."""
        return self.now - self.within


def message_rows(asked: Asked) -> ibis.Table:
    """Return one row a message: what it was, and when it came to each step in time; null = never.

    What a person puts into the cart and pays for is led to by the last message before it, and by
    no other. Columns: message, profile_id, sent_at, channel, journey, node, template,
    template_version, account, class, failed, and `<step>_at`.
    """
    found = _told(asked)
    last = _credited(asked, found)
    found = found.left_join(last, "message").drop("message_right")
    late = asked.within // 1_000_000
    for step in STEPS:
        at = found[f"{step}_at"]
        apart = at.epoch_seconds() - found.sent_at.epoch_seconds()
        found = found.mutate(**{f"{step}_at": ibis.ifelse(apart <= late, at, ibis.null(at.type()))})
    return found


def counts(rows: ibis.Table, asked: Asked) -> ibis.Table:
    """Return how many messages came to each step by day, channel and journey.

    `hour` (of the sending, counted from 1970) is -1 where they had all their time. Columns: day,
    hour, channel, journey, n (all that were handed over), m (marketing that is not known to have
    failed), and a column a step.
    """
    wall = local(rows.sent_at, asked.zone, asked.now)
    counted = rows["class"].fill_null("") != "service"
    reached = counted & ~rows.failed
    opened = rows.open_at.notnull() | rows.click_at.notnull()
    rows = rows.mutate(
        day=(wall.epoch_seconds() // 86_400).cast("int64"),
        hour=ibis.ifelse(
            rows.sent_at >= moment_literal(asked.ripe),
            (rows.sent_at.epoch_seconds() // _HOUR_S).cast("int64"), ibis.literal(-1, "int64"),
        ),
        is_m=reached,
        deliver=rows.deliver_at.notnull(),
        open=reached & opened,
        click=reached & rows.click_at.notnull(),
        cart=reached & rows.cart_at.notnull(),
        pay=reached & rows.pay_at.notnull(),
    )  # fmt: skip
    return rows.group_by("day", "hour", "channel", "journey").agg(
        n=rows.count(), m=rows.is_m.sum(), **{step: rows[step].sum() for step in STEPS}
    )


def lags(rows: ibis.Table, asked: Asked) -> ibis.Table:
    """Return how late the steps of ripe messages came: channel, step, hours and n."""
    rows = rows.filter(rows.sent_at < moment_literal(asked.ripe))
    parts = []
    for step in STEPS:
        mine = rows.filter(rows[f"{step}_at"].notnull())
        apart = mine[f"{step}_at"].epoch_seconds() - mine.sent_at.epoch_seconds()
        parts.append(
            mine.select("channel", step=ibis.literal(step), hours=(apart // _HOUR_S).cast("int64"))
        )
    every = ibis.union(*parts)
    return every.group_by("channel", "step", "hours").agg(n=every.count())


def values(rows: ibis.Table, dimension: str, most: int) -> ibis.Table:
    """Return the most frequent values of a dimension."""
    counted = rows.group_by(value=rows[dimension]).agg(n=rows.count())
    return counted.order_by(counted.n.desc(), counted.value).limit(most)


def funnel_cells(
    rows: ibis.Table, kept: Mapping[str, Sequence[str]], parted: tuple[int, int], other: str
) -> ibis.Table:
    """Return how many came to each step before and after, by the values of all dimensions.

    Args:
        rows: messages with their dimensions.
        kept: dimension -> the values that stand by themselves.
        parted: messages from the first to before the second instant are after, earlier ones before.
        other: what all other values are called.
    """
    after = (rows.sent_at >= moment_literal(parted[0])) & (rows.sent_at < moment_literal(parted[1]))
    rows = rows.filter(rows.sent_at < moment_literal(parted[1]))
    clicked = rows.click_at.notnull()
    opened = rows.open_at.notnull() | clicked
    rows = rows.mutate(
        after=after.fill_null(False),
        deliver=(rows.deliver_at.notnull() | opened) & (~rows.failed | opened),
        open=opened, click=clicked,
        cart=clicked & (rows.cart_at.notnull() | rows.pay_at.notnull()),
        pay=clicked & rows.pay_at.notnull(),
        **{
            name: ibis.ifelse(rows[name].isin(list(some)), rows[name], ibis.literal(other))
            for name, some in kept.items()
        },
    )  # fmt: skip
    return rows.group_by("after", *kept).agg(
        send=rows.count(), **{step: rows[step].sum() for step in STEPS}
    )


def with_people(
    rows: ibis.Table, tables: Tables, segments: ibis.Table | None, names: Sequence[str]
) -> ibis.Table:
    """Return messages with where their people are, on what, and in which segments.

    Args:
        rows: messages.
        tables: of the brand.
        segments: segment and profile_id of members.
        names: of segments; each becomes a column `segment_<nth>`.
    """
    rows = of_people(rows, tables).mutate(
        # A version is one of its template, a node one of its journey.
        template_version=rows.template + "@" + rows.template_version,
        node=rows.journey + "/" + rows.node,
    )
    for nth, name in enumerate(names if segments is not None else ()):
        assert segments is not None
        members = segments.filter(segments.segment == name)
        is_in = rows.profile_id.isin(members.profile_id)
        rows = rows.mutate(**{f"segment_{nth}": ibis.ifelse(is_in, "yes", "no")})
    return rows


def of_people(rows: ibis.Table, tables: Tables) -> ibis.Table:
    """Return rows with the region, os and app_version of their people; "" = not known."""
    for name in _PLACES:
        held = tables.trait(name)
        held = held.select("profile_id", told=tables.cell(held.value, ()).text())
        rows = rows.left_join(held, "profile_id").drop("profile_id_right")
        rows = rows.rename({f"place_{name}": "told"})
    told = ibis.coalesce(*(rows[f"place_{name}"] for name in _PLACES))
    touches = tables.touches
    device = touches.select(
        "profile_id",
        os=tables.cell(touches.device, ("os", "name")).text().lower(),
        app_version=tables.cell(touches.device, ("app", "version")).text(),
    )
    rows = rows.mutate(region=told.re_split("[/ ]")[0].fill_null(""))
    rows = rows.left_join(device, "profile_id").drop("profile_id_right")
    return rows.mutate(os=rows.os.fill_null(""), app_version=rows.app_version.fill_null(""))


def _told(asked: Asked) -> ibis.Table:
    """Return what became of each message by itself."""
    tables, events = asked.tables, asked.tables.events
    names = [*_HANDED, *(one for some in _TOLD.values() for one in some)]
    rows = events.filter(
        events.name.isin(sorted(names)), events.occurred_at >= moment_literal(asked.since)
    )

    def cell(name: str) -> ibis.Value:
        """Read a property that is a text."""
        return tables.cell(rows.properties, (name,)).text()

    handed = rows.name.isin(_HANDED)
    machine = tables.cell(rows.properties, ("machine",)).flag().fill_null(False)
    rows = rows.mutate(
        message=ibis.coalesce(cell("message_id"), cell("message")), machine=machine,
        # Only what was handed over says what it was: the rest need not be read so far.
        version=_where(handed, tables.cell(rows.properties, ("template_version",)).number()),
        **{f"said_{name}": _where(handed, cell(name)) for name in _SAID},
    )  # fmt: skip
    # What a machine opened or followed was opened and followed by nobody.
    acts = [*_TOLD["open"], *_TOLD["click"]]
    rows = rows.filter(rows.message.notnull(), ~(rows.machine & rows.name.isin(acts)))
    handed = rows.name.isin(_HANDED)
    at = {
        f"{step}_at": rows.occurred_at.min(where=rows.name.isin(_TOLD[step]))
        for step in ("deliver", "open", "click")
    }
    found = rows.group_by("message").agg(
        profile_id=rows.profile_id.max(where=handed),
        sent_at=rows.occurred_at.min(where=handed),
        channel=rows.channel.max(where=handed).fill_null(""),
        failed=reduce(or_, (rows.name == one for one in _TOLD["fail"])).any(),
        template_version=rows.version.max(where=handed).cast("int64").cast("string").fill_null(""),
        **{name: rows[f"said_{name}"].max(where=handed).fill_null("") for name in _SAID},
        **at,
    )  # fmt: skip
    return found.filter(found.sent_at.notnull())


def _where(test: ibis.Value, value: ibis.Value) -> ibis.Value:
    """Return a value where a test holds, else null."""
    return ibis.ifelse(test, value, ibis.null(value.type()))


def _credited(asked: Asked, found: ibis.Table) -> ibis.Table:
    """Return message, cart_at and pay_at: what people did first after the message and no later."""
    events = asked.tables.events
    acts = events.filter(
        events.name.isin(sorted(_ACTS.values())), events.occurred_at >= moment_literal(asked.since)
    )
    nothing = ibis.null(found.sent_at.type())
    sent = found.filter(found["class"] != "service").select(
        "profile_id", at=found.sent_at, name=ibis.literal(""), message=found.message,
        started=found.sent_at,
    )  # fmt: skip
    did = acts.select(
        "profile_id", at=acts.occurred_at, name=acts.name, message=ibis.null("string"),
        started=nothing,
    )  # fmt: skip
    every = ibis.union(sent, did)
    window = ibis.window(
        group_by=every.profile_id, order_by=[every["at"], every.name], preceding=None, following=0
    )
    every = every.mutate(last=every.started.max().over(window))
    mine = every.filter(every.name != "", every["last"].notnull())
    mine = mine.select("profile_id", "at", "name", sent_at="last")
    keys = found.filter(found["class"] != "service").select("profile_id", "sent_at", "message")
    keys = keys.group_by("profile_id", "sent_at").agg(message=keys.message.max())
    both = mine.inner_join(keys, ["profile_id", "sent_at"])
    return both.group_by("message").agg(
        **{f"{step}_at": both["at"].min(where=both.name == name) for step, name in _ACTS.items()}
    )
