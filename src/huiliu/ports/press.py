"""The press: what makes a file of a white paper."""

from __future__ import annotations

from typing import Final, Protocol

from huiliu.kernel.errors import Unavailable
from huiliu.reports.paper import Paper

__all__ = ["NO_PRESS", "NoPress", "Press"]


class Press(Protocol):
    """Prints."""

    def print(self, paper: Paper) -> bytes:
        """Return a paper as PDF; the same paper is the same bytes."""
        ...


class NoPress:
    """A world that prints nothing."""

    def print(self, paper: Paper) -> bytes:
        """Refuse."""
        raise Unavailable("press", paper.quarter)


NO_PRESS: Final = NoPress()
