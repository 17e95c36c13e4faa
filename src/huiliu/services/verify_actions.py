"""Is the list of what users did as it was written: every row, none missing, none slipped in?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from huiliu.governance.audit import Break, Head, first_break
from huiliu.ports.console import ActionLink
from huiliu.ports.store import Tx
from huiliu.ports.world import World

__all__ = ["ChainState", "verify_actions"]

_EVERY: Final = 2_000
#: Before every place that a row can be given by hand.
_BEFORE_ALL: Final = -(2**63)


@dataclass(frozen=True, slots=True)
class ChainState:
    """How a brand's chain of actions stands."""

    #: How many actions it says that there are.
    n: int
    #: The hash of the last, in hexadecimal: whoever notes it elsewhere can ask for it later.
    head: str
    #: None = it holds.
    broken: Break | None
    #: False = a head that was noted earlier is in the chain no more; None = none was asked about.
    knows_noted: bool | None = None

    @property
    def holds(self) -> bool:
        """Say whether nothing was changed."""
        return self.broken is None and self.knows_noted is not False


def verify_actions(world: World, brand_id: int, noted: bytes = b"", newest: int = 0) -> ChainState:
    """Read a brand's chain from its beginning, or its newest rows only.

    Args:
        world: the instance.
        brand_id: whose.
        noted: a head that somebody wrote down elsewhere. Who can write everything in the database
            can write the whole chain anew; a head that is kept outside shows even that.
        newest: so many rows are looked at, from the end; 0 = all.
    """
    with world.store.transaction(brand_id) as tx:
        # The head first: what is written meanwhile stands behind it and is not looked at.
        n, row_hash = tx.console.action_head(brand_id)
        links = _links(tx, brand_id, max(0, n - newest) - 1 if newest else _BEFORE_ALL, n)
        first = next(links, None) if newest and n > newest else None
        found = first_break(links, Head(n, row_hash), first)
        if found is None and tx.console.action_head(brand_id)[0] == n:
            # Nobody wrote meanwhile, so what stands behind the head never came through the chain.
            more = tx.console.action_links(brand_id, n, 1)
            found = Break(more[0].nth, "cut") if more else None
        knows = tx.console.has_action_hash(brand_id, noted) if noted else None
    return ChainState(n, row_hash.hex(), found, knows)


def _links(tx: Tx, brand_id: int, after: int, until: int) -> Iterator[ActionLink]:
    """Yield actions by their place, after one and up to one; those without a place come first."""
    while rows := tx.console.action_links(brand_id, after, _EVERY):
        for row in rows:
            if row.nth > until:
                return
            yield row
        after = rows[-1].nth
