"""`survey`: a person's last answer to a question of a survey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Lineage, RecipeKind, Steps
from huiliu.tags.recipes.picked import picked
from huiliu.tags.rows import Rows, parse_rows

__all__ = ["SURVEY", "Survey"]

_EVENT: Final = "Survey Answered"
_KNOWN: Final = frozenset({"survey", "question"})


@dataclass(frozen=True, slots=True)
class Survey:
    """The last answer, of the tag's type; an answer of another type is none."""

    survey: str
    question: str
    type: str
    rows: Rows

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return self.rows.lineage

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        return {"survey": self.survey, "question": self.question}

    def compute(self, ground: Ground, now: int) -> Steps:
        """Find everybody's last answer."""
        yield from ()
        rows = self.rows.read(ground, now)
        cell = ground.tables.cell(rows.properties, ("answer",))
        value = {"number": cell.number, "flag": cell.flag, "text": cell.text}[self.type]()
        rows = rows.select("profile_id", "at", "tie", value=value)
        rows = rows.filter(rows.value.notnull())
        last = picked(rows, [rows["at"].desc(), rows.tie.desc()])
        return Computed(last.select("profile_id", "value", "at"))


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> Survey | None:
    """Return the recipe of `{survey: skin-2026, question: skin_type}`."""
    before = len(reading.problems)
    given = reading.mapping(raw, path, _KNOWN, ("question", "survey"))
    if len(reading.problems) > before:
        return None
    words: Mapping[str, str] = {
        key: reading.word(given[key], f"{path}.{key}") for key in ("survey", "question")
    }
    where = [{"property": key, "is": word or "-"} for key, word in words.items()]
    rows = parse_rows({"event": _EVENT, "where": where}, path, reading)
    return Survey(words["survey"], words["question"], type_, rows)


SURVEY = RecipeKind("survey", frozenset({"number", "text", "flag"}), _parse)
