"""All that the decisions about a batch of messages rest on, read under the people's locks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from huiliu.journeys.cancel import cancel_names, is_cancelled
from huiliu.kernel.calendar import is_zone
from huiliu.kernel.facts import NO_FACTS, Facts, Value
from huiliu.kernel.ids import show_profile_id
from huiliu.messages.brief import Brief
from huiliu.messages.policy import OUTCOMPETED, Case
from huiliu.messages.template import NEUTRAL_TRAITS, Template, choose_locale
from huiliu.messages.whereabouts import whereabouts
from huiliu.messages.will import ANSWERING, CHOICES, CONVERSING, FREQUENCY, longest_of, will_of
from huiliu.ports.contacts import ContactPoint
from huiliu.ports.messages import MessageRow
from huiliu.ports.people import ProfileRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.addresses import address_and_key, token_of
from huiliu.services.contenders import NO_COMPANY, Company, company
from huiliu.services.goods import Showing, goods, shows_goods
from huiliu.services.holds import NOT_HELD, HeldBack, held_back
from huiliu.services.leaving import Reached
from huiliu.services.live import live
from huiliu.services.wording import PLAIN, Wording, wording

__all__ = ["Inputs", "Recipient", "gather", "read_inputs"]


class _Entry(msgspec.Struct, frozen=True):
    """The event that started a run."""

    name: str = ""
    occurred_at: int = 0
    properties: dict[str, Any] = {}


class Inputs(msgspec.Struct, frozen=True):
    """What a template may use besides traits, as the outbox keeps it."""

    event: _Entry = _Entry()
    key: str = ""
    #: What earlier nodes of the run left: a coupon, the answer of a server.
    carried: dict[str, Any] = {}


_INPUTS = msgspec.json.Decoder(Inputs)


class Recipient(msgspec.Struct, frozen=True, gc=False):
    """One message's person at the moment of the decision."""

    #: The present profile.
    profile_id: int
    case: Case
    #: The keyed hash of the address, b"" where there is none.
    address_key: bytes
    #: What the template may use, revealed; lives in memory only.
    values: Mapping[str, object]
    #: The person's locales, the best first.
    locales: Sequence[str]
    #: Which words of the template are for them.
    wording: Wording = PLAIN
    #: Where they are reached on a channel of contact points, the most recently seen first.
    contacts: Sequence[Reached] = ()


@dataclass(frozen=True, slots=True)
class _People:
    """What was read of all people of a batch, by present profile."""

    profiles: Mapping[int, ProfileRow]
    consents: Mapping[int, Mapping[tuple[str, str], str]]
    #: What else they are sent, by present profile.
    company: Mapping[int, Company]
    facts: Mapping[int, Facts]
    #: The segments that they are in, where a template says something else to some.
    segments: Mapping[int, Collection[str]]
    briefs: Mapping[str, Brief]
    #: Contact points by channel and present profile.
    contacts: Mapping[str, Mapping[int, Sequence[ContactPoint]]]
    revealed: Mapping[tuple[int, bytes], str]
    #: Whose marketing waits, by present profile.
    held: Mapping[int, HeldBack]


def read_inputs(raw: bytes) -> Inputs:
    """Return what the outbox kept for a template; what cannot be read is empty."""
    if not raw:
        return Inputs()
    try:
        return _INPUTS.decode(raw)
    except msgspec.MsgspecError:
        return Inputs()


def gather(
    tx: Tx,
    world: World,
    brand_id: int,
    rows: Sequence[MessageRow],
    templates: Mapping[tuple[str, int], Template | None],
    now: int,
) -> dict[bytes, Recipient | None]:
    """Lock the people of one brand's messages and return what is known of each, by message.

    None stands for a person who is gone. A message whose person was merged between the look-up
    and the lock is left out: it stays as it is for the next round.
    """
    asked = {row.queued.profile_id for row in rows}
    before = tx.people.present(brand_id, asked)
    tx.people.lock(brand_id, sorted(set(before.values())))
    present = tx.people.present(brand_id, asked)
    steady = [
        row
        for row in rows
        if before.get(row.queued.profile_id) == present.get(row.queued.profile_id)
    ]
    inputs = {row.queued.message_id: read_inputs(row.queued.inputs) for row in steady}
    people = _read(tx, world, brand_id, steady, present, inputs, templates, now)
    shown = goods(tx, brand_id, _showing(steady, people, present, inputs, templates), now)
    found: dict[bytes, Recipient | None] = {}
    for row in steady:
        queued = row.queued
        profile = people.profiles.get(present.get(queued.profile_id, queued.profile_id))
        template = templates.get((queued.template, queued.template_version))
        found[queued.message_id] = (
            None
            if profile is None
            else _recipient(world, row, profile, inputs[queued.message_id], template, people, now)
        )
        if (more := shown.get(queued.message_id)) and (one := found[queued.message_id]):
            if _objects(one.case) and "recommended" in more:
                more = {**more, "recommended": []}
            found[queued.message_id] = replace(one, values={**one.values, **more})
    keys = {one.address_key for one in found.values() if one is not None and one.address_key}
    suppressed = tx.people.suppressions(brand_id, keys) if keys else {}
    return {
        message: _with_suppression(one, suppressed) if one is not None else None
        for message, one in found.items()
    }


def _showing(
    rows: Sequence[MessageRow],
    people: _People,
    present: Mapping[int, int],
    inputs: Mapping[bytes, Inputs],
    templates: Mapping[tuple[str, int], Template | None],
) -> list[Showing]:
    """Return the messages whose templates show products."""
    found = []
    for row in rows:
        queued = row.queued
        template = templates.get((queued.template, queued.template_version))
        profile = people.profiles.get(present.get(queued.profile_id, queued.profile_id))
        if profile is None or template is None or not shows_goods(template):
            continue
        locale = choose_locale(template, [_plain(profile, "locale")])
        entry = inputs[queued.message_id].event.properties
        found.append(Showing(queued.message_id, profile.profile_id, template, locale, entry))
    return found


def _read(  # noqa: PLR0913, PLR0917 - one reading, passed on as it was asked for
    tx: Tx,
    world: World,
    brand_id: int,
    rows: Sequence[MessageRow],
    present: Mapping[int, int],
    inputs: Mapping[bytes, Inputs],
    templates: Mapping[tuple[str, int], Template | None],
    now: int,
) -> _People:
    """Return all that is known of the batch's people, a query a noun."""
    ids = sorted(set(present.values()))
    profiles = tx.people.profiles(brand_id, ids)
    names: set[str] = set()
    cancellable = set()
    for row in rows:
        if row.queued.cancel_when:
            names |= cancel_names(row.queued.cancel_when)
            cancellable.add(present.get(row.queued.profile_id, row.queued.profile_id))
    tokens: dict[int, set[bytes]] = {}
    contacts = _contacts(tx, world, brand_id, rows, ids)
    for found in contacts.values():
        for person, points in found.items():
            tokens.setdefault(person, set()).update(point.key for point in points)
    for row in rows:
        queued = row.queued
        one = profiles.get(present.get(queued.profile_id, queued.profile_id))
        if one is not None:
            template = templates.get((queued.template, queued.template_version))
            wanted = _tokens(world, row, one, inputs[queued.message_id], template)
            tokens.setdefault(one.profile_id, set()).update(wanted)
    is_marketing = any(row.queued.message_class != "service" for row in rows)
    known = live(tx, world, brand_id)
    varies = any(one is not None and one.segments for one in templates.values())
    return _People(
        profiles=profiles,
        segments=tx.segments.of_profiles(brand_id, ids) if varies else {},
        briefs=known.briefs,
        contacts=contacts,
        consents=tx.people.consents(brand_id, ids, now),
        company=company(tx, world, brand_id, rows, present, now, _own_windows(profiles)),
        facts=tx.people.facts(brand_id, sorted(cancellable), names, 0) if cancellable else {},
        revealed=tx.vault.reveal(brand_id, tokens) if any(tokens.values()) else {},
        held=held_back(tx, brand_id, ids, known.desk, now) if is_marketing else {},
    )


def _contacts(
    tx: Tx, world: World, brand_id: int, rows: Sequence[MessageRow], people: Sequence[int]
) -> dict[str, Mapping[int, Sequence[ContactPoint]]]:
    """Return the contact points of a batch's people by channel, where channels have them."""
    names = {row.queued.channel for row in rows}
    return {
        name: tx.contacts.of_people(brand_id, name, people)
        for name in sorted(names)
        if (channel := world.channels.get(name)) is not None and channel.has_contacts
    }


def _tokens(
    world: World, row: MessageRow, profile: ProfileRow, inputs: Inputs, template: Template | None
) -> set[bytes]:
    """Return the tokens to reveal: the address and what the template reads, nothing else."""
    channel = world.channels.get(row.queued.channel)
    values = list(_chosen(template.traits, profile).values()) if template else []
    if channel is not None and channel.address_trait in profile.traits:
        values.append(profile.traits[channel.address_trait][0])
    if template:
        values += _read_properties(template, inputs).values()
    return {token for value in values if (token := token_of(value)) is not None}


def _read_properties(template: Template | None, inputs: Inputs) -> Mapping[str, Value]:
    """Return the entry event's properties that a template reads."""
    given = inputs.event.properties
    names = template.properties if template else ()
    return given if "*" in names else {name: given[name] for name in names if name in given}


def _recipient(  # noqa: PLR0913, PLR0917 - each is another noun
    world: World,
    row: MessageRow,
    profile: ProfileRow,
    inputs: Inputs,
    template: Template | None,
    people: _People,
    now: int,
) -> Recipient:
    """Return one message's person, without the suppression list's word."""
    queued = row.queued
    me = profile.profile_id

    def shown(value: Value) -> Value:
        """Return a value as the template sees it; what cannot be revealed is not there."""
        token = token_of(value)
        return value if token is None else people.revealed.get((me, token))

    def shown_all(values: Mapping[str, Value]) -> dict[str, Value]:
        """Return those values that can be seen."""
        pairs = [(name, shown(value)) for name, value in values.items()]
        return {name: value for name, value in pairs if value is not None}

    channel = world.channels.get(queued.channel)
    held = profile.traits.get(channel.address_trait) if channel is not None else None
    address = shown(held[0]) if held is not None else None
    revealed = address if isinstance(address, str) else ""
    contacts: Sequence[Reached] = ()
    if channel is not None and channel.has_contacts:
        # One whose address was erased is none.
        contacts = [
            Reached(point, found)
            for point in people.contacts[queued.channel].get(me, ())
            if (found := people.revealed.get((me, point.key)))
        ]
        revealed = contacts[0].address if contacts else ""
    elif channel is not None and not channel.address_trait:
        revealed = show_profile_id(me)
    address, key = address_and_key(world, queued.brand_id, queued.channel, revealed)
    said = {name: _plain(profile, name) for name in ("zone", "country", "phone_country")}
    where = whereabouts(queued.channel, address, said, world.zone)
    zone = said["zone"] if is_zone(said["zone"]) else world.zone
    beside = people.company.get(me, NO_COMPANY)
    locale = _plain(profile, "locale")
    facts = people.facts.get(me, NO_FACTS)
    waits = people.held.get(me, NOT_HELD)
    case = Case(
        channel=queued.channel,
        message_class=queued.message_class,
        expires_at=queued.expires_at,
        cancelled=bool(queued.cancel_when) and is_cancelled(queued.cancel_when, facts),
        address=address,
        address_is_wrong=bool(revealed) and not address,
        suppressed=False,
        consents=people.consents.get(me, {}),
        zone=zone,
        sent_before=beside.sent,
        zones=where.zones,
        places=where.places,
        me=beside.contender(queued.message_id),
        rivals=beside.rivals(queued.message_id),
        draw=beside.draw,
        was_outcompeted=row.reason == OUTCOMPETED,
        will=will_of(
            {name: held[0] for name in CHOICES if (held := profile.traits.get(name))},
            template.topic if template is not None else "",
            is_answer=not queued.journey and queued.node in {ANSWERING, CONVERSING},
        ),
        held=waits.reason,
        held_until=waits.until,
    )
    traits = _chosen(template.traits if template else (), profile)
    values = {
        "person": shown_all(traits),
        "event": shown_all(_read_properties(template, inputs)),
        "event_name": inputs.event.name,
        "event_at": inputs.event.occurred_at,
        "key": inputs.key,
        "carried": inputs.carried,
        "now": now,
        "zone": zone,
    }
    locales = (locale,) if locale else ()
    words = PLAIN
    if template is not None:
        objects = _objects(case)
        words = wording(
            template, people.briefs, people.segments.get(me, ()), locales, objects=objects
        )
        if words.facts is not None:
            values["brief"] = words.facts
        if objects:
            named = {name: traits[name] for name in NEUTRAL_TRAITS if name in traits}
            values["person"] = shown_all(named)
    return Recipient(me, case, key, values, locales, words, contacts)


def _objects(case: Case) -> bool:
    """Say whether nothing that was found out about the person may choose what they are sent."""
    return (
        case.message_class != "service"
        and case.consents.get((case.channel, "profiling")) == "withdrawn"
    )


def _own_windows(profiles: Mapping[int, ProfileRow]) -> int:
    """Return how far back people's own choices of how often ask for what they were sent."""
    return max(
        (
            longest_of({FREQUENCY: held[0]})
            for profile in profiles.values()
            if (held := profile.traits.get(FREQUENCY))
        ),
        default=0,
    )


def _chosen(names: Collection[str], profile: ProfileRow) -> dict[str, Value]:
    """Return the traits that a template reads."""
    if "*" in names:
        return {name: held[0] for name, held in profile.traits.items()}
    return {name: profile.traits[name][0] for name in names if name in profile.traits}


def _plain(profile: ProfileRow, name: str) -> str:
    """Return a trait that is a plain text, or ""."""
    held = profile.traits.get(name)
    return held[0] if held is not None and isinstance(held[0], str) else ""


def _with_suppression(one: Recipient, suppressed: Mapping[bytes, Collection[str]]) -> Recipient:
    """Return the person with the suppression list's word."""
    scopes = suppressed.get(one.address_key, ())
    if "all" not in scopes and (one.case.message_class == "service" or not scopes):
        return one
    return replace(one, case=replace(one.case, suppressed=True))
