"""Why a person got a message or did not: each decision from the event to the provider's answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from huiliu.journeys import Journey, parsed
from huiliu.journeys.explain import explain
from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import Text, text
from huiliu.ports.messages import Attempt, MessageRow, ReceiptRow
from huiliu.ports.runs import RunRow, StepRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World

__all__ = ["MessageWhy", "RunWhy", "Why", "why", "why_message"]

#: Runs and messages told of one person, newest first.
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class MessageWhy:
    """One message and what became of it."""

    row: MessageRow
    #: Oldest first.
    attempts: Sequence[Attempt]
    receipts: Sequence[ReceiptRow]


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


@dataclass(frozen=True, slots=True)
class Why:
    """All that was decided about one person."""

    profile_id: int
    #: Newest first.
    runs: Sequence[RunWhy]
    #: Messages whose run is not among those told.
    messages: Sequence[MessageWhy]


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


def why_message(world: World, brand_id: int, message_id: bytes) -> Why:
    """Return the decisions that led to one message; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        row = tx.messages.message(brand_id, message_id)
        asked = row.queued.profile_id
        present = tx.people.present(brand_id, [asked]).get(asked, asked)
        ids = tx.people.histories(brand_id, [present]).get(present, [asked])
        runs = [
            run for run in tx.runs.history(brand_id, ids, _MOST) if run.run_id == row.queued.run_id
        ]
        messages = _explain(tx, brand_id, [row])
        told = _runs(tx, brand_id, ids, runs, messages)
    return Why(present, told, () if told else messages)


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
