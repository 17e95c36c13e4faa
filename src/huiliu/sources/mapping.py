"""The mapping file of a CSV: which columns are who, what and when, and what the others become."""

from __future__ import annotations

import codecs
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from huiliu.kernel.documents import Loaded, join_path, load
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import text
from huiliu.sources.cells import TYPES, Moment, is_zone
from huiliu.sources.rows import Dialect

__all__ = ["IDENTIFIERS", "CellRule", "TableMapping", "parse_mapping"]

#: The names a person can have, as a mapping writes them.
IDENTIFIERS: Final = (
    "userId", "anonymousId", "phone", "email", "member_card",
    "wechat_openid", "wechat_unionid", "device_token",
)  # fmt: skip

_KEYS: Final = frozenset({
    "huiliu", "kind", "note", "encoding", "delimiter", "call", "event", "identifiers",
    "timestamp", "key", "properties", "traits", "survey", "questions",
})  # fmt: skip
#: What each answer of a survey becomes.
_ANSWERED: Final = "Survey Answered"


@dataclass(frozen=True, slots=True)
class CellRule:
    """How one property or trait is made: from a column, or always the same value."""

    column: str = ""
    #: A key of `cells.TYPES`, or datetime.
    type: str = "string"
    moment: Moment = field(default_factory=Moment)
    value: Value = None
    #: What parts several answers in one cell, which then become a list; "" = there is one.
    separator: str = ""


@dataclass(frozen=True, slots=True)
class TableMapping:
    """What a mapping file says, checked."""

    #: track or identify.
    call: str
    #: Fixed event name, or "" where a column holds it.
    event: str
    event_column: str
    #: Words of that column -> event names.
    event_names: Mapping[str, str]
    #: Identifier -> column.
    identifiers: Mapping[str, str]
    #: "" = rows carry no time: they count as happening at import.
    timestamp_column: str
    timestamp: Moment
    #: Columns that tell a row from every other; empty = the row's whole text.
    key: Sequence[str]
    properties: Mapping[str, CellRule]
    traits: Mapping[str, CellRule]
    dialect: Dialect
    #: The survey whose answers the rows are; "" = they are none.
    survey: str = ""
    #: Question -> its answer; each answer is an event of its own.
    questions: Mapping[str, CellRule] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """Return every column that is read, each once."""
        rules = (*self.properties.values(), *self.traits.values(), *self.questions.values())
        names = [
            *self.identifiers.values(), self.event_column, self.timestamp_column, *self.key,
            *(rule.column for rule in rules),
        ]  # fmt: skip
        return list(dict.fromkeys(name for name in names if name))


def parse_mapping(source: bytes, file: str) -> TableMapping:
    """Return what a mapping file says; raise BadInput with all its problems and their lines."""
    loaded = load(source)
    reader = _Reader(loaded)
    found = None if loaded.problems else reader.mapping()
    problems = (*loaded.problems, *reader.problems)
    if problems or found is None:
        raise BadInput(
            tuple(Problem(f"{file} {p.path}".rstrip(), p.text, p.line) for p in problems)
        )
    return found


class _Reader:
    """One pass over a mapping's tree that collects every problem."""

    def __init__(self, loaded: Loaded) -> None:
        self.problems: list[Problem] = []
        self._loaded = loaded
        self._tree: dict[str, Value] = {}
        if isinstance(loaded.tree, dict):
            self._tree = loaded.tree

    def mapping(self) -> TableMapping:
        """Return the mapping; it is sound only while `problems` is empty."""
        for key in self._tree:
            if key not in _KEYS:
                self._wrong(key, "sources.mapping_unknown", known=", ".join(sorted(_KEYS)))
        if self._tree.get("huiliu") != 1 or self._tree.get("kind") != "csv-mapping":
            self._wrong("kind", "sources.mapping_kind")
        call = self._word("call", "track")
        if call not in {"track", "identify"}:
            self._wrong("call", "sources.mapping_call")
        survey, questions = self._survey(call)
        event, event_column, names = (_ANSWERED, "", {}) if questions else self._event(call)
        column, moment = self._timestamp()
        identifiers = self._identifiers()
        return TableMapping(
            call, event, event_column, names, identifiers, column, moment, self._key(),
            self._rules("properties"), self._rules("traits"), self._dialect(), survey, questions,
        )  # fmt: skip

    def _wrong(self, path: str, key: str, **arguments: object) -> None:
        """Note a problem at a path."""
        self.problems.append(self._loaded.problem(path, text(key, **arguments)))

    def _word(self, key: str, default: str) -> str:
        """Return a word of the top level."""
        found = self._tree.get(key, default)
        if not isinstance(found, str) or not found:
            self._wrong(key, "sources.mapping_word")
            return default
        return found

    def _map(self, key: str) -> dict[str, Value]:
        """Return a map of the top level; an absent one is empty."""
        found = self._tree.get(key, {})
        if not isinstance(found, dict):
            self._wrong(key, "sources.mapping_map")
            return {}
        return found

    def _event(self, call: str) -> tuple[str, str, dict[str, str]]:
        """Return the fixed name, or the column that holds it and the names of its words."""
        found = self._tree.get("event")
        if isinstance(found, str) and found:
            return found, "", {}
        if isinstance(found, dict) and isinstance(found.get("column"), str):
            names = found.get("names", {})
            if isinstance(names, dict) and all(isinstance(name, str) for name in names.values()):
                return "", str(found["column"]), {str(word): str(names[word]) for word in names}
            self._wrong("event.names", "sources.mapping_map")
        elif call == "track":
            self._wrong("event", "sources.mapping_event")
        return "", "", {}

    def _survey(self, call: str) -> tuple[str, dict[str, CellRule]]:
        """Return the survey whose answers the rows are, and its questions."""
        questions = self._rules("questions")
        if not questions and "survey" not in self._tree:
            return "", {}
        survey = self._tree.get("survey")
        if not isinstance(survey, str) or not survey or not questions:
            self._wrong("survey", "sources.mapping_survey")
        if call != "track" or "event" in self._tree:
            self._wrong("questions", "sources.mapping_answers")
        return str(survey), questions

    def _timestamp(self) -> tuple[str, Moment]:
        """Return the column of the time and how it is written."""
        found = self._tree.get("timestamp")
        if found is None:
            return "", Moment()
        if isinstance(found, str):
            return found, Moment()
        if not isinstance(found, dict) or not isinstance(found.get("column"), str):
            self._wrong("timestamp", "sources.mapping_timestamp")
            return "", Moment()
        return str(found["column"]), self._moment("timestamp", found)

    def _moment(self, path: str, found: Mapping[str, Value]) -> Moment:
        """Return how moments are written below a path."""
        form, zone = str(found.get("format", "iso")), str(found.get("zone", "UTC"))
        if not is_zone(zone):
            self._wrong(join_path(path, "zone"), "sources.mapping_zone", zone=zone)
        if form not in {"iso", "unix", "unix_ms"} and not _is_format(form):
            self._wrong(join_path(path, "format"), "sources.mapping_format", format=form)
        return Moment(form, zone)

    def _identifiers(self) -> dict[str, str]:
        """Return identifier -> column; at least one."""
        found: dict[str, str] = {}
        for name, column in self._map("identifiers").items():
            if name not in IDENTIFIERS:
                known = ", ".join(IDENTIFIERS)
                self._wrong(f"identifiers.{name}", "sources.mapping_identifier", known=known)
            elif not isinstance(column, str) or not column:
                self._wrong(f"identifiers.{name}", "sources.mapping_word")
            else:
                found[name] = column
        if not found:
            self._wrong("identifiers", "sources.mapping_nobody")
        return found

    def _key(self) -> tuple[str, ...]:
        """Return the columns of the record's key."""
        found = self._tree.get("key", [])
        columns = [found] if isinstance(found, str) else found
        if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
            self._wrong("key", "sources.mapping_key")
            return ()
        return tuple(str(name) for name in columns)

    def _rules(self, key: str) -> dict[str, CellRule]:
        """Return the rules of properties or traits."""
        return {name: self._rule(f"{key}.{name}", found) for name, found in self._map(key).items()}

    def _rule(self, path: str, found: Value) -> CellRule:
        """Return one rule: a column's name, a map, or `{value: ...}`."""
        if isinstance(found, str) and found:
            return CellRule(found)
        if not isinstance(found, dict) or ("column" in found) == ("value" in found):
            self._wrong(path, "sources.mapping_rule")
            return CellRule()
        if "value" in found:
            return CellRule(value=found["value"])
        kind = str(found.get("type", "string"))
        if kind not in TYPES and kind != "datetime":
            known = ", ".join((*TYPES, "datetime"))
            self._wrong(join_path(path, "type"), "sources.mapping_type", known=known)
        separator = found.get("separator", "")
        if not isinstance(separator, str):
            self._wrong(join_path(path, "separator"), "sources.mapping_word")
        moment = self._moment(path, found)
        return CellRule(str(found["column"]), kind, moment, separator=str(separator))

    def _dialect(self) -> Dialect:
        """Return how the file writes rows."""
        encoding, delimiter = self._word("encoding", "utf-8"), self._word("delimiter", ",")
        try:
            codecs.lookup(encoding)
        except LookupError:
            self._wrong("encoding", "sources.mapping_encoding", encoding=encoding)
        delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
        if len(delimiter) != 1:
            self._wrong("delimiter", "sources.mapping_delimiter")
            delimiter = ","
        return Dialect(encoding, delimiter)


def _is_format(form: str) -> bool:
    """Say whether strptime can read back what strftime writes so."""
    moment = dt.datetime(2026, 11, 22, 13, 5, 9, tzinfo=dt.UTC)
    try:
        dt.datetime.strptime(moment.strftime(form), form)  # noqa: DTZ007 - only tried
    except ValueError:
        return False
    return "%" in form
