"""Reads the YAML of a rule pack; everything that is wrong with it is told at once, with lines."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import re2

from huiliu.governance.packs.engine import compiled
from huiliu.governance.packs.pack import SEVERITIES, Needle, Pack, Rule, Scope, Source
from huiliu.governance.packs.views import plain_view
from huiliu.kernel.documents import Loaded, dump, join_path, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import LOCALES, text

__all__ = ["parse_pack", "read_pack"]

_FIELDS: Final = frozenset({
    "huiliu", "kind", "slug", "name", "note", "owner", "reviewed", "review_due", "on", "sources",
    "applies", "includes", "default", "rules",
})  # fmt: skip
_RULE_FIELDS: Final = frozenset({
    "rule", "severity", "says", "source", "at", "find", "unless", "without", "when", "must",
    "parts", "applies", "proof", "cased", "bad", "good",
})  # fmt: skip
_SCOPE_FIELDS: Final = ("channels", "classes", "languages", "countries", "platforms")
_GRADES: Final = ("read", "recalled")
_WHERE: Final = ("anywhere", "start", "end")
_ESCAPED: Final = re.compile(r"\\(?:[pP]\{[^}]*\}|.)", re.DOTALL)
_EDGE: Final = re.compile(r"[0-9a-z_]")


@dataclass(slots=True)
class _Reading:
    """A pack being read."""

    loaded: Loaded
    problems: list[Problem] = field(default_factory=list)
    is_tried: bool = False

    def wrong(self, path: str, key: str, **arguments: object) -> None:
        """Note a problem at a path."""
        self.problems.append(self.loaded.problem(path, text(key, **arguments)))

    def word(self, path: str, value: Value, default: str = "") -> str:
        """Return a text that may be left out."""
        if value is None:
            return default
        if not isinstance(value, str):
            self.wrong(path, "packs.no_text")
            return default
        return value

    def words(self, path: str, value: Value) -> tuple[str, ...]:
        """Return a list of texts that may be left out."""
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            self.wrong(path, "packs.no_list")
            return ()
        return tuple(str(one) for one in value)

    def table(
        self, path: str, value: Value, known: Sequence[str] | frozenset[str] = ()
    ) -> dict[str, Value]:
        """Return a map that may be left out; other keys than those known are wrong."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.wrong(path, "packs.no_map")
            return {}
        if known:
            for name in value:
                if name not in known:
                    self.wrong(join_path(path, name), "packs.unknown_field", name=name)
        return value

    def choice(self, path: str, value: Value, choices: Sequence[str]) -> str:
        """Return one of several words."""
        if isinstance(value, str) and value in choices:
            return value
        self.wrong(path, "packs.choice", choices=", ".join(choices))
        return choices[0]

    def date(self, path: str) -> dt.date:
        """Return a day."""
        value = self.loaded.tree.get(path)
        try:
            return dt.date.fromisoformat(str(value))
        except ValueError:
            self.wrong(path, "packs.no_date")
            return dt.date.min

    def said(self, path: str, value: Value) -> Mapping[str, str]:
        """Return a sentence by language."""
        found = self.table(path, value, LOCALES)
        for language, sentence in found.items():
            if not isinstance(sentence, str) or not sentence.strip():
                self.wrong(join_path(path, language), "packs.no_text")
        in_order = {name: str(found[name]) for name in LOCALES if name in found}
        return MappingProxyType(in_order)


def parse_pack(source: str | bytes) -> Pack:
    """Return the pack of a YAML document.

    Raises:
        BadInput: with every problem and its line.
    """
    loaded = load(source)
    if loaded.problems:
        raise BadInput(tuple(loaded.problems))
    return read_pack(loaded, dump(loaded.tree))


def read_pack(loaded: Loaded, canonical: str, *, is_tried: bool = False) -> Pack:
    """Return the pack of a document that was read already.

    Args:
        loaded: what its source says.
        canonical: its canonical form.
        is_tried: its patterns are known to be good ones; compiling them takes a while.

    Raises:
        BadInput: with every problem and its line.
    """
    reading, tree = _Reading(loaded, is_tried=is_tried), loaded.tree
    header, faults = read_header(loaded, "pack")
    reading.problems.extend(faults)
    reading.table("", tree, _FIELDS)
    owner = reading.word("owner", tree.get("owner")).strip()
    if not owner:
        reading.wrong("owner", "packs.no_owner")
    reviewed, due = reading.date("reviewed"), reading.date("review_due")
    if due < reviewed:
        reading.wrong("review_due", "packs.due_before")
    is_on = tree.get("on", True)
    if not isinstance(is_on, bool):
        reading.wrong("on", "packs.no_flag")
    sources = _sources(reading)
    scope = _scope(reading, "applies", tree.get("applies"))
    default = reading.table("default", tree.get("default"), ("channel", "class"))
    rules = _rules(reading, sources)
    if reading.problems or header is None:
        raise BadInput(tuple(reading.problems))
    return Pack(
        slug=header.slug,
        name=header.name,
        owner=owner,
        reviewed=reviewed,
        review_due=due,
        sources=MappingProxyType(sources),
        scope=scope,
        includes=frozenset(reading.words("includes", tree.get("includes"))),
        rules=rules,
        channel=str(default.get("channel", "")),
        message_class=str(default.get("class", "marketing")),
        is_on=is_on is True,
        source=canonical,
    )


def _sources(reading: _Reading) -> dict[str, Source]:
    """Return the sources by their short names."""
    found: dict[str, Source] = {}
    given = reading.table("sources", reading.loaded.tree.get("sources"))
    if not given:
        reading.wrong("sources", "packs.no_sources")
    for name, below in given.items():
        path = join_path("sources", name)
        one = reading.table(path, below, ("title", "url", "grade"))
        title = reading.word(f"{path}.title", one.get("title"))
        if not title:
            reading.wrong(f"{path}.title", "packs.no_text")
        grade = reading.choice(f"{path}.grade", one.get("grade", "recalled"), _GRADES)
        found[name] = Source(title, reading.word(f"{path}.url", one.get("url")), grade)
    return found


def _scope(reading: _Reading, path: str, value: Value) -> Scope:
    """Return which texts something holds for."""
    given = reading.table(path, value, _SCOPE_FIELDS)
    lists = {
        name: frozenset(reading.words(join_path(path, name), given.get(name)))
        for name in _SCOPE_FIELDS
    }
    return Scope(**lists)


def _rules(reading: _Reading, sources: Mapping[str, Source]) -> tuple[Rule, ...]:
    """Return the rules."""
    given = reading.loaded.tree.get("rules")
    if not isinstance(given, list) or not given:
        reading.wrong("rules", "packs.no_rules")
        return ()
    found: list[Rule] = []
    for number, below in enumerate(given):
        path = f"rules[{number}]"
        one = reading.table(path, below, _RULE_FIELDS)
        rule = _rule(reading, path, one, sources)
        if any(each.name == rule.name for each in found):
            reading.wrong(f"{path}.rule", "packs.twice", name=rule.name)
        found.append(rule)
    return tuple(found)


def _rule(
    reading: _Reading, path: str, one: Mapping[str, Value], sources: Mapping[str, Source]
) -> Rule:
    """Return one rule."""
    name = reading.word(f"{path}.rule", one.get("rule"))
    if not name:
        reading.wrong(f"{path}.rule", "packs.no_text")
    says = reading.said(f"{path}.says", one.get("says"))
    if not says:
        reading.wrong(f"{path}.says", "packs.no_says")
    source = reading.word(f"{path}.source", one.get("source"))
    if source not in sources:
        reading.wrong(f"{path}.source", "packs.no_such_source", name=source or "-")
    is_cased = one.get("cased", False)
    if not isinstance(is_cased, bool):
        reading.wrong(f"{path}.cased", "packs.no_flag")
    needles = {
        key: _needle(
            reading, f"{path}.{key}", one.get(key), is_cased=is_cased is True and key == "find"
        )
        for key in ("find", "unless", "without", "when", "must")
    }
    if bool(needles["find"].pattern) == bool(needles["must"].pattern):
        reading.wrong(path, "packs.find_or_must")
    return Rule(
        name=name,
        severity=reading.choice(f"{path}.severity", one.get("severity"), SEVERITIES),
        says=says,
        source=source,
        at=reading.word(f"{path}.at", one.get("at")),
        is_cased=is_cased is True,
        parts=frozenset(reading.words(f"{path}.parts", one.get("parts"))),
        scope=_scope(reading, f"{path}.applies", one.get("applies")),
        proof=reading.said(f"{path}.proof", one.get("proof")),
        bad=reading.words(f"{path}.bad", one.get("bad")),
        good=reading.words(f"{path}.good", one.get("good")),
        **needles,
    )


def _needle(reading: _Reading, path: str, value: Value, *, is_cased: bool) -> Needle:
    """Return what to look for: words as they are, and patterns."""
    given = reading.table(path, value, ("words", "patterns", "where"))
    if not given:
        return Needle()
    pieces = [_escaped(one) for one in reading.words(f"{path}.words", given.get("words"))]
    pieces.sort(key=len, reverse=True)
    for number, pattern in enumerate(reading.words(f"{path}.patterns", given.get("patterns"))):
        here = f"{path}.patterns[{number}]"
        bare = _ESCAPED.sub("", pattern)
        if not is_cased and bare != unicodedata.normalize("NFKC", bare).lower():
            reading.wrong(here, "packs.not_plain")
        try:
            if not reading.is_tried:
                compiled(pattern)
        except re2.error as fault:
            reading.wrong(here, "packs.no_pattern", details=_told(fault))
        pieces.append(pattern)
    if not pieces:
        reading.wrong(path, "packs.nothing_to_find")
        return Needle()
    where = reading.choice(f"{path}.where", given.get("where", "anywhere"), _WHERE)
    any_of = f"(?:{'|'.join(pieces)})"
    if where == "start":
        return Needle(rf"^\s*{any_of}")
    return Needle(rf"{any_of}\s*$" if where == "end" else any_of)


def _escaped(word: str) -> str:
    """Return a word as a pattern; a word of letters is not found inside another."""
    plain = plain_view(word).words
    first = r"\b" if _EDGE.match(plain[0]) else ""
    last = r"\b" if _EDGE.match(plain[-1]) else ""
    return f"{first}{re.escape(plain)}{last}"


def _told(fault: Exception) -> str:
    """Return what the library says about a pattern."""
    said = fault.args[0] if fault.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
