"""Tells the people of the house something: written with the change that it tells of, or not at all.

Robots and letters follow by the worker; the console shows it at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huiliu.governance.notices import KINDS
from huiliu.ports.notices import Fact
from huiliu.ports.store import Tx
from huiliu.ports.world import World

__all__ = ["notify"]


def notify(  # noqa: PLR0913 - what a notice is made of
    tx: Tx,
    world: World,
    brand_id: int,
    kind: str,
    facts: Mapping[str, Fact],
    *,
    address: str = "/notices",
    key: str,
    departments: Sequence[str] = (),
) -> None:
    """Write one notice in the caller's transaction; the same key a second time writes nothing.

    Args:
        tx: the transaction of what is told.
        world: the instance.
        brand_id: whose house is told.
        kind: a row of `governance.notices.KINDS`.
        facts: what its texts name: figures and documents, nothing of a person.
        address: the page that shows more.
        key: what happened, so that it is told once.
        departments: whom it concerns; () = those of the kind.
    """
    whom = tuple(departments) or KINDS[kind]
    tx.notices.add(brand_id, kind, key, facts, address, whom, world.clock.now())
