"""A file of facts, written on a schedule; nothing is requested of anybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from huiliu.forwarding.formats.base import Outgoing, Parcel
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant

__all__ = ["CsvFormat", "csv_header", "csv_row"]

_FIRST: Final = ("id", "type", "at", "profile_id", "event")


class CsvFormat:
    """Rows in a file; the folder is the instance's, so there is no address."""

    name = "csv"
    batch = 0

    def problems(self, url: str, secret: str, former_secret: str) -> Sequence[Problem]:
        """Return nothing but an address where none belongs."""
        del secret, former_secret
        return [Problem("url", text("destinations.no_url_here"))] if url else []

    def pack(
        self, url: str, secrets: Sequence[str], facts: Sequence[Outgoing], now: int
    ) -> list[Parcel]:
        """Return nothing: nobody is called."""
        del url, secrets, facts, now
        return []


def csv_header(fields: Sequence[str]) -> tuple[str, ...]:
    """Return the headings of a file: what every fact has, the map's fields, and the rest."""
    return (*_FIRST, *fields, "data")


def csv_row(one: Outgoing, fields: Sequence[str]) -> tuple[str, ...]:
    """Return a fact as a row; what is no field of the map stands as JSON in the last column."""
    said = {**one.names, **one.data}
    rest = {name: value for name, value in said.items() if name not in fields}
    return (
        one.id, one.type, show_instant(one.at), one.profile, one.event,
        *(_cell(said.get(name)) for name in fields),
        msgspec.json.encode(rest).decode() if rest else "",
    )  # fmt: skip


def _cell(value: object) -> str:
    """Return a value as a cell; nothing is empty, what is no plain value is JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
