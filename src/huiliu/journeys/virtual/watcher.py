"""Who is told what happens in virtual time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from huiliu.journeys.step import Caused, Finish, Trace
from huiliu.journeys.virtual.people import Person, Posted, Run
from huiliu.kernel.facts import Value

__all__ = ["Watcher"]


@dataclass(slots=True)
class Watcher:
    """Is told all that happens in virtual time, in order; this one forgets it."""

    #: Why events of an entry's name began no run: (journey, reason) -> how many.
    refused: dict[tuple[str, str], int] = field(default_factory=dict)

    def not_entered(self, journey: str, reason: str, at: int, profile_id: int) -> None:  # noqa: ARG002
        """An event of an entry's name began no run."""
        self.refused[journey, reason] = self.refused.get((journey, reason), 0) + 1

    def entered(self, run: Run, event: str, at: int) -> None:
        """A run began."""

    def moved(self, run: Run, trace: Trace, at: int) -> None:
        """A run did something at a node."""

    def rests(self, run: Run, at: int) -> None:
        """A run came to rest."""

    def ended(self, run: Run, finish: Finish, node: str, told: Mapping[str, object]) -> None:
        """A run is over."""

    def caused(self, run: Run, caused: Caused, at: int) -> None:
        """A run had an effect: every kind of it, messages too."""

    def posted(self, message: Posted) -> None:
        """A message was decided on."""

    def held(self, message: Posted, until: int, reason: str, at: int) -> None:
        """A message waits."""

    def sent(self, message: Posted, at: int) -> None:
        """A message was handed to its channel."""

    def not_sent(self, message: Posted, reason: str, at: int) -> None:
        """A message is never sent."""

    def reacted(self, person: Person, name: str, properties: Mapping[str, Value], at: int) -> None:
        """Somebody did something with a message, or a channel told of it."""

    def happened(self, person: Person, name: str, properties: Mapping[str, Value], at: int) -> None:
        """An event of Huiliu's own was heard."""
