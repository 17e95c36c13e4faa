"""Where somebody is: by what they said, and by the country and area of their number."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import timezone

from huiliu.kernel.calendar import is_zone
from huiliu.messages.countries import state_of
from huiliu.messages.quiet import Where

__all__ = ["place_of_number", "whereabouts"]

#: So many digits of a number tell its country and area.
_PREFIX: Final = 8
#: A number that may be in more zones than this tells nothing about the clock.
_MOST_ZONES: Final = 2
#: A number of mainland China: one zone, and nine in ten of them here.
_CHINA: Final = "+86"


def whereabouts(
    channel: str, address: str, traits: Mapping[str, object], default_zone: str
) -> Where:
    """Return where a person is, the stricter way: their own zone and their number's, too.

    Args:
        channel: how they are to be reached; a number counts where it is written to.
        address: the revealed address, "" or anything else where it is not known.
        traits: `zone`, `country` and `phone_country` as they stand in the profile, plain.
        default_zone: the brand's, for those of whom nothing is known.
    """
    said = traits.get("zone")
    zones = [said] if isinstance(said, str) and is_zone(said) else []
    country, area = "", ""
    clocks: tuple[str, ...] = ()
    if channel == "sms":
        if address.startswith("+"):
            country, area, clocks = place_of_number(address)
        country = country or _code(traits.get("phone_country"))
    country = country or _code(traits.get("country"))
    zones += [clock for clock in clocks if clock not in zones]
    places = tuple(place for place in (country, area) if place)
    return Where(tuple(zones) or (default_zone,), places)


def place_of_number(number: str) -> tuple[str, str, tuple[str, ...]]:
    """Return country, state with hours of its own, and zones of an E.164 number."""
    if number.startswith(_CHINA):
        return "CN", "", ("Asia/Shanghai",)
    return _place(number[:_PREFIX], len(number))


@lru_cache(maxsize=16_384)
def _place(prefix: str, length: int) -> tuple[str, str, tuple[str, ...]]:
    """Return the same for all numbers of a length that begin so: they are of one area."""
    try:
        parsed = phonenumbers.parse(prefix + "5" * max(0, length - len(prefix)))
    except phonenumbers.NumberParseException:
        return "", "", ()
    # An area code is of one country; a number that is not given out tells the country as well.
    found = phonenumbers.region_code_for_number(parsed)
    if found is None and parsed.country_code is not None:
        found = phonenumbers.region_code_for_country_code(parsed.country_code)
    country = _code(found).replace("ZZ", "")
    zones = tuple(zone for zone in timezone.time_zones_for_number(parsed) if is_zone(zone))
    area = state_of(prefix) if country == "US" else ""
    return country, area, zones if len(zones) <= _MOST_ZONES else ()


def _code(value: object) -> str:
    """Return a country's code as a trait holds it, or ""."""
    is_code = isinstance(value, str) and len(value) == 2 and value.isalpha()
    return str(value).upper() if is_code else ""
