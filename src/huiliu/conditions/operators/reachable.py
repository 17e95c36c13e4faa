"""`reachable`: the profile holds an address of a channel that may be written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import ibis

from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.consent import Consent
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.population import Tables
from huiliu.conditions.reading import Reading
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.facts import Facts
from huiliu.kernel.texts import Text, text

__all__ = ["REACHABLE", "Reachable"]

_KNOWN = frozenset({"reachable", "for"})
#: Channel -> the identifier that its address is.
_ADDRESSES: Final[Mapping[str, IdentifierType]] = {
    "email": IdentifierType.EMAIL, "sms": IdentifierType.PHONE,
    "push": IdentifierType.DEVICE_TOKEN, "wechat": IdentifierType.WECHAT_OPENID,
    "mini_program": IdentifierType.WECHAT_OPENID, "wecom": IdentifierType.WECOM_USERID,
    "douyin": IdentifierType.DOUYIN_OPENID,
}  # fmt: skip
#: What a message is for, as the policy knows it: marketing waits for a yes, service for no no.
_PURPOSES: Final = ("marketing", "service")


@dataclass(frozen=True, slots=True)
class Reachable:
    """Holds when an address is held that is not suppressed, and consent is as policy asks."""

    channel: str
    #: marketing or service.
    purpose: str = "marketing"
    #: What consent is asked for: that it was granted, or that it was withdrawn.
    consent: Consent = field(init=False, repr=False, compare=False)
    mentions: Mentions = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the question about consent."""
        state = "granted" if self.purpose == "marketing" else "withdrawn"
        consent = Consent(self.purpose, self.channel, state)
        object.__setattr__(self, "consent", consent)
        object.__setattr__(self, "mentions", consent.mentions | Mentions(identifiers=True))

    def holds(self, facts: Facts, now: int) -> bool:
        """Say whether a message of the channel would find an address and a consent."""
        held = facts.identifiers.get(_ADDRESSES[self.channel].word, ())
        if not any(address not in facts.suppressed for address in held):
            return False
        return self.consent.holds(facts, now) == (self.purpose == "marketing")

    def among(self, tables: Tables, now: int) -> ibis.Value:
        """Return the expression of `holds`."""
        held = tables.identifiers
        held = held.filter(
            held.type == _ADDRESSES[self.channel].word,
            ~held.identifier.isin(tables.suppressions.identifier),
        )
        consent = self.consent.among(tables, now)
        may = consent if self.purpose == "marketing" else ~consent
        return tables.people.profile_id.isin(held.profile_id) & may

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether it holds; time changes no address and no consent."""
        return self.holds(facts, now), None

    def next_change(self, facts: Facts, now: int) -> int | None:  # noqa: ARG002 - as in look
        """Return None: only new facts change the answer."""
        return None

    def sentence(self) -> Text:
        """Return the operator in words."""
        return text(f"conditions.reachable.{self.purpose}", channel=self.channel)

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        tree: dict[str, object] = {"reachable": self.channel}
        return tree if self.purpose == "marketing" else tree | {"for": self.purpose}


def _parse(
    raw: Mapping[str, object],
    path: str,
    reading: Reading,
    child: Child,  # noqa: ARG001 - a leaf
) -> Condition | None:
    """Return the condition of `{reachable: email}` or `{reachable: sms, for: service}`."""
    reading.refuse_unknown(raw, _KNOWN, path)
    channel, purpose = raw["reachable"], raw.get("for", "marketing")
    if purpose not in _PURPOSES:
        reading.fault(f"{path}.for", "want_message_purpose", known=", ".join(_PURPOSES))
    if not isinstance(channel, str) or channel not in _ADDRESSES:
        reading.fault(f"{path}.reachable", "want_reachable", known=", ".join(_ADDRESSES))
        return None
    return Reachable(channel, str(purpose))


REACHABLE = Operator(
    "reachable",
    _parse,
    form=(
        Field("reachable", "choice", needed=True, start="email", options=tuple(_ADDRESSES)),
        Field("for", "choice", options=_PURPOSES),
    ),
)
