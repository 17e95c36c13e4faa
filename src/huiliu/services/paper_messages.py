"""What the messages of a quarter came to: by channel, by journey, and why some did not leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from huiliu.metrics.rows import messages
from huiliu.reports.quarter import Quarter
from huiliu.services.paper_desk import Desk

__all__ = ["Letters", "Mail", "read_mail"]

_HELD_BACK: Final = "Message Not Sent"
_WORDS: Final = ("delivered", "clicked", "opted_out", "complained", "failed")


@dataclass(frozen=True, slots=True)
class Mail:
    """Messages that were handed over, and what they led to."""

    sent: int = 0
    delivered: int = 0
    clicked: int = 0
    opted_out: int = 0
    complained: int = 0
    failed: int = 0
    #: Those of which it was told whether they arrived; some channels, such as e-mail, tell nothing.
    known: int = 0

    def __add__(self, other: Mail) -> Mail:
        """Return both together."""
        return Mail(
            self.sent + other.sent, self.delivered + other.delivered,
            self.clicked + other.clicked, self.opted_out + other.opted_out,
            self.complained + other.complained, self.failed + other.failed,
            self.known + other.known,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letters:
    """All of a quarter."""

    total: Mail
    #: Of the quarter before; None = nothing was sent in it, or not all of it is known.
    before: Mail | None
    channels: Mapping[str, Mail]
    #: Slug -> its messages; "" = those that no journey asked for.
    journeys: Mapping[str, Mail]
    #: Reason -> messages that were not sent, the most first.
    reasons: Mapping[str, int]


def read_mail(desk: Desk) -> Letters:
    """Return what was sent in the quarter and in the one before."""
    found = _by(desk, desk.quarter)
    channels: dict[str, Mail] = {}
    journeys: dict[str, Mail] = {}
    for (channel, journey), mail in found.items():
        channels[channel] = channels.get(channel, Mail()) + mail
        journeys[journey] = journeys.get(journey, Mail()) + mail
    total = sum(channels.values(), Mail())
    return Letters(
        total, _before(desk), _ordered(channels), _ordered(journeys), _reasons(desk)
    )  # fmt: skip


def _before(desk: Desk) -> Mail | None:
    """Return the quarter before; None = nothing was sent in it, or not all of it is known."""
    if not desk.compares:
        return None
    before = sum(_by(desk, desk.quarter.before).values(), Mail())
    return before if before.sent else None


def _by(desk: Desk, quarter: Quarter) -> dict[tuple[str, str], Mail]:
    """Return (channel, journey) -> what its messages came to."""
    rows = messages(replace(desk.frame(quarter), by_channel=True))
    rows = rows.mutate(at=rows.channel.fill_null(""), of=rows.journey.fill_null(""))
    counted = rows.group_by("at", "of").agg(
        sent=rows.count(), **{word: rows[word].sum() for word in _WORDS}
    )
    told = desk.world.warehouse.run(counted).to_pylist()
    reporting = {row["at"] for row in told if row["delivered"]}
    return {
        (row["at"], row["of"]): Mail(
            int(row["sent"]), **{word: int(row[word] or 0) for word in _WORDS},
            known=int((row["delivered"] or 0) + (row["failed"] or 0))
            if row["at"] in reporting else 0,
        )
        for row in told
    }  # fmt: skip


def _reasons(desk: Desk) -> dict[str, int]:
    """Return why messages did not leave."""
    frame, tables = desk.frame(), desk.tables()
    rows = tables.events
    rows = rows.filter(rows.name == _HELD_BACK, frame.inside(rows.occurred_at))
    rows = rows.mutate(reason=tables.cell(rows.properties, ("reason",)).text().fill_null(""))
    counted = rows.group_by("reason").agg(n=rows.count())
    found = {row["reason"]: row["n"] for row in desk.world.warehouse.run(counted).to_pylist()}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _ordered(found: Mapping[str, Mail]) -> dict[str, Mail]:
    """Return those that sent most first."""
    return dict(sorted(found.items(), key=lambda pair: (-pair[1].sent, pair[0])))
