"""`task`: somebody of the staff is to do something; the run waits for the outcome or goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from huiliu.conditions import Mentions
from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.answers import answer_to, asked_of
from huiliu.journeys.nodes.base import Go, Node, Open, Outcome, Passage, Quota, Rest, Way
from huiliu.journeys.reading import Fields
from huiliu.kernel.documents import join_path
from huiliu.kernel.texts import Text
from huiliu.kernel.times import DAY, show_duration

__all__ = ["TYPE", "Task"]

_DONE: Final = "Task Done"
#: Without a time-out a run looks up this often at least.
_FOREVER: Final = 3_650 * DAY


@dataclass(frozen=True, slots=True)
class Ending:
    """One outcome that a task may have, and where a run goes then."""

    outcome: str
    next: str

    def tree(self) -> dict[str, object]:
        """Return the way as it is written."""
        return {"outcome": self.outcome, "next": self.next}


@dataclass(frozen=True, slots=True)
class Task:
    """Opens a task; with outcomes it waits for one of them."""

    title: str
    #: Whom it is for: a word that the brand chose; "" = anyone.
    assignee: str
    #: How soon it is to be done, in microseconds; 0 = no date.
    due: int
    endings: tuple[Ending, ...]
    #: How long the run waits; 0 = as long as it takes.
    timeout: int
    #: Without outcomes: the way on. With them: where a run goes after the time-out; "" = nowhere.
    next: str
    mentions: Mentions = field(init=False, repr=False, compare=False)

    type = "task"
    takes_time = False
    names = ()

    def __post_init__(self) -> None:
        """Note what is asked for."""
        asked = asked_of(_DONE, self.timeout) if self.endings else Mentions()
        object.__setattr__(self, "mentions", asked)

    @property
    def asks(self) -> bool:
        """Say whether it waits for an outcome."""
        return bool(self.endings)

    @property
    def wakes(self) -> frozenset[str]:
        """The outcome, if it waits for one."""
        return frozenset({_DONE} if self.endings else ())

    @property
    def quota(self) -> Quota | None:
        """Nothing is given out."""
        return None

    @property
    def ways(self) -> Sequence[Way]:
        """The way of each outcome, and that of the time-out; or the one way on."""
        if not self.endings:
            return (Way("next", self.next),)
        ways = [
            Way(f"{join_path('outcomes', nth)}.next", one.next)
            for nth, one in enumerate(self.endings)
        ]
        return (*ways, Way("else", self.next)) if self.next else tuple(ways)

    def step(self, passage: Passage, memory: bytes) -> Outcome:
        """Return the task on arrival; later the way of its outcome, if the run waits for it."""
        if not memory:
            return self._open(passage)
        until = int(memory)
        answer = answer_to(passage, _DONE)
        outcome = None if answer is None else answer.get("outcome")
        for one in self.endings:
            if one.outcome == outcome:
                return self._go("task_done", one.next, outcome)
        if self.next and (passage.now >= until or answer is not None):
            return self._go("task_left", self.next, "")
        return Rest(until, memory)

    def told(self, what: str, details: Mapping[str, object]) -> Text | None:  # noqa: ARG002 - the protocol's signature
        """Return nothing of its own: the sentence of the word will do."""
        return None

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {"title": self.title}
        if self.assignee:
            tree["assignee"] = self.assignee
        if self.due:
            tree["due"] = show_duration(self.due)
        if not self.endings:
            return tree | {"next": self.next}
        tree["outcomes"] = [one.tree() for one in self.endings]
        if self.timeout:
            tree["timeout"] = show_duration(self.timeout)
        return tree | {"else": self.next} if self.next else tree

    def _open(self, passage: Passage) -> Outcome:
        """Return the task, and a rest if the run waits for it."""
        due_at = passage.now + self.due if self.due else 0
        task = Open(self.title, self.assignee, due_at, tuple(one.outcome for one in self.endings))
        details = {"title": self.title, "assignee": self.assignee}
        if not self.endings:
            written = msgspec.json.encode(details | {"to": self.next})
            return Go(self.next, "task_opened", written, (task,))
        until = passage.now + (self.timeout or _FOREVER)
        written = msgspec.json.encode(details)
        return Rest(until, b"%d" % until, (task,), what="task_opened", details=written)

    def _go(self, what: str, to: str, outcome: str) -> Go:
        """Return a way with its trace."""
        details = {"title": self.title, "outcome": outcome, "to": to}
        return Go(to, what, msgspec.json.encode(details))


class _TaskType:
    """Reads `task` nodes."""

    name = "task"
    group = "talk"
    fields = ("title", "assignee", "due", "outcomes", "timeout", "next", "else")
    form = (
        Field("title", "text", needed=True),
        Field("assignee", "text"),
        Field("due", "duration", start="1d"),
        Field(
            "outcomes", "rows", instead_of=("next",),
            fields=(
                Field("outcome", "text", needed=True, start="done"),
                Field("next", "way", needed=True),
            ),
        ),
        Field("timeout", "duration", start="2d"),
        Field("next", "way", instead_of=("outcomes", "else", "timeout")),
        Field("else", "way", instead_of=("next",)),
    )  # fmt: skip

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the node of a document's map."""
        endings: list[Ending] = []
        for path, item in fields.items("outcomes"):
            inner = fields.reading.fields(item, path, ("outcome", "next"))
            outcome = inner.word("outcome")
            if outcome in {one.outcome for one in endings}:
                inner.wrong("outcome", "journeys.variant_twice", name=outcome)
            endings.append(Ending(outcome, inner.word("next")))
        timeout = fields.duration("timeout", default=0)
        otherwise = fields.word("else", default="")
        if endings and fields.has("next"):
            fields.wrong("next", "journeys.next_beside_outcomes")
        if bool(timeout) != bool(otherwise):
            fields.wrong("timeout" if otherwise else "else", "journeys.timeout_and_else")
        elif otherwise and not endings:
            fields.wrong("else", "journeys.else_without_outcomes")
        to = otherwise if endings else fields.word("next")
        return Task(
            fields.word("title"), fields.word("assignee", default=""),
            fields.duration("due", default=0), tuple(endings), timeout, to,
        )  # fmt: skip


TYPE = _TaskType()
