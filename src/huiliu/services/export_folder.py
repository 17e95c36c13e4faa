"""Writes the documents of a brand into a folder: canonical, each where it stood before."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import text
from huiliu.ports.world import World
from huiliu.services.read_folder import FolderFile, read_folder
from huiliu.services.read_offers import KINDS

__all__ = ["Exported", "export_folder"]

#: Kinds whose folder is not called by an s more.
_FOLDERS: Final = {"policy": "policies"}


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote."""

    #: (kind, slug, file), in the order in which they would go live.
    documents: Sequence[tuple[str, str, str]]
    #: Files whose content is another than before.
    n_written: int
    #: Files of documents that the instance does not have; they were left as they are.
    strangers: Sequence[str]


def export_folder(world: World, brand_id: int, folder: Path) -> Exported:
    """Write the newest version of every document in use; a file that says the same is not touched.

    Raises:
        BadInput: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        known = read_folder(folder)
        return _export(world, brand_id, folder, known)
    except OSError as fault:
        said = text("folder.unwritable", cause=cause_of(fault))
        raise BadInput((Problem(str(folder), said),)) from fault


def _export(world: World, brand_id: int, folder: Path, known: Sequence[FolderFile]) -> Exported:
    """Write all documents."""
    places = {(one.kind, one.slug): one.path for one in known if one.kind in KINDS}
    done: list[tuple[str, str, str]] = []
    n_written = 0
    with world.store.transaction(brand_id) as tx:
        found = [
            one
            for kind in KINDS
            for one in tx.documents.all(brand_id, kind)
            if one.state != "archived"
        ]
    for one in found:
        name = places.pop(
            (one.kind, one.slug), f"{_FOLDERS.get(one.kind, one.kind + 's')}/{one.slug}.yaml"
        )
        n_written += _write(folder / name, one.source)
        done.append((one.kind, one.slug, name))
    return Exported(done, n_written, sorted(places.values()))


def _write(path: Path, source: str) -> bool:
    """Write one file whole or not at all; say whether it changed."""
    content = source.encode("utf-8")
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(made).chmod(0o644)
        Path(made).replace(path)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise
    return True
