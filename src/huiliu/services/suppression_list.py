"""The list of addresses that are not written to: shown, taken in, handed out; hashes only.

An address is hashed when it comes in and is kept nowhere. The hash is made with the instance's key,
so it names nobody outside, and it stays when a person's data is erased: it keeps their refusal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.governance.normalisation import normalise
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_instant
from huiliu.messages.suppression import REASONS
from huiliu.ports.people import SuppressionRow
from huiliu.ports.world import World
from huiliu.services.read_table import read_table
from huiliu.services.suppress import restore, suppress

__all__ = [
    "COLUMNS",
    "AddressPage",
    "BadAddress",
    "TakenIn",
    "add_addresses",
    "address_as_data",
    "address_rows",
    "hash_of",
    "import_addresses",
    "list_addresses",
    "look_up",
    "remove_address",
]

#: What an export's columns are called; an import reads its own export.
COLUMNS: Final = ("address", "reason", "scope", "at", "until", "source")
PAGE: Final = 100
_HASH: Final = 32
_FOREIGN: Final = frozenset({40, 64, 128})
_HEX: Final = frozenset("0123456789abcdef")
_HEADERS: Final = frozenset({
    "address", "hash", "email", "e-mail", "mail", "phone", "mobile", "number", "地址", "邮箱",
    "手机", "手机号", "手机号码", "电话",
})  # fmt: skip
_MOST: Final = 1_000_000
_BATCH: Final = 5_000


@dataclass(frozen=True, slots=True)
class AddressPage:
    """A page of the list, newest first."""

    rows: Sequence[SuppressionRow]
    #: (reason, scope, how many) of the whole list.
    counts: Sequence[tuple[str, str, int]]
    #: What the next page begins below; None on the last.
    next: tuple[int, bytes, str] | None


@dataclass(frozen=True, slots=True)
class BadAddress:
    """A line that cannot be used; what stands in it is not repeated."""

    line: int
    said: Text


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a file."""

    #: Addresses that stood on the list for no reason before.
    n_new: int
    n_all: int
    bad: Sequence[BadAddress]


def address_as_data(row: SuppressionRow) -> dict[str, object]:
    """Return a row as it is handed out; its columns are COLUMNS."""
    return {
        "address": row.address.hex(), "reason": row.reason, "scope": row.scope,
        "at": show_instant(row.at), "until": show_instant(row.until) if row.until else None,
        "source": row.source,
    }  # fmt: skip


def list_addresses(
    world: World, brand_id: int, reason: str = "", before: tuple[int, bytes, str] | None = None
) -> AddressPage:
    """Return a page of the list; "" = every reason."""
    with world.store.transaction(brand_id) as tx:
        rows = tx.people.list_suppressions(brand_id, reason, PAGE + 1, before)
        counts = tx.people.count_suppressions(brand_id)
    shown = rows[:PAGE]
    last = shown[-1] if len(rows) > PAGE else None
    return AddressPage(shown, counts, (last.at, last.address, last.reason) if last else None)


def address_rows(world: World, brand_id: int) -> Iterator[SuppressionRow]:
    """Give the whole list, newest first, a page at a time."""
    before: tuple[int, bytes, str] | None = None
    while True:
        with world.store.transaction(brand_id) as tx:
            rows = tx.people.list_suppressions(brand_id, "", _BATCH, before)
        yield from rows
        if len(rows) < _BATCH:
            return
        before = (rows[-1].at, rows[-1].address, rows[-1].reason)


def hash_of(world: World, brand_id: int, written: str) -> bytes | None:
    """Return the keyed hash of an e-mail address, a phone number or a hash of ours; None = none."""
    plain = written.strip()
    if len(plain) == _HASH and set(plain.lower()) <= _HEX:
        return bytes.fromhex(plain)
    kind = IdentifierType.EMAIL if "@" in plain else IdentifierType.PHONE
    normal = normalise(kind, plain)
    return None if normal is None else world.secrets.identifier_key(brand_id, kind, normal)


def look_up(world: World, brand_id: int, written: str) -> list[SuppressionRow]:
    """Return for which reasons an address is on the list.

    Raises:
        BadInput: it is no address.
    """
    key = _hash(world, brand_id, written)
    with world.store.transaction(brand_id) as tx:
        return tx.people.suppression_rows(brand_id, key)


def add_addresses(
    world: World, brand_id: int, written: Sequence[str], reason: str, source: str
) -> TakenIn:
    """Put addresses on the list, as they are written or as hashes of ours.

    Raises:
        BadInput: there is no such reason.
    """
    _check_reason(reason)
    return _take_in(world, brand_id, list(enumerate(written, 1)), reason, source)


def import_addresses(world: World, brand_id: int, data: bytes, reason: str, source: str) -> TakenIn:
    """Put the first column of a file on the list, with or without a header; for the given reason.

    Raises:
        BadInput: there is no such reason, or the file as a whole cannot be used.
    """
    _check_reason(reason)
    lines = [(number, cells[0].strip()) for number, cells in _cells(data)]
    if lines and lines[0][1].casefold() in _HEADERS:
        lines = lines[1:]
    if len(lines) > _MOST:
        raise BadInput((Problem("", text("suppression.too_many", most=_MOST)),))
    return _take_in(world, brand_id, lines, reason, source)


def remove_address(world: World, brand_id: int, written: str, reason: str) -> int:
    """Take an address off the list for one reason, or for all with "": return how many.

    Raises:
        BadInput: it is no address.
        NotFound: it does not stand there so.
    """
    key, now = _hash(world, brand_id, written), world.clock.now()
    with world.store.system() as tx:
        held = [one.reason for one in tx.people.suppression_rows(brand_id, key)]
        gone = [one for one in held if reason in {"", one}]
        if not gone:
            raise NotFound("suppressed address", reason or key.hex())
        tx.log.append([event for why in gone for event in restore(tx, brand_id, [key], why, now)])
    return len(gone)


def _cells(data: bytes) -> list[tuple[int, list[str]]]:
    """Return the lines of a file; one column needs no mark between cells."""
    return [(number, cells) for number, cells in read_table(data) if cells and cells[0].strip()]


def _take_in(
    world: World, brand_id: int, lines: Sequence[tuple[int, str]], reason: str, source: str
) -> TakenIn:
    """Hash and list addresses, some thousands in one transaction."""
    bad: list[BadAddress] = []
    good: dict[bytes, None] = {}
    for number, written in lines:
        key = hash_of(world, brand_id, written)
        if key is None:
            bad.append(BadAddress(number, text(_fault(written))))
        else:
            good[key] = None
    keys, n_new = list(good), 0
    for at in range(0, len(keys), _BATCH):
        part = keys[at : at + _BATCH]
        now = world.clock.now()
        with world.store.system() as tx:
            n_new += len(part) - len(tx.people.suppressed(brand_id, part))
            tx.log.append(suppress(tx, brand_id, part, reason, now, source=source[:200]))
    return TakenIn(n_new, len(keys), bad)


def _fault(written: str) -> str:
    """Return why something is no address: others' hashes cannot be compared with ours."""
    plain = written.strip().lower()
    foreign = len(plain) in _FOREIGN and set(plain) <= _HEX
    return "suppression.foreign_hash" if foreign else "suppression.no_address"


def _hash(world: World, brand_id: int, written: str) -> bytes:
    """Return the keyed hash of what somebody typed; raise BadInput where it is no address."""
    key = hash_of(world, brand_id, written)
    if key is None:
        raise BadInput((Problem("address", text(_fault(written))),))
    return key


def _check_reason(reason: str, known: Mapping[str, str] = REASONS) -> None:
    """Raise BadInput for a reason that does not exist."""
    if reason not in known:
        said = text("suppression.no_reason", known=", ".join(known))
        raise BadInput((Problem("reason", said),))
