"""What an event says of its person: traits, latest by event time, whichever arrives first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from huiliu.kernel.bodies import Body
from huiliu.kernel.events import Kind
from huiliu.kernel.facts import Value

__all__ = ["Dated", "fold", "set_traits", "told_traits"]

#: A trait's value, when it was set, and the position that breaks ties; a removed trait keeps the
#: value None, so that an older event that arrives later does not bring it back.
Dated: TypeAlias = tuple[Value, int, int]

#: The trait that lists names to remove.
_UNSET = "$unset"
#: Other names for the two traits that Huiliu itself reads.
_ZONE_NAMES = ("zone", "timezone")
_LOCALE_NAMES = ("locale", "language")


def set_traits(kind: Kind, body: Body) -> dict[str, Value]:
    """Return the traits that an event sets; None removes one.

    An identify call sets its traits; `$unset` with a list of names removes those, as null does.
    A group call sets `group_id`; its own traits describe the group, not the person.
    """
    if kind is Kind.IDENTIFY:
        traits: dict[str, Value] = dict(body.traits)
        gone = traits.pop(_UNSET, None)
        for name in gone if isinstance(gone, list) else ():
            traits[str(name)] = None
        return traits
    if kind is Kind.GROUP and body.group is not None:
        return {"group_id": str(body.group)}
    return {}


def told_traits(traits: Mapping[str, Value], context: Mapping[str, Value]) -> dict[str, Value]:
    """Return `zone` and `locale` as the event tells them: by its traits, else by its context.

    A zone that is no IANA name is left out: quiet hours must never fail on it.
    """
    told: dict[str, Value] = {}
    zone = _first(traits, _ZONE_NAMES) or context.get("timezone")
    if isinstance(zone, str) and _is_zone(zone):
        told["zone"] = zone
    locale = _first(traits, _LOCALE_NAMES) or context.get("locale")
    if isinstance(locale, str) and locale:
        told["locale"] = locale
    return told


def fold(into: dict[str, Dated], traits: Mapping[str, Value], at: int, position: int) -> None:
    """Let traits of one event into a collection; the latest by (event time, position) stays."""
    for name, value in traits.items():
        old = into.get(name)
        if old is None or (old[1], old[2]) <= (at, position):
            into[name] = (value, at, position)


def _first(traits: Mapping[str, Value], names: tuple[str, ...]) -> Value:
    """Return the first of the names that is set."""
    return next((traits[name] for name in names if traits.get(name)), None)


@lru_cache(maxsize=1024)
def _is_zone(name: str) -> bool:
    """Say whether a name is an IANA zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
