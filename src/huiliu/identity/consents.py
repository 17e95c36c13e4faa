"""Reads consent events: who may be reached how, and for what, as the ledger keeps it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from huiliu.kernel.facts import Value

__all__ = ["CONSENT_EVENTS", "PURPOSES", "ConsentChange", "consent_changes"]

#: The two events that change consents, and the state that each leads to.
CONSENT_EVENTS: Mapping[str, str] = MappingProxyType({
    "Consent Granted": "granted",
    "Consent Withdrawn": "withdrawn",
})  # fmt: skip

#: What a person may say yes or no to; each on its own.
PURPOSES = ("marketing", "service", "profiling", "ad_sharing", "location")

_EVERY = ("", "*", "all")
_COLUMNS = ("channel", "purpose", "method")


@dataclass(frozen=True, slots=True)
class ConsentChange:
    """One channel and purpose that an event says yes or no to."""

    channel: str
    purpose: str
    state: str
    method: str
    #: What else the event said: text version, page, form.
    evidence: Mapping[str, Value]


def consent_changes(
    name: str, properties: Mapping[str, Value], channels: Collection[str]
) -> list[ConsentChange]:
    """Return what a consent event changes; empty where it cannot be understood.

    A withdrawal without a channel withdraws from every channel: in doubt no one is disturbed. A
    grant without a channel, or for a purpose that does not exist, grants nothing.
    """
    state = CONSENT_EVENTS[name]
    channel = str(properties.get("channel") or "").lower()
    purpose = str(properties.get("purpose") or "marketing").lower()
    method = str(properties.get("method") or "api")
    evidence = {key: value for key, value in properties.items() if key not in _COLUMNS}
    withdrawn = state == "withdrawn"
    named = sorted(channels) if channel in _EVERY and withdrawn else [channel]
    wanted = PURPOSES if purpose in _EVERY and withdrawn else (purpose,)
    return [
        ConsentChange(each, of, state, method, evidence)
        for each in named
        for of in wanted
        if each not in _EVERY and of in PURPOSES
    ]
