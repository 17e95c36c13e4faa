"""Which contact points people have, as the log tells: made, moved and ended by its events.

Apps say `Contact Point Added` and `Contact Point Removed`; a push token in an event's context
(`context.device.token`, as Segment's libraries send it) says the same. Whoever named an address
last has it: on a phone that two people use, messages go to the one who is signed in. What a
provider calls dead is Huiliu's own word, `Contact Point Ended`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from huiliu.governance.dictionary import Place, rule_of
from huiliu.kernel.bodies import Body
from huiliu.kernel.events import Event, IdentifierType, Kind, NewEvent
from huiliu.messages.channels import CHANNELS, Channel
from huiliu.ports.contacts import ContactPoint, EndedContact
from huiliu.ports.store import Tx
from huiliu.services.addresses import token_of
from huiliu.services.message_events import internal_event

__all__ = ["ADDED", "ENDED", "REMOVED", "ContactChanges", "addressed", "end_contacts"]

ADDED: Final = "Contact Point Added"
REMOVED: Final = "Contact Point Removed"
#: Who agrees to a message is reached there.
_AGREED: Final = "Message Credit Granted"
ENDED: Final = "Contact Point Ended"
_SAID: Final = frozenset({ADDED, REMOVED, _AGREED})
_LONGEST: Final = 128
_DEVICE: Final = int(IdentifierType.DEVICE_TOKEN)


class ContactChanges:
    """What a batch of events says of contact points; written at its end."""

    def __init__(self, brand_id: int) -> None:
        """Hear nothing yet."""
        self._brand_id = brand_id
        #: In the order of the log: an address may come, go and come again in one batch.
        self._heard: list[ContactPoint | EndedContact] = []

    def hear(self, event: Event, body: Body, came_with: int, position: int) -> None:
        """Take in what one event says."""
        if event.name in _SAID:
            self._said(event, body, came_with, position)
        elif event.kind is Kind.INTERNAL:
            if event.name == ENDED:
                self._ended(body, event.occurred_at)
        elif event.identifiers and any(one.type == _DEVICE for one in event.identifiers):
            self._device(event, body.context, came_with, position)

    def write(self, tx: Tx) -> None:
        """Write down what was heard."""
        for is_end, together in _runs(self._heard):
            if is_end:
                tx.contacts.end(
                    self._brand_id, [one for one in together if isinstance(one, EndedContact)]
                )
            else:
                tx.contacts.put([one for one in together if isinstance(one, ContactPoint)])

    def _said(self, event: Event, body: Body, came_with: int, position: int) -> None:
        """Take in what an app says of an address."""
        given = body.properties
        channel = CHANNELS.get(_word(given, "channel"))
        if channel is None or not channel.has_contacts:
            return
        app = _word(given, "app")
        for key in addressed(event, given, channel):
            if event.name == REMOVED:
                reason = _word(given, "reason") or "removed"
                ended = EndedContact(channel.name, key, reason, event.occurred_at, app)
                self._heard.append(ended)
                continue
            self._heard.append(
                ContactPoint(
                    self._brand_id, channel.name, app, key, came_with,
                    _word(given, "platform").lower(), _word(given, "vendor").lower(),
                    _word(given, "provider").lower(), seen_at=event.occurred_at, position=position,
                )
            )  # fmt: skip

    def _device(
        self, event: Event, context: Mapping[str, Any], came_with: int, position: int
    ) -> None:
        """Take in the push token that an app names beside whatever it tells."""
        device, system, app = (
            found if isinstance(found := context.get(name), Mapping) else {}
            for name in ("device", "os", "app")
        )
        platform = _word(device, "type").lower() or _word(system, "name").lower()
        for one in event.identifiers:
            if one.type == _DEVICE:
                self._heard.append(
                    ContactPoint(
                        self._brand_id, "push", _word(app, "namespace"), one.key, came_with,
                        platform, _word(device, "manufacturer").lower(),
                        seen_at=event.occurred_at, position=position,
                    )
                )  # fmt: skip

    def _ended(self, body: Body, at: int) -> None:
        """Take in that a provider called an address dead."""
        given = body.properties
        try:
            key = bytes.fromhex(_word(given, "address"))
        except ValueError:
            return
        since = given.get("since")
        self._heard.append(
            EndedContact(
                _word(given, "channel"), key, _word(given, "reason"), at, _word(given, "app"),
                since if isinstance(since, int) else 0,
            )
        )  # fmt: skip


def end_contacts(
    tx: Tx, brand_id: int, ended: Iterable[tuple[int, EndedContact]]
) -> list[NewEvent]:
    """End contact points at once; return the events, which the caller appends last.

    Args:
        tx: an open transaction.
        brand_id: whose.
        ended: (profile, what ended).
    """
    known = list(ended)
    tx.contacts.end(brand_id, [one for _, one in known])
    return [
        internal_event(
            brand_id, profile_id, ENDED,
            {"channel": one.channel, "app": one.app or "", "address": one.key.hex(),
             "reason": one.reason, "since": one.since},
            one.at, one.channel, one.app or "", one.key, one.at,
        )
        for profile_id, one in known
    ]  # fmt: skip


def addressed(event: Event, given: Mapping[str, Any], channel: Channel) -> set[bytes]:
    """Return the addresses of a channel that an event names: as its properties, or as its person's.

    The vault's token of an identifier is its key.
    """
    named = {
        key
        for name, value in given.items()
        if (rule := rule_of(Place.PROPERTIES, name)) is not None
        and rule.type is channel.identifier
        and (key := token_of(value)) is not None
    }
    return named or {one.key for one in event.identifiers if one.type == channel.identifier}


def _runs(
    heard: Sequence[ContactPoint | EndedContact],
) -> Iterable[tuple[bool, list[ContactPoint | EndedContact]]]:
    """Yield what was heard in runs of one kind, in order: of one address the last word counts."""
    run: list[ContactPoint | EndedContact] = []
    for one in heard:
        if run and isinstance(one, EndedContact) != isinstance(run[-1], EndedContact):
            yield isinstance(run[-1], EndedContact), run
            run = []
        run.append(one)
    if run:
        yield isinstance(run[-1], EndedContact), run


def _word(given: Mapping[str, Any], name: str) -> str:
    """Return a short plain text, or ""."""
    found = given.get(name)
    return found[:_LONGEST] if isinstance(found, str) else ""
