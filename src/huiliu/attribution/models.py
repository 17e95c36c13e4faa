"""Every model of attribution by name: rules, the Markov chain, Shapley's value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from huiliu.attribution.markov import markov
from huiliu.attribution.path import Path, Worth
from huiliu.attribution.rules import RULES, by_rule
from huiliu.attribution.shapley import shapley

__all__ = ["MODELS", "attribute"]

#: In the order in which they are shown.
MODELS: Final = (*RULES, "markov", "shapley")


def attribute(paths: Sequence[Path], *, value: bool = False) -> dict[str, Worth]:
    """Return model -> channel -> conversions, or their value; each model adds up to the same."""
    found = {name: by_rule(rule, paths, value=value) for name, rule in RULES.items()}
    found["markov"] = markov(paths, value=value)
    found["shapley"] = shapley(paths, value=value)
    return found
