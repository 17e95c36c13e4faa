"""How well a plug-in for somebody else's service is known to behave as its file says."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Evidence"]


class Evidence(StrEnum):
    """How well we know that a service behaves as its file says."""

    #: Held against the vendor's own SDK or an independent program.
    TRIED = "tried"
    #: Written from the vendor's documents.
    DOCUMENTS = "documents"
    #: Written from memory: to be verified before use.
    MEMORY = "memory"
