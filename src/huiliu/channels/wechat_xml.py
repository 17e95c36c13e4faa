"""The XML of WeChat's pushes: read without anything that XML can do besides, and written.

A document type is refused, and with it every entity of the sender's own: nothing in a push can
grow, or fetch something.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from xml.parsers.expat import ExpatError, ParserCreate

__all__ = ["read_xml", "write_xml"]

_DEEPEST: Final = 12
_MOST: Final = 20_000
#: What cannot stand in a document of XML 1.0 at all.
_NO_LETTERS: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


class _Refused(Exception):
    """It is no push."""


class _Reading:
    """One pass over a document."""

    def __init__(self) -> None:
        """Begin outside."""
        self.root: dict[str, Any] | None = None
        self._open: list[tuple[str, dict[str, Any], list[str]]] = []
        self._count = 0

    def start(self, name: str, _attributes: Mapping[str, str]) -> None:
        """Go into an element."""
        self._count += 1
        if len(self._open) >= _DEEPEST or self._count > _MOST:
            raise _Refused
        self._open.append((name, {}, []))

    def end(self, _name: str) -> None:
        """Leave an element: one that holds others is a map, else it is its text."""
        name, inside, words = self._open.pop()
        value: Any = inside or "".join(words)
        if not self._open:
            self.root = inside
            return
        around = self._open[-1][1]
        if name not in around:
            around[name] = value
        elif isinstance(around[name], list):
            around[name].append(value)
        else:
            around[name] = [around[name], value]

    def text(self, words: str) -> None:
        """Take a piece of text."""
        if self._open:
            self._open[-1][2].append(words)

    def refuse(self, *_: object) -> None:
        """Refuse a document type."""
        raise _Refused


def read_xml(body: bytes) -> dict[str, Any] | None:
    """Return the elements inside the root: name -> text, map, or list of a name's own.

    None where it is no XML, or one with a document type.
    """
    reading, parser = _Reading(), ParserCreate()
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = reading.refuse
    try:
        parser.Parse(body, True)
    except (ExpatError, _Refused, ValueError, LookupError):
        return None
    return reading.root


def write_xml(values: Mapping[str, str]) -> bytes:
    """Return a flat document as WeChat writes it: every value between CDATA marks."""
    inside = "".join(
        f"<{name}><![CDATA[{_clean(value)}]]></{name}>" for name, value in values.items()
    )
    return f"<xml>{inside}</xml>".encode()


def _clean(value: str) -> str:
    """Return a text without what would end it early, or may not stand in XML."""
    return value.translate(_NO_LETTERS).replace("]]>", "]]]]><![CDATA[>")
