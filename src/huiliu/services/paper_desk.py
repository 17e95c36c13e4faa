"""The desk that a white paper is written at: whose, which quarter, in which language, as of when.

The clock at the desk stands at the quarter's end (at the last event, while the quarter lasts), so
that whatever is asked from here answers the same whenever it is asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, cast

from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal
from huiliu.kernel.documents import load, read_header
from huiliu.kernel.texts import Text, catalogue, render, text
from huiliu.kernel.times import Instant, from_datetime, local_datetime
from huiliu.metrics import Frame
from huiliu.ports.documents import Document
from huiliu.ports.warehouse import Warehouse
from huiliu.ports.world import World
from huiliu.reports.paper import Origin, Words
from huiliu.reports.quarter import Quarter
from huiliu.services.figures import frame_of, usual_currency
from huiliu.services.paper_warehouse import PaperWarehouse
from huiliu.services.permission import permission

__all__ = ["Desk", "open_desk"]

_ARROW: Final = " – "
#: Events of people whose every step is followed.
_FOLLOWED: Final = 1_000_000
#: A quarter whose first event comes later than this is known in part only.
_FIRST_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class _Still:
    """A clock that stands."""

    at: Instant

    def now(self) -> Instant:
        """Return the instant at which it stands."""
        return self.at


@dataclass(frozen=True, slots=True)
class Desk:
    """What every section is written from."""

    #: Its clock stands at `as_of`.
    world: World
    brand_id: int
    brand: str
    quarter: Quarter
    locale: str
    #: The quarter's last day, or today while it lasts.
    last: dt.date
    as_of: int
    #: Whether the quarter is over.
    is_over: bool
    #: What most was paid in; "" = nobody ever paid.
    currency: str
    #: Events that the paper rests on, and the position of the last one.
    n_events: int
    position: int
    #: Whether the quarter before can be set beside this one: all of both is known.
    compares: bool = True

    @property
    def first(self) -> dt.date:
        """Return the quarter's first day."""
        return self.quarter.first

    @property
    def days(self) -> str:
        """Return the days in words."""
        return f"{self.first.isoformat()}{_ARROW}{self.last.isoformat()}"

    @property
    def span(self) -> str:
        """Return the options of a command that name the days."""
        return f"--from {self.first.isoformat()} --until {self.last.isoformat()}"

    def say(self, said: Text) -> str:
        """Return a text in the paper's language."""
        return render(said, self.locale)

    def name(self, names: Mapping[str, str], slug: str) -> str:
        """Return the name of a document in the paper's language."""
        return names.get(self.locale) or next(iter(names.values()), "") or slug

    def names(self, documents: Iterable[Document]) -> dict[str, str]:
        """Return slug -> the name of each document in the paper's language."""
        found = {}
        for one in documents:
            header, _ = read_header(load(one.source), one.kind)
            found[one.slug] = self.name(header.name, one.slug) if header else one.slug
        return found

    def channel(self, channel: str) -> str:
        """Return what readers call a channel."""
        if not channel:
            return self.say(text("paper.channel.unknown"))
        return self.word(f"console.channel.{channel}", channel)

    def word(self, key: str, otherwise: str) -> str:
        """Return the text of a key that may not be there."""
        return catalogue(self.locale).get(key, otherwise)

    def frame(self, quarter: Quarter | None = None) -> Frame:
        """Return the frame of this quarter or another one for metrics."""
        chosen = quarter or self.quarter
        last = min(chosen.last, self.last)
        return frame_of(self.world, self.brand_id, chosen.first, last, currency=self.currency)

    def tables(self) -> Tables:
        """Return the brand's people and facts, without what happened later."""
        return self.world.warehouse.population(self.brand_id)

    @property
    def one_in(self) -> int:
        """Return of how many people one is looked at where every step of theirs is followed.

        A share of a sample is as good as its interval says, and a paper is not waited for.
        """
        return -(-self.n_events // _FOLLOWED) or 1

    def sample(self) -> World:
        """Return the world with those people alone."""
        if self.one_in == 1:
            return self.world
        whole = cast("PaperWarehouse", self.world.warehouse)
        some = whole.some(self.brand_id, self.one_in)
        return replace(self.world, warehouse=cast("Warehouse", some))

    def origin(self, query: str, method: Text, n: int | None = None) -> Origin:
        """Return where figures come from."""
        return Origin(query, self.say(method), n)

    def unknown(self, said: Text) -> Words:
        """Return the words that stand where something cannot be told."""
        return Words(self.say(said), "unknown")

    def note(self, said: Text) -> Words:
        """Return words that explain."""
        return Words(self.say(said), "note")

    def warning(self, said: Text) -> Words:
        """Return words that warn."""
        return Words(self.say(said), "warning")


@contextmanager
def open_desk(world: World, brand_id: int, quarter: Quarter, locale: str) -> Iterator[Desk]:
    """Lend the desk for one paper; what the warehouse held for it goes with it.

    Raises:
        Unavailable, EngineFailed: the warehouse cannot answer.
    """
    until = _midnight(quarter.after.first, world.zone)
    events = world.warehouse.population(brand_id).events
    # People's own acts and orders; what Huiliu notes of itself goes on while a paper is made.
    rows = events.filter(events.occurred_at < moment_literal(until), events.kind != "internal")
    found = world.warehouse.run(
        rows.aggregate(
            n=rows.count(),
            position=rows.position.max(),
            at=rows.occurred_at.max(),
            begun=rows.occurred_at.min(),
        )
    ).to_pylist()[0]
    is_over = world.clock.now() >= until
    seen = until if found["at"] is None else from_datetime(found["at"].replace(tzinfo=dt.UTC)) + 1
    as_of = until if is_over else min(until, max(seen, _midnight(quarter.first, world.zone) + 1))
    past = PaperWarehouse(world.warehouse, as_of)
    still = replace(world, clock=_Still(Instant(as_of)), warehouse=cast("Warehouse", past))
    with world.store.transaction(brand_id) as tx:
        names = permission(tx, world, brand_id).brand
    last = min(quarter.last, local_datetime(as_of - 1, world.zone).date())
    named = names.get(locale) or next(iter(names.values()), "")
    try:
        past.hold_messages(frame_of(still, brand_id, quarter.first, last))
        yield Desk(
            still, brand_id, named, quarter, locale, last, as_of, is_over,
            usual_currency(still, brand_id), found["n"], found["position"] or 0,
            is_over and _is_known(found["begun"], quarter.before, world.zone),
        )  # fmt: skip
    finally:
        past.close()


def _is_known(begun: dt.datetime | None, quarter: Quarter, zone: str) -> bool:
    """Say whether anything is known from the first days of a quarter on."""
    late = quarter.first + dt.timedelta(days=_FIRST_DAYS)
    return begun is not None and from_datetime(begun.replace(tzinfo=dt.UTC)) < _midnight(late, zone)


def _midnight(day: dt.date, zone: str) -> int:
    """Return the first instant of a day in a zone."""
    here = local_datetime(0, zone).tzinfo
    return from_datetime(dt.datetime.combine(day, dt.time(), here))
