"""`when`: the value of the first condition that a person meets; the language of segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import ibis

from huiliu.conditions import Condition, compile_condition, parse
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Lineage, RecipeKind, Steps

__all__ = ["WHEN", "When"]

Constant: TypeAlias = "str | float | bool"

_CASE: Final = frozenset({"if", "then"})
_ELSE: Final = frozenset({"else"})
_MOST: Final = 50
_PYTHON: Final[Mapping[str, tuple[type, ...]]] = {
    "text": (str,), "number": (int, float), "flag": (bool,),
}  # fmt: skip
_IBIS: Final = {"text": "string", "number": "float64", "flag": "boolean"}


@dataclass(frozen=True, slots=True)
class When:
    """Cases in their order; who meets none has the value of `otherwise`, or none."""

    cases: tuple[tuple[Condition, Constant], ...]
    otherwise: Constant | None
    type: str

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        found = Lineage()
        for condition, _ in self.cases:
            found |= Lineage.of(condition.mentions)
        return found

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        cases = [{"if": one.tree(), "then": value} for one, value in self.cases]
        if self.otherwise is None:
            return {"cases": cases}
        return {"cases": cases, "else": self.otherwise}

    def compute(self, ground: Ground, now: int) -> Steps:
        """Give everybody the value of the first case that holds."""
        yield from ()
        tables = ground.tables
        met = [compile_condition(condition, tables, now) for condition, _ in self.cases]
        if self.otherwise is not None:
            met.append(tables.people.select("profile_id"))
        ranked = [rows.mutate(nth=ibis.literal(at)) for at, rows in enumerate(met)]
        rows = ibis.union(*ranked) if len(ranked) > 1 else ranked[0]
        first = rows.group_by("profile_id").agg(nth=rows.nth.min())
        values = [*(value for _, value in self.cases), self.otherwise]
        type_ = _IBIS[self.type]
        said = ibis.cases(
            *((first.nth == at, ibis.literal(value, type_)) for at, value in enumerate(values)
              if value is not None),
        )  # fmt: skip
        return Computed(first.select("profile_id", value=said))


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> When | None:
    """Return the recipe of `{cases: [{if: {did: Order Paid}, then: buyer}], else: visitor}`."""
    given = reading.mapping(raw, path, frozenset({"cases", "else"}), ("cases",))
    listed = given.get("cases")
    if not isinstance(listed, list | tuple) or not 0 < len(listed) <= _MOST:
        reading.wrong(f"{path}.cases", "want_cases", most=_MOST)
        return None
    cases = []
    for at, one in enumerate(listed):
        below = f"{path}.cases[{at}]"
        case = reading.mapping(one, below, _CASE, ("if", "then"))
        if "if" not in case or "then" not in case:
            continue
        condition = parse(case["if"], f"{below}.if", reading.around)
        value = _constant(case["then"], f"{below}.then", reading, type_)
        if isinstance(condition, tuple):
            reading.problems.extend(condition)
        elif value is not None:
            cases.append((condition, value))
    otherwise = None
    if "else" in given:
        otherwise = _constant(given["else"], f"{path}.else", reading, type_)
    return When(tuple(cases), otherwise, type_)


def _constant(raw: object, path: str, reading: TagReading, type_: str) -> Constant | None:
    """Return a value of the tag's type, noting a problem where it is none."""
    wanted = _PYTHON[type_]
    if not isinstance(raw, wanted) or (isinstance(raw, bool) and type_ != "flag"):
        reading.wrong(path, "want_value", type=type_)
        return None
    return float(raw) if type_ == "number" else raw  # type: ignore[arg-type,return-value] # the types were looked at


WHEN = RecipeKind("when", frozenset(_PYTHON), _parse)
