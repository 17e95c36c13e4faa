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
from huiliu.kernel.buckets import share
from huiliu.kernel.calendar import is_zone
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import message_id, show_id
from huiliu.kernel.times import DAY
from huiliu.messages.attention import Contender
from huiliu.messages.caps import SentBefore
from huiliu.messages.odds import tired
from huiliu.messages.policy import OUTCOMPETED, Case, Hold, Refuse, decide
from huiliu.messages.rules import Rules
from huiliu.messages.whereabouts import whereabouts

__all__ = ["Outbox"]

_NOTHING: Final[Mapping[str, Value]] = {}
#: What stands for an address that is known but that nobody may read.
_HELD: Final = "held"
_SERVICE: Final = "service"


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
        if self._setting.rules is not None and message.message_class != _SERVICE:
            message.not_before = now
            person.waiting.append(message)
        self._agenda.wake(now, MESSAGES, message)

    def decide(self, message: Posted, now: int) -> None:
        """Send a message, put it off, or refuse it."""
        rules = self._setting.rules
        if rules is not None:
            decision = decide(rules, self._case(message, rules, now), now)
            if isinstance(decision, Hold):
                message.not_before, message.reason = decision.until, decision.reason
                self._watcher.held(message, decision.until, decision.reason, now)
                self._agenda.wake(decision.until, MESSAGES, message)
                return
            _take_out(message)
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
            journey = str(properties.get("journey") or "")
            person.sent.append(SentBefore(at, channel, str(message_class or "marketing"), journey))

    def _send(self, message: Posted, now: int) -> None:
        """Hand a message to its channel, which takes it, and let the reactions come."""
        person = message.person
        journey = message.run.journey
        person.sent.append(
            SentBefore(now, message.channel, message.message_class, journey.slug, journey.category)
        )
        self._watcher.sent(message, now)
        self._tell(message, "Message Sent", now, _NOTHING)
        shown = show_id(message.message_id)
        if shown in self._setting.known_messages:
            person.known_sent.add(shown)
            return
        for name, after, properties in self._setting.echoes.of(message, now):
            self._tell(message, name, now + after, properties)

    def _case(self, message: Posted, rules: Rules, now: int) -> Case:
        """Return what the decision about a message rests on."""
        person, setting = message.person, self._setting
        trait = setting.addresses.get(message.channel)
        zone = person.traits.get("zone")
        queue, assumes = message.queue, setting.assumes_reach
        key = (message.channel, "marketing")
        oldest = now - rules.lookback
        if person.sent and person.sent[0].sent_at <= oldest:
            person.sent = [one for one in person.sent if one.sent_at > oldest]
        where = whereabouts(message.channel, "", person.traits, setting.zone)
        me, rivals = self._contest(message, rules, now)
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
            zones=where.zones,
            places=where.places,
            me=me,
            rivals=rivals,
            draw=share(f"attention|{setting.brand_id}|{now // DAY}", person.profile_id)
            if rivals
            else 1.0,
            was_outcompeted=message.reason == OUTCOMPETED,
        )

    def _contest(
        self, message: Posted, rules: Rules, now: int
    ) -> tuple[Contender | None, list[Contender]]:
        """Return a marketing message as it competes, and the person's others that wait."""
        if message.message_class == _SERVICE:
            return None, []
        until = now + rules.attention.look_ahead
        rivals = [
            self._contender(one, rules, now)
            for one in message.person.waiting
            if one is not message and one.not_before <= until
        ]
        return self._contender(message, rules, now), rivals

    def _contender(self, message: Posted, rules: Rules, now: int) -> Contender:
        """Return a message as it competes."""
        journey, attention = message.run.journey, rules.attention
        worth = 0.0
        if attention.asks_worth:
            person = message.person
            inside = person.inside
            segment = next((one for one in attention.segments if one in inside), "")
            tag = person.tags.get(attention.remaining_tag)
            value = tag.value if tag is not None else None
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            remaining = float(value) if is_number else attention.remaining  # type: ignore[arg-type] # a number, as was asked
            worth = self._setting.odds.worth(
                attention, journey.slug, segment, message.channel,
                tired(person.sent, message.channel, now), remaining,
            )  # fmt: skip
        return Contender(
            message.message_id, message.channel, journey.slug, journey.category, journey.priority,
            message.queued_at, message.not_before, worth,
        )  # fmt: skip

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


def _take_out(message: Posted) -> None:
    """Let a message wait no more: what became of it is decided."""
    if message.message_class != _SERVICE:
        waiting = message.person.waiting
        waiting[:] = [one for one in waiting if one is not message]
