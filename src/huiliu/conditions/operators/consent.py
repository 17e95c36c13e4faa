"""`consent`: what the profile said last about a purpose on a channel, or that nobody asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import ibis

from huiliu.conditions.form import Field
from huiliu.conditions.last_word import last_word, last_word_among
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.population import Cell, Tables, moment_literal
from huiliu.conditions.reading import Reading
from huiliu.conditions.values import as_moment
from huiliu.kernel.consents import CONSENT_EVENTS, EVERY, PURPOSES, word_of
from huiliu.kernel.facts import EventFact, Facts
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_instant

__all__ = ["CONSENT", "Consent"]

_KNOWN = frozenset({"consent", "channel", "is", "at"})
_GRANTED, _WITHDRAWN = CONSENT_EVENTS
#: State -> the last word that means it.
_STATES: Final[Mapping[str, str | None]] = {
    "granted": _GRANTED, "withdrawn": _WITHDRAWN, "never_asked": None,
}  # fmt: skip
_MENTIONS = Mentions(events=frozenset(CONSENT_EVENTS), ever=True)


@dataclass(frozen=True, slots=True)
class Consent:
    """Holds when the last consent event about channel and purpose leads to the state."""

    purpose: str
    channel: str
    state: str = "granted"
    #: As it stood at this instant; None = now.
    at: int | None = None

    @property
    def mentions(self) -> Mentions:
        """Return the events of consents, of all time."""
        return _MENTIONS

    def holds(self, facts: Facts, now: int) -> bool:  # noqa: ARG002 - time changes no consent
        """Say whether the last word about channel and purpose leads to the state."""
        return last_word(facts, CONSENT_EVENTS, self._is_meant) == _STATES[self.state]

    def among(self, tables: Tables, now: int) -> ibis.Value:  # noqa: ARG002 - as in holds
        """Return the expression of `holds`."""
        events = tables.events
        rows = events.filter(events.name.isin(list(CONSENT_EVENTS)))
        if self.at is not None:
            rows = rows.filter(rows.occurred_at <= moment_literal(self.at))
        channel = _word_among(tables.cell(rows.properties, ("channel",)))
        purpose = _word_among(tables.cell(rows.properties, ("purpose",)))
        withdrawn = rows.name == _WITHDRAWN
        named = (channel == self.channel) | (withdrawn & channel.isin(EVERY))
        # Without a purpose it is about marketing.
        meant = (purpose == self.purpose) | (withdrawn & purpose.isin(EVERY[1:]))
        if self.purpose == PURPOSES[0]:
            meant |= purpose == ""
        last = last_word_among(rows.filter(named & meant))
        people, word = tables.people.profile_id, _STATES[self.state]
        if word is None:
            return ~people.isin(last.profile_id)
        return people.isin(last.filter(last.name == word).profile_id)

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether it holds; time changes no consent."""
        return self.holds(facts, now), None

    def next_change(self, facts: Facts, now: int) -> int | None:  # noqa: ARG002 - as in holds
        """Return None: only a new event changes the answer."""
        return None

    def sentence(self) -> Text:
        """Return the operator in words."""
        said = text(
            f"conditions.consent.{self.state}",
            purpose=text(f"conditions.purpose.{self.purpose}"),
            channel=self.channel,
        )
        if self.at is None:
            return said
        return text("conditions.as_of", inner=said, at=show_instant(self.at))

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        tree: dict[str, object] = {
            "consent": self.purpose, "channel": self.channel, "is": self.state,
        }  # fmt: skip
        if self.at is not None:
            tree["at"] = show_instant(self.at)
        return tree

    def _is_meant(self, row: EventFact) -> bool:
        """Say whether an event is about this channel and purpose, as the ledger reads it."""
        if self.at is not None and row.occurred_at > self.at:
            return False
        withdrawn = row.name == _WITHDRAWN
        channel = word_of(row.properties.get("channel"))
        purpose = word_of(row.properties.get("purpose")) or PURPOSES[0]
        return (channel == self.channel or (withdrawn and channel in EVERY)) and (
            purpose == self.purpose or (withdrawn and purpose in EVERY)
        )


def _word_among(cell: Cell) -> ibis.Value:
    """Return the expression of `word_of`."""
    return cell.text().lower().fill_null("")


def _parse(
    raw: Mapping[str, object],
    path: str,
    reading: Reading,
    child: Child,  # noqa: ARG001 - a leaf
) -> Condition | None:
    """Return the condition of `{consent: marketing, channel: sms, is: granted}`."""
    reading.refuse_unknown(raw, _KNOWN, path)
    purpose, channel, state = raw["consent"], raw.get("channel"), raw.get("is", "granted")
    if purpose not in PURPOSES:
        reading.fault(f"{path}.consent", "want_purpose", known=", ".join(PURPOSES))
    if not isinstance(channel, str) or channel != channel.lower() or channel in EVERY:
        reading.fault(f"{path}.channel", "want_channel")
    if not isinstance(state, str) or state not in _STATES:
        reading.fault(f"{path}.is", "want_consent_state", known=", ".join(_STATES))
    at = as_moment(str(raw["at"])) if "at" in raw else None
    if "at" in raw and at is None:
        reading.fault(f"{path}.at", "want_moment")
    return Consent(str(purpose), str(channel), str(state), at)


CONSENT = Operator(
    "consent",
    _parse,
    form=(
        Field("consent", "choice", needed=True, start=PURPOSES[0], options=PURPOSES),
        Field("channel", "channel", needed=True),
        Field("is", "choice", needed=True, start="granted", options=tuple(_STATES)),
        Field("at", "moment"),
    ),
)
