"""Why a person got a message or did not: each decision from the event to the provider's answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from huiliu.journeys import Journey, parsed
from huiliu.journeys.explain import explain
from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.messages import Attempt, MessageRow, ReceiptRow
from huiliu.ports.runs import RunRow, StepRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.decisions import Decisions, decisions_of
from huiliu.services.holdouts import Membership, memberships
from huiliu.services.moment import Beside, beside
from huiliu.services.policy_again import PolicyAgain, policy_again
from huiliu.services.why_not import NotEntered, not_entered

__all__ = ["MessageWhy", "RunWhy", "Why", "look_into", "why", "why_message"]

#: Runs and messages told of one person, newest first.
_MOST: Final = 200
#: Runs that are looked into, newest first: deciding again takes its time.
_DEEP: Final = 30


@dataclass(frozen=True, slots=True)
class MessageWhy:
    """One message and what became of it."""

    row: MessageRow
    #: Oldest first.
    attempts: Sequence[Attempt]
    receipts: Sequence[ReceiptRow]
    #: The policy's decision, taken again; None = it was not asked for.
    policy: PolicyAgain | None = None


@dataclass(frozen=True, slots=True)
class RunWhy:
    """One passage through a journey: the event that began it, each step, each message."""

    run: RunRow
    #: The entry event as the run keeps it: name, occurred_at, properties.
    entry: Mapping[str, Value]
    #: Oldest first.
    steps: Sequence[StepRow]
    #: What each step means, in the reader's language.
    sentences: Sequence[Text]
    messages: Sequence[MessageWhy]
    #: Each step looked into; None = it was not asked for.
    decisions: Decisions | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """All that was decided about one person."""

    profile_id: int
    #: Newest first.
    runs: Sequence[RunWhy]
    #: Messages whose run is not among those told.
    messages: Sequence[MessageWhy]
    #: Events that might have begun a run and did not, newest first.
    not_entered: Sequence[NotEntered] = ()
    #: What else went on at the moment that was asked about.
    beside: Beside | None = None
    #: The holdouts that the person was asked about, the latest first.
    holdouts: Sequence[Membership] = ()


def why(world: World, brand_id: int, profile_id: int, limit: int = _MOST) -> Why:
    """Return every decision about a person, with those of the people merged into them.

    Raises:
        NotFound: there is no such person.
    """
    with world.store.transaction(brand_id) as tx:
        present = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
        if present not in tx.people.profiles(brand_id, [present]):
            raise NotFound("profile", show_profile_id(profile_id))
        ids = tx.people.histories(brand_id, [present])[present]
        runs = tx.runs.history(brand_id, ids, limit)
        messages = _explain(tx, brand_id, tx.messages.of_profile(brand_id, present, limit))
        told = _runs(tx, brand_id, ids, runs, messages)
    known = {run.run_id for run in runs}
    return Why(present, told, [one for one in messages if one.row.queued.run_id not in known])


def look_into(
    world: World, brand_id: int, profile_id: int, at: int | None = None, journey: str = ""
) -> Why:
    """Return the decisions about a person at a moment, each looked into.

    Args:
        world: the instance.
        brand_id: whose person.
        profile_id: any id that the person has had.
        at: the moment; None = all that is kept, and what goes on now.
        journey: only this one; "" = all.

    Raises:
        NotFound: there is no such person, or journey.
    """
    told = why(world, brand_id, profile_id, _MOST)
    moment = world.clock.now() if at is None else at
    runs = [
        run
        for run in told.runs
        if journey in {"", run.run.journey}
        and (
            at is None
            or (
                run.run.entered_at <= at and (not run.run.ended_at or run.run.ended_at >= at - HOUR)
            )
        )
    ][:_DEEP]
    with world.store.transaction(brand_id) as tx:
        ids = tx.people.histories(brand_id, [told.profile_id])[told.profile_id]
        journeys = (
            [journey]
            if journey
            else [
                one.slug for one in tx.documents.all(brand_id, "journey") if one.state != "archived"
            ]
        )
        period = (0, moment) if at is None else (at - DAY, at)
        missed = not_entered(tx, world, brand_id, ids, journeys, period)[:_MOST]
        deep = [
            replace(
                run,
                decisions=decisions_of(tx, world, brand_id, run.run, run.steps),
                messages=[_judged(tx, world, brand_id, one) for one in run.messages],
            )
            for run in runs
        ]
        loose = [
            _judged(tx, world, brand_id, one)
            for one in told.messages
            if journey in {"", one.row.queued.journey}
            and (at is None or one.row.queued.queued_at <= at)
        ]
        around = beside(tx, world, brand_id, ids, moment)
        held = memberships(tx, brand_id, ids)
    return Why(told.profile_id, deep, loose, missed, around, held)


def _judged(tx: Tx, world: World, brand_id: int, one: MessageWhy) -> MessageWhy:
    """Return a message with the policy's decision, taken again."""
    return replace(one, policy=policy_again(tx, world, brand_id, one.row))


def why_message(world: World, brand_id: int, message_id: bytes) -> Why:
    """Return the decisions that led to one message, each looked into; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        row = tx.messages.message(brand_id, message_id)
        asked = row.queued.profile_id
        present = tx.people.present(brand_id, [asked]).get(asked, asked)
        ids = tx.people.histories(brand_id, [present]).get(present, [asked])
        runs = [
            run for run in tx.runs.history(brand_id, ids, _MOST) if run.run_id == row.queued.run_id
        ]
        messages = [_judged(tx, world, brand_id, one) for one in _explain(tx, brand_id, [row])]
        told = [
            replace(run, decisions=decisions_of(tx, world, brand_id, run.run, run.steps))
            for run in _runs(tx, brand_id, ids, runs, messages)
        ]
        around = beside(tx, world, brand_id, ids, row.sent_at or row.changed_at)
        held = memberships(tx, brand_id, ids)
    return Why(present, told, () if told else messages, beside=around, holdouts=held)


def _explain(tx: Tx, brand_id: int, rows: Sequence[MessageRow]) -> list[MessageWhy]:
    """Return messages with their attempts and receipts."""
    ids = [row.queued.message_id for row in rows]
    attempts: dict[bytes, list[Attempt]] = {}
    for attempt in tx.messages.attempts(brand_id, ids):
        attempts.setdefault(attempt.message_id, []).append(attempt)
    receipts: dict[bytes, list[ReceiptRow]] = {}
    for receipt in tx.messages.receipts(brand_id, ids):
        receipts.setdefault(receipt.message_id, []).append(receipt)
    return [
        MessageWhy(
            row,
            attempts.get(row.queued.message_id, ()),
            receipts.get(row.queued.message_id, ()),
        )
        for row in rows
    ]


def _runs(
    tx: Tx,
    brand_id: int,
    ids: Sequence[int],
    runs: Sequence[RunRow],
    messages: Sequence[MessageWhy],
) -> list[RunWhy]:
    """Return runs with their steps and messages."""
    steps: dict[bytes, list[StepRow]] = {}
    for step in tx.runs.steps(brand_id, ids, [run.run_id for run in runs]):
        steps.setdefault(step.run_id, []).append(step)
    told: list[RunWhy] = []
    for run in runs:
        mine = steps.get(run.run_id, [])
        journey = _journey(tx, brand_id, run)
        told.append(
            RunWhy(
                run,
                _object(run.entry),
                mine,
                [_sentence(journey, step) for step in mine],
                [one for one in messages if one.row.queued.run_id == run.run_id],
            )
        )
    return told


def _journey(tx: Tx, brand_id: int, run: RunRow) -> Journey | None:
    """Return the version that a run is pinned to, or None where it cannot be read any more."""
    try:
        return parsed(tx.documents.version(brand_id, "journey", run.journey, run.version).source)
    except (NotFound, BadInput, ValueError):
        return None


def _sentence(journey: Journey | None, step: StepRow) -> Text:
    """Return what a step means."""
    if journey is None:
        return text("why.bare_step", node=step.node, what=step.what)
    return explain(journey, step.node, step.what, _object(step.details))


def _object(raw: bytes) -> Mapping[str, Value]:
    """Return a JSON object; {} where there is none."""
    try:
        found = msgspec.json.decode(raw, type=dict[str, msgspec.Raw]) if raw else {}
    except msgspec.MsgspecError:
        return {}
    return {name: msgspec.json.decode(value) for name, value in found.items()}
