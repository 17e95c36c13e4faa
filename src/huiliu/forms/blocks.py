"""Reads what a landing page is made of, and when a form shows itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.forms.form import NO_WORDS, Block, PopUp, Words
from huiliu.forms.words import Reading
from huiliu.kernel.facts import Value

__all__ = ["BLOCKS", "read_blocks", "read_pop_up"]

#: Kind of block -> the keys that it has.
BLOCKS: Final[Mapping[str, frozenset[str]]] = {
    "text": frozenset({"title", "body"}),
    "points": frozenset({"title", "items"}),
    "image": frozenset({"image", "title"}),
    "quote": frozenset({"body", "title"}),
    "answers": frozenset({"title", "items"}),
    "form": frozenset(),
}
_MOST_BLOCKS: Final = 40
_MOST_ITEMS: Final = 30
_POP_UP: Final = frozenset({"after", "scroll", "on_leave", "again_days", "pages"})


def read_blocks(reading: Reading) -> tuple[Block, ...]:
    """Return the blocks of the page, the form among them: at the end where nothing was said."""
    found: list[Block] = []
    for at, raw in enumerate(reading.items(reading.loaded.tree, "page", _MOST_BLOCKS)):
        path = f"page[{at}]"
        kind = raw.get("block")
        if not isinstance(kind, str) or kind not in BLOCKS:
            reading.wrong(f"{path}.block", "forms.no_such_block", known=", ".join(BLOCKS))
            continue
        reading.names(path, raw, BLOCKS[kind] | {"block"})
        found.append(_block(reading, kind, raw, path))
    n_forms = sum(one.kind == "form" for one in found)
    if n_forms > 1:
        reading.wrong("page", "forms.several_forms")
    if found and not n_forms:
        found.append(Block("form"))
    return tuple(found)


def _block(reading: Reading, kind: str, raw: Mapping[str, Value], path: str) -> Block:
    """Return one block."""
    keys = BLOCKS[kind]
    is_titled = kind == "image"
    title = (
        reading.words(raw, "title", path, optional=not is_titled) if "title" in keys else NO_WORDS
    )
    body = reading.words(raw, "body", path) if "body" in keys else NO_WORDS
    items: list[tuple[Words, Words]] = []
    for at, each in enumerate(reading.items(raw, "items", _MOST_ITEMS, path)):
        place = f"{path}.items[{at}]"
        reading.names(place, each, frozenset({"title", "body"}))
        is_answer = kind == "answers"
        items.append((
            reading.words(each, "title", place),
            reading.words(each, "body", place, optional=not is_answer),
        ))  # fmt: skip
    if "items" in keys and not items:
        reading.wrong(f"{path}.items", "forms.want_list")
    image = reading.address(raw, "image", path)
    if "image" in keys and not image and "image" not in raw:
        reading.wrong(f"{path}.image", "forms.bad_address")
    return Block(kind, title, body, tuple(items), image)


def read_pop_up(reading: Reading) -> PopUp | None:
    """Return when the form shows itself on pages that carry the client."""
    tree = reading.loaded.tree
    if tree.get("pop_up") is None:
        return None
    given = reading.mapping(tree, "pop_up", _POP_UP)
    pages = given.get("pages", [])
    listed = pages if isinstance(pages, list) else [pages]
    if not all(isinstance(one, str) and one for one in listed):
        reading.wrong("pop_up.pages", "forms.want_pages")
        listed = []
    return PopUp(
        reading.number(given, "after", 8, 0, 3_600, "pop_up"),
        reading.number(given, "scroll", 0, 0, 100, "pop_up"),
        reading.flag(given, "on_leave", "pop_up"),
        reading.number(given, "again_days", 30, 1, 3_650, "pop_up"),
        tuple(str(one) for one in listed),
    )
