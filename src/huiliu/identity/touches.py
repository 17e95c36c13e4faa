"""Collects what a batch's contexts say of channels and devices, so that each id is written once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from huiliu.kernel.facts import Value

__all__ = ["Touched", "Touches"]

#: (what, occurred_at, position).
_Channel: TypeAlias = tuple[str, int, int]
_Device: TypeAlias = tuple[Mapping[str, Value], int, int]

#: The parts of a context that a device is made of.
_PARTS: Final = ("device", "os", "app")


@dataclass(slots=True)
class Touched:
    """What the events of one id say together."""

    first: _Channel | None = None
    last: _Channel | None = None
    device: _Device | None = None

    def see(self, context: Mapping[str, Value], at: int, position: int) -> bool:
        """Let one event's context in; say whether it told anything."""
        channel = context.get("channel")
        if isinstance(channel, str):
            if self.first is None or (at, position) < self.first[1:]:
                self.first = (channel, at, position)
            if self.last is None or (at, position) > self.last[1:]:
                self.last = (channel, at, position)
        told = isinstance(context.get("device"), dict) or isinstance(context.get("os"), dict)
        if told and (self.device is None or (at, position) > self.device[1:]):
            self.device = ({part: context.get(part) for part in _PARTS}, at, position)
        return told or isinstance(channel, str)


class Touches:
    """Adds contexts up by the id that their events came with."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._of: dict[int, Touched] = {}
        #: The present profiles of those whose contexts told anything.
        self.people: set[int] = set()

    def see(
        self, came_with: int, person: int, context: Mapping[str, Value], at: int, position: int
    ) -> None:
        """Let one event of a person in."""
        touched = self._of.get(came_with) or Touched()
        if touched.see(context, at, position):
            self._of[came_with] = touched
            self.people.add(person)

    def __iter__(self) -> Iterator[tuple[int, Touched]]:
        """Yield each id with what its events say."""
        return iter(self._of.items())
