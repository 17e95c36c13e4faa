"""What is true of nodes that use values which may be the person's: they ask only if those do."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

from huiliu.conditions import Mentions
from huiliu.journeys.nodes.base import Name, Quota, Way
from huiliu.journeys.nodes.givens import Given, Givens
from huiliu.kernel.texts import Text

__all__ = ["Asking"]


class Asking:
    """A node that asks for what its values ask for; nothing wakes it, nothing is given out."""

    __slots__ = ()

    next: str

    @property
    @abstractmethod
    def given(self) -> Given | Givens:
        """The values that are used."""

    @property
    def takes_time(self) -> bool:
        """Say that no time passes."""
        return False

    @property
    def asks(self) -> bool:
        """Say whether a value is found at the person."""
        return self.given.asks

    @property
    def mentions(self) -> Mentions:
        """Return which facts the values ask for."""
        return self.given.mentions

    @property
    def wakes(self) -> frozenset[str]:
        """Return nothing: nobody rests here."""
        return frozenset()

    @property
    def quota(self) -> Quota | None:
        """Return none: nothing is given out."""
        return None

    @property
    def names(self) -> Sequence[Name]:
        """Return nothing: nothing is named but the person's own."""
        return ()

    @property
    def ways(self) -> Sequence[Way]:
        """The one way out."""
        return (Way("next", self.next),)

    def told(self, what: str, details: Mapping[str, object]) -> Text | None:  # noqa: ARG002 - for others to say
        """Return nothing of its own to say: the sentence of the word itself will do."""
        return None
