"""Messages in virtual time: the dispatcher's own policy, with what it shifts and refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.journeys.cancel import is_cancelled
from huiliu.journeys.nodes import Queue
from huiliu.journeys.step import Caused
from huiliu.journeys.virtual.agenda import MESSAGES, Agenda, Coming
from huiliu.journeys.virtual.people import Person, Posted, Run
from huiliu.journeys.virtual.setting import Setting
from huiliu.journeys.virtual.watcher import Watcher
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import message_id, show_id
from huiliu.messages.policy import Case, Hold, Refuse, SentBefore, decide, is_zone

__all__ = ["Outbox"]

_NOTHING: Final[Mapping[str, Value]] = {}
#: What stands for an address that is known but that nobody may read.
_HELD: Final = "held"


class Outbox:
    """Decides about messages as live does, and lets what becomes of them be heard."""

    def __init__(self, setting: Setting, agenda: Agenda, watcher: Watcher) -> None:
        """Have sent nothing yet."""
        self._setting = setting
        self._agenda = agenda
        self._watcher = watcher
        self._own = frozenset(journey.slug for journey in setting.journeys)

    def post(self, run: Run, caused: Caused, queue: Queue, now: int) -> None:
        """Take a message that a run decided on; it is decided about at once."""
        face = self._setting.faces.get(queue.template)
        person, node = run.person, caused.node
        told = f"{node}#{queue.nth}" if queue.nth else node
        message = Posted(
            run=run,
            node=node,
            visit=caused.visit,
            queue=queue,
            channel=queue.channel or (face.channel if face else ""),
            message_class=queue.message_class or (face.message_class if face else "marketing"),
            message_id=message_id(
                self._setting.brand_id, run.run_id, told, caused.visit, person.profile_id
            ),
            queued_at=now,
        )
        self._watcher.posted(message)
        self._agenda.wake(now, MESSAGES, message)

    def decide(self, message: Posted, now: int) -> None:
        """Send a message, put it off, or refuse it."""
        rules = self._setting.rules
        if rules is not None:
            decision = decide(rules, self._case(message, rules.cap_window, now), now)
            if isinstance(decision, Hold):
                self._watcher.held(message, decision.until, decision.reason, now)
                self._agenda.wake(decision.until, MESSAGES, message)
                return
            if isinstance(decision, Refuse):
                self._watcher.not_sent(message, decision.reason, now)
                self._tell(message, "Message Not Sent", now, {"reason": decision.reason})
                return
        self._send(message, now)

    def count(self, person: Person, at: int, properties: Mapping[str, Value]) -> None:
        """Count a message that was sent towards caps, unless it was sent here."""
        if properties.get("journey") in self._own:
            return
        channel, message_class = properties.get("channel"), properties.get("class")
        if isinstance(channel, str):
            person.sent.append(SentBefore(at, channel, str(message_class or "marketing")))

    def _send(self, message: Posted, now: int) -> None:
        """Hand a message to its channel, which takes it, and let the reactions come."""
        person = message.person
        person.sent.append(SentBefore(now, message.channel, message.message_class))
        self._watcher.sent(message, now)
        self._tell(message, "Message Sent", now, _NOTHING)
        shown = show_id(message.message_id)
        if shown in self._setting.known_messages:
            person.known_sent.add(shown)
            return
        for name, after, properties in self._setting.echoes.of(message, now):
            self._tell(message, name, now + after, properties)

    def _case(self, message: Posted, window: int, now: int) -> Case:
        """Return what the decision about a message rests on."""
        person, setting = message.person, self._setting
        trait = setting.addresses.get(message.channel)
        zone = person.traits.get("zone")
        queue, assumes = message.queue, setting.assumes_reach
        key = (message.channel, "marketing")
        if person.sent and person.sent[0].sent_at <= now - window:
            person.sent = [one for one in person.sent if one.sent_at > now - window]
        return Case(
            channel=message.channel,
            message_class=message.message_class,
            expires_at=queue.expires_at,
            cancelled=bool(queue.cancel_when) and is_cancelled(queue.cancel_when, person.facts),
            address=_HELD if assumes or trait is None or person.traits.get(trait) else "",
            address_is_wrong=False,
            suppressed=trait is not None and self._is_suppressed(person, trait),
            consents={key: "granted"} | person.consents if assumes else person.consents,
            zone=zone if isinstance(zone, str) and is_zone(zone) else setting.zone,
            sent_before=person.sent,
        )

    def _is_suppressed(self, person: Person, trait: str) -> bool:
        """Say whether every address of this kind that is known must never be written to."""
        held = person.identifiers.get(trait, ())
        return bool(held) and all(one in self._setting.suppressed for one in held)

    def react(
        self, message: Posted, name: str, at: int, own: Mapping[str, Value] = _NOTHING
    ) -> None:
        """Let something that became of a message be heard."""
        self._tell(message, name, at, own)

    def _tell(self, message: Posted, name: str, at: int, own: Mapping[str, Value]) -> None:
        """Let an event about a message be heard, with the properties that live has."""
        properties: dict[str, Value] = {
            "message_id": show_id(message.message_id),
            "channel": message.channel,
            "template": message.queue.template,
            "journey": message.journey,
            "node": message.node,
            "run_id": show_id(message.run_id),
            "class": message.message_class,
            "reason": "",
            **own,
        }
        self._agenda.tell(at, Coming(message.person, name, properties, _NOTHING))
