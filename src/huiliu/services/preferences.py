"""The preference centre: what a person chose, behind a signed link, and what they choose now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.consents import PREFERENCE_SET
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, as_instant, show_instant
from huiliu.messages.channels import CHANNELS
from huiliu.messages.permission import Permission
from huiliu.messages.will import FREQUENCY, PAUSED, TOPICS
from huiliu.ports.messages import MessageRow
from huiliu.ports.people import ProfileRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.addresses import held_key
from huiliu.services.consent import Change, Proof, Who, Wish, settle
from huiliu.services.double_opt_in import pending
from huiliu.services.message_events import internal_event, internal_traits
from huiliu.services.opt_out import owner_of
from huiliu.services.permission import permission
from huiliu.services.signed_links import link_to, read_link

__all__ = ["PAUSES", "ChannelChoice", "Choices", "Chosen", "choose", "preferences_url", "show"]

_PATH: Final = "p"
#: How long a rest may be, in days.
PAUSES: Final = (0, 7, 30, 90)
_METHOD: Final = "preference_centre"
_WHENEVER: Final = "all"


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """One way to reach a person, and whether they want it."""

    channel: str
    wants: bool
    #: They said yes, and it is to be confirmed from the address itself.
    waits: bool
    key: bytes = b""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chose."""

    brand_id: int
    profile_id: int
    #: The channel that the link came by.
    by: str
    asks: Permission
    channels: Sequence[ChannelChoice]
    refused_topics: frozenset[str]
    #: A word of FREQUENCIES, or "all".
    frequency: str
    #: 0 = no rest.
    paused_until: int
    #: Whether what is known of them may choose what they get.
    personal: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person chooses now."""

    channels: frozenset[str]
    topics: frozenset[str]
    frequency: str = _WHENEVER
    #: Days of rest; None = as it is.
    pause: int | None = None
    personal: bool = True
    #: The words that they read, by version and language.
    text_locale: str = ""
    ip: str = ""
    user_agent: str = ""


def preferences_url(world: World, brand_id: int, message_id: bytes) -> str:
    """Return the address of the page on which a message's person chooses."""
    return link_to(world, _PATH, brand_id, message_id)


def show(world: World, written: str) -> Choices:
    """Return what the person of a link chose; changes nothing.

    Raises:
        NotFound: Huiliu did not make the link, or its person is gone.
    """
    link = read_link(world, _PATH, written)
    with world.store.system() as tx:
        return _choices(tx, world, link.brand_id, link.message_id)


def choose(world: World, written: str, chosen: Chosen) -> Choices:
    """Write down what a person chooses: only what differs, each as an event of its own.

    Raises:
        NotFound: Huiliu did not make the link, or its person is gone.
        BadInput: a choice does not exist.
    """
    link = read_link(world, _PATH, written)
    now = world.clock.now()
    with world.store.system() as tx:
        before = _choices(tx, world, link.brand_id, link.message_id)
        _check(before.asks, chosen)
        changes = _changes(before, chosen, link.message_id)
        if changes:
            same = (_PATH, link.message_id, now)
            settle(tx, world, link.brand_id, Who(before.profile_id), changes, *same)
        _prefer(tx, before, chosen, now)
    return before


def _changes(before: Choices, chosen: Chosen, message_id: bytes) -> list[Change]:
    """Return what a person says yes and no to that they did not say before."""
    proof = _proof(chosen, _METHOD, message_id)
    on = [one for one in before.channels if one.channel in chosen.channels and not one.wants]
    no = [
        Wish(one.channel, key=one.key)
        for one in before.channels
        if one.channel not in chosen.channels and (one.wants or one.waits)
    ]
    yes = [Wish(one.channel, key=one.key) for one in on if one.channel == before.by]
    if before.personal and not chosen.personal:
        no.append(Wish("*", "profiling"))
    elif chosen.personal and not before.personal:
        yes += [Wish(one.channel, "profiling") for one in before.channels]
    # The link proves the address that it was sent to, and no other.
    others = [
        Wish(one.channel, key=one.key) for one in on if one.channel != before.by and not one.waits
    ]
    found = (
        Change(False, no, proof),
        Change(True, yes, proof),
        Change(True, others, _proof(chosen, "form", message_id)),
    )
    return [change for change in found if change.wishes]


def _proof(chosen: Chosen, method: str, message_id: bytes) -> Proof:
    """Return how it was said."""
    return Proof(
        method, text_version="preference-centre@1", text_locale=chosen.text_locale,
        source=_METHOD, evidence={"message_id": message_id.hex()}, ip=chosen.ip,
        user_agent=chosen.user_agent,
    )  # fmt: skip


def _check(asks: Permission, chosen: Chosen) -> None:
    """Raise what cannot be chosen."""
    problems = [
        Problem("topics", text("preferences.no_topic", topic=slug[:80]))
        for slug in sorted(chosen.topics - {topic.slug for topic in asks.topics})
    ]
    if chosen.frequency not in {_WHENEVER, *asks.frequencies}:
        known = ", ".join((_WHENEVER, *asks.frequencies))
        problems.append(Problem("frequency", text("preferences.no_frequency", known=known)))
    if chosen.pause is not None and chosen.pause not in PAUSES:
        known = ", ".join(str(days) for days in PAUSES)
        problems.append(Problem("pause", text("preferences.no_pause", known=known)))
    if problems:
        raise BadInput(tuple(problems))


def _prefer(tx: Tx, before: Choices, chosen: Chosen, now: int) -> None:
    """Write down topics, frequency and a rest, where they changed."""
    refused = frozenset(topic.slug for topic in before.asks.topics) - chosen.topics
    traits: dict[str, Value] = {}
    if refused != before.refused_topics:
        names: list[Value] = [*sorted(refused)]
        traits[TOPICS] = names or None
    if chosen.frequency != before.frequency:
        traits[FREQUENCY] = None if chosen.frequency == _WHENEVER else chosen.frequency
    if chosen.pause == 0 and before.paused_until:
        traits[PAUSED] = None
    elif chosen.pause:
        traits[PAUSED] = show_instant(now + chosen.pause * DAY)
    if not traits:
        return
    said = {"source": _METHOD, **traits}
    key = ("preference", before.profile_id, now)
    tx.log.append([
        internal_event(before.brand_id, before.profile_id, PREFERENCE_SET, said, now, *key),
        internal_traits(before.brand_id, before.profile_id, traits, now, *key),
    ])  # fmt: skip


def _choices(tx: Tx, world: World, brand_id: int, message_id: bytes) -> Choices:
    """Return what a message's person chose."""
    row = tx.messages.message(brand_id, message_id)
    profile_id, profile = owner_of(tx, brand_id, row)
    if profile is None:
        raise NotFound("preference link", message_id.hex())
    now = world.clock.now()
    held = tx.people.consents(brand_id, [profile_id], now).get(profile_id, {})
    rows = tx.people.consent_history(brand_id, profile_id)
    channels = [
        ChannelChoice(
            name,
            held.get((name, "marketing")) == "granted",
            pending(rows, name, now) is not None,
            held_key(name, profile),
        )
        for name in _reachable(tx, profile, row)
    ]
    paused = _plain(profile, PAUSED)
    until = (as_instant(paused) or 0) if isinstance(paused, str) else 0
    refused, often = _plain(profile, TOPICS), _plain(profile, FREQUENCY)
    asks = permission(tx, world, brand_id)
    known = {topic.slug for topic in asks.topics}
    return Choices(
        brand_id=brand_id,
        profile_id=profile_id,
        by=row.queued.channel,
        asks=asks,
        channels=channels,
        refused_topics=frozenset(str(one) for one in refused) & known
        if isinstance(refused, list)
        else frozenset(),
        frequency=often if isinstance(often, str) and often in asks.frequencies else _WHENEVER,
        paused_until=until if until > now else 0,
        personal=not any(
            state == "withdrawn" and purpose == "profiling" for (_, purpose), state in held.items()
        ),
    )


def _reachable(tx: Tx, profile: ProfileRow, row: MessageRow) -> list[str]:
    """Return the channels on which a person has an address, the link's own among them."""
    brand_id, me = row.queued.brand_id, profile.profile_id
    ids = tx.people.histories(brand_id, [me]).get(me, [me])
    points = {one.channel for one in tx.contacts.of_person(brand_id, ids) if not one.ended_at}
    return [
        name
        for name, channel in CHANNELS.items()
        if name == row.queued.channel
        or name in points
        or (channel.address_trait and channel.address_trait in profile.traits)
    ]


def _plain(profile: ProfileRow, name: str) -> Value:
    """Return a trait's value, or None."""
    held = profile.traits.get(name)
    return held[0] if held is not None else None
