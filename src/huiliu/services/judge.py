"""Decides about claimed messages under their people's locks, and writes down what was decided."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from huiliu.journeys.journey import DEFAULT_PRIORITY
from huiliu.kernel.events import NewEvent
from huiliu.kernel.times import MINUTE, Instant
from huiliu.messages.policy import Decision, Hold, Refuse, Send, SentBefore
from huiliu.messages.template import Rendered
from huiliu.ports.channel import ChannelAccount, OutboundMessage, Target
from huiliu.ports.messages import Attempt, MessageRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.channel_gates import GATES
from huiliu.services.guard_pauses import GUARD_PAUSED, open_pauses
from huiliu.services.hold_out import HELD_OUT, HoldOuts
from huiliu.services.leaving import Leaving, Reached
from huiliu.services.links import Tracker
from huiliu.services.live import Running, live
from huiliu.services.mail_desk import MailDesk
from huiliu.services.message_events import message_event
from huiliu.services.moves import STOPPED
from huiliu.services.outgoing_checks import Looked, OutgoingChecks
from huiliu.services.parsed_templates import read_templates
from huiliu.services.recipients import Recipient, gather
from huiliu.services.stages import Stages, open_stages
from huiliu.services.supply import Room, Supply, units_of
from huiliu.services.sweep import CANCELLED, PARKED
from huiliu.services.verdicts import Verdicts, way_out

__all__ = ["judge"]

#: How long a message waits for a template that a provider refused.
TEMPLATE_WAIT: Final = 15 * MINUTE


@dataclass(slots=True)
class _Book:
    """What was decided about one batch, before it is written."""

    rows: list[MessageRow] = field(default_factory=list)
    not_before: list[int] = field(default_factory=list)
    leaving: list[Leaving] = field(default_factory=list)
    events: list[NewEvent] = field(default_factory=list)

    def enter(self, row: MessageRow, not_before: int) -> None:
        """Note how a row is to stand."""
        self.rows.append(row)
        self.not_before.append(not_before)


def judge(
    tx: Tx,
    world: World,
    rows: Sequence[MessageRow],
    supply: Supply,
    now: Instant,
    lease_until: int,
) -> tuple[int, list[Leaving]]:
    """Decide about every claimed row; return how many were decided and those that leave.

    Everything is written in the caller's transaction: statuses, and the events of those that never
    leave; the log comes last. Attempts are the caller's: each is written when its part goes.
    """
    book = _Book()
    by_brand: dict[int, list[MessageRow]] = {}
    for row in rows:
        by_brand.setdefault(row.queued.brand_id, []).append(row)
    for brand_id, mine in sorted(by_brand.items()):
        _judge_brand(tx, world, book, brand_id, mine, supply, now)
    tx.messages.decide(book.rows, book.not_before, lease_until)
    tx.log.append(book.events)
    return len(book.rows), book.leaving


@dataclass(frozen=True, slots=True)
class _Way:
    """How a message leaves: through whom, as what, and what it counts."""

    rendered: Rendered
    room: Room
    account: ChannelAccount
    looked: Looked
    units: int
    contacts: Sequence[Reached] = ()


class _Ways:
    """Finds how the messages of one brand's batch may leave."""

    def __init__(
        self,
        tx: Tx,
        world: World,
        brand_id: int,
        rows: Sequence[MessageRow],
        supply: Supply,
        now: Instant,
    ) -> None:
        """Take what every message of the batch is held against."""
        has_mail = any(row.queued.channel == "email" for row in rows)
        self._desk = MailDesk(tx, world, brand_id, now) if has_mail else None
        self._checks = OutgoingChecks(tx, world, brand_id, now)
        names = {row.queued.channel for row in rows}
        self._gates = {
            name: gate.open(tx, world, brand_id, now)
            for name in sorted(names)
            if (gate := GATES.get(name)) is not None
        }
        self._supply = supply
        self._now = now
        self._tx, self._brand_id = tx, brand_id
        self._pauses = open_pauses(tx, brand_id, now)
        self._holdouts = HoldOuts(tx, brand_id, live(tx, world, brand_id).holdouts, world.zone, now)
        #: Message -> the holdout that kept it back.
        self.holders: dict[bytes, str] = {}

    def foresee(self, texts: Iterable[tuple[MessageRow, Recipient, Rendered]]) -> None:
        """Look at all texts of the batch at once."""
        likely = list(texts)
        self._checks.foresee(
            [(row.queued, rendered, recipient.case) for row, recipient, rendered in likely]
        )
        if self._pauses:
            people = [recipient.profile_id for _, recipient, _ in likely]
            self._pauses.know(self._tx, self._brand_id, people)
        self._holdouts.read_messages(
            (row.queued, recipient.profile_id) for row, recipient, _ in likely
        )

    def held_back(self, row: MessageRow, recipient: Recipient | None) -> Hold | Refuse | None:
        """Return what becomes of what the channel guard holds back; None = it does not."""
        if not self._pauses or recipient is None:
            return None
        return self._pauses.verdict(row.queued, recipient.profile_id)

    def find(
        self, row: MessageRow, recipient: Recipient, rendered: Rendered
    ) -> tuple[Decision, _Way | None]:
        """Return the way of a message that may go, or what becomes of it instead."""
        queued, address = row.queued, recipient.case.address
        # Asked of those alone who would get it: so those held out and the others are alike.
        holder = self._holdouts.holder(queued, recipient.profile_id)
        if holder:
            self.holders[queued.message_id] = holder
            return Refuse(HELD_OUT), None
        units = units_of(queued.channel, rendered.parts)
        room = self._room(row, recipient, units)
        if isinstance(room, Hold):
            if room.reason == GUARD_PAUSED:
                return self._pauses.without_account(queued), None
            return self._supply.wait(room, self._now), None
        looked = self._checks.look(queued, rendered, room.account, recipient.case)
        if looked.reason:
            return Refuse(looked.reason), None
        contacts = [one for one in recipient.contacts if _is_reached(room, one)]
        gate = self._gates.get(queued.channel)
        if gate is not None:
            admitted = gate.admit(queued, rendered, room.account, contacts)
            if isinstance(admitted, Hold | Refuse):
                return admitted, None
            contacts = contacts if isinstance(admitted, Send) else list(admitted)
        if self._desk is None:
            return Send(), _Way(rendered, room, room.account, looked, units, contacts)
        # Whose mail servers asked for patience, and who is new among senders, waits.
        held = self._desk.hold(room.account, address, queued.message_class)
        if held is not None:
            return held, None
        return Send(), _Way(rendered, room, self._desk.account(room.account), looked, units)

    def _room(self, row: MessageRow, recipient: Recipient, units: int) -> Room | Hold:
        """Return the account that carries a message: to the app that the person used last."""
        queued, address = row.queued, recipient.case.address
        barred = self._pauses.barred(queued, recipient.profile_id) if self._pauses else ()
        found: Room | Hold | None = None
        for one in recipient.contacts or (None,):
            chosen = self._supply.choose(
                queued.brand_id, queued.message_id, row.fence, address, units,
                one.point if one is not None else None, barred,
            )  # fmt: skip
            if isinstance(chosen, Room):
                return chosen
            # Of several reasons the one that passes by itself is waited for.
            if found is None or chosen.reason != "account_missing":
                found = chosen
        assert found is not None
        return found

    def close(self) -> list[NewEvent]:
        """Write down what the batch took: of the days of new senders, of what gates give.

        Returns the events of who was drawn for a holdout.
        """
        for gate in self._gates.values():
            gate.close()
        if self._desk is not None:
            self._desk.close()
        return self._holdouts.write()


def _is_reached(room: Room, one: Reached) -> bool:
    """Say whether an account carries to a contact point."""
    return room.supplier.reaches(one.point.app, one.point.platform, one.point.provider)


def _judge_brand(  # noqa: PLR0913, PLR0917 - each is another noun
    tx: Tx,
    world: World,
    book: _Book,
    brand_id: int,
    rows: Sequence[MessageRow],
    supply: Supply,
    now: Instant,
) -> None:
    """Decide about one brand's rows."""
    stopped = {one.template: one.version for one in tx.suppliers.stopped_templates(brand_id)}
    wanted = {(row.queued.template, row.queued.template_version) for row in rows}
    templates = read_templates(tx, world.store, brand_id, wanted)
    known_now = live(tx, world, brand_id)
    journeys, rules = known_now.journeys, known_now.rules or world.policy
    rows = sorted(rows, key=lambda row: _rank(journeys, row))
    recipients = gather(tx, world, brand_id, rows, templates, now)
    # What this very batch sends counts towards the caps of what comes after it.
    just_sent: dict[int, list[SentBefore]] = {}
    decided: set[bytes] = set()
    tracker = Tracker(world, brand_id, now)
    ways = _Ways(tx, world, brand_id, rows, supply, now)
    stages = open_stages(tx, brand_id, known_now.rollouts, now)
    verdicts = Verdicts(world, rules, rows, recipients, templates, now)
    ways.foresee(verdicts.texts())
    for row in rows:
        queued = row.queued
        if queued.message_id not in recipients:
            continue
        recipient = recipients[queued.message_id]
        halted = (
            _halted(journeys, stopped, row, now)
            or _outside(stages, row, recipient)
            or ways.held_back(row, recipient)
        )
        decision, rendered = (
            (halted, None)
            if halted is not None
            else verdicts.of(row, _lately(just_sent, recipient), decided)
        )
        way = None
        if isinstance(decision, Send):
            assert recipient is not None
            assert rendered is not None
            decision, way = ways.find(row, recipient, rendered)
        if way is not None:
            assert recipient is not None
            just_sent.setdefault(recipient.profile_id, []).append(_sent(row, recipient, now))
            way.room.take(way.units)
            leaving = _tracked(tracker, row, recipient, way)
            _send_off(book, row, recipient, leaving, way, way_out(world, row), now)
        else:
            assert not isinstance(decision, Send)
            _put_off(book, row, decision, now, ways.holders.get(queued.message_id, ""))
        # Who was decided about competes no more.
        decided.add(queued.message_id)
    tracker.write(tx)
    book.events += ways.close()


def _lately(
    just_sent: Mapping[int, Sequence[SentBefore]], recipient: Recipient | None
) -> Sequence[SentBefore]:
    """Return what this very batch sends to a person."""
    return just_sent.get(recipient.profile_id, ()) if recipient is not None else ()


def _sent(row: MessageRow, recipient: Recipient, now: Instant) -> SentBefore:
    """Return a message that leaves as the caps of those after it count it."""
    queued, me = row.queued, recipient.case.me
    category = me.category if me else ""
    return SentBefore(now, queued.channel, queued.message_class, queued.journey, category)


def _tracked(tracker: Tracker, row: MessageRow, recipient: Recipient, way: _Way) -> Rendered:
    """Return what leaves: its links are ours, unless carriers approved it as it is."""
    # One text for thousands, of a mass message, is nobody's own.
    if way.looked.filed or way.rendered.parts.get("type") == "mass":
        return way.rendered
    observed = _is_observed(recipient)
    parts = tracker.track(row, way.rendered.parts, is_observed=observed)
    return dataclasses.replace(way.rendered, parts=parts)


def _is_observed(recipient: Recipient) -> bool:
    """Say whether a person lets us watch what they do with a message."""
    return all(
        state != "withdrawn" or purpose != "profiling"
        for (_, purpose), state in recipient.case.consents.items()
    )


def _rank(journeys: Mapping[str, Running], row: MessageRow) -> int:
    """Return what a batch is decided by: of competing journeys, the most important comes first."""
    running = journeys.get(row.queued.journey)
    return -(running.journey.priority if running is not None else DEFAULT_PRIORITY)


def _halted(
    journeys: Mapping[str, Running], stopped: Mapping[str, int], row: MessageRow, now: Instant
) -> Hold | Refuse | None:
    """Return what becomes of a message whose journey or template was stopped since."""
    running = journeys.get(row.queued.journey)
    if row.queued.template_version <= stopped.get(row.queued.template, -1):
        return Hold(Instant(now + TEMPLATE_WAIT), "template_stopped")
    if running is None or running.state not in {"paused", STOPPED}:
        return None
    return Refuse(CANCELLED) if running.state == STOPPED else Hold(Instant(now + MINUTE), PARKED)


def _outside(stages: Stages, row: MessageRow, recipient: Recipient | None) -> Hold | Refuse | None:
    """Return what becomes of a message to somebody whom a roll-out has not reached yet."""
    if not stages or recipient is None:
        return None
    return stages.verdict(row.queued, recipient.profile_id)


def _send_off(  # noqa: PLR0913, PLR0917 - each is another noun
    book: _Book,
    row: MessageRow,
    recipient: Recipient,
    rendered: Rendered,
    way: _Way,
    unsubscribe_url: str,
    now: Instant,
) -> None:
    """Note that a message leaves: its row, its attempt, and what the channel gets."""
    queued = row.queued
    number = row.fence + 1
    sending = MessageRow(queued, "sending", "", now, now, number, row.tries)
    book.enter(sending, queued.not_before)
    attempt = Attempt(
        queued.brand_id, queued.message_id, number, queued.channel, way.account.name, now, 0,
        "started", "", "",
    )  # fmt: skip
    targets = tuple(
        [
            Target(one.address, one.point.platform, one.point.vendor, one.point.seen_at)
            for one in way.contacts
        ]
    )
    outbound = OutboundMessage(
        message_id=queued.message_id,
        address=targets[0].address if targets else recipient.case.address,
        parts=rendered.parts,
        message_class=queued.message_class,
        at=now,
        unsubscribe_url=unsubscribe_url,
        locale=rendered.locale,
        filed=way.looked.filed,
        expires_at=queued.expires_at,
        units=way.units,
        targets=targets,
    )
    book.leaving.append(
        Leaving(
            sending,
            attempt,
            way.account,
            outbound,
            recipient.profile_id,
            way.contacts[0].point.key if way.contacts else recipient.address_key,
            way.contacts,
        )
    )


def _put_off(
    book: _Book, row: MessageRow, decision: Hold | Refuse, now: Instant, holder: str
) -> None:
    """Note that a message waits or is never sent; `holder` is the holdout that kept it back."""
    if isinstance(decision, Hold):
        held = replace(row, status="queued", reason=decision.reason, changed_at=now)
        book.enter(held, decision.until)
        return
    refused = replace(row, status="not_sent", reason=decision.reason, changed_at=now)
    book.enter(refused, row.queued.not_before)
    book.events.append(message_event(row, "not_sent", now, reason=decision.reason, holdout=holder))
