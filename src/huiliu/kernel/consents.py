"""What a consent event says: yes or no, on which channel, for what; one reading for all rooms."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from huiliu.kernel.facts import Value

__all__ = [
    "ADS",
    "CONSENT_EVENTS",
    "EVERY",
    "LEDGER_EVENTS",
    "LEGAL_BASES",
    "NOT_THEIR_OWN",
    "PREFERENCE_SET",
    "PURPOSES",
    "REQUESTED",
    "word_of",
]

#: The two events that change consents, and the state that each leads to.
CONSENT_EVENTS: Final[Mapping[str, str]] = MappingProxyType({
    "Consent Granted": "granted",
    "Consent Withdrawn": "withdrawn",
})  # fmt: skip

#: A yes that waits for its confirmation: it changes nothing yet, but it is proof.
REQUESTED: Final = "Consent Requested"

#: Every event that becomes a row of the ledger, and the row's state.
LEDGER_EVENTS: Final[Mapping[str, str]] = MappingProxyType({
    **CONSENT_EVENTS, REQUESTED: "requested",
})  # fmt: skip

#: A person chose topics, how often, or a rest.
PREFERENCE_SET: Final = "Preference Set"

#: The channel of a word about ad platforms as a whole: nothing is sent on it.
ADS: Final = "ads"

#: What a person may say yes or no to; each on its own.
PURPOSES: Final = (
    "marketing", "service", "profiling", "ad_sharing", "location", "cross_border",
)  # fmt: skip

#: What a yes rests on. Source: GDPR article 6(1) a, b, f; ePrivacy directive article 13(2).
LEGAL_BASES: Final = ("consent", "contract", "legitimate_interest", "soft_opt_in")

#: Ways in which others say yes for a person: no refusal of theirs ends by these.
NOT_THEIR_OWN: Final = frozenset({"import", "console"})

#: Words that stand for all channels or purposes; a missing channel is the first of them.
EVERY: Final = ("", "*", "all")


def word_of(value: Value) -> str:
    """Return a channel or purpose as it is compared: small letters; what is no text is empty."""
    return value.lower() if isinstance(value, str) else ""
