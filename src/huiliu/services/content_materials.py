"""Files of a piece of content: pictures, films, papers; looked at, limited, and never run.

What a file is, its first bytes say; what its sender claims does not matter. Nothing is kept that a
browser could run, such as HTML or SVG.
"""

from __future__ import annotations

import re
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.ids import digest
from huiliu.kernel.texts import text
from huiliu.ports.board import MaterialRow
from huiliu.ports.world import World

__all__ = ["LARGEST_FILE", "add_material", "read_material", "remove_material"]

LARGEST_FILE: Final = 20 * 1024 * 1024
#: Films of any length live on a share; what is kept here is what people work with.
_MOST_FILES: Final = 20
_MOST_BYTES: Final = 2 * 1024**3
_LONGEST_NAME: Final = 120
#: How a file of a type begins: (type, ending, where, bytes).
_BEGINNINGS: Final = (
    ("image/png", ".png", 0, b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", ".jpg", 0, b"\xff\xd8\xff"),
    ("image/gif", ".gif", 0, b"GIF87a"),
    ("image/gif", ".gif", 0, b"GIF89a"),
    ("image/webp", ".webp", 8, b"WEBP"),
    ("image/heic", ".heic", 4, b"ftypheic"),
    ("application/pdf", ".pdf", 0, b"%PDF-"),
    ("video/quicktime", ".mov", 4, b"ftypqt"),
    ("video/mp4", ".mp4", 4, b"ftyp"),
    ("application/zip", ".zip", 0, b"PK\x03\x04"),
)
_STRANGE: Final = re.compile(r"[^\w.()\[\]+ -]", re.UNICODE)


def add_material(
    world: World, brand_id: int, task_id: bytes, name: str, data: bytes, by: str
) -> MaterialRow:
    """Keep a file of a piece; the same file twice is there once.

    Raises:
        NotFound: there is no such piece.
        BadInput: it is too large, of no type that is kept, or one too many.
    """
    if len(data) > LARGEST_FILE or not data:
        said = text("content.file_size", most=LARGEST_FILE // 1024 // 1024)
        raise BadInput((Problem("file", said),))
    found = _type(data)
    if found is None:
        known = ", ".join(dict.fromkeys(ending for _, ending, _, _ in _BEGINNINGS))
        raise BadInput((Problem("file", text("content.file_type", known=known)),))
    type_, ending = found
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        tx.board.lock(brand_id, task_id)
        if len(tx.board.materials(brand_id, task_id)) >= _MOST_FILES:
            raise BadInput((Problem("file", text("content.many_files", most=_MOST_FILES)),))
        if tx.board.stored_bytes(brand_id) + len(data) > _MOST_BYTES:
            said = text("content.full", most=_MOST_BYTES // 1024**3)
            raise BadInput((Problem("file", said),))
        row = MaterialRow(
            brand_id, task_id, digest("material", data), _name(name, ending), type_, len(data),
            now, by,
        )  # fmt: skip
        tx.board.add_material(row, data)
    return row


def read_material(
    world: World, brand_id: int, task_id: bytes, material_id: bytes
) -> tuple[MaterialRow, bytes]:
    """Return a file of a piece; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        return tx.board.material(brand_id, task_id, material_id)


def remove_material(world: World, brand_id: int, task_id: bytes, material_id: bytes) -> None:
    """Forget a file; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        tx.board.remove_material(brand_id, task_id, material_id)


def _type(data: bytes) -> tuple[str, str] | None:
    """Return what a file is and how its name ends; None for what is not kept."""
    for type_, ending, at, begins in _BEGINNINGS:
        if data[at : at + len(begins)] == begins:
            return type_, ending
    return None


def _name(claimed: str, ending: str) -> str:
    """Return a name that is safe to show and to save under, with the ending of what it is."""
    last = claimed.replace("\\", "/").rpartition("/")[2]
    plain = _STRANGE.sub("_", last).strip(" .") or "file"
    stem, dot, old = plain.rpartition(".")
    same = f".{old.lower()}" in {ending, *({".jpeg"} if ending == ".jpg" else ())}
    return f"{(stem if dot and (same or len(old) < 6) else plain)[:_LONGEST_NAME]}{ending}"
