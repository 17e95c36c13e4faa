"""What a comparison is: a name, the constants it takes, and its two readers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import ibis

from huiliu.conditions.clock import TIMELESS, Scene, When
from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell
from huiliu.conditions.reading import Reading
from huiliu.kernel.facts import Value
from huiliu.kernel.geometry import Circle, Polygon
from huiliu.kernel.texts import Text, text

__all__ = ["Comparison", "Constant", "Relative", "Scalar", "Test"]

_SCALAR: Final = Field("", "scalar")

Scalar: TypeAlias = str | int | float | bool
#: What a document may compare with: one value, a list of values, or a place.
Constant: TypeAlias = "Scalar | tuple[Scalar, ...] | Circle | Polygon"


def _written(constant: Constant) -> object:
    """Return a constant as a document writes it."""
    return list(constant) if isinstance(constant, tuple) else constant


def _shown(constant: Constant) -> str | Text:
    """Return a constant as a person would write it."""
    if isinstance(constant, tuple):
        return ", ".join(str(_shown(one)) for one in constant)
    return str(constant).lower() if isinstance(constant, bool) else str(constant)


@dataclass(frozen=True, slots=True)
class Relative:
    """When the answer of a comparison with the present changes: both readers."""

    #: The first instant after now at which it may; None = never.
    change: Callable[[Value, Constant, When], int | None]
    #: A timestamp, not later than `change`; null = never.
    among: Callable[[Cell, Constant, Scene], ibis.Value]
    #: Whether the day that people's clocks show matters, so that a scene needs their zones.
    zoned: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Comparison:
    """One row of the table of comparisons."""

    #: The word of the YAML form; its sentence is the text `conditions.compare.<name>`.
    name: str
    #: Returns the constant that a document gave, or notes problems and returns None.
    parse: Callable[[object, str, Reading], Constant | None]
    #: Says whether a value meets the constant; a missing value is None.
    holds: Callable[[Value, Constant, When], bool]
    #: Returns the expression that says the same; never null.
    among: Callable[[Cell, Constant, Scene], ibis.Value]
    #: Whether it compares for equality, so that vault tokens can stand in for personal values.
    by_equality: bool = False
    #: Whether it looks inside a text, which a vault token hides.
    by_content: bool = False
    #: How a builder asks for the constant; its key is the comparison's name. The name in words is
    #: the text `conditions.comparison.<name>`.
    form: Field = _SCALAR
    #: Set when it compares with the present.
    relative: Relative | None = None
    #: How a canonical document writes the constant, and how a sentence says it.
    write: Callable[[Constant], object] = _written
    show: Callable[[Constant], str | Text] = _shown


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison with its constant: `above: 100`."""

    comparison: Comparison
    constant: Constant

    def holds(self, value: Value, when: When = TIMELESS) -> bool:
        """Say whether a value meets it at a person's present."""
        return self.comparison.holds(value, self.constant, when)

    def among(self, cell: Cell, scene: Scene | None = None) -> ibis.Value:
        """Return the expression that says the same of a cell; never null."""
        return self.comparison.among(cell, self.constant, scene or Scene(0))

    def change(self, value: Value, when: When) -> int | None:
        """Return when time may first change the answer; None = only another value can."""
        relative = self.comparison.relative
        return None if relative is None else relative.change(value, self.constant, when)

    def sentence(self, subject: str | Text) -> Text:
        """Return it in words about a trait or property."""
        return text(f"conditions.compare.{self.comparison.name}", what=subject, value=self.shown())

    def shown(self) -> str | Text:
        """Return the constant as a person would write it."""
        return self.comparison.show(self.constant)

    def written(self) -> object:
        """Return the constant as it stands in a canonical document."""
        return self.comparison.write(self.constant)
