"""`given`: the value that a journey gave the person last, by `Tag Set`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from huiliu.kernel.events import Kind
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Lineage, RecipeKind, Steps
from huiliu.tags.recipes.picked import picked
from huiliu.tags.rows import Rows, parse_rows

__all__ = ["EVENT", "GIVEN", "Given"]

#: What journeys tell the log: `tag`, and `value`, null = it is taken away.
EVENT: Final = "Tag Set"


@dataclass(frozen=True, slots=True)
class Given:
    """The newest value that was given, of the tag's type; a value of another type is none."""

    #: The tag's own name, as journeys use it.
    tag: str
    type: str
    rows: Rows

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return self.rows.lineage

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        return {"tag": self.tag}

    def compute(self, ground: Ground, now: int) -> Steps:
        """Find what everybody was given last."""
        yield from ()
        rows = self.rows.read(ground, now)
        # Only Huiliu's own word counts: a page in a browser may send events, too.
        rows = rows.filter(rows.kind == Kind.INTERNAL.word)
        cell = ground.tables.cell(rows.properties, ("value",))
        value = {"number": cell.number, "flag": cell.flag, "text": cell.text}[self.type]()
        rows = rows.select("profile_id", "at", "tie", value=value)
        last = picked(rows, [rows["at"].desc(), rows.tie.desc()])
        return Computed(last.filter(last.value.notnull()).select("profile_id", "value", "at"))


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> Given | None:
    """Return the recipe of `{tag: skin-club}`."""
    before = len(reading.problems)
    given = reading.mapping(raw, path, frozenset({"tag"}), ("tag",))
    tag = reading.word(given.get("tag", "-"), f"{path}.tag")
    if len(reading.problems) > before:
        return None
    where = [{"property": "tag", "is": tag}]
    return Given(tag, type_, parse_rows({"event": EVENT, "where": where}, path, reading))


GIVEN = RecipeKind("given", frozenset({"number", "text", "flag"}), _parse)
