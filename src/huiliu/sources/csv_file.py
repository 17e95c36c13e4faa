"""Any delimited file: a mapping says what its columns mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest
from huiliu.kernel.texts import text
from huiliu.ports.sources import Record, Reject
from huiliu.sources.cells import TYPES
from huiliu.sources.lines import file_size, unreadable
from huiliu.sources.mapping import CellRule, TableMapping, parse_mapping
from huiliu.sources.rows import Row, read_rows

__all__ = ["CsvFile"]


class CsvFile:
    """Rows of a table as events or people, by a mapping file."""

    name = "csv"

    def size(self, path: Path) -> int:
        """Return the file's bytes."""
        return file_size(path)

    def read(self, path: Path, mapping: Path | None) -> Iterator[Record | Reject]:
        """Yield a record for each row; raise BadInput for a mapping that cannot be used."""
        if mapping is None:
            raise BadInput((Problem("--map", text("sources.map_needed")),))
        try:
            rules = parse_mapping(mapping.read_bytes(), mapping.name)
        except OSError as fault:
            raise unreadable(mapping, fault) from fault
        columns = rules.columns
        for found in read_rows(path, columns, dialect=rules.dialect):
            if isinstance(found, Reject):
                yield found
                continue
            row = _MappedRow(rules, dict(zip(columns, found.cells, strict=True)), path.name, found)
            yield from row.records()


class _MappedRow:
    """One row on its way to records, with all that is wrong with it."""

    def __init__(self, rules: TableMapping, cells: Mapping[str, str], file: str, row: Row) -> None:
        self._rules = rules
        self._cells = cells
        self._file = file
        self._row = row
        self._problem: Problem | None = None

    def records(self) -> Iterator[Record | Reject]:
        """Yield the row's one or two records, or the first thing that is wrong with it."""
        message = self._message()
        traits = self._values(self._rules.traits)
        properties, answers = self._values(self._rules.properties), {}
        if self._rules.call == "track":
            message["properties"] = properties
            answers = self._values(self._rules.questions)
        if self._problem is not None:
            yield Reject(self._file, self._row.line, self._problem, self._row.progress)
            return
        key = self._key()
        if self._rules.call == "identify":
            yield self._record(key, {**message, "traits": traits})
            return
        if traits:
            person = {name: message[name] for name in message if name != "event"}
            del person["properties"]
            yield self._record(f"{key}/traits", {**person, "type": "identify", "traits": traits})
        if not self._rules.questions:
            yield self._record(key, message)
            return
        for question, answer in answers.items():
            said = {"survey": self._rules.survey, "question": question, "answer": answer}
            told = {**message, "properties": {**properties, **said}}
            yield self._record(f"{key}/{question}", told)

    def _record(self, key: str, message: dict[str, object]) -> Record:
        """Return one record of the row."""
        message["messageId"] = key
        return Record(key, message, self._row.progress, self._file, self._row.line)

    def _key(self) -> str:
        """Return what tells the row from every other."""
        rules = self._rules
        columns = rules.key or tuple(self._cells)
        # Two mappings of one file (people, then orders) must not take each other's rows for done.
        said = [rules.call, rules.event, rules.event_column]
        if rules.survey:
            said.append(rules.survey)
        return digest("row", *said, *(f"{name}={self._cells[name]}" for name in columns)).hex()

    def _wrong(self, field: str, key: str, **arguments: object) -> None:
        """Keep the first problem."""
        if self._problem is None:
            self._problem = Problem(field, text(key, **arguments), self._row.line)

    def _message(self) -> dict[str, object]:
        """Return who, what and when."""
        rules = self._rules
        message: dict[str, object] = {"type": rules.call}
        external: list[dict[str, str]] = []
        for name, column in rules.identifiers.items():
            cell = self._cells[column]
            if cell and name in {"userId", "anonymousId"}:
                message[name] = cell
            elif cell:
                external.append({"type": name, "id": cell})
        if external:
            message["context"] = {"externalIds": external}
        elif len(message) == 1:
            self._wrong(", ".join(rules.identifiers.values()), "sources.row_nobody")
        if rules.call == "track":
            cell = self._cells.get(rules.event_column, "")
            message["event"] = rules.event or rules.event_names.get(cell, cell)
            if not message["event"]:
                self._wrong(rules.event_column, "sources.row_no_event")
        if rules.timestamp_column:
            shown = rules.timestamp.shown(self._cells[rules.timestamp_column])
            if shown is None:
                self._wrong(rules.timestamp_column, "sources.bad_moment")
            message["timestamp"] = shown
        return message

    def _values(self, rules: Mapping[str, CellRule]) -> dict[str, Value]:
        """Return properties or traits; an empty cell is left out."""
        found: dict[str, Value] = {}
        for name, rule in rules.items():
            if not rule.column:
                found[name] = rule.value
                continue
            cell = self._cells[rule.column]
            if not cell:
                continue
            if rule.separator:
                parts = (part.strip() for part in cell.split(rule.separator))
                found[name] = [self._read(rule, part) for part in parts if part]
            else:
                found[name] = self._read(rule, cell)
        return found

    def _read(self, rule: CellRule, cell: str) -> Value:
        """Return one value; None, with the problem kept, when it is not of its type."""
        value = rule.moment.shown(cell) if rule.type == "datetime" else TYPES[rule.type](cell)
        if value is None:
            self._wrong(rule.column, "sources.bad_value", type=rule.type)
        return value
