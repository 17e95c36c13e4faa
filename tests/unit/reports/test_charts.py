"""What browser and printer draw from: plain values, and nothing that a picture would lie with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from huiliu.reports.charts import (
    Band,
    Interval,
    band,
    bars,
    columns,
    curve,
    flow,
    forest,
    heat,
    lines,
)

_OPTIONS: dict[str, dict[str, Any]] = {
    "lines": lines(["a", "b"], {"x": [1, 2]}),
    "columns": columns(["a"], {"x": [1]}),
    "bars": bars(["a", "b"], {"x": [1, 2], "y": [2, 1]}),
    "forest": forest([Interval("a", 1.0, 0.5, 1.5), Interval("b", 2.0, None, None)], "lift"),
    "band": band(["1", "2"], [Band("a", [1.0, None], [0.5, None], [2.0, None])], reference=0.0),
    "curve": curve({"a": [(0, 1.0), (1, 0.5)]}, steps=True),
    "flow": flow({("a", "b"): 3.0}),
    "heat": heat(["x"], ["y"], [(0, 0, 1.0)]),
}


@pytest.mark.parametrize("name", sorted(_OPTIONS))
def test_an_option_is_plain_json_in_the_same_colours(name: str) -> None:
    """Every option can be written as JSON without anything special and names its colours."""
    option = _OPTIONS[name]
    assert json.loads(json.dumps(option, allow_nan=False)) == option
    assert option["color"][0] == "#5b5bf0"


def test_rows_of_a_forest_are_not_joined() -> None:
    """Between the ends of one interval and the next there is a gap; one without ends has none."""
    ends = _OPTIONS["forest"]["series"][0]["data"]
    assert ends == [[0.5, "a"], [1.5, "a"], [None, "a"]]
    assert _OPTIONS["forest"]["series"][1]["data"] == [[1.0, "a"], [2.0, "b"]]


def test_a_band_stacks_its_width_upon_its_lower_line() -> None:
    """The area lies between low and high, below zero too, and a gap stays a gap."""
    low, width, point = _OPTIONS["band"]["series"]
    assert (low["data"], width["data"], point["data"]) == ([0.5, None], [1.5, None], [1.0, None])
    assert low["stackStrategy"] == width["stackStrategy"] == "all"
    assert _OPTIONS["band"]["legend"]["data"] == ["a"]


def test_a_heat_map_of_one_figure_still_has_a_scale() -> None:
    """Where all figures are equal the scale ends above them."""
    scale = _OPTIONS["heat"]["visualMap"]
    assert (scale["min"], scale["max"]) == (1.0, 2.0)
