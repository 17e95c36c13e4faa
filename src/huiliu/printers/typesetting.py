"""Sets pages and pictures with typst, in a font that comes along: the same file on every machine.

Source of the font: Noto Sans CJK SC, cut down to GB 2312 and Latin letters and renamed, as its
licence asks; the licence lies beside it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

import typst

__all__ = ["FONT", "Kind", "missing_letters", "typeset"]

FONT: Final = "Huiliu Sans SC"
Kind = Literal["pdf", "png", "svg"]
_FOLDER: Final = Path(__file__).parent / "fonts"
_SOURCE: Final = "page.typ"
_NO_FILES: Final[Mapping[str, bytes]] = MappingProxyType({})
#: Letters besides GB 2312 that the font has: (first, last).
_RANGES: Final = ((0x20, 0x7E), (0xA0, 0x17F), (0x2010, 0x203F))
_MORE: Final = frozenset("€™←↑→↓✓№〇￥\n\t")


def typeset(
    source: str,
    inputs: Mapping[str, str],
    files: Mapping[str, bytes] = _NO_FILES,
    kind: Kind = "pdf",
    ppi: float = 144.0,
) -> bytes:
    """Return a page as a file.

    Args:
        source: typst markup of ours; never words that somebody typed.
        inputs: what the markup asks for as `sys.inputs`: typed words go here, where they are data.
        files: name -> what the markup reads by that name, such as a photograph.
        kind: what kind of file; of pictures the first page.
        ppi: dots an inch, of png.
    """
    with tempfile.TemporaryDirectory(prefix="huiliu-page-") as folder:
        root = Path(folder)
        for name, data in files.items():
            (root / Path(name).name).write_bytes(data)
        (root / _SOURCE).write_text(source, encoding="utf-8")
        compiler = typst.Compiler(
            str(root / _SOURCE), root=folder, font_paths=[str(_FOLDER)],
            ignore_system_fonts=True, sys_inputs=dict(inputs),
        )  # fmt: skip
        # No time of making in it: the same page is the same bytes.
        made = compiler.compile(format=kind, ppi=ppi, timestamp=0)
    if isinstance(made, list):
        made = made[0]
    assert made is not None
    return bytes(made)


def missing_letters(words: str) -> str:
    """Return the letters of some words that the font does not have, each once."""
    return "".join(one for one in dict.fromkeys(words) if not _has(one))


@cache
def _has(letter: str) -> bool:
    """Say whether the font has a letter."""
    if letter in _MORE or any(first <= ord(letter) <= last for first, last in _RANGES):
        return True
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
