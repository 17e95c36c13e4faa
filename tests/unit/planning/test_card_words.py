"""Figures of cards on the command line are read by people."""

from __future__ import annotations

import pytest

from huiliu.cli.card import _shown
from huiliu.planning.assessment import Fact, Origin


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("size", 120_000.0, "120,000"), ("hours", 0.27654, "0.2765"), ("activity", 0.2, "20.0%"),
     ("size", None, "–")],
)  # fmt: skip
def test_a_large_figure_is_written_out(name: str, value: float | None, said: str) -> None:
    """Nobody reads 1.2e+05."""
    assert _shown(name, Fact(value, Origin.ENTERED)) == said
