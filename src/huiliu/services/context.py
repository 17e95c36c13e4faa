"""What is kept of an event's context: little, nothing personal; and the names it gives a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from huiliu.advertising.clicks import CLICK_NAMES
from huiliu.governance.dictionary import Place
from huiliu.governance.normalisation import normalise
from huiliu.governance.splitting import Found, Tokenise, split
from huiliu.kernel.events import Identifier, IdentifierType
from huiliu.kernel.facts import Value

__all__ = ["NO_CONTEXT", "Context", "ContextReader", "names_in_traits"]

#: What is kept: of an object these members, of the rest the whole. IP address, user agent, device
#: id, advertising id and everything unknown are not stored.
_KEPT: Final[Mapping[str, frozenset[str] | None]] = {
    "locale": None,
    "timezone": None,
    "groupId": None,
    "channel": None,
    "page": frozenset({"path", "url", "referrer", "title", "search"}),
    # With the marks of clicks that ad platforms want to be told again.
    "campaign": frozenset({"name", "source", "medium", "term", "content", "id"}) | CLICK_NAMES,
    "library": frozenset({"name", "version"}),
    "os": frozenset({"name", "version"}),
    "app": frozenset({"name", "version", "build", "namespace"}),
    "device": frozenset({"type", "manufacturer", "model"}),
    "screen": frozenset({"width", "height", "density"}),
    "network": frozenset({"wifi", "cellular", "carrier"}),
    "location": frozenset({"city", "region", "country"}),
}
_TYPES: Final = {type_.word: type_ for type_ in IdentifierType} | {
    "device.token": IdentifierType.DEVICE_TOKEN, "android.push_token": IdentifierType.DEVICE_TOKEN,
    "ios.push_token": IdentifierType.DEVICE_TOKEN, "openid": IdentifierType.WECHAT_OPENID,
    "unionid": IdentifierType.WECHAT_UNIONID,
}  # fmt: skip
_MOST_REMEMBERED: Final = 2048
_LONGEST_REMEMBERED: Final = 4096

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Context:
    """What one context says."""

    #: `,"context":{...}` as it stands in a log body; empty where nothing is kept.
    member: bytes
    #: Names of the person besides userId and anonymousId.
    identifiers: tuple[Identifier, ...]
    found: tuple[Found, ...]
    historical: bool


NO_CONTEXT: Final = Context(b"", (), (), historical=False)


class ContextReader:
    """Reads contexts; the same bytes are read once, as most senders repeat themselves."""

    def __init__(self, tokenise: Tokenise, region: str) -> None:
        """Remember nothing yet."""
        self._tokenise = tokenise
        self._region = region
        self._remembered: dict[tuple[bytes, str | None], Context] = {}

    def read(self, raw: bytes, channel: str | None) -> Context | None:
        """Return what a context's JSON says, or None when it is no object.

        Raises:
            TooDeep, msgspec.DecodeError, UnicodeDecodeError: it cannot be read.
        """
        key = (raw, channel)
        found = self._remembered.get(key)
        if found is not None:
            return found
        found = self._read(raw, channel)
        if found is not None and len(raw) <= _LONGEST_REMEMBERED:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = found
        return found

    def _read(self, raw: bytes, channel: str | None) -> Context | None:
        """Return what a context says."""
        given = _decode(raw) if raw else {}
        if given is None:
            given = {}
        if not isinstance(given, dict):
            return None
        if channel is not None:
            given["channel"] = channel
        kept = split(
            Place.PROPERTIES, _allowed(given), self._tokenise, self._region, identify=False
        )
        named, vaulted = self._names(given)
        values = {name: value for name, value in kept.values.items() if value not in ({}, None)}
        member = b',"context":' + _encode(values) if values else b""
        found = (*kept.found, *vaulted)
        return Context(member, named, found, given.get("historical") is True)

    def _names(self, given: Mapping[str, object]) -> tuple[tuple[Identifier, ...], list[Found]]:
        """Return the identifiers that a context holds: device token, external ids, traits."""
        named: list[Identifier] = []
        vaulted: list[Found] = []
        for type_, written in _written_ids(given):
            normal = normalise(type_, written, self._region)
            if normal is not None:
                key = self._tokenise(type_.word, normal)
                named.append(Identifier(type_, key))
                vaulted.append(Found(key, type_.word, written))
        traits = given.get("traits")
        if isinstance(traits, dict):
            more, found = names_in_traits(traits, self._tokenise, self._region)
            named += more
            vaulted += found
        return tuple(named), vaulted


def names_in_traits(
    traits: Mapping[str, Value], tokenise: Tokenise, region: str
) -> tuple[list[Identifier], list[Found]]:
    """Return the identifiers among traits that are there to name the person, not to be set."""
    parted = split(Place.TRAITS, traits, tokenise, region, identify=True)
    named = [Identifier(type_, tokenise(type_.word, n)) for type_, n, _ in parted.identifiers]
    found = [
        Found(one.key, type_.word, raw)
        for one, (type_, _, raw) in zip(named, parted.identifiers, strict=True)
    ]
    return named, found


def _allowed(given: Mapping[str, object]) -> dict[str, Value]:
    """Return the members of a context that are kept."""
    kept: dict[str, Value] = {}
    for name, members in _KEPT.items():
        value = given.get(name)
        if members is None:
            if isinstance(value, str):
                kept[name] = value[:256]
        elif isinstance(value, dict):
            kept[name] = {member: value[member] for member in value if member in members}
    return kept


def _written_ids(given: Mapping[str, object]) -> list[tuple[IdentifierType, str]]:
    """Return the device token and external ids of a context as they were written."""
    written: list[tuple[IdentifierType, str]] = []
    device = given.get("device")
    if isinstance(device, dict) and isinstance(device.get("token"), str):
        written.append((IdentifierType.DEVICE_TOKEN, device["token"]))
    external = given.get("externalIds")
    for one in external if isinstance(external, list) else ():
        if isinstance(one, dict) and isinstance(one.get("id"), str):
            type_ = _TYPES.get(str(one.get("type")))
            if type_ is not None:
                written.append((type_, one["id"]))
    return written
