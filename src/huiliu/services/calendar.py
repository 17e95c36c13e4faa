"""What begins by itself in a span of time, with whatever would reach the same people nearby."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from huiliu.journeys import Journey
from huiliu.kernel.times import DAY, local_datetime
from huiliu.ports.world import World
from huiliu.services.calendar_content import Planned, planned_between
from huiliu.services.campaigns import CalendarEntry, calendar
from huiliu.services.live import live

__all__ = ["CalendarLine", "list_calendar"]

#: Two campaigns to the same people closer than this are shown as a clash.
NEAR: Final = DAY


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """One line of the calendar."""

    slug: str
    #: By language.
    name: Mapping[str, str]
    #: The local time, `2026-12-01T10:00`: each person's own, or the brand's.
    local: str
    #: Whether people of each zone are written to at their own time.
    is_local: bool
    at: int
    #: planned, due, filling, filled, missed or stopped.
    state: str
    n_audience: int
    is_campaign: bool
    #: It begins once and has not begun: it may be moved.
    is_movable: bool
    #: Slugs, or titles, of others that reach the same people within a day.
    clashes: Sequence[str] = ()
    #: campaign, journey, content or live.
    kind: str = "campaign"
    #: Page of the console; "" = that of the campaign or journey.
    address: str = ""

    @property
    def page(self) -> str:
        """Return where it is looked at."""
        return self.address or f"/{'campaigns' if self.is_campaign else 'journeys'}/{self.slug}"


def list_calendar(world: World, brand_id: int, first: int, past: int) -> list[CalendarLine]:
    """Return what begins at instants in [first, past), by time; a day around is looked at too.

    Content that people post, and live sessions, stand among it.
    """
    entries = calendar(world, brand_id, first - NEAR, past + NEAR)
    with world.store.system() as tx:
        running = live(tx, world, brand_id).journeys
    journeys = {slug: one.journey for slug, one in running.items()}
    found = _lines(world, entries, journeys)
    planned = planned_between(world, brand_id, first - NEAR, past + NEAR)
    lines = [
        replace(
            line, kind="campaign" if line.is_campaign else "journey",
            clashes=_clashes(line, found, journeys) + _beside(line, planned, journeys),
        )
        for line in found
        if first <= line.at < past
    ]  # fmt: skip
    lines += [_planned(world, one, found, journeys) for one in planned if first <= one.at < past]
    return sorted(lines, key=lambda line: (line.local, line.slug))


def _lines(
    world: World, entries: Sequence[CalendarEntry], journeys: Mapping[str, Journey]
) -> list[CalendarLine]:
    """Return the entries, those of several zones at one local time as one line."""
    found: dict[tuple[str, str], CalendarLine] = {}
    for entry in entries:
        key = (entry.slug, entry.occasion)
        if key in found:
            known = found[key]
            n_audience = known.n_audience + entry.n_audience
            found[key] = replace(known, n_audience=n_audience, at=min(known.at, entry.at))
            continue
        schedule = journeys[entry.slug].entry.schedule
        local = schedule is not None and schedule.local
        shown = entry.occasion[:16] if local else _local(world, entry.at)
        movable = entry.state == "planned" and entry.is_campaign
        found[key] = CalendarLine(
            entry.slug, entry.name, shown, local, entry.at, entry.state, entry.n_audience,
            entry.is_campaign, movable and journeys[entry.slug].entry.kind == "once",
        )  # fmt: skip
    return sorted(found.values(), key=lambda line: (line.local, line.slug))


def _clashes(
    line: CalendarLine, every: Sequence[CalendarLine], journeys: Mapping[str, Journey]
) -> tuple[str, ...]:
    """Return the others that are for the same segment or list, or for everyone, within a day."""
    mine = _audience(journeys[line.slug])
    return tuple(
        dict.fromkeys(
            other.slug
            for other in every
            if other.slug != line.slug
            and abs(other.at - line.at) < NEAR
            and "stopped" not in {other.state, line.state}
            and _share(mine, _audience(journeys[other.slug]))
        )
    )


def _beside(
    line: CalendarLine, planned: Sequence[Planned], journeys: Mapping[str, Journey]
) -> tuple[str, ...]:
    """Return the content and live sessions for a segment that a journey is for, within a day."""
    mine = _audience(journeys[line.slug])
    return tuple(
        one.name.get("en", one.key)
        for one in planned
        if ("segment", one.audience) in mine and abs(one.at - line.at) < NEAR
    )


def _planned(
    world: World, one: Planned, found: Sequence[CalendarLine], journeys: Mapping[str, Journey]
) -> CalendarLine:
    """Return a piece of content or a live session as a line of the calendar."""
    beside = tuple(
        dict.fromkeys(
            line.slug
            for line in found
            if ("segment", one.audience) in _audience(journeys[line.slug])
            and abs(line.at - one.at) < NEAR
            and line.state != "stopped"
        )
    )
    return CalendarLine(
        one.key, one.name, _local(world, one.at), False, one.at, one.state, 0, False, False,
        one.clashes + beside, one.kind, one.address,
    )  # fmt: skip


def _audience(journey: Journey) -> frozenset[tuple[str, str]]:
    """Return the segments and lists that a journey is for; none = everyone, or a condition."""
    return frozenset(name for name in journey.entry.names if name[0] in {"segment", "list"})


def _share(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> bool:
    """Say whether two audiences name the same people; who names nobody may mean everybody."""
    return not one or not other or bool(one & other)


def _local(world: World, at: int) -> str:
    """Return an instant as the brand's clocks show it."""
    return f"{local_datetime(at, world.zone):%Y-%m-%dT%H:%M}"
