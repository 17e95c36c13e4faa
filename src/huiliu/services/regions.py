"""Disrupted regions: naming one, ending it, and what stands now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.regions import region_parts
from huiliu.kernel.texts import text
from huiliu.ports.regions import Disruption
from huiliu.ports.world import World

__all__ = ["NewDisruption", "add_disruption", "end_disruption", "list_disruptions", "state_of"]

_LONGEST: Final = 200
_COUNTRY: Final = 2
_LISTED: Final = 200


@dataclass(frozen=True, slots=True)
class NewDisruption:
    """What somebody says of a region."""

    #: Such as 广东省/深圳市; "" with a country = all of it.
    region: str
    country: str = ""
    #: Instants; None = from now on, until somebody ends it.
    starts_at: int | None = None
    ends_at: int | None = None
    note: str = ""


def add_disruption(world: World, brand_id: int, new: NewDisruption, by: str) -> Disruption:
    """Write down that parcels do not reach a region; their orders are told within a minute.

    Raises:
        BadInput: with every problem there is.
    """
    now = world.clock.now()
    region, country = new.region.strip(), new.country.strip().upper()
    starts = now if new.starts_at is None else new.starts_at
    problems: list[Problem] = []
    if len(region) > _LONGEST or not (region_parts(region) or (country and not region)):
        problems.append(Problem("region", text("regions.bad_region", most=_LONGEST)))
    if country and not (len(country) == _COUNTRY and country.isascii() and country.isalpha()):
        problems.append(Problem("country", text("regions.bad_country")))
    if new.ends_at is not None and new.ends_at <= max(starts, now):
        problems.append(Problem("until", text("regions.bad_until")))
    if len(new.note) > _LONGEST:
        problems.append(Problem("note", text("regions.long_note", most=_LONGEST)))
    if problems:
        raise BadInput(tuple(problems))
    made = Disruption(
        brand_id=brand_id, region=region, country=country, starts_at=starts,
        ends_at=new.ends_at or 0, note=new.note.strip(), created_at=now, created_by=by,
        due_at=max(starts, now),
    )  # fmt: skip
    with world.store.transaction(brand_id) as tx:
        return structs.replace(made, disruption_id=tx.regions.add(made))


def end_disruption(world: World, brand_id: int, disruption_id: int) -> Disruption:
    """Let a disruption end now; what is over already stays as it is.

    Raises:
        NotFound: there is none of this id.
    """
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        one = tx.regions.lock(brand_id, disruption_id)
        if state_of(one, now) != "over":
            # One that had not begun ends before anybody was told of it.
            one = structs.replace(one, ends_at=now, due_at=now)
            tx.regions.save(one)
        return one


def list_disruptions(world: World, brand_id: int) -> Sequence[Disruption]:
    """Return the latest disruptions, those under way first."""
    with world.store.transaction(brand_id) as tx:
        return tx.regions.listed(brand_id, _LISTED)


def state_of(one: Disruption, now: int) -> str:
    """Return where a disruption stands: planned, under_way or over."""
    if one.ends_at and one.ends_at <= now:
        return "over"
    return "planned" if one.starts_at > now else "under_way"
