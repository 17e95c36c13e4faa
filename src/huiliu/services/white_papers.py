"""White papers by themselves and on request: asked for, made by a worker, kept, told of, read."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from huiliu.conditions.population import moment_literal
from huiliu.kernel.errors import BadInput, EngineFailed, NotFound, Problem, Unavailable
from huiliu.kernel.texts import LOCALES, text
from huiliu.kernel.times import HOUR, MINUTE, from_datetime, local_datetime
from huiliu.ports.white_papers import WhitePaperRow
from huiliu.ports.world import World
from huiliu.reports.paper import paper_json
from huiliu.reports.quarter import Quarter
from huiliu.services.figures import today
from huiliu.services.notify import notify
from huiliu.services.white_paper import white_paper

__all__ = [
    "ask_white_paper",
    "list_white_papers",
    "make_white_papers",
    "open_white_papers",
    "quarters_known",
    "read_white_paper",
    "show_white_paper",
    "white_paper_file",
]

_SHOWN: Final = 100
#: What came late in the last night is in the paper too.
_SETTLES: Final = 6 * HOUR
_LEASE: Final = 10 * MINUTE
_AGAIN: Final = 5 * MINUTE
_TRIES: Final = 5
#: How many quarters back may be chosen on the page.
_BACK: Final = 9


def ask_white_paper(
    world: World, brand_id: int, quarter: str, locale: str, by: str
) -> WhitePaperRow:
    """Ask for a quarter's white paper; a worker makes it soon.

    Raises:
        BadInput: no quarter, one to come, or a language that is not known.
    """
    chosen = Quarter.parse(quarter)
    problems = []
    if chosen is None:
        problems.append(Problem("quarter", text("paper.bad_quarter", written=quarter[:20])))
    elif chosen.first > today(world):
        problems.append(Problem("quarter", text("paper.to_come", quarter=chosen.name)))
    if locale not in LOCALES:
        problems.append(Problem("locale", text("paper.bad_language", known=", ".join(LOCALES))))
    if problems or chosen is None:
        raise BadInput(tuple(problems))
    with world.store.transaction(brand_id) as tx:
        number = tx.white_papers.ask(brand_id, chosen.name, locale, by, world.clock.now())
        return tx.white_papers.get(brand_id, number)


def list_white_papers(world: World, brand_id: int) -> Sequence[WhitePaperRow]:
    """Return what was asked for and made, the newest quarter first."""
    with world.store.transaction(brand_id) as tx:
        return tx.white_papers.latest(brand_id, _SHOWN)


def show_white_paper(world: World, brand_id: int, paper_id: int) -> WhitePaperRow:
    """Return one; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        return tx.white_papers.get(brand_id, paper_id)


def white_paper_file(world: World, brand_id: int, paper_id: int) -> tuple[WhitePaperRow, bytes]:
    """Return one and its PDF; raise NotFound."""
    row = _ready(world, brand_id, paper_id)
    return row, world.archive.read(brand_id, f"{row.name}.pdf")


def read_white_paper(
    world: World, brand_id: int, paper_id: int
) -> tuple[WhitePaperRow, Mapping[str, Any]]:
    """Return one and what stands in it; raise NotFound."""
    row = _ready(world, brand_id, paper_id)
    told: dict[str, Any] = msgspec.json.decode(world.archive.read(brand_id, f"{row.name}.json"))
    return row, told


def quarters_known(world: World) -> Sequence[Quarter]:
    """Return the quarters that may be asked for, the newest first."""
    found = [Quarter.of(today(world))]
    while len(found) < _BACK:
        found.append(found[-1].before)
    return found


def open_white_papers(world: World, _limit: int) -> int:
    """Ask for the papers of the quarter that ended last, once a brand; return how many."""
    now = world.clock.now()
    quarter = Quarter.of(today(world)).before
    if now < _midnight(quarter.after.first, world.zone) + _SETTLES:
        return 0
    with world.store.system() as tx:
        brands = tx.white_papers.brands()
    n = 0
    for brand_id in brands:
        with world.store.transaction(brand_id) as tx:
            made = {(one.quarter, one.locale) for one in tx.white_papers.latest(brand_id, _SHOWN)
                    if not one.asked_by}  # fmt: skip
        wanted = [one for one in LOCALES if (quarter.name, one) not in made]
        if not wanted or not _lived(world, brand_id, quarter):
            continue
        with world.store.transaction(brand_id) as tx:
            asked = [tx.white_papers.ask(brand_id, quarter.name, one, "", now) for one in wanted]
        n += sum(number > 0 for number in asked)
    return n


def make_white_papers(world: World, _limit: int) -> int:
    """Make the paper that has waited longest; 0 = none waits."""
    now = world.clock.now()
    with world.store.system() as tx:
        row = tx.white_papers.claim(now, now + _LEASE)
    if row is None:
        return 0
    if row.tries > _TRIES:
        # Every maker of it died: the next would too.
        with world.store.transaction(row.brand_id) as tx:
            tx.white_papers.fail(row, "stopped", 0)
        return 1
    quarter = Quarter.parse(row.quarter)
    assert quarter is not None
    try:
        paper = white_paper(world, row.brand_id, quarter, row.locale)
        made = world.press.print(paper)
        world.archive.keep(row.brand_id, f"{row.name}.json", msgspec.json.encode(paper_json(paper)))
        world.archive.keep(row.brand_id, f"{row.name}.pdf", made)
    except (Unavailable, EngineFailed):
        due = now + _AGAIN if row.tries < _TRIES else 0
        with world.store.transaction(row.brand_id) as tx:
            tx.white_papers.fail(row, "unavailable", due)
        return 1
    done = msgspec.structs.replace(
        row, made_at=world.clock.now(), version=paper.version, snapshot=paper.snapshot,
        n_bytes=len(made), digest=hashlib.sha256(made).digest(),
    )  # fmt: skip
    with world.store.transaction(row.brand_id) as tx:
        if tx.white_papers.finish(done) and not row.asked_by:
            # Once for both languages: readers choose theirs on the page.
            notify(tx, world, row.brand_id, "white_paper_ready", {"quarter": row.quarter},
                   address="/white-papers", key=f"white-paper:{row.quarter}")  # fmt: skip
    return 1


def _ready(world: World, brand_id: int, paper_id: int) -> WhitePaperRow:
    """Return one that is ready; raise NotFound."""
    row = show_white_paper(world, brand_id, paper_id)
    if row.state != "ready":
        raise NotFound("white paper", str(paper_id))
    return row


def _lived(world: World, brand_id: int, quarter: Quarter) -> bool:
    """Say whether anybody did anything in a quarter; False too where nobody can say now."""
    events = world.warehouse.population(brand_id).events
    since = _midnight(quarter.first, world.zone)
    until = _midnight(quarter.after.first, world.zone)
    rows = events.filter(events.kind != "internal", events.occurred_at >= moment_literal(since),
                         events.occurred_at < moment_literal(until)).limit(1)  # fmt: skip
    try:
        found = world.warehouse.run(rows.aggregate(n=rows.count()))
    except (Unavailable, EngineFailed):
        return False
    return bool(found["n"][0].as_py())


def _midnight(day: dt.date, zone: str) -> int:
    """Return the first instant of a day in a zone."""
    return from_datetime(dt.datetime.combine(day, dt.time(), local_datetime(0, zone).tzinfo))
