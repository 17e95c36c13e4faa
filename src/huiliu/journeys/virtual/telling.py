"""Keeps all that runs in virtual time decide, to be told in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from huiliu.journeys.step import Caused, Finish, Trace
from huiliu.journeys.virtual.people import Posted, Run
from huiliu.journeys.virtual.watcher import Watcher

__all__ = ["Decision", "Made", "Story", "Telling"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing that a run did, and why."""

    at: int
    node: str
    #: entered, waited, branched, sent, exited, goal, ended ...
    what: str
    details: Mapping[str, object]
    #: Which visit of the node.
    visit: int = 1


@dataclass(slots=True)
class Made:
    """A message that a run decided on, and what became of it."""

    message: Posted
    #: When the journey decided on it.
    at: int
    #: When it was sent; 0 = it was not.
    sent_at: int = 0
    #: Why it is not sent, "" = it was, or it waits.
    reason: str = ""
    #: When that was decided.
    ended_at: int = 0
    #: (when, until, why) of each time it was put off.
    holds: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass(slots=True)
class Story:
    """A run with all that it decided."""

    run: Run
    decisions: list[Decision] = field(default_factory=list)
    messages: list[Made] = field(default_factory=list)
    #: Every effect, messages too, with its instant.
    effects: list[tuple[int, Caused]] = field(default_factory=list)


@dataclass(slots=True)
class Telling(Watcher):
    """Keeps every run; with `explains` its decisions too, a third of the memory."""

    explains: bool = True
    #: In the order of entry.
    stories: list[Story] = field(default_factory=list)

    def entered(self, run: Run, event: str, at: int) -> None:
        """Begin a story."""
        story = Story(run)
        run.kept = story
        self.stories.append(story)
        if self.explains:
            details = {"event": event, "key": run.key}
            story.decisions.append(Decision(at, run.journey.start, "entered", details))

    def moved(self, run: Run, trace: Trace, at: int) -> None:
        """Keep what a run did."""
        if self.explains:
            details = msgspec.json.decode(trace.details)
            _story(run).decisions.append(Decision(at, trace.node, trace.what, details, trace.visit))

    def ended(self, run: Run, finish: Finish, node: str, told: Mapping[str, object]) -> None:
        """Keep how a run ended."""
        if self.explains:
            _story(run).decisions.append(Decision(run.ended_at, node, finish.state, told))

    def caused(self, run: Run, caused: Caused, at: int) -> None:
        """Keep an effect."""
        if self.explains:
            _story(run).effects.append((at, caused))

    def posted(self, message: Posted) -> None:
        """Keep a message."""
        made = Made(message, message.queued_at)
        message.kept = made
        _story(message.run).messages.append(made)

    def held(self, message: Posted, until: int, reason: str, at: int) -> None:
        """Keep that a message waits."""
        _made(message).holds.append((at, until, reason))

    def sent(self, message: Posted, at: int) -> None:
        """Keep when a message was sent."""
        _made(message).sent_at = at

    def not_sent(self, message: Posted, reason: str, at: int) -> None:
        """Keep why a message is not sent."""
        made = _made(message)
        made.reason, made.ended_at = reason, at


def _story(run: Run) -> Story:
    """Return the story of a run that this watcher was told of."""
    assert isinstance(run.kept, Story)
    return run.kept


def _made(message: Posted) -> Made:
    """Return what is kept of a message."""
    assert isinstance(message.kept, Made)
    return message.kept
