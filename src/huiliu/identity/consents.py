"""Reads consent events: who may be reached how, and for what, as the ledger keeps it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.consents import (
    CONSENT_EVENTS,
    EVERY,
    LEDGER_EVENTS,
    LEGAL_BASES,
    PURPOSES,
    word_of,
)
from huiliu.kernel.facts import Value

__all__ = [
    "CONSENT_EVENTS",
    "LEDGER_EVENTS",
    "PURPOSES",
    "ConsentChange",
    "consent_changes",
]

_COLUMNS: Final = (
    "channel", "purpose", "method", "legal_basis", "jurisdiction", "text_version", "text_locale",
    "source", "collected_by", "address", "expires_at",
)  # fmt: skip
_ADDRESS_BYTES: Final = 16
#: Of a word that a sender chose, so much is kept.
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class ConsentChange:
    """One channel and purpose that an event says yes or no to."""

    channel: str
    purpose: str
    #: granted, withdrawn or requested.
    state: str
    method: str
    #: What else the event said: page, form, message.
    evidence: Mapping[str, Value]
    #: One of LEGAL_BASES; "" for a refusal, which needs none.
    legal_basis: str = ""
    #: ISO 3166 country whose law it was given under, or "".
    jurisdiction: str = ""
    #: Which wording the person saw, and in which language.
    text_version: str = ""
    text_locale: str = ""
    #: Where it came in: `form:signup`, `import:crm`, `message`.
    source: str = ""
    #: Who took it down, without a name: `user:3`, `key:2`, "" = the person's own hand.
    collected_by: str = ""
    #: Keyed hash of the address that it was given for; b"" = whichever the person has.
    address: bytes = b""
    #: A yes ends here by itself; 0 = it does not.
    expires_at: int = 0


def consent_changes(
    name: str, properties: Mapping[str, Value], channels: Collection[str]
) -> list[ConsentChange]:
    """Return what a consent event changes; empty where it cannot be understood.

    A withdrawal without a channel withdraws from every channel: in doubt no one is disturbed. A
    grant without a channel, or for a purpose that does not exist, grants nothing.
    """
    state = LEDGER_EVENTS[name]
    channel = word_of(properties.get("channel"))
    purpose = word_of(properties.get("purpose")) or PURPOSES[0]
    withdrawn = state == "withdrawn"
    named = sorted(channels) if channel in EVERY and withdrawn else [channel]
    wanted = PURPOSES if purpose in EVERY and withdrawn else (purpose,)
    basis = word_of(properties.get("legal_basis"))
    given = {
        "method": str(properties.get("method") or "api")[:_LONGEST],
        "legal_basis": "" if withdrawn else basis if basis in LEGAL_BASES else LEGAL_BASES[0],
        "jurisdiction": word_of(properties.get("jurisdiction"))[:8].upper(),
        "text_version": _short(properties, "text_version"),
        "text_locale": _short(properties, "text_locale"),
        "source": _short(properties, "source"),
        "collected_by": _short(properties, "collected_by"),
    }
    address, expires_at = _hash_of(properties.get("address")), properties.get("expires_at")
    ends = expires_at if type(expires_at) is int and not withdrawn else 0
    evidence = {key: value for key, value in properties.items() if key not in _COLUMNS}
    return [
        ConsentChange(each, of, state, evidence=evidence, address=address, expires_at=ends, **given)
        for each in named
        for of in wanted
        if each not in EVERY and of in PURPOSES
    ]


def _short(properties: Mapping[str, Value], name: str) -> str:
    """Return a word that an event says, cut to a length."""
    value = properties.get(name)
    return str(value)[:_LONGEST] if isinstance(value, str | int) else ""


def _hash_of(value: Value) -> bytes:
    """Return the keyed hash that an event holds, or b"" where it is none."""
    try:
        found = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        return b""
    return found if len(found) == _ADDRESS_BYTES else b""
