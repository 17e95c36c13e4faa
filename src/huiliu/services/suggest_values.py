"""Values that a trait, property or tag really has, for pickers: common, never personal ones.

A value is offered only when several people share it: what one person alone has could name them,
whatever its field is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import ibis

from huiliu.conditions.population import Cell, moment_literal
from huiliu.governance.dictionary import Place
from huiliu.kernel.events import canonical_name
from huiliu.kernel.facts import Scalar
from huiliu.kernel.times import DAY
from huiliu.ports import World
from huiliu.services.list_vocabulary import is_personal

__all__ = ["Suggested", "suggest_property", "suggest_tag", "suggest_trait"]

#: So many people at least share an offered value.
FEWEST_PEOPLE: Final = 3
_MOST: Final = 20
_LOOK_BACK: Final = 90 * DAY
_MOST_EVENTS: Final = 200_000
_TOKEN: Final = "vlt_"  # noqa: S105 - the mark of a vaulted value, no secret


@dataclass(frozen=True, slots=True)
class Suggested:
    """What a trait, property or tag holds."""

    #: (value, people who have it), most common first.
    values: Sequence[tuple[Scalar, int]]
    is_personal: bool = False


_SEALED: Final = Suggested((), is_personal=True)


def suggest_trait(world: World, brand_id: int, path: tuple[str, ...]) -> Suggested:
    """Return the most common values of a trait."""
    if any(is_personal(Place.TRAITS, key) for key in path):
        return _SEALED
    tables = world.warehouse.population(brand_id)
    rows = tables.trait(path[0])
    return _common(world, rows, tables.cell(rows.value, path[1:]))


def suggest_property(world: World, brand_id: int, event: str, path: tuple[str, ...]) -> Suggested:
    """Return the most common values of a property in the latest events of a name."""
    if any(is_personal(Place.PROPERTIES, key) for key in path):
        return _SEALED
    tables = world.warehouse.population(brand_id)
    since = moment_literal(world.clock.now() - _LOOK_BACK)
    events = tables.events
    rows = events.filter(events.name == canonical_name(event), events.occurred_at > since)
    rows = rows.order_by(rows.occurred_at.desc(), rows.position.desc()).limit(_MOST_EVENTS)
    return _common(world, rows, tables.cell(rows.properties, path))


def suggest_tag(world: World, brand_id: int, slug: str) -> Suggested:
    """Return the most common values of a tag."""
    tables = world.warehouse.population(brand_id)
    rows = tables.tag(slug)
    return _common(world, rows, tables.cell(rows.value, ()))


def _common(world: World, rows: ibis.Table, cell: Cell) -> Suggested:
    """Return the values that most people share."""
    read = rows.select("profile_id", text=cell.text(), number=cell.number(), flag=cell.flag())
    counted = read.group_by("text", "number", "flag").agg(n=read.profile_id.nunique())
    common = counted.filter(
        counted.n >= FEWEST_PEOPLE,
        counted.text.notnull() | counted.number.notnull() | counted.flag.notnull(),
    )
    ordered = common.order_by(common.n.desc(), common.text, common.number, common.flag).limit(_MOST)
    found = world.warehouse.run(ordered).to_pylist()
    values = [(_value(row["text"], row["number"], row["flag"]), int(row["n"])) for row in found]
    shown = [(value, n) for value, n in values if not str(value).startswith(_TOKEN)]
    return Suggested(shown, is_personal=bool(values) and not shown)


def _value(text: str | None, number: float | None, flag: bool | None) -> Scalar:
    """Return whichever of the three readings there is; whole numbers without a point."""
    if text is not None:
        return text
    if number is not None:
        return int(number) if float(number).is_integer() else number
    return flag
