"""Why an address is not written to, and whether that ends news of orders too."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["REASONS", "SCOPES", "scope_of"]

SCOPES: Final = ("all", "marketing")

#: Reason -> for what the address may not be used. Each has its words under `suppression.<reason>`.
REASONS: Final[Mapping[str, str]] = MappingProxyType({
    # Nobody is there, or nobody can be.
    "address_dead": "all",
    "bounced": "all",
    # STOP to a number ends all that the number says: carriers hold it so.
    "stopped": "all",
    # A person wants no advertising; what they ordered is another matter.
    "opted_out": "marketing",
    "complained": "marketing",
    # A list from elsewhere, or an operator's hand.
    "imported": "marketing",
    "blocked": "all",
})  # fmt: skip


def scope_of(reason: str) -> str:
    """Return for what an address may not be used; what nobody knows ends everything."""
    return REASONS.get(reason, "all")
