"""Reads a folder of documents: every YAML file in it, each one document, with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from huiliu.journeys.carrying import InFlight
from huiliu.kernel.documents import MAX_BYTES, load
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import text

__all__ = ["FolderFile", "read_folder", "read_map"]

_ENDINGS: Final = (".yaml", ".yml")
#: Far above what a brand writes; a folder named by mistake ends here and not in an hour.
_MOST: Final = 5_000


@dataclass(frozen=True, slots=True)
class FolderFile:
    """One document of a folder."""

    #: Below the folder, with `/` on every system.
    path: str
    source: bytes
    #: As it says itself; "" where it does not.
    kind: str
    slug: str


def read_folder(folder: Path) -> list[FolderFile]:
    """Return the documents of a folder and the folders in it, by path; hidden ones are left out.

    Raises:
        NotFound: there is no such folder.
        BadInput: a file cannot be read, or there are far too many.
    """
    if not folder.is_dir():
        raise NotFound("folder", str(folder))
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in _ENDINGS and path.is_file() and not _is_hidden(path.relative_to(folder))
    )
    if len(paths) > _MOST:
        raise BadInput((Problem(str(folder), text("folder.too_many", most=_MOST)),))
    problems: list[Problem] = []
    found: list[FolderFile] = []
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            source = path.read_bytes() if path.stat().st_size <= MAX_BYTES else b""
        except OSError as fault:
            said = text("folder.unreadable", cause=cause_of(fault))
            problems.append(Problem(name, said))
            continue
        if path.stat().st_size > MAX_BYTES:
            problems.append(Problem(name, text("documents.too_large", limit=MAX_BYTES)))
            continue
        tree = load(source).tree
        kind, slug = tree.get("kind"), tree.get("slug")
        found.append(
            FolderFile(
                name, source, kind if isinstance(kind, str) else "",
                slug if isinstance(slug, str) else "",
            )
        )  # fmt: skip
    if problems:
        raise BadInput(tuple(problems))
    return found


def read_map(file: Path, way: str) -> Mapping[str, InFlight]:
    """Return what a map file says about people in flight: journey -> plan; "" = every journey.

    ```yaml
    late-shipment:
      patience: give-time
      apologise: {to: sorry, restart: true}
      old-node: $exit
    ```

    Raises:
        NotFound: there is no such file.
        BadInput: with every problem, its path and line.
    """
    try:
        source = file.read_bytes()
    except OSError as fault:
        raise NotFound("file", str(file)) from fault
    loaded = load(source)
    problems = list(loaded.problems)
    found: dict[str, InFlight] = {}
    for journey, below in loaded.tree.items():
        moves: dict[str, str] = {}
        restart: set[str] = set()
        for node, to in below.items() if isinstance(below, dict) else ():
            again = isinstance(to, dict) and to.get("restart") is True
            target = to.get("to", node) if isinstance(to, dict) else to
            is_known = not isinstance(to, dict) or set(to) <= {"to", "restart"}
            if not isinstance(target, str) or not is_known:
                problems.append(loaded.problem(f"{journey}.{node}", text("folder.bad_move")))
                continue
            moves[node] = target
            if again:
                restart.add(node)
        if not isinstance(below, dict):
            problems.append(loaded.problem(journey, text("folder.bad_map")))
        found[journey] = InFlight(way, moves, frozenset(restart))
    if problems:
        raise BadInput(
            tuple(
                Problem(f"{file}: {one.path}".rstrip(": "), one.text, one.line) for one in problems
            )
        )
    return found


def _is_hidden(path: Path) -> bool:
    """Say whether a file, or a folder that it is in, is hidden."""
    return any(part.startswith(".") for part in path.parts)
