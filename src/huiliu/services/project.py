"""The projector: log -> people, facts, segments and journeys, with its cursor in one transaction.

A batch is all or nothing, so an event takes effect exactly once however often the process dies.
An event that cannot be projected is set aside with its reason and never stops the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from huiliu.governance.observe import Observer
from huiliu.identity.consents import LEDGER_EVENTS, consent_changes
from huiliu.identity.seen import Seen
from huiliu.identity.touches import Touches
from huiliu.identity.traits import set_traits
from huiliu.kernel.bodies import Body, read_body
from huiliu.kernel.consents import ADS, NOT_THEIR_OWN, PURPOSES, REQUESTED
from huiliu.kernel.errors import Unavailable
from huiliu.kernel.events import BRAND_EVENTS, Event, Flag, Kind, NewEvent, canonical_name
from huiliu.kernel.facts import EventFact, Projected
from huiliu.messages.channels import CHANNELS
from huiliu.ports.log import PROJECTOR, REFUSED_PURPOSE, RefusedEvent
from huiliu.ports.people import ConsentRow, SeenRow, TouchRow
from huiliu.ports.plan import PlanEntry
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.segments import ADDRESS_EVENTS
from huiliu.services.contact_points import ContactChanges
from huiliu.services.double_opt_in import ask_to_confirm
from huiliu.services.enter import enter
from huiliu.services.hear_followers import FOLLOWED, hear_followers
from huiliu.services.live import live
from huiliu.services.match import Matched, match, merge_events
from huiliu.services.message_credits import CreditChanges
from huiliu.services.note_conversations import ConversationChanges
from huiliu.services.track import Moved, track
from huiliu.tags.recipes.given import EVENT as GIVEN

__all__ = ["CONSUMER", "project", "set_aside"]

#: The name of the projector's cursor.
CONSUMER = PROJECTOR

_OFFSET_BITS = 48
#: A plain number: an enum's operators cost more than all the rest of a plain event.
_HISTORICAL = int(Flag.HISTORICAL)
#: Huiliu's own events that are about no person.
_NOBODYS = ADDRESS_EVENTS | BRAND_EVENTS
_BATCH = 2_000


def project(world: World, limit: int = _BATCH, partition: int = 0) -> int:
    """Project the next events of the log and return how many; 0 = nothing to do.

    A batch that fails is tried again in halves until the one event is found that cannot be
    projected; that one is kept among the refused events and passed over.
    """
    while True:
        try:
            return _batch(world, limit, partition, react=True)
        except (Unavailable, MemoryError):
            raise
        except Exception as fault:  # noqa: BLE001 - one event's fault must not stop all others
            if limit == 1:
                return _isolate(world, partition, _cause(fault))
            limit //= 2


def set_aside(world: World, cause: str = "", partition: int = 0) -> int:
    """Keep the event at the cursor among the refused ones, pass over it, and return 1.

    Returns 0 when the projector is at the log's end.
    """
    with world.store.system() as tx:
        events = tx.log.read(partition, tx.log.cursor(CONSUMER, partition), 1)
        for event in events:
            _refuse(tx, world, event, "project.failed", cause)
            tx.log.move_cursor(CONSUMER, event.offset + 1, partition)
        return len(events)


def _isolate(world: World, partition: int, cause: str) -> int:
    """Pass one event that failed: without its reactions if they failed, else not at all."""
    try:
        with world.store.system() as tx:
            [event] = tx.log.read(partition, tx.log.cursor(CONSUMER, partition), 1)
            _project(tx, world, [event], react=False)
            _refuse(tx, world, event, "project.reaction_failed", cause)
            tx.log.move_cursor(CONSUMER, event.offset + 1, partition)
    except (Unavailable, MemoryError):
        raise
    except Exception as fault:  # noqa: BLE001 - same
        return set_aside(world, _cause(fault), partition)
    return 1


def _batch(world: World, limit: int, partition: int, *, react: bool) -> int:
    """Project up to `limit` events in one transaction."""
    with world.store.system() as tx:
        events = tx.log.read(partition, tx.log.cursor(CONSUMER, partition), limit)
        if not events:
            return 0
        produced = _project(tx, world, events, react=react)
        tx.log.move_cursor(CONSUMER, events[-1].offset + 1, partition)
        # Last: the partition's lock, which every collector waits for, is held until commit.
        tx.log.append(produced, partition)
        return len(events)


def _project(tx: Tx, world: World, events: Sequence[Event], *, react: bool) -> list[NewEvent]:
    """Write all that the events mean and return Huiliu's own events that follow from them."""
    now = world.clock.now()
    produced: list[NewEvent] = []
    for brand_id, of_brand in groupby(sorted(events, key=_by_brand), key=_by_brand):
        readable: list[tuple[Event, Body]] = []
        for event in of_brand:
            try:
                body = read_body(event.body)
            except ValueError:
                _refuse(tx, world, event, "project.bad_body")
                continue
            # What is collected names somebody; Huiliu's own events know whose they are.
            if event.identifiers or body.profile_id:
                readable.append((event, body))
            elif event.name not in _NOBODYS:
                _refuse(tx, world, event, "project.nobody")
        produced += _Batch(tx, world, brand_id, now).run(readable, react=react)
    return produced


class _Batch:
    """The events of one brand in one transaction."""

    def __init__(self, tx: Tx, world: World, brand_id: int, now: int) -> None:
        """Hold what every step needs."""
        self.tx = tx
        self.world = world
        self.brand_id = brand_id
        self.now = now
        self.known = live(tx, world, brand_id)
        #: Canonical names of the events that live documents ask for.
        self.names = self.known.event_names
        self.touches = Touches()
        #: Whose zone or language a context changed.
        self.places: set[int] = set()

    def run(self, events: Sequence[tuple[Event, Body]], *, react: bool) -> list[NewEvent]:
        """Write what the events mean; return what follows from them."""
        if not events:
            return []
        matched = match(self.tx, self.brand_id, events)
        projected = self._write(events, matched)
        merges = matched.resolver.merges
        flags = {event.offset: event.flags for event, _ in events}
        produced = merge_events(self.brand_id, merges, flags, self.now)
        if react:
            produced += self._react(projected, matched)
        self.tx.log.record_profiles(
            events[0][0].partition,
            [
                (event.offset, event.received_at, self.brand_id, matched.came_with[event.offset])
                for event, _ in events
            ],
        )
        return produced

    def _write(self, events: Sequence[tuple[Event, Body]], matched: Matched) -> list[Projected]:
        """Write people, consents, facts and the plan; return the events with their persons."""
        seen, observer = Seen(), Observer()
        facts: list[tuple[int, int, EventFact]] = []
        consents: list[ConsentRow] = []
        owners: dict[bytes, int] = {}
        contacts, credits_ = ContactChanges(self.brand_id), CreditChanges(self.brand_id)
        conversations = ConversationChanges(self.brand_id)
        projected: list[Projected] = []
        for event, body in events:
            person = matched.present[event.offset]
            one = _projected(event, body, person)
            projected.append(one)
            if event.subject is not None:
                owners[event.subject] = person
            contacts.hear(event, body, matched.came_with[event.offset], _position(event))
            credits_.hear(event, body, matched.came_with[event.offset], _position(event))
            conversations.hear(event, body, person, matched.came_with[event.offset])
            if event.kind is Kind.INTERNAL:
                if event.identifiers:
                    # A call into a journey may be the first that is heard of somebody.
                    _see(seen, event, body, one)
            else:
                observer.see(event.name, body.properties or body.traits, event.occurred_at)
                _see(seen, event, body, one)
                if self.known.asked.touch and body.context:
                    self.touches.see(
                        matched.came_with[event.offset], person, body.context,
                        event.occurred_at, _position(event),
                    )  # fmt: skip
            if one.name in self.names:
                fact = EventFact(one.name, event.occurred_at, _position(event), one.properties)
                facts.append((self.brand_id, matched.came_with[event.offset], fact))
            if one.name in LEDGER_EVENTS:
                consents += self._consents(event, one, matched.came_with[event.offset])
        self._people(matched, seen)
        self.tx.vault.adopt(self.brand_id, owners)
        contacts.write(self.tx)
        credits_.write(self.tx, self.world)
        conversations.write(self.tx, self.world, self.now)
        self.tx.people.record_consents(consents)
        self._lift(consents, matched)
        self.tx.people.add_event_facts(facts)
        self.tx.people.add_touches(
            self.brand_id,
            [TouchRow(key, one.first, one.last, one.device) for key, one in self.touches],
        )
        self._give_tags(projected)
        self.tx.plan.observe([
            PlanEntry(
                self.brand_id, found.event, found.property, found.type, found.first_at,
                found.last_at, found.n_seen, found.n_violations,
            )
            for found in observer.sighted()
        ])  # fmt: skip
        return projected

    def _give_tags(self, projected: Sequence[Projected]) -> None:
        """Have the tags computed anew that journeys gave values of."""
        given = {
            str(one.properties.get("tag"))
            for one in projected
            if one.name == GIVEN and one.event.kind is Kind.INTERNAL
        }
        for tag in sorted(given & set(self.tx.tags.states(self.brand_id)) if given else ()):
            self.tx.tags.schedule(self.brand_id, tag, self.now)

    def _people(self, matched: Matched, seen: Seen) -> None:
        """Write identifiers, profiles and merges."""
        resolver, people = matched.resolver, self.tx.people
        if resolver.merges:
            # All at once and in id order, before any row is written: no one waits in a circle.
            moving = {each for merge in resolver.merges for each in (merge.gone, merge.into)}
            people.lock(self.brand_id, moving.union(seen.people))
        came_with = {new.came_with for new in resolver.attached}
        present = {profile: resolver.present(profile) for profile in came_with}
        people.attach(self.brand_id, resolver.attached, present)
        minted = set(resolver.minted)
        known = [person for person in seen.people if person not in minted]
        standing = people.standing(self.brand_id, known)
        additions = list(seen.additions(standing))
        self.places.update(
            new.profile_id for new in additions if "zone" in new.traits or "locale" in new.traits
        )
        people.see([
            SeenRow(self.brand_id, new.profile_id, new.first_at, new.last_at, new.traits)
            for new in additions
        ])  # fmt: skip
        people.merge(self.brand_id, resolver.merges, self.now)
        people.refuse_merges(self.brand_id, resolver.refused)
        self.tx.conversations.fold(
            self.brand_id, [(one.gone, resolver.present(one.gone)) for one in resolver.merges]
        )

    def _consents(self, event: Event, one: Projected, came_with: int) -> list[ConsentRow]:
        """Return the ledger rows of a consent event; one that says nothing clear is listed."""
        changes = consent_changes(one.name, one.properties, (*self.world.channels, ADS))
        if not changes:
            _refuse(self.tx, self.world, event, "project.consent")
        return [
            ConsentRow(
                self.brand_id, came_with, change.channel, change.purpose, change.state,
                event.occurred_at, _position(event), change.method, change.evidence,
                change.legal_basis, change.jurisdiction, change.text_version, change.text_locale,
                change.source, change.collected_by, change.address, change.expires_at,
            )
            for change in changes
        ]  # fmt: skip

    def _lift(self, consents: Sequence[ConsentRow], matched: Matched) -> None:
        """Let a yes to marketing that a person gave by themselves end their earlier refusal."""
        lifted = [
            (matched.resolver.present(row.profile_id), kind, row.occurred_at)
            for row in consents
            if row.state == "granted"
            and row.purpose == PURPOSES[0]
            and row.method not in NOT_THEIR_OWN
            and (kind := CHANNELS[row.channel].identifier if row.channel in CHANNELS else None)
        ]
        if lifted:
            self.tx.people.lift_refusals(self.brand_id, lifted)

    def _react(self, projected: Sequence[Projected], matched: Matched) -> list[NewEvent]:
        """Let journeys and segments react; return Huiliu's own events that follow.

        Journeys first: segments may ask who is in one.
        """
        requested = [one for one in projected if one.name == REQUESTED and one.triggers]
        if requested:
            ask_to_confirm(self.tx, self.world, self.brand_id, requested, self.now)
        runs, produced = enter(self.tx, self.brand_id, self.known, projected)
        if followed := [one for one in projected if one.name in FOLLOWED]:
            produced += hear_followers(self.tx, self.world, self.brand_id, followed, self.now)
        resolver = matched.resolver
        moved = Moved(
            identifiers={resolver.present(new.came_with) for new in resolver.attached},
            touch=self.touches.people,
            places=self.places,
            journeys=runs,
        )
        listening = self.known.listening
        return [
            *produced,
            *track(self.tx, self.brand_id, listening, projected, moved, self.now),
        ]


def _see(seen: Seen, event: Event, body: Body, one: Projected) -> None:
    """Let one event add to what its person's batch says."""
    seen.see(one.profile_id, event.occurred_at)
    if one.traits:
        seen.set(one.profile_id, one.traits, event.occurred_at, _position(event))
    if body.context:
        seen.tell(one.profile_id, body.context, event.occurred_at, _position(event))


def _projected(event: Event, body: Body, person: int) -> Projected:
    """Return an event with its person, as segments and journeys see it."""
    return Projected(
        event=event,
        profile_id=person,
        name=canonical_name(event.name),
        properties=body.properties,
        traits=set_traits(event.kind, body) if body.traits or body.group is not None else {},
        triggers=not event.flags & _HISTORICAL,
    )


def _cause(fault: Exception) -> str:
    """Return what went wrong, short; log bodies hold no personal values, so neither does this."""
    return f"{type(fault).__name__}: {fault}"[:500]


def _refuse(tx: Tx, world: World, event: Event, reason: str, cause: str = "") -> None:
    """Keep an event that cannot be projected, with its reason."""
    tx.log.refuse([
        RefusedEvent(
            brand_id=event.brand_id, refused_at=world.clock.now(), key_id=0, reason=reason,
            path=event.name, details=f"{event.partition}/{event.offset} {cause}".strip(),
            sealed=world.secrets.seal(event.body, REFUSED_PURPOSE),
        )
    ])  # fmt: skip


def _position(event: Event) -> int:
    """Return where an event stands, as one integer."""
    return event.partition << _OFFSET_BITS | event.offset


def _by_brand(event: Event) -> int:
    """Return the brand; sorting by it keeps each brand's events in log order."""
    return event.brand_id
