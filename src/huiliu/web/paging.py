"""Where a list goes on: what stands in the address is checked, and nonsense starts at the top."""

from __future__ import annotations

from huiliu.kernel.ids import parse_profile_id, show_profile_id

__all__ = [
    "message_mark",
    "number_mark",
    "person_mark",
    "read_message",
    "read_number",
    "read_person",
]

_LARGEST = 1 << 63


def message_mark(place: tuple[int, bytes] | None) -> str:
    """Return a place in a list of messages as it stands in an address."""
    return f"{place[0]}.{place[1].hex()}" if place else ""


def read_message(mark: str) -> tuple[int, bytes] | None:
    """Return the place that `message_mark` wrote."""
    at, _, id_ = mark.partition(".")
    number = read_number(at)
    try:
        return (number, bytes.fromhex(id_)) if number is not None else None
    except ValueError:
        return None


def person_mark(place: tuple[int, int] | None) -> str:
    """Return a place in a list of people as it stands in an address."""
    return f"{place[0]}.{show_profile_id(place[1])}" if place else ""


def read_person(mark: str) -> tuple[int, int] | None:
    """Return the place that `person_mark` wrote."""
    at, _, id_ = mark.partition(".")
    number, profile = read_number(at), parse_profile_id(id_)
    return (number, profile) if number is not None and profile is not None else None


def number_mark(place: int | None) -> str:
    """Return a numbered place as it stands in an address."""
    return "" if place is None else str(place)


def read_number(mark: str) -> int | None:
    """Return the number that an address carries."""
    if not mark.isascii() or not mark.isdigit() or len(mark) > 19:
        return None
    number = int(mark)
    return number if number < _LARGEST else None
