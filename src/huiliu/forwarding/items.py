"""What one logged event is to a destination: the facts that go, without any personal value."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from huiliu.forwarding.destination import Destination
from huiliu.kernel.bodies import Body
from huiliu.kernel.consents import CONSENT_EVENTS, PURPOSES, word_of
from huiliu.kernel.events import Event, Flag, Kind
from huiliu.kernel.ids import digest

__all__ = ["ERASED", "FOR_EVERYBODY", "ORIGIN", "Item", "item_id", "items_of", "tag_item"]

#: Huiliu's own event that a person was erased; nothing else is left of them.
ERASED: Final = "$erase"
#: `library.name` of a context that says which destination a contact came from.
ORIGIN: Final = "crm/"
#: Kinds that end something: they go whatever segment the person is in.
FOR_EVERYBODY: Final = frozenset({"merged", "suppression", "erasure"})
_SUPPRESSIONS: Final = {"Address Suppressed": True, "Address Restored": False}
#: Events whose names are Huiliu's own grammar: told as what they are, not as events.
_GRAMMAR: Final = frozenset({"$merge", "$unmerge", ERASED})


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fact on its way; personal values are tokens, to be revealed when it leaves."""

    #: profile, merged, tag, consent, suppression, erasure, event.
    kind: str
    #: The profile that it came with; 0 = nobody.
    profile_id: int
    #: Where in the log; of a tag's change the instant that it was set.
    position: int
    #: When it happened.
    at: int
    #: The event's name, or the tag's.
    name: str = ""
    #: What it carried.
    data: dict[str, Any] = {}
    #: Distinguishes several of one position.
    nth: int = 0

    @property
    def is_for_everybody(self) -> bool:
        """Say whether it goes whatever segment the person is in."""
        is_no = self.kind == "consent" and self.data.get("state") == "withdrawn"
        return is_no or self.kind in FOR_EVERYBODY


def item_id(brand_id: int, destination: str, item: Item) -> bytes:
    """Return the id under which a receiver knows an item: the same whenever it is sent."""
    # The person belongs to it: a tag is computed for a million people at one instant.
    return digest(
        "forward", brand_id, destination, item.kind, item.name, item.profile_id, item.position,
        item.nth,
    )  # fmt: skip


def tag_item(tag: str, profile_id: int, set_at: int, value: Any) -> Item:  # a tag's value
    """Return the item of a changed tag; None = it was cleared."""
    return Item("tag", profile_id, set_at, set_at, tag, {"tag": tag, "value": value})


def items_of(to: Destination, event: Event, body: Body, profile_id: int) -> list[Item]:
    """Return what an event is to a destination, in the order in which it goes.

    What came from the destination itself does not go back to it.
    """
    if event.flags & Flag.TEST or _origin(body) == f"{ORIGIN}{to.name}":
        return []

    said = _told(to, event, body)
    if profile_id and "profiles" in to.sends and _says_who(event):
        said.append(("profile", {}))
    if _goes_as_event(to, event):
        carried = {"call": event.kind.word, "properties": body.properties}
        said.append(("event", carried | ({"traits": body.traits} if body.traits else {})))
    return [
        Item(kind, profile_id, event.offset, event.occurred_at, event.name, data, nth)
        for nth, (kind, data) in enumerate(said)
    ]


def _told(to: Destination, event: Event, body: Body) -> list[tuple[str, dict[str, Any]]]:
    """Return what Huiliu's own grammar says: merges, erasures, consents, suppressions."""
    name, said = event.name, body.properties
    if name == "$merge" and "merges" in to.sends:
        return [("merged", {"from": int(said.get("from") or 0)})]
    if name == ERASED and "erasures" in to.sends:
        return [("erasure", {})]
    if name in CONSENT_EVENTS and "consents" in to.sends:
        return [("consent", _consent(name, body))]
    if name in _SUPPRESSIONS and "suppressions" in to.sends:
        data = {"suppressed": _SUPPRESSIONS[name], "reason": said.get("reason")}
        return [("suppression", data)]
    return []


def _goes_as_event(to: Destination, event: Event) -> bool:
    """Say whether an event goes as the event that it is."""
    if event.name in _GRAMMAR or (event.flags & Flag.HISTORICAL and not to.historical):
        return False
    # Traits go as the profile, under the names of the field map.
    if event.kind in {Kind.IDENTIFY, Kind.ALIAS, Kind.GROUP} or event.name == "$identify":
        return False
    is_told_already = (event.name in CONSENT_EVENTS and "consents" in to.sends) or (
        event.name in _SUPPRESSIONS and "suppressions" in to.sends
    )
    return not is_told_already and to.wants_event(event.name, is_own=event.kind is Kind.INTERNAL)


def _says_who(event: Event) -> bool:
    """Say whether an event may have changed what is known of the person."""
    if event.kind is Kind.INTERNAL:
        return event.name in {"$identify", "$merge", "$unmerge"} or event.name in CONSENT_EVENTS
    return True


def _consent(name: str, body: Body) -> dict[str, Any]:
    """Return what a consent event says; no channel of a withdrawal means every one."""
    said = body.properties
    return {
        "state": CONSENT_EVENTS[name],
        "channel": word_of(said.get("channel")) or "*",
        "purpose": word_of(said.get("purpose")) or PURPOSES[0],
        "method": said.get("method") or "api",
    }


def _origin(body: Body) -> str:
    """Return the library that an event says it comes from."""
    library = body.context.get("library")
    return str(library.get("name", "")) if isinstance(library, dict) else ""
