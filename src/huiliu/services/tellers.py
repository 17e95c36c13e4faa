"""Who may tell what: some names of events are not for every sender."""

from __future__ import annotations

from typing import Final

import msgspec

from huiliu.kernel.events import OWN_EVENTS, EventNames

__all__ = ["ANYBODY", "Teller"]


class Teller(msgspec.Struct, frozen=True):
    """Who sends, as far as it decides what may be sent."""

    #: Those of Huiliu's own events that the sender makes, being a part of Huiliu.
    own: frozenset[str] = frozenset()
    #: What the operator lets nobody send who holds no more than a public key.
    closed: EventNames | None = None

    def fault(self, name: str) -> str:
        """Return the key of the sentence why an event is not the sender's to tell, or ""."""
        if name in OWN_EVENTS and name not in self.own:
            return "collect.reserved_name"
        # Calls that are no events of a name have names with a dollar sign.
        if self.closed is not None and not name.startswith("$") and name in self.closed:
            return "collect.not_public"
        return ""


#: Who has no special standing: every door that does not say otherwise.
ANYBODY: Final = Teller()
