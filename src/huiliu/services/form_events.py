"""What a filled-in form becomes in the log: who, what they answered, what they agreed to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import structs

from huiliu.forms import Answered, Question, Reward
from huiliu.forms.questions import QUESTIONS, Goes
from huiliu.kernel.errors import BadInput
from huiliu.kernel.facts import Value
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.calls import parse_calls
from huiliu.services.consent import Proof, Who, Wish, grant
from huiliu.services.form_visitors import Guest, Named
from huiliu.services.forms import OpenForm, needs
from huiliu.services.ingest import preparer, settled, write
from huiliu.services.tellers import Teller

__all__ = ["ANSWERED", "SUBMITTED", "FilledIn", "write_events"]

SUBMITTED: Final = "Form Submitted"
ANSWERED: Final = "Survey Answered"
_PROMISED: Final = "Reward Promised"
_TELLER: Final = Teller(frozenset({SUBMITTED, _PROMISED}))
_LONGEST_CAMPAIGN: Final = 200
#: Segment's word for a part of a campaign -> the trait that keeps it.
_CAMPAIGN: Final = {
    "source": "utm_source", "medium": "utm_medium", "name": "utm_campaign", "term": "utm_term",
    "content": "utm_content",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FilledIn:
    """A form that was filled in, checked, and is to be written."""

    opened: OpenForm
    #: The same for the same page.
    submission: str
    guest: Guest
    named: Named
    found: Answered
    reward: Reward | None
    locale: str
    place: str
    campaign: Mapping[str, str]
    path: str
    #: Where the browser was and what it is: proof of a consent, and kept for nothing else.
    ip: str = ""
    user_agent: str = ""


def write_events(tx: Tx, world: World, brand_id: int, filled: FilledIn) -> None:
    """Write all events of a filled-in form; the log is locked from here to commit.

    Raises:
        BadInput: it is too large for events.
    """
    messages = list(_messages(filled))
    batch, _ = parse_calls(msgspec.json.encode({"batch": messages}))
    prepared = preparer(world, brand_id).prepare(batch, world.clock.now(), teller=_TELLER)
    if prepared.problems:
        raise BadInput(tuple(problem for _, problem in prepared.problems))
    if known := filled.guest.named:
        prepared.events = [
            structs.replace(one, identifiers=tuple(dict.fromkeys((*known, *one.identifiers))))
            for one in prepared.events
        ]
    write(tx, world.secrets, [prepared])
    settled(world.secrets, [prepared])
    _agree(tx, world, brand_id, filled)


def _messages(filled: FilledIn) -> Iterator[Mapping[str, object]]:
    """Yield what is told of the visitor."""
    form = filled.opened.form
    common = _common(filled)
    if traits := _traits(filled):
        yield _message(filled, "identify", "who", traits=traits)
    agreed: list[Value] = [one.id for one in filled.found.consents]
    told: dict[str, Value] = common | {
        "use": form.use, "answers": len(filled.found.answers), "consents": agreed,
        "reward": filled.reward.name if filled.reward else None,
    }  # fmt: skip
    yield _message(filled, "track", "submitted", event=SUBMITTED, properties=told)
    for question in form.questions:
        if question.id in filled.found.answers:
            answer = _answer(question, filled.found.answers[question.id])
            if answer is not None:
                told = common | {"survey": form.slug, "question": question.id} | answer
                part = f"answer {question.id}"
                yield _message(filled, "track", part, event=ANSWERED, properties=told)
    if filled.reward is not None:
        told = common | {
            "reward": filled.reward.name, "code": filled.reward.code or None,
            "coupon": filled.reward.coupon or None,
        }  # fmt: skip
        yield _message(filled, "track", "reward", event=_PROMISED, properties=told)


def _agree(tx: Tx, world: World, brand_id: int, filled: FilledIn) -> None:
    """Take down what was agreed to, each address for whom it belongs to."""
    wanted = needs()
    opened = filled.opened
    typed = {type_.word: one for type_, one in filled.named.own.items()}
    typed |= {type_.word: one for type_, (one, _) in filled.named.others.items()}
    for one in filled.found.consents:
        evidence: dict[str, Value] = {
            "form": opened.form.slug, "consent": one.id, "page": filled.path,
            "text_hash": one.digest(filled.locale), "submission": filled.submission,
        }  # fmt: skip
        proof = Proof(
            "form", text_version=opened.text_version, text_locale=filled.locale,
            source=f"form:{opened.form.slug}", evidence=evidence, ip=filled.ip,
            user_agent=filled.user_agent,
        )  # fmt: skip
        for channel in one.channels:
            name = wanted.get(channel, "")
            wish = Wish(channel, one.purpose, typed.get(name, ""))
            who = _whose(filled, name, wish.address)
            if who is not None:
                grant(tx, world, brand_id, who, [wish], proof, filled.submission, one.id)


def _whose(filled: FilledIn, name: str, address: str) -> Who | None:
    """Return whose word a consent is; None = nobody is there to be reached."""
    if address:
        return Who(names={"traits": {name: address}})
    if filled.guest.profile_id:
        return Who(filled.guest.profile_id)
    if name and name not in filled.guest.visitor.known:
        return None
    return Who(names={"anonymousId": filled.guest.anonymous or f"form-{filled.submission}"})


def _common(filled: FilledIn) -> dict[str, Value]:
    """Return what every event of the form says."""
    opened = filled.opened
    return {
        "form": opened.form.slug, "form_version": opened.version, "place": filled.place,
        "submission": filled.submission,
    }  # fmt: skip


def _answer(question: Question, value: Value) -> dict[str, Value] | None:
    """Return what an answer's event says; None = the answer is who the person is."""
    goes = QUESTIONS[question.ask].goes
    if goes is Goes.ANSWER:
        return {"ask": question.ask, "answer": value}
    # By this name the dictionary vaults it whole, whatever it says.
    return {"ask": question.ask, "comment": value} if goes is Goes.FREE else None


def _traits(filled: FilledIn) -> dict[str, Value]:
    """Return the traits that a form sets; of whom nothing proves that it is they, only new ones."""
    known = filled.guest.visitor.known
    traits: dict[str, Value] = {}
    for question in filled.opened.form.questions:
        kind = QUESTIONS[question.ask]
        name = question.trait or ("" if kind.goes is Goes.IDENTIFIER else kind.trait)
        if name and question.id in filled.found.answers and not filled.named.is_claim:
            traits[name] = filled.found.answers[question.id]
    for part, name in _CAMPAIGN.items():
        said = filled.campaign.get(part, "")[:_LONGEST_CAMPAIGN]
        if said and not filled.named.is_claim:
            traits[name] = said
            if f"first_{name}" not in known:
                traits[f"first_{name}"] = said
    return traits | {type_.word: typed for type_, typed in filled.named.own.items()}


def _message(
    filled: FilledIn, type_: str, part: str, event: str = "", **said: Mapping[str, Value]
) -> Mapping[str, object]:
    """Return one call; the same part of the same page is the same call."""
    context: dict[str, object] = {
        "locale": filled.locale, "channel": "web", "page": {"path": filled.path},
        "campaign": {key: word[:_LONGEST_CAMPAIGN] for key, word in filled.campaign.items()},
        "traits": {one.word: typed for one, typed in filled.named.own.items()},
    }  # fmt: skip
    message: dict[str, object] = {
        "type": type_, "messageId": f"form:{filled.submission}:{part}", "context": context, **said
    }  # fmt: skip
    if event:
        message["event"] = event
    if filled.named.is_claim:
        # Nothing else of this visit is theirs.
        del context["locale"]
    elif filled.guest.anonymous:
        message["anonymousId"] = filled.guest.anonymous
    elif not filled.named.own and not filled.guest.named:
        # Somebody who says nothing of who they are is a person of this page only.
        message["anonymousId"] = f"form-{filled.submission}"
    return message
