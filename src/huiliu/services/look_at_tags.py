"""Tags as the console and the command line show them: how fresh, how many, how spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import msgspec

from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal
from huiliu.kernel.errors import NotFound
from huiliu.kernel.facts import Value
from huiliu.kernel.times import MINUTE
from huiliu.metrics.purchases import ORDER_TOLD_BY
from huiliu.ports.documents import Document
from huiliu.ports.tags import Refresh, TagState
from huiliu.ports.world import World
from huiliu.services.apply_tag import KIND, LiveTag, live_tags
from huiliu.services.remove_tag import users_of_tag
from huiliu.services.used_by import User
from huiliu.tags import Tag

__all__ = ["Bar", "Spread", "TagPage", "TagRow", "list_tags", "show_tag", "spread"]

#: A tag is overdue so long after it was due.
_GRACE: Final = 15 * MINUTE
_REFRESHES: Final = 30
#: Bars of a picture of values.
_BARS: Final = 20
_SAMPLE: Final = 8

_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class TagRow:
    """One tag of the library."""

    tag: Tag
    document: Document
    #: None = it was never scheduled.
    state: TagState
    #: Share of present people who have a value; None where there are no people.
    coverage: float | None
    overdue: bool

    @property
    def how(self) -> str:
        """Return in a word how the tag fares: failed, waiting, overdue or fresh."""
        if self.state.fault:
            return "failed"
        if not self.state.computed_at:
            return "waiting"
        return "overdue" if self.overdue else "fresh"


@dataclass(frozen=True, slots=True)
class TagPage:
    """One tag with all that hangs on it and all that it hangs on."""

    row: TagRow
    #: Documents that read it.
    users: Sequence[User]
    #: Newest first.
    refreshes: Sequence[Refresh]
    versions: Sequence[Document]
    #: Names of the tags that it reads, by slug.
    reads: Mapping[str, Mapping[str, str]]

    @property
    def events(self) -> Sequence[str]:
        """Return the events that the value hangs on, those that orders are read from included."""
        lineage = self.row.tag.lineage
        return sorted(lineage.events | (ORDER_TOLD_BY if lineage.needs else frozenset()))


@dataclass(frozen=True, slots=True)
class Bar:
    """How many people have a value, or one between two numbers."""

    label: str
    n: int
    #: Of a number's bar: from, up to.
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """How the values of a tag are spread."""

    bars: Sequence[Bar]
    #: Of numbers: smallest, quartiles, mean, greatest by name.
    facts: Mapping[str, float]
    #: Some people and their values, the same ones at each look.
    sample: Sequence[tuple[int, Value]]


def list_tags(world: World, brand_id: int) -> list[TagRow]:
    """Return every live tag by slug with how it fares."""
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        live = live_tags(tx, world, brand_id)
        states = tx.tags.states(brand_id)
        n_people = tx.console.n_people(brand_id)
    return [_row(brand_id, live[slug], states, n_people, now) for slug in sorted(live)]


def show_tag(world: World, brand_id: int, slug: str) -> TagPage:
    """Return one tag.

    Raises:
        NotFound: no tag of that name is live.
    """
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        live = live_tags(tx, world, brand_id)
        if slug not in live:
            raise NotFound(KIND, slug)
        return TagPage(
            row=_row(
                brand_id, live[slug], tx.tags.states(brand_id), tx.console.n_people(brand_id), now
            ),
            users=users_of_tag(tx, world, brand_id, slug),
            refreshes=tx.tags.refreshes(brand_id, slug, _REFRESHES),
            versions=tx.documents.versions(brand_id, KIND, slug),
            reads={
                one: live[one].tag.name if one in live else {}
                for one in sorted(live[slug].tag.lineage.tags)
            },
        )


def _row(
    brand_id: int, one: LiveTag, states: Mapping[str, TagState], n_people: int, now: int
) -> TagRow:
    """Return a tag's line of the library."""
    slug = one.tag.slug
    state = states.get(slug) or TagState(brand_id, slug, now)
    coverage = state.n_values / n_people if n_people else None
    overdue = bool(state.fault) or state.due_at + _GRACE < now
    return TagRow(one.tag, one.document, state, coverage, overdue)


def spread(world: World, brand_id: int, slug: str) -> Spread:
    """Return how the stored values of a live tag are spread.

    Raises:
        NotFound: no tag of that name is live.
        Unavailable: the warehouse does not answer.
    """
    with world.store.transaction(brand_id) as tx:
        live = live_tags(tx, world, brand_id)
    if slug not in live:
        raise NotFound(KIND, slug)
    tables = world.warehouse.population(brand_id)
    rows = tables.tag(slug)
    now = moment_literal(world.clock.now())
    rows = rows.filter(rows.expires_at.isnull() | (rows.expires_at > now))
    cell = tables.cell(rows.value, ())
    match live[slug].tag.type:
        case "number":
            bars, facts = _of_numbers(world, rows.select(value=cell.number()))
        case "moment":
            bars, facts = _of_words(world, rows.select(value=cell.text().substr(0, 7)), False), {}
        case "list":
            bars, facts = _of_words(world, _items(rows, tables), True), {}
        case "flag":
            bars, facts = _of_words(world, rows.select(value=cell.flag().cast("string")), True), {}
        case _:
            bars, facts = _of_words(world, rows.select(value=cell.text()), True), {}
    shown = world.warehouse.run(
        rows.select("profile_id", "value").order_by("profile_id").limit(_SAMPLE)
    )
    sample = zip(shown["profile_id"].to_pylist(), shown["value"].to_pylist(), strict=True)
    return Spread(bars, facts, [(profile, _decode(value)) for profile, value in sample])


def _items(rows: ibis.Table, tables: Tables) -> ibis.Table:
    """Return a row for each thing in each list."""
    each = rows.select(value=tables.cell(rows.value, ()).items().unnest())
    return each.select(value=tables.cell(each.value, ()).text())


def _of_words(world: World, values: ibis.Table, by_size: bool) -> list[Bar]:
    """Return how many people have each value: the most frequent ones, or all in their order."""
    counted = values.group_by("value").agg(n=values.count())
    order = [ibis.desc("n"), "value"] if by_size else [ibis.desc("value")]
    found = world.warehouse.run(counted.order_by(order).limit(_BARS)).to_pylist()
    bars = [Bar(str(row["value"]), row["n"]) for row in found if row["value"] is not None]
    return bars if by_size else bars[::-1]


def _of_numbers(world: World, values: ibis.Table) -> tuple[list[Bar], dict[str, float]]:
    """Return the bars of numbers, and what is said of them in one figure each."""
    number = values.value
    told = world.warehouse.run(
        values.aggregate(
            least=number.min(), p25=number.quantile(0.25), median=number.quantile(0.5),
            mean=number.mean(), p75=number.quantile(0.75), most=number.max(),
            high=number.quantile(0.99), kinds=number.nunique(),
        )
    ).to_pylist()[0]  # fmt: skip
    if told["least"] is None:
        return [], {}
    facts = {name: float(told[name]) for name in ("least", "p25", "median", "mean", "p75", "most")}
    if told["kinds"] <= _BARS:
        counted = values.group_by("value").agg(n=values.count()).order_by("value")
        rows = world.warehouse.run(counted).to_pylist()
        return [
            Bar(f"{row['value']:g}", row["n"], row["value"], row["value"]) for row in rows
        ], facts
    low, high = facts["least"], max(float(told["high"]), facts["least"])
    width = (high - low) / _BARS or 1.0
    place = ((number - low) / width).floor().cast("int64").clip(0, _BARS - 1)
    placed = values.select(place=place)
    counted = placed.group_by("place").agg(n=placed.count())
    sizes = {row["place"]: row["n"] for row in world.warehouse.run(counted).to_pylist()}
    bars = []
    for place in range(_BARS):
        start = low + place * width
        end = facts["most"] if place == _BARS - 1 else start + width
        bars.append(Bar(f"{start:.4g}", sizes.get(place, 0), start, end))
    return bars, facts
