"""Takes a filled-in form: checked, kept from programs, turned into events in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from huiliu.forms import Answered, Given, Question, Reward, asked_of, check_answers
from huiliu.forms.questions import QUESTIONS, Goes
from huiliu.governance.normalisation import normalise
from huiliu.kernel.errors import Problem
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import digest
from huiliu.kernel.texts import text
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.earn_reward import earn, earned
from huiliu.services.form_events import FilledIn, write_events
from huiliu.services.form_tokens import KEPT_FOR, Fault, check_proof, spent_key
from huiliu.services.form_visitors import Guest, look_up, part_names
from huiliu.services.forms import OpenForm, count_in, needs, open_in

__all__ = ["Became", "Submission", "Taken", "asking", "take_form"]

_TYPES: Final = {type_.word: type_ for type_ in IdentifierType}
_WRONG: Final = {"email": "forms.not_an_email", "phone": "forms.not_a_phone"}
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Became(StrEnum):
    """What became of a filled-in form."""

    TAKEN = "taken"
    #: The same person filled it in before, and it takes each once.
    BEFORE = "before"
    #: There is something to put right; it is shown again.
    WRONG = "wrong"
    #: The challenge was not good; it is shown again with a fresh one.
    AGAIN = "again"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Submission:
    """What a browser sent."""

    answers: Mapping[str, Sequence[str]]
    consents: Collection[str]
    locale: str
    challenge: str = ""
    proof: str = ""
    #: What stands in the field that people do not see.
    trap: str = ""
    #: Whose link it was, and the anonymous id of the page around.
    me: str = ""
    anonymous: str = ""
    #: page, landing or frame.
    place: str = "page"
    #: name, source, medium, term and content, as far as the address had them.
    campaign: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: Path of the page that it stood in.
    path: str = ""
    ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it, and what the page says."""

    became: Became
    opened: OpenForm
    asked: Sequence[Question] = ()
    problems: Sequence[Problem] = ()
    fault: Fault | None = None
    reward: Reward | None = None


def asking(
    world: World, brand_id: int, opened: OpenForm, me: str, anonymous: str
) -> tuple[Guest, list[Question]]:
    """Return who opens a form, and what they are asked."""
    with world.store.transaction(brand_id) as tx:
        guest = look_up(tx, world, brand_id, me, anonymous)
    return guest, asked_of(opened.form, guest.visitor)


def is_open(opened: OpenForm, now: int) -> bool:
    """Say whether a form takes answers at this time."""
    form = opened.form
    return form.opens_at <= now and (not form.closes_at or now < form.closes_at)


def take_form(world: World, brand_id: int, slug: str, sent: Submission) -> Taken:
    """Take a filled-in form, or say what keeps it from being taken.

    A program that fills in the hidden field is told that all went well, and nothing is kept. The
    same page sent twice is taken once.

    Raises:
        NotFound: there is no such form in use.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        opened = open_in(tx, brand_id, slug)
        guest = look_up(tx, world, brand_id, sent.me, sent.anonymous)
        asked = asked_of(opened.form, guest.visitor)
        if not is_open(opened, now):
            return Taken(Became.CLOSED, opened)
        if sent.trap:
            count_in(tx, world, brand_id, opened, "away.trap")
            return Taken(Became.TAKEN, opened, asked)
        fault = check_proof(world, brand_id, slug, sent.challenge, sent.proof)
        if fault is not None:
            count_in(tx, world, brand_id, opened, f"away.{fault}")
            return Taken(Became.AGAIN, opened, asked, fault=fault)
        given = Given(sent.answers, sent.consents)
        found = check_answers(
            opened.form, {one.id for one in asked}, given, needs(), guest.visitor.known
        )
        keys = _keys(world, brand_id, opened, found)
        if found.problems:
            return Taken(Became.WRONG, opened, asked, found.problems)
        if not tx.forms.spend(brand_id, spent_key(sent.challenge), now, now - KEPT_FOR):
            reward = earned(tx, world, brand_id, _reward(opened, found), sent.challenge)
            return Taken(Became.TAKEN, opened, asked, reward=reward)
        return _take(tx, world, brand_id, opened, sent, guest, asked, found, keys)


def _take(  # noqa: PLR0913, PLR0917 - one step of the one above
    tx: Tx,
    world: World,
    brand_id: int,
    opened: OpenForm,
    sent: Submission,
    guest: Guest,
    asked: Sequence[Question],
    found: Answered,
    keys: Mapping[IdentifierType, tuple[str, bytes]],
) -> Taken:
    """Write what was checked."""
    form = opened.form
    named = part_names(tx, brand_id, guest, keys, trusts_claims=form.trusts_claims)
    reward = _reward(opened, found)
    if form.once or reward is not None:
        persons = _persons(world, brand_id, guest, keys)
        if not tx.forms.take(brand_id, form.slug, persons, world.clock.now()):
            reward = None
            if form.once:
                count_in(tx, world, brand_id, opened, "before")
                return Taken(Became.BEFORE, opened, asked)
    count_in(tx, world, brand_id, opened, "taken")
    reward, events = earn(tx, world, brand_id, reward, guest, sent.challenge)
    filled = FilledIn(
        opened, spent_key(sent.challenge).hex(), guest, named, found, reward, sent.locale,
        sent.place, sent.campaign, sent.path, sent.ip, sent.user_agent,
    )  # fmt: skip
    write_events(tx, world, brand_id, filled)
    tx.log.append(events)
    return Taken(Became.TAKEN, opened, asked, reward=reward)


def _reward(opened: OpenForm, found: Answered) -> Reward | None:
    """Return what the answers earn."""
    reward = opened.form.reward
    if reward is None or (reward.for_ and reward.for_ not in found.answers):
        return None
    return reward


def _keys(
    world: World, brand_id: int, opened: OpenForm, found: Answered
) -> Mapping[IdentifierType, tuple[str, bytes]]:
    """Return what names the person: (as typed, key); what cannot is a problem."""
    keys: dict[IdentifierType, tuple[str, bytes]] = {}
    for question in opened.form.questions:
        kind = QUESTIONS[question.ask]
        if kind.goes is not Goes.IDENTIFIER or question.id not in found.answers:
            continue
        type_, typed = _TYPES[kind.trait], str(found.answers[question.id])
        normal = normalise(type_, typed)
        if normal is None:
            found.problems.append(Problem(question.id, text(_WRONG[kind.trait])))
        else:
            keys[type_] = typed, world.secrets.identifier_key(brand_id, type_, normal)
    return keys


def _persons(
    world: World, brand_id: int, guest: Guest, keys: Mapping[IdentifierType, tuple[str, bytes]]
) -> list[bytes]:
    """Return by which hashes it is known again that somebody filled a form in."""
    found = [key for _, key in keys.values()]
    if guest.profile_id:
        found.append(digest("form person", brand_id, guest.profile_id))
    if guest.anonymous:
        type_ = IdentifierType.ANONYMOUS_ID
        found.append(world.secrets.identifier_key(brand_id, type_, guest.anonymous))
    return found
