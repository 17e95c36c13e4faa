"""SMS over SMPP 3.4 (next)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huiliu.channels.outbound import HostRule
from huiliu.kernel.errors import Problem
from huiliu.ports.channel import Answer, ChannelAccount, OutboundMessage, Receipt


class SmsChannel:
    """The Channel port over SMPP."""

    name = "sms"
    address_trait = "phone"
    fields: Mapping[str, str | None] = {}

    def __init__(self, rule: HostRule) -> None:
        """Hold the rule."""
        self._rule = rule

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Send."""
        raise NotImplementedError

    def receipts(self, account: ChannelAccount) -> Sequence[Receipt]:
        """Return."""
        return ()

    def problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return."""
        return ()

    def close(self) -> None:
        """Close."""
