"""Writes prepared events: the vault first, the log last, all in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import msgspec

from huiliu.kernel.errors import Problem
from huiliu.ports.log import REFUSED_PURPOSE, RefusedEvent
from huiliu.ports.store import Tx
from huiliu.ports.vault import Secrets
from huiliu.ports.world import World
from huiliu.services.calls import parse_calls
from huiliu.services.prepare import Prepared, Preparer, VaultRow
from huiliu.services.tellers import Teller

__all__ = ["Accepted", "accept", "preparer", "refused_events", "settled", "write"]

_KEPT_BYTES = 32 * 1024
#: An import's order may have hundreds of lines; the door's limit is not for it.
_IMPORTED_BYTES = 4 * 1024 * 1024
#: Caches live as long as the keys they were made with.
_preparers: WeakKeyDictionary[Secrets, dict[int, Preparer]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a batch."""

    #: How many were new; repeats are left out.
    n_new: int
    #: (number in the batch, what is wrong).
    problems: Sequence[tuple[int, Problem]]


def write(tx: Tx, secrets: Secrets, batches: Sequence[Prepared]) -> int:
    """Write what several requests became, in their order; return how many events were new.

    Call it last in the transaction: the log is locked from here to commit.
    """
    by_brand: dict[int, list[VaultRow]] = {}
    for prepared in batches:
        if prepared.vault:
            by_brand.setdefault(prepared.brand_id, []).extend(prepared.vault)
    for brand_id in sorted(by_brand):
        _write_vault(tx, secrets, brand_id, by_brand[brand_id])
    events = batches[0].events if len(batches) == 1 else [e for p in batches for e in p.events]
    return tx.log.append(events)


def accept(  # noqa: PLR0913 - what comes, from where, and what it may say
    tx: Tx,
    world: World,
    brand_id: int,
    messages: Sequence[Mapping[str, object]],
    *,
    received_at: int,
    historical: bool,
    own: Collection[str] = (),
) -> Accepted:
    """Prepare and write Segment messages that did not come over HTTP, such as an import's.

    The caller's own rows are written before; problems are returned and not kept. What a file or a
    shop says is anybody's word: a caller that makes events of Huiliu's own names them in `own`.
    """
    batch, unreadable = parse_calls(msgspec.json.encode({"batch": messages}))
    prepared = preparer(world, brand_id).prepare(
        batch, received_at, historical=historical, most_bytes=_IMPORTED_BYTES,
        teller=Teller(frozenset(own)),
    )  # fmt: skip
    problems = [(n, unreadable.get(n, problem)) for n, problem in prepared.problems]
    n_new = write(tx, world.secrets, [prepared])
    # An import that does not commit begins again in another process.
    settled(world.secrets, [prepared])
    return Accepted(n_new, problems)


def settled(secrets: Secrets, batches: Sequence[Prepared]) -> None:
    """Remember what is committed: a user's id goes to the vault once for each process."""
    of_brands = _preparers.get(secrets, {})
    for prepared in batches:
        if prepared.users and prepared.brand_id in of_brands:
            of_brands[prepared.brand_id].settled(prepared)


def preparer(world: World, brand_id: int) -> Preparer:
    """Return the preparer of a brand; made once, for its caches."""
    of_brands = _preparers.setdefault(world.secrets, {})
    if brand_id not in of_brands:
        of_brands[brand_id] = Preparer(world.secrets, brand_id)
    return of_brands[brand_id]


def refused_events(
    secrets: Secrets,
    prepared: Prepared,
    key_id: int,
    refused_at: int,
    raws: Sequence[bytes],
) -> list[RefusedEvent]:
    """Return the refused calls of a request as they are kept: sealed, with their reasons."""
    return [
        RefusedEvent(
            brand_id=prepared.brand_id, refused_at=refused_at, key_id=key_id,
            reason=problem.text.key, path=problem.path, details=str(problem.text),
            sealed=secrets.seal(raws[number][:_KEPT_BYTES], REFUSED_PURPOSE),
        )
        for number, problem in prepared.problems
    ]  # fmt: skip


def _write_vault(tx: Tx, secrets: Secrets, brand_id: int, rows: Sequence[VaultRow]) -> None:
    """Seal values under their subjects' keys and keep them."""
    keys = tx.vault.subject_keys(brand_id, {row.subject for row in rows}, create=True)
    unique = {(row.subject, row.token): row for row in rows if row.subject in keys}
    tx.vault.put(
        brand_id,
        [
            (row.subject, row.token, row.field,
             secrets.seal_with(keys[row.subject], row.raw.encode()))
            for row in unique.values()
        ],
    )  # fmt: skip
