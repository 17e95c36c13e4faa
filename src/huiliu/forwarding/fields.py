"""The field map: their name of a field, our source of it; read both ways."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.consents import PURPOSES
from huiliu.kernel.errors import Problem
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import text

__all__ = ["KINDS", "Source", "read_fields", "read_source"]

#: Kind of source -> how it is written.
KINDS: Final[Mapping[str, str]] = {
    "id": "id",
    "identifier": "identifier:user_id",
    "trait": "trait:first_name",
    "tag": "tag:rfm",
    "segment": "segment:vip",
    "consent": "consent:email",
    "first_seen": "first_seen",
    "last_seen": "last_seen",
}
_PLAIN: Final = frozenset({"id", "first_seen", "last_seen"})
_IDENTIFIERS: Final = {one.word: one for one in IdentifierType}
#: A name that any receiver can take; `properties.email` of HubSpot and the like are fine.
_THEIRS: Final = re.compile(r"[A-Za-z0-9_$][A-Za-z0-9_.$ \-]{0,99}")
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field's value comes from."""

    #: One of `KINDS`.
    kind: str
    #: Of an identifier its type, of a trait, tag or segment its name, of a consent its channel.
    name: str = ""
    #: Of a consent.
    purpose: str = "marketing"

    @property
    def names_person(self) -> bool:
        """Say whether a receiver knows the person by it."""
        return self.kind in {"id", "identifier"}

    @property
    def identifier(self) -> IdentifierType:
        """Return the type of an identifier."""
        return _IDENTIFIERS[self.name]


def read_source(written: str) -> Source | None:
    """Return what `trait:first_name` and its like say; None = nothing that there is."""
    kind, _, rest = written.strip().partition(":")
    name = rest.strip()
    if kind in _PLAIN:
        return Source(kind) if not rest else None
    if kind == "identifier":
        return Source(kind, name) if name in _IDENTIFIERS else None
    if kind == "trait":
        return Source(kind, name) if 0 < len(name) <= 128 and "\0" not in name else None
    if kind in {"tag", "segment"}:
        return Source(kind, name) if is_slug(name) else None
    if kind == "consent":
        channel, _, purpose = name.partition(".")
        purpose = purpose or PURPOSES[0]
        return Source(kind, channel, purpose) if is_slug(channel) and purpose in PURPOSES else None
    return None


def read_fields(given: object, path: str) -> tuple[dict[str, str], list[Problem]]:
    """Return their name -> our source as written, and everything that is wrong."""
    if not isinstance(given, Mapping) or len(given) > _MOST:
        return {}, [Problem(path, text("destinations.not_fields", limit=_MOST))]
    problems: list[Problem] = []
    found: dict[str, str] = {}
    for theirs, ours in given.items():
        here = f"{path}.{theirs}"
        if not isinstance(theirs, str) or not _THEIRS.fullmatch(theirs):
            problems.append(Problem(here, text("destinations.bad_name")))
        elif not isinstance(ours, str) or read_source(ours) is None:
            known = ", ".join(KINDS.values())
            problems.append(Problem(here, text("destinations.bad_source", known=known)))
        else:
            found[theirs] = ours.strip()
    return found, problems
