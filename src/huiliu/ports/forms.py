"""What forms keep besides events: counts of visits, spent challenges, who was taken once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

__all__ = ["FormStore"]


class FormStore(Protocol):
    """Forms, inside one transaction."""

    def count(self, brand_id: int, slug: str, version: int, what: str, day: int, slot: int) -> None:
        """Add one to how often something happened to a form on a day.

        Args:
            brand_id: whose form.
            slug: which.
            version: the one that was shown.
            what: `view.page`, `taken`, `away.trap` ...
            day: days since 1970-01-01, UTC.
            slot: any small number, so that many visitors do not wait for one row.
        """
        ...

    def counts(self, brand_id: int, slug: str, since_day: int) -> Mapping[tuple[int, str], int]:
        """Return (day, what) -> how often, from a day on."""
        ...

    def spend(self, brand_id: int, challenge: bytes, at: int, before: int) -> bool:
        """Use a challenge up; False = it was used before. Those from `before` are forgotten."""
        ...

    def take(self, brand_id: int, slug: str, persons: list[bytes], at: int) -> bool:
        """Note whom a form took, by hashes of what names them; False = one was taken before."""
        ...
