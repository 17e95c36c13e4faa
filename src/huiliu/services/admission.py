"""What a channel asks before a message goes, besides policy: windows, credits, makers' limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from huiliu.kernel.events import NewEvent
from huiliu.messages.policy import Decision
from huiliu.messages.rendering import Rendered
from huiliu.ports.channel import Answer, ChannelAccount
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.leaving import Leaving, Reached

__all__ = ["Admission", "Gate", "Settle"]


class Admission(Protocol):
    """The gate of one batch of a brand's messages; everything under the people's locks."""

    def admit(
        self,
        queued: QueuedMessage,
        rendered: Rendered,
        account: ChannelAccount,
        contacts: Sequence[Reached],
    ) -> Decision | Sequence[Reached]:
        """Say whether a message may go now through an account to these contact points.

        Contact points instead of a decision: it goes to these of them only; at least one.

        What it takes for a message (a credit, a place in a window) is the message's: asked again
        for the same message it gives the same.
        """
        ...

    def close(self) -> None:
        """Write down what was taken."""
        ...


#: Takes in what became of the messages of one part, in the transaction that writes the answers;
#: returns events, which the caller appends last.
Settle = Callable[[Tx, World, Sequence[Leaving], Mapping[bytes, Answer], int], Sequence[NewEvent]]


@dataclass(frozen=True, slots=True)
class Gate:
    """How a channel decides, and what it notes afterwards."""

    #: (tx, world, brand_id, now).
    open: Callable[[Tx, World, int, int], Admission]
    settle: Settle | None = None
