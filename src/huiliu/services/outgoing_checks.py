"""The last look at a text before it goes: rule packs, and what carriers approved."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from huiliu.messages.filing import Unfiled
from huiliu.messages.policy import Case
from huiliu.messages.rendering import Rendered
from huiliu.ports.channel import ChannelAccount, Filed
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.content_gates import OutgoingTexts
from huiliu.services.filings import Filings

__all__ = ["BLOCKED", "Looked", "OutgoingChecks"]

BLOCKED = "content_blocked"


class Looked(msgspec.Struct, frozen=True, gc=False):
    """What was seen in a text."""

    #: "" = it may go, else why not.
    reason: str = ""
    #: The approved text that it is, for providers that ask.
    filed: Filed | None = None


_FINE = Looked()
_BAD = Looked(BLOCKED)


class OutgoingChecks:
    """Looks at one batch of a brand's messages."""

    def __init__(self, tx: Tx, world: World, brand_id: int, now: int) -> None:
        """Take the packs and filings that are in force now."""
        self._texts = OutgoingTexts(tx, world, brand_id, now)
        self._filings = Filings(tx, world, brand_id)

    def foresee(self, batch: Sequence[tuple[QueuedMessage, Rendered, Case]]) -> None:
        """Look at many texts at once: where nothing is found in all of them, nothing is in each."""
        self._texts.foresee(
            [(queued, rendered, _country(queued, case)) for queued, rendered, case in batch]
        )

    def look(
        self, queued: QueuedMessage, rendered: Rendered, account: ChannelAccount, case: Case
    ) -> Looked:
        """Say whether a rendered message may leave through an account, and as which filing."""
        if not self._texts.may_go(queued, rendered, _country(queued, case)):
            return _BAD
        if queued.channel != "sms":
            return _FINE
        found = self._filings.filed(account, queued.template, rendered.parts["text"], case.address)
        if found is None:
            return _FINE
        return Looked(found.reason) if isinstance(found, Unfiled) else Looked("", found)


def _country(queued: QueuedMessage, case: Case) -> str:
    """Return the country whose law holds, where it is known."""
    return case.places[0] if queued.channel == "sms" and case.places else ""
