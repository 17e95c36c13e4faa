"""Imports a list of people: looked at first, repeatable, added to or put in place of the old one.

Who is on a list is told by events, `List Entered` and `List Left`, so that conditions, moments of
the past, merges and unmerges treat lists as they treat everything else. What an import writes is
the difference to how the list stands, so the same file again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.documents import dump
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import digest, is_slug
from huiliu.kernel.texts import text
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.services.audience import who
from huiliu.services.ingest import accept
from huiliu.services.lists import ENTERED, KIND, LEFT, move, on_list
from huiliu.services.read_list_file import BadRow, GoodRow, ListFile, read_list_file

__all__ = ["ListImported", "ListPreview", "check_list_name", "import_list", "preview_list"]

_CATCH_UP_S: Final = 600.0
_BATCH: Final = 2_000


@dataclass(frozen=True, slots=True)
class ListPreview:
    """What importing a file would do; nothing was written."""

    file: ListFile
    #: Rows that name people who are known, and people who are not.
    n_known: int
    n_new: int
    #: People who would enter, who are on the list already, who would leave if it were replaced.
    n_entering: int
    n_staying: int
    n_leaving_if_replaced: int


@dataclass(frozen=True, slots=True)
class ListImported:
    """What importing a file did."""

    slug: str
    n_entered: int
    n_left: int
    n_staying: int
    #: Rows that could not be used.
    bad: Sequence[BadRow]


@dataclass(frozen=True, slots=True)
class _Plan:
    """The difference between a file and a list."""

    file: ListFile
    #: Known people who are not on the list.
    entering: Sequence[int]
    #: Rows that bring an identifier that nobody has yet.
    unknown: Sequence[GoodRow]
    n_known_rows: int
    n_staying: int
    #: People on the list whom the file does not name.
    others: Sequence[int]


def preview_list(
    world: World,
    brand_id: int,
    slug: str,
    data: bytes,
    columns: Mapping[str, IdentifierType] | None = None,
) -> ListPreview:
    """Return what importing a file would do.

    Raises:
        BadInput: the file as a whole cannot be used, or the name is none.
    """
    plan = _planned(world, brand_id, slug, data, columns)
    return ListPreview(
        plan.file, plan.n_known_rows, len(plan.file.good) - plan.n_known_rows,
        len(plan.entering) + len(plan.unknown),
        plan.n_staying, len(plan.others),
    )  # fmt: skip


def import_list(  # noqa: PLR0913 - what the list is called, and by whom
    world: World,
    brand_id: int,
    slug: str,
    data: bytes,
    columns: Mapping[str, IdentifierType] | None = None,
    *,
    by: str,
    replace: bool = False,
    name: str = "",
    owner: str = "",
) -> ListImported:
    """Put the people of a file on a list; with `replace` everybody else leaves it.

    People whom nobody knows yet become profiles. Being on a list gives no consent.

    Raises:
        BadInput: the file as a whole cannot be used, or the name is none.
    """
    plan = _planned(world, brand_id, slug, data, columns)
    _keep(world, brand_id, slug, by, name=name, owner=owner)
    move(world, brand_id, slug, plan.entering, ENTERED)
    refused = _enter_unknown(world, brand_id, slug, plan.unknown)
    leaving = plan.others if replace else ()
    move(world, brand_id, slug, leaving, LEFT)
    n_entered = len(plan.entering) + len(plan.unknown) - len(refused)
    bad = sorted((*plan.file.bad, *refused), key=lambda one: one.line)
    return ListImported(slug, n_entered, len(leaving), plan.n_staying, bad)


def check_list_name(slug: str) -> None:
    """Raise BadInput when no list may have this name."""
    if not is_slug(slug):
        raise BadInput((Problem("NAME", text("documents.slug", found=slug)),))


def _planned(
    world: World,
    brand_id: int,
    slug: str,
    data: bytes,
    columns: Mapping[str, IdentifierType] | None,
) -> _Plan:
    """Return the difference between a file and a list as it stands."""
    check_list_name(slug)
    file = read_list_file(data, columns)
    world.warehouse.catch_up(_CATCH_UP_S)
    on = set(who(world, brand_id, on_list(slug)))
    whose = _whose(world, brand_id, file.good)
    named: set[int] = set()
    unknown: list[GoodRow] = []
    n_known = 0
    for row in file.good:
        found = [whose.get(_key(world, brand_id, type_, normal)) for type_, _, normal in row.names]
        # The strongest name decides, as it does for events.
        person = next((each for each in found if each is not None), None)
        n_known += person is not None
        if person is not None and (None not in found or person in on):
            named.add(person)
        else:
            unknown.append(row)
    return _Plan(file, sorted(named - on), unknown, n_known, len(named & on), sorted(on - named))


def _key(world: World, brand_id: int, type_: IdentifierType, normal: str) -> bytes:
    """Return the keyed hash of an identifier."""
    return world.secrets.identifier_key(brand_id, int(type_), normal)


def _whose(world: World, brand_id: int, rows: Sequence[GoodRow]) -> dict[bytes, int]:
    """Return the present profiles of all identifiers that somebody has."""
    keys = [_key(world, brand_id, type_, normal) for row in rows for type_, _, normal in row.names]
    found: dict[bytes, int] = {}
    with world.store.transaction(brand_id) as tx:
        for start in range(0, len(keys), _BATCH):
            found |= tx.people.resolve(brand_id, keys[start : start + _BATCH])
    return found


def _keep(world: World, brand_id: int, slug: str, by: str, *, name: str, owner: str) -> None:
    """Store the list's document; what was not said stays as it was."""
    with world.store.transaction(brand_id) as tx:
        try:
            held = tx.documents.latest(brand_id, KIND, slug)
        except NotFound:
            held = None
        if held is not None and not name and not owner:
            tx.documents.set_state(brand_id, KIND, slug, "live")
            return
        tree: dict[str, object] = {
            "huiliu": 1, "kind": KIND, "slug": slug, "name": {"zh-CN": name or slug},
        }  # fmt: skip
        if owner:
            tree["owner"] = owner
        tx.documents.put(
            Document(brand_id, KIND, slug, 0, "live", dump(tree), world.clock.now(), by)
        )


def _enter_unknown(world: World, brand_id: int, slug: str, rows: Sequence[GoodRow]) -> list[BadRow]:
    """Let people in who come with names that nobody has yet; return the rows that were refused."""
    refused: list[BadRow] = []
    now = world.clock.now()
    for start in range(0, len(rows), _BATCH):
        some = rows[start : start + _BATCH]
        with world.store.system() as tx:
            accepted = accept(
                tx, world, brand_id, [_message(slug, row, now) for row in some],
                received_at=now, historical=False, own=(ENTERED,),
            )  # fmt: skip
        refused += [
            BadRow(some[at].line, problem.path, problem.text) for at, problem in accepted.problems
        ]
    return refused


def _message(slug: str, row: GoodRow, now: int) -> dict[str, object]:
    """Return the call that says who entered, under every name of the row."""
    said = [f"{type_.word}={normal}" for type_, _, normal in row.names]
    return {
        "type": "track",
        "event": ENTERED,
        "messageId": digest(ENTERED, slug, now, *said).hex(),
        "properties": {"list": slug},
        "context": {
            "externalIds": [
                {"type": type_.word, "id": written} for type_, written, _ in row.names
            ]
        },
    }  # fmt: skip
