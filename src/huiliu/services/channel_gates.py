"""The gates of channels, one a file; a channel without one asks nothing besides policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.services.admission import Gate

__all__ = ["GATES"]

#: Channel -> its gate.
GATES: Final[Mapping[str, Gate]] = {}
