"""The careful way from a call to a log body: every name and value is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import msgspec

from huiliu.governance.dictionary import Place
from huiliu.governance.splitting import Found, Tokenise, split
from huiliu.kernel.errors import Problem
from huiliu.kernel.events import Identifier, Kind
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import text
from huiliu.services.calls import Call
from huiliu.services.context import names_in_traits

__all__ = ["Body", "look_closer"]

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_LONGEST_GROUP: Final = 256


@dataclass(slots=True)
class Body:
    """What goes into the log, and what was taken out of it."""

    members: dict[str, Value] = field(default_factory=dict)
    identifiers: list[Identifier] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)

    def written(self, context: bytes) -> bytes:
        """Return the JSON of the body; `context` is a member that begins with a comma, or empty."""
        raw = _encode(self.members)
        if not self.members:
            context = context[1:]
        return raw[:-1] + context + b"}"


def look_closer(
    kind: Kind, call: Call, raw: bytes, tokenise: Tokenise, region: str
) -> Body | Problem:
    """Return the body of a call whose properties are `raw`, or what is wrong with it.

    Raises:
        TooDeep, msgspec.DecodeError, UnicodeDecodeError, RecursionError: it cannot be read.
    """
    properties = _object(raw)
    traits = _object(bytes(call.traits))
    if properties is None:
        return Problem("properties", text("collect.not_an_object"))
    if traits is None:
        return Problem("traits", text("collect.not_an_object"))
    body = Body()
    match kind:
        case Kind.IDENTIFY:
            parted = split(Place.TRAITS, traits, tokenise, region, identify=True)
            body.members["traits"] = parted.values
            body.found += parted.found
            for type_, normal, written in parted.identifiers:
                key = tokenise(type_.word, normal)
                body.identifiers.append(Identifier(type_, key))
                body.found.append(Found(key, type_.word, written))
        case Kind.GROUP:
            group = "" if call.group_id is None else str(call.group_id)[:_LONGEST_GROUP]
            given: dict[str, Value] = {"groupId": group, "traits": traits}
            parted = split(Place.PROPERTIES, given, tokenise, region, identify=False)
            body.members |= parted.values
            body.found += parted.found
        case Kind.TRACK | Kind.PAGE | Kind.SCREEN:
            for name, value in (("name", call.name), ("category", call.category)):
                if value is not None and kind is not Kind.TRACK:
                    properties.setdefault(name, value)
            parted = split(Place.PROPERTIES, properties, tokenise, region, identify=False)
            body.members["properties"] = parted.values
            body.found += parted.found
    if traits and kind not in {Kind.IDENTIFY, Kind.GROUP}:
        named, found = names_in_traits(traits, tokenise, region)
        body.identifiers += named
        body.found += found
    return body


def _object(raw: bytes) -> dict[str, Value] | None:
    """Return a JSON object; nothing and null are an empty one, None when it is something else."""
    given = _decode(raw) if raw else {}
    if given is None:
        return {}
    return given if isinstance(given, dict) else None
