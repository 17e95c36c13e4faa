"""What else went on with a person at a moment: other journeys, messages, and used caps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from huiliu.messages.caps import lookback
from huiliu.ports.messages import MessageRow
from huiliu.ports.runs import RunRow, StepRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.policy_rules import rules_at

__all__ = ["Beside", "Competing", "beside"]

_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Competing:
    """Another run that was under way at the moment."""

    run: RunRow
    #: Where it stood, as its trace tells.
    node: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What went on at one moment."""

    at: int
    runs: Sequence[Competing]
    #: Messages sent in the window of the cap before it, or waiting then, newest first.
    messages: Sequence[MessageRow]
    #: Marketing messages in the window, and how many may be.
    used: int
    cap: int
    window: int


def beside(tx: Tx, world: World, brand_id: int, ids: Collection[int], at: int) -> Beside:
    """Return what went on with a person at a moment.

    Args:
        tx: reads what is stored.
        world: holds the brand's rules.
        brand_id: whose.
        ids: every id that the person has had.
        at: the moment.
    """
    runs = [
        run
        for run in tx.runs.history(brand_id, sorted(ids), _MOST)
        if run.entered_at <= at and (not run.ended_at or run.ended_at >= at)
    ]
    steps = tx.runs.steps(brand_id, sorted(ids), [run.run_id for run in runs]) if runs else []
    cap = rules_at(tx, world, brand_id, at).cap
    most, window = (cap.most, lookback([cap])) if cap is not None else (0, 0)
    since = at - window
    present = next(iter(tx.people.present(brand_id, list(ids)).values()), 0)
    messages = [
        row
        for row in tx.messages.of_profile(brand_id, present, _MOST)
        if row.queued.queued_at <= at and (row.changed_at > since or since < row.sent_at <= at)
    ]
    used = sum(
        since < row.sent_at <= at and row.queued.message_class != "service" for row in messages
    )
    competing = [Competing(run, _stood(steps, run, at)) for run in runs]
    return Beside(at, competing, messages, used, most, window)


def _stood(steps: Sequence[StepRow], run: RunRow, at: int) -> str:
    """Return where a run stood at a moment: what its last step led to."""
    stood = ""
    for step in steps:
        if step.run_id == run.run_id and step.at <= at:
            details = msgspec.json.decode(step.details) if step.details else {}
            stood = str(details.get("to") or step.node)
    return stood
