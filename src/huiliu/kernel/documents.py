"""Documents are YAML: read with limits and line numbers, written in one canonical form.

Plain words mean what JSON means (`true`, `12`, `1.5`, `null`), everything else is a string: `on`,
`007` and `2026-11-22` stay as they were typed. Anchors, aliases and tags are refused, so a
document can neither grow nor run anything. A problem is a value with its path and line.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)
from ruamel.yaml.tag import Tag

from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import LOCALES, Text, text
from huiliu.kernel.yaml_faults import problem_of

__all__ = ["Header", "Loaded", "dump", "join_path", "load", "read_header"]

#: Far above what a person writes, far below what hurts.
MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 40
MAX_VALUES: Final = 100_000

#: The order in which every document begins.
HEADER: Final = ("huiliu", "kind", "slug", "name", "note")
FORMAT: Final = 1

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORDS: Mapping[str, Value] = {"": None, "null": None, "~": None, "true": True, "false": False}
#: Never written: the emitter only asks that there is one.
_STRING = Tag(suffix="tag:yaml.org,2002:str")
_LITERALS: Mapping[Value, str] = {None: "null", True: "true", False: "false"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a source says: plain values, where each stands, and all that is wrong."""

    #: Of dict, list, str, int, float, bool and None; {} when nothing can be read.
    tree: dict[str, Value]
    #: Path -> line, 1-based; `nodes.wait.for`, `where.all[0]`; "" is the whole document.
    lines: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    problems: tuple[Problem, ...] = ()

    def line_of(self, path: str) -> int:
        """Return the line of a path, or of the nearest thing above it that is written."""
        while path and path not in self.lines:
            cut = max(path.rfind("."), path.rfind("["))
            path = path[: max(cut, 0)]
        return self.lines.get(path, 0)

    def problem(self, path: str, said: Text) -> Problem:
        """Return a problem at a path, with its line."""
        return Problem(path, said, self.line_of(path))


@dataclass(frozen=True, slots=True)
class Header:
    """What every document begins with."""

    slug: str
    #: The document's name by language: `zh-CN`, `en`; at least one of them.
    name: Mapping[str, str]
    #: Comments live here, because the canonical form keeps no others.
    note: str = ""


def join_path(path: str, key: object) -> str:
    """Return the path of a key or index below a path."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else str(key)


class _Fault(Exception):
    """The source cannot be read on; holds the one problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem.text))
        self.problem = problem


def load(source: str | bytes) -> Loaded:
    """Return what a YAML source says; everything wrong with it is in `problems`."""
    raw = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
    if len(raw) > MAX_BYTES:
        return Loaded({}, {}, (Problem("", text("documents.too_large", limit=MAX_BYTES)),))
    try:
        reading = _Reading(raw.decode("utf-8"))
        tree = reading.document()
    except UnicodeDecodeError:
        return Loaded({}, {}, (Problem("", text("documents.not_utf8")),))
    except _Fault as fault:
        return Loaded({}, {}, (fault.problem,))
    except MarkedYAMLError as fault:
        return Loaded({}, {}, (problem_of(fault),))
    except YAMLError:
        return Loaded({}, {}, (Problem("", text("documents.yaml.character")),))
    return Loaded(tree, reading.lines, tuple(reading.problems))


class _Reading:
    """One pass over a source's events; depth is bounded, so recursion is."""

    def __init__(self, source: str) -> None:
        self.lines: dict[str, int] = {}
        self.problems: list[Problem] = []
        self._events: Iterator[object] = iter(YAML(typ="safe", pure=True).parse(source))
        self._count = 0

    def document(self) -> dict[str, Value]:
        """Return the one document of the stream."""
        tree: Value = None
        seen = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                seen += 1
                if seen > 1:
                    raise _Fault(Problem("", text("documents.several"), _line(event)))
                tree = self._value(next(self._events), "", 0)
        if not isinstance(tree, dict):
            raise _Fault(Problem("", text("documents.not_a_map"), 1))
        return tree

    def _value(self, event: object, path: str, depth: int) -> Value:
        """Return the value that begins with an event."""
        line = _line(event)
        self.lines.setdefault(path, line)
        self._count += 1
        if depth > MAX_DEPTH or self._count > MAX_VALUES:
            raise _Fault(Problem(path, text("documents.too_deep"), line))
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise _Fault(Problem(path, text("documents.alias"), line))
        if _tag(event):
            raise _Fault(Problem(path, text("documents.tag", tag=_tag(event)), line))
        if isinstance(event, MappingStartEvent):
            return self._mapping(path, depth)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path, depth)
        assert isinstance(event, ScalarEvent)
        return _scalar(event, path)

    def _mapping(self, path: str, depth: int) -> Value:
        """Return a map; a key that stands twice is a problem."""
        found: dict[str, Value] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            line = _line(event)
            if not isinstance(event, ScalarEvent) or event.anchor or _tag(event):
                raise _Fault(Problem(path, text("documents.key"), line))
            key = str(event.value)
            inner = join_path(path, key)
            if key in found:
                self.problems.append(Problem(inner, text("documents.twice", name=key), line))
            self.lines[inner] = line
            found[key] = self._value(next(self._events), inner, depth + 1)
        return found

    def _sequence(self, path: str, depth: int) -> Value:
        """Return a list."""
        found: list[Value] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            found.append(self._value(event, join_path(path, len(found)), depth + 1))
        return found


def _line(event: object) -> int:
    """Return where an event begins, 1-based."""
    mark = getattr(event, "start_mark", None)
    return int(mark.line) + 1 if mark is not None else 0


def _tag(event: object) -> str:
    """Return the tag that was written on a value, or ""."""
    tag = getattr(event, "tag", None)
    return "" if tag is None or str(tag) in {"", "!", "None"} else str(tag)


def _scalar(event: ScalarEvent, path: str) -> Value:
    """Return the value of one word or string."""
    written = str(event.value)
    if event.style:
        return written
    found = _resolve(written)
    if isinstance(found, float) and not math.isfinite(found):
        raise _Fault(Problem(path, text("documents.number", number=written), _line(event)))
    return found


def _resolve(written: str) -> Value:
    """Return what an unquoted word means."""
    if written in _WORDS:
        return _WORDS[written]
    if _INTEGER.fullmatch(written):
        return int(written)
    return float(written) if _NUMBER.fullmatch(written) else written


def read_header(loaded: Loaded, kind: str) -> tuple[Header | None, list[Problem]]:
    """Return a document's header, or None and what is wrong with it."""
    tree = loaded.tree
    problems: list[Problem] = []

    def wrong(path: str, said: Text) -> None:
        problems.append(loaded.problem(path, said))

    if tree.get("huiliu") != FORMAT:
        wrong("huiliu", text("documents.format", found=_shown(tree.get("huiliu"))))
    if tree.get("kind") != kind:
        wrong("kind", text("documents.kind", want=kind, found=_shown(tree.get("kind"))))
    slug = tree.get("slug")
    if not isinstance(slug, str) or not is_slug(slug):
        wrong("slug", text("documents.slug", found=_shown(slug)))
    name = tree.get("name")
    names = {str(key): word for key, word in name.items()} if isinstance(name, dict) else {}
    if not names or any(key not in LOCALES for key in names):
        wrong("name", text("documents.name"))
    for key, word in names.items():
        if not isinstance(word, str) or not word.strip():
            wrong(f"name.{key}", text("documents.name"))
    note = tree.get("note", "")
    if not isinstance(note, str):
        wrong("note", text("documents.note"))
    if problems:
        return None, problems
    in_order = {locale: str(names[locale]) for locale in LOCALES if locale in names}
    return Header(str(slug), in_order, str(note)), []


def _shown(value: object) -> str:
    """Return a value for a message: short, and a dash for nothing."""
    return "-" if value is None else str(value)[:60]


def dump(tree: Mapping[str, object]) -> str:
    """Return the canonical YAML of a tree: the header's keys first, the others as given."""
    first = [key for key in HEADER if key in tree]
    ordered: dict[str, object] = {key: tree[key] for key in first}
    ordered.update((key, value) for key, value in tree.items() if key not in ordered)
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.width = 1_000_000  # a sentence stays on its line, so a diff shows the sentence
    writer.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    events: list[Event] = [StreamStartEvent(), DocumentStartEvent(explicit=False)]
    _emit(ordered, events)
    writer.emit([*events, DocumentEndEvent(explicit=False), StreamEndEvent()], stream)
    return stream.getvalue()


def _emit(value: object, events: list[Event]) -> None:
    """Append the events of one value; empty maps and lists are written in flow style."""
    if isinstance(value, dict):
        events.append(MappingStartEvent(None, None, implicit=True, flow_style=not value))
        for key, inner in value.items():
            events.append(_written(key))
            _emit(inner, events)
        events.append(MappingEndEvent())
    elif isinstance(value, list | tuple):
        events.append(SequenceStartEvent(None, None, implicit=True, flow_style=not value))
        for inner in value:
            _emit(inner, events)
        events.append(SequenceEndEvent())
    else:
        events.append(_written(value))


def _written(value: object) -> ScalarEvent:
    """Return the event of one scalar, quoted where a plain word would mean something else."""
    if isinstance(value, str):
        if _is_block(value):
            return ScalarEvent(None, _STRING, (False, True, True), value, style="|")
        plain = _resolve(value) == value and value.isprintable()
        return ScalarEvent(None, _STRING, (plain, True, True), value, style=None if plain else '"')
    # repr of a whole number or a float is what JSON writes; infinity never comes from `load`.
    word = _LITERALS[value] if value is None or isinstance(value, bool) else repr(value)
    return ScalarEvent(None, _STRING, (True, True, True), word)


def _is_block(value: str) -> bool:
    """Say whether a string reads best as a block of lines and survives being written so."""
    lines = value.split("\n")
    return (
        len(lines) > 1
        and bool(lines[0])
        and not lines[0].startswith(" ")
        and all(line.isprintable() and not line.endswith(" ") for line in lines)
    )
