"""Reads consent events: who may be reached how, and for what, as the ledger keeps it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from huiliu.kernel.consents import CONSENT_EVENTS, EVERY, PURPOSES, word_of
from huiliu.kernel.facts import Value

__all__ = ["CONSENT_EVENTS", "PURPOSES", "ConsentChange", "consent_changes"]

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
    channel = word_of(properties.get("channel"))
    purpose = word_of(properties.get("purpose")) or PURPOSES[0]
    method = str(properties.get("method") or "api")
    evidence = {key: value for key, value in properties.items() if key not in _COLUMNS}
    withdrawn = state == "withdrawn"
    named = sorted(channels) if channel in EVERY and withdrawn else [channel]
    wanted = PURPOSES if purpose in EVERY and withdrawn else (purpose,)
    return [
        ConsentChange(each, of, state, method, evidence)
        for each in named
        for of in wanted
        if each not in EVERY and of in PURPOSES
    ]
