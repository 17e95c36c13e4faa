"""What a consent event says: yes or no, on which channel, for what; one reading for all rooms."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from huiliu.kernel.facts import Value

__all__ = ["CONSENT_EVENTS", "EVERY", "PURPOSES", "word_of"]

#: The two events that change consents, and the state that each leads to.
CONSENT_EVENTS: Final[Mapping[str, str]] = MappingProxyType({
    "Consent Granted": "granted",
    "Consent Withdrawn": "withdrawn",
})  # fmt: skip

#: What a person may say yes or no to; each on its own.
PURPOSES: Final = ("marketing", "service", "profiling", "ad_sharing", "location")

#: Words that stand for all channels or purposes; a missing channel is the first of them.
EVERY: Final = ("", "*", "all")


def word_of(value: Value) -> str:
    """Return a channel or purpose as it is compared: small letters; what is no text is empty."""
    return value.lower() if isinstance(value, str) else ""
