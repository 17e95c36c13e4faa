"""What lint finds, and how grave it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from huiliu.kernel.texts import Text

__all__ = ["BLOCK", "HINT", "WARN", "Finding"]

#: Keeps a template from going live.
BLOCK: Final = "block"
#: Should be mended.
WARN: Final = "warn"
#: Good to know.
HINT: Final = "hint"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that lint says about a template."""

    #: block, warn or hint.
    severity: str
    path: str
    text: Text
    #: 1-based; 0 = unknown.
    line: int
