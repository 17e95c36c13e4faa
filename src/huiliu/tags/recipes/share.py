"""`share`: a part of a number, or of the rows, in the whole of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import ibis
import pyarrow as pa

from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Lineage, Published, RecipeKind, Steps
from huiliu.tags.rows import ROW_KEYS, Rows, parse_rows, read_property

__all__ = ["SHARE", "Share"]

_KNOWN: Final = ROW_KEYS | {"part", "whole"}


@dataclass(frozen=True, slots=True)
class Share:
    """The sum of a part over the sum of the whole; who has no whole has no share."""

    #: The rows of the whole.
    rows: Rows
    #: A number of each row, or filters that the rows of the part pass as well.
    part: str | Rows
    #: A number of each row; empty = rows are counted.
    whole: str = ""

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return self.rows.lineage

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        part = self.part if isinstance(self.part, str) else {"where": self.part.where.tree()}
        tree: dict[str, object] = {**self.rows.tree(), "part": part}
        if self.whole:
            tree["whole"] = self.whole
        return tree

    def compute(self, ground: Ground, now: int) -> Steps:
        """Divide for everybody."""
        published: Published = {}
        rows = self.rows.read(ground, now)
        if self.rows.tells_money(self.whole):
            rows = self.rows.one_currency(rows, self.whole, ground)
            left_out: pa.Table = yield self.rows.other_currencies(ground, now)
            published = {"other_currencies": float(left_out["n"][0].as_py() or 0)}
        whole = self._number(rows, self.whole, ground)
        if isinstance(self.part, str):
            part = self._number(rows, self.part, ground)
        else:
            part = ibis.ifelse(self.part.passes(rows, ground), whole, 0.0)
        sums = rows.select("profile_id", part=part, whole=whole).group_by("profile_id")
        sums = sums.agg(part=ibis._.part.sum(), whole=ibis._.whole.sum())
        sums = sums.filter(sums.whole > 0)
        return Computed(
            sums.select("profile_id", value=(sums.part / sums.whole).round(6)), published
        )

    def _number(self, rows: ibis.Table, name: str, ground: Ground) -> ibis.Value:
        """Return a number of each row, 0 where there is none; 1 without a name."""
        if not name:
            return ibis.literal(1.0)
        return self.rows.value(rows, name, "number", ground).fill_null(0.0)


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> Share | None:
    """Return the recipe of `{of: purchases, part: discount, whole: list_total}`."""
    del type_
    before = len(reading.problems)
    given = reading.mapping(raw, path, _KNOWN, ("part",))
    if len(reading.problems) > before:
        return None
    rows = parse_rows(given, path, reading)
    whole = ""
    if "whole" in given:
        whole = read_property(given, "whole", path, reading, rows, "number")
    part = given["part"]
    if not isinstance(part, Mapping):
        if not whole:
            reading.wrong(f"{path}.whole", "missing", name="whole")
        return Share(rows, read_property(given, "part", path, reading, rows, "number"), whole)
    inner = reading.mapping(part, f"{path}.part", frozenset({"where"}), ("where",))
    base = {"event": list(rows.events)} if rows.of == "events" else {"of": rows.of}
    filtered = parse_rows({**base, "where": inner.get("where")}, f"{path}.part", reading)
    return Share(rows, replace(filtered, events=rows.events), whole)


SHARE = RecipeKind("share", frozenset({"number"}), _parse)
