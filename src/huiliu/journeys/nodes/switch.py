"""`switch`: the way of the value that something has, else the `else` way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.asking import Asking
from huiliu.journeys.nodes.base import Go, Node, Outcome, Passage, Way
from huiliu.journeys.nodes.givens import Given, read_given
from huiliu.journeys.reading import Fields
from huiliu.kernel.documents import join_path
from huiliu.kernel.facts import Scalar, Value

__all__ = ["TYPE", "Switch"]

_PLACES: Final = ("entry", "trait", "tag", "carried")


@dataclass(frozen=True, slots=True)
class Case:
    """One way: taken when the value is one of these."""

    values: tuple[Scalar, ...]
    next: str

    def tree(self) -> dict[str, object]:
        """Return the way as it is written."""
        found: object = self.values[0] if len(self.values) == 1 else list(self.values)
        return {"is": found, "next": self.next}


@dataclass(frozen=True, slots=True)
class Switch(Asking):
    """Takes the first way that names the value."""

    on: Given
    cases: tuple[Case, ...]
    otherwise: str

    type = "switch"

    @property
    def given(self) -> Given:
        """The value that decides."""
        return self.on

    @property
    def ways(self) -> Sequence[Way]:
        """Every way and `else`."""
        named = [
            Way(f"{join_path('ways', nth)}.next", one.next) for nth, one in enumerate(self.cases)
        ]
        return (*named, Way("else", self.otherwise))

    def step(self, passage: Passage, memory: bytes) -> Outcome:  # noqa: ARG002 - the protocol's signature
        """Return the way of the value."""
        value = self.on.of(passage)
        for nth, case in enumerate(self.cases):
            if any(_same(value, one) for one in case.values):
                return _go(nth, case.next, value)
        return _go("else", self.otherwise, value)

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        ways = [case.tree() for case in self.cases]
        return {"on": self.on.tree(), "ways": ways, "else": self.otherwise}


def _same(value: Value, constant: Scalar) -> bool:
    """Say whether a value is a constant: 1 and 1.0 are one number, true is none, "1" is a text."""
    if isinstance(value, bool) or isinstance(constant, bool):
        return value is constant
    return value == constant


def _go(way: int | str, to: str, value: Value) -> Go:
    """Return the way with its trace."""
    # The value itself may be personal, or long: the way says what it was.
    shown = value if isinstance(value, int | float | bool) or value is None else None
    details: dict[str, Value] = {"way": way, "to": to}
    if shown is not None:
        details["value"] = shown
    return Go(to, "switched", msgspec.json.encode(details))


class _SwitchType:
    """Reads `switch` nodes."""

    name = "switch"
    group = "choose"
    fields = ("on", "ways", "else")
    form = (
        Field("on", "given", needed=True, start={"entry": "status"}, options=_PLACES),
        Field(
            "ways", "rows", needed=True,
            fields=(Field("is", "scalars", needed=True), Field("next", "way", needed=True)),
        ),
        Field("else", "way", needed=True),
    )  # fmt: skip

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the switch of a document's map."""
        cases = [
            _read_case(fields.reading.fields(item, path, ("is", "next")))
            for path, item in fields.items("ways")
        ]
        if not cases:
            fields.wrong("ways", "journeys.no_ways")
        return Switch(read_given(fields, "on", _PLACES), tuple(cases), fields.word("else"))


def _read_case(fields: Fields) -> Case:
    """Return one way of a document's list."""
    written = fields.values.get("is")
    values = written if isinstance(written, list) else [written]
    scalars = [one for one in values if not isinstance(one, dict | list)]
    if "is" not in fields.values or not values or len(scalars) != len(values):
        fields.wrong("is", "journeys.want_scalars", name="is")
    return Case(tuple(scalars), fields.word("next"))


TYPE = _SwitchType()
