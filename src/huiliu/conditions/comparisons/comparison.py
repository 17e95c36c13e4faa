"""What a comparison is: a name, the constants it takes, and its two readers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import ibis

from huiliu.conditions.form import Field
from huiliu.conditions.population import Cell
from huiliu.conditions.reading import Reading
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text

__all__ = ["Comparison", "Constant", "Scalar", "Test"]

Scalar: TypeAlias = str | int | float | bool
#: What a document may compare with: one value, or a list of values.
Constant: TypeAlias = "Scalar | tuple[Scalar, ...]"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row of the table of comparisons."""

    #: The word of the YAML form; its sentence is the text `conditions.compare.<name>`.
    name: str
    #: Returns the constant that a document gave, or notes problems and returns None.
    parse: Callable[[object, str, Reading], Constant | None]
    #: Says whether a value meets the constant; a missing value is None.
    holds: Callable[[Value, Constant], bool]
    #: Returns the expression that says the same; never null.
    among: Callable[[Cell, Constant], ibis.Value]
    #: Whether it compares for equality, so that vault tokens can stand in for personal values.
    by_equality: bool = False
    #: Whether it looks inside a text, which a vault token hides.
    by_content: bool = False
    #: How a builder asks for the constant; its key is the comparison's name. The name in words is
    #: the text `conditions.comparison.<name>`.
    form: Field = Field("", "scalar")


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison with its constant: `above: 100`."""

    comparison: Comparison
    constant: Constant

    def holds(self, value: Value) -> bool:
        """Say whether a value meets it."""
        return self.comparison.holds(value, self.constant)

    def among(self, cell: Cell) -> ibis.Value:
        """Return the expression that says the same of a cell; never null."""
        return self.comparison.among(cell, self.constant)

    def sentence(self, subject: str) -> Text:
        """Return it in words about a trait or property."""
        return text(f"conditions.compare.{self.comparison.name}", what=subject, value=self.shown())

    def shown(self) -> str:
        """Return the constant as a person would write it."""
        if isinstance(self.constant, tuple):
            return ", ".join(_shown(one) for one in self.constant)
        return _shown(self.constant)

    def written(self) -> object:
        """Return the constant as it stands in a canonical document."""
        return list(self.constant) if isinstance(self.constant, tuple) else self.constant


def _shown(constant: Scalar) -> str:
    """Return one constant as a person would write it."""
    return str(constant).lower() if isinstance(constant, bool) else str(constant)
