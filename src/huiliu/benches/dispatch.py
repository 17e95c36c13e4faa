"""`dispatch`: messages a second of one worker to a channel that takes everything.

In the figure: claim, locks, consent, suppression, quiet hours, cap, the address and name out of
the vault, Liquid rendering of subject, text and HTML, the attempt row committed before the call,
the answer, and the `Message Sent` event in the log. Half are marketing, half service, each class in
a loop of its own as in a worker. Not in it: a network, and the projector.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from huiliu.benches.frame import Measured, Place, Size
from huiliu.benches.outbox import BRAND, NOW, fill, send_all, sent_through, statuses
from huiliu.bootstrap import defer_collection
from huiliu.channels.provider import BaseProvider
from huiliu.kernel.times import Instant
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount, OutboundMessage
from huiliu.stores.clock import SimulatedClock

__all__ = ["NullProvider", "run"]

_SIZES: Final = {"small": 12_000, "full": 100_000}


class NullProvider(BaseProvider):
    """Takes every message and forgets it."""

    name = "null"
    channel = "email"

    def __init__(self) -> None:
        """Start at none."""
        self.n_sent = 0

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Accept all."""
        del account
        self.n_sent += len(messages)
        return [Answer(one.message_id, AnswerState.ACCEPTED) for one in messages]


def run(size: Size, place: Place) -> Measured:
    """Return the messages a second of one worker."""
    n_messages = _SIZES[size]
    provider = NullProvider()
    account = ChannelAccount(BRAND, "email", "null", {}, provider="null")
    with place.house(SimulatedClock(Instant(NOW))) as house:
        fill(house, "email", n_messages, account)
        defer_collection()  # as a worker does
        seconds = send_all(sent_through(house.world, provider), "email")
        found = statuses(house)
    assert found == {"sent": n_messages}, found
    assert provider.n_sent == n_messages
    details = {"size": {"messages": n_messages}, "seconds": round(seconds, 2), "statuses": found}
    return Measured(n_messages / seconds, None, details)
