"""Chart options, built once: the browser and the printers draw the same picture from them.

Names in an option are words that are ready to read; colours are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

__all__ = [
    "COLOURS",
    "Band",
    "Interval",
    "band",
    "bars",
    "columns",
    "curve",
    "flow",
    "forest",
    "heat",
    "lines",
]

#: Told apart by people who see colours differently, and readable on light and dark.
COLOURS: Final = ("#5b5bf0", "#10b28c", "#f59e0b", "#ec4899", "#0ea5e9", "#8b5cf6", "#64748b")
#: From little to much.
_HEAT: Final = ("#eef0ff", "#b9bbf8", "#5b5bf0", "#35309a")
#: A whole name stands beside a bar up to this many letters; more are cut with an ellipsis.
_NAME_WIDTH: Final = 128


@dataclass(frozen=True, slots=True)
class Interval:
    """One row of a forest: a point and the interval around it; None = it cannot be told."""

    name: str
    point: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Band:
    """A line with the interval around each of its points; None = a gap."""

    name: str
    points: Sequence[float | None]
    low: Sequence[float | None]
    high: Sequence[float | None]


def lines(categories: Sequence[str], series: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return the option of a chart with a soft area under each line."""
    return {
        **_frame(42),
        "legend": _legend(),
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "category", "boundaryGap": False, "data": list(categories)},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "name": name,
                "type": "line",
                "smooth": 0.35,
                "smoothMonotone": "x",
                "showSymbol": len(categories) < 3,
                "symbolSize": 7,
                "lineStyle": {"width": 2.5},
                "areaStyle": {"opacity": 0.1},
                "data": list(values),
            }
            for name, values in series.items()
        ],
    }


def columns(categories: Sequence[str], series: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return the option of a chart with a column for each category."""
    return {
        **_frame(18),
        "legend": {"show": False},
        "tooltip": {"trigger": "axis", "confine": True, "axisPointer": {"type": "shadow"}},
        "xAxis": {"type": "category", "data": list(categories)},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "name": name,
                "type": "bar",
                "barCategoryGap": "24%",
                "itemStyle": {"borderRadius": [5, 5, 0, 0]},
                "data": list(values),
            }
            for name, values in series.items()
        ],
    }


def bars(
    names: Sequence[str], series: Mapping[str, Sequence[float]], *, stacked: bool = False
) -> dict[str, Any]:
    """Return the option of lying bars, the first name on top; several series stand side by side."""
    several = len(series) > 1
    shape: dict[str, Any] = {"stack": "all"} if stacked else {}
    return {
        **_frame(36 if several else 12),
        "legend": _legend() if several else {"show": False},
        "tooltip": {"trigger": "axis", "confine": True, "axisPointer": {"type": "shadow"}},
        "xAxis": {"type": "value"},
        "yAxis": _names(names),
        "series": [
            {
                "name": name,
                "type": "bar",
                "barCategoryGap": "32%",
                "barMaxWidth": 22,
                "itemStyle": {"borderRadius": 0 if stacked else [0, 4, 4, 0]},
                "data": list(values),
                **shape,
            }
            for name, values in series.items()
        ],
    }


def forest(
    rows: Sequence[Interval], label: str, *, reference: float | None = 0.0
) -> dict[str, Any]:
    """Return the option of points with their intervals, a row each, the first on top.

    Args:
        rows: what is compared.
        label: what is measured, in words.
        reference: where a line stands that nothing has moved from; None = no line.
    """
    drawn: list[list[float | str | None]] = []
    for one in rows:
        if one.low is not None and one.high is not None:
            # A gap after each pair, so that rows are not joined.
            drawn += [[one.low, one.name], [one.high, one.name], [None, one.name]]
    mark: dict[str, Any] = {} if reference is None else {
        "markLine": {
            "silent": True, "symbol": "none", "label": {"show": False}, "animation": False,
            "lineStyle": {"type": "dashed", "color": COLOURS[6]}, "data": [{"xAxis": reference}],
        }
    }  # fmt: skip
    return {
        **_frame(12),
        "legend": {"show": False},
        "tooltip": {"trigger": "item", "confine": True},
        "xAxis": {"type": "value", "scale": True},
        "yAxis": _names([one.name for one in rows]),
        "series": [
            {
                "name": label, "type": "line", "data": drawn, "showSymbol": True,
                "symbol": "rect", "symbolSize": [2, 11], "connectNulls": False, "silent": True,
                "lineStyle": {"width": 2.5, "color": COLOURS[0]},
                "itemStyle": {"color": COLOURS[0]}, **mark,
            },
            {
                "name": label, "type": "scatter", "symbol": "circle", "symbolSize": 10, "z": 3,
                "itemStyle": {"color": COLOURS[0], "borderColor": "#ffffff", "borderWidth": 1.5},
                "data": [[one.point, one.name] for one in rows],
            },
        ],
    }  # fmt: skip


def band(
    categories: Sequence[str], series: Sequence[Band], *, reference: float | None = None
) -> dict[str, Any]:
    """Return the option of lines with the interval around each; a reference line where asked."""
    made: list[dict[str, Any]] = []
    for place, one in enumerate(series):
        colour = COLOURS[place % len(COLOURS)]
        width = [None if low is None or high is None else high - low
                 for low, high in zip(one.low, one.high, strict=True)]  # fmt: skip
        # The area is stacked upon an invisible lower line; "all" stacks below zero too.
        soft: dict[str, Any] = {
            "type": "line", "stack": f"band{place}", "stackStrategy": "all", "symbol": "none",
            "silent": True, "lineStyle": {"opacity": 0}, "tooltip": {"show": False},
            "itemStyle": {"color": colour},
        }  # fmt: skip
        mark: dict[str, Any] = {}
        if reference is not None and place == 0:
            mark["markLine"] = {
                "silent": True, "symbol": "none", "label": {"show": False}, "animation": False,
                "lineStyle": {"type": "dashed", "color": COLOURS[6]},
                "data": [{"yAxis": reference}],
            }  # fmt: skip
        made += [
            {**soft, "data": list(one.low)},
            {**soft, "data": width, "areaStyle": {"opacity": 0.16, "color": colour}},
            {"name": one.name, "type": "line", "data": list(one.points), "symbolSize": 6,
             "showSymbol": len(categories) < 40, "lineStyle": {"width": 2.5, "color": colour},
             "itemStyle": {"color": colour}, **mark},
        ]  # fmt: skip
    return {
        **_frame(42),
        "legend": {**_legend(), "data": [one.name for one in series]},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "category", "boundaryGap": False, "data": list(categories)},
        "yAxis": {"type": "value", "scale": True},
        "series": made,
    }


def curve(
    series: Mapping[str, Sequence[tuple[float, float]]], *, steps: bool = False
) -> dict[str, Any]:
    """Return the option of lines through points (x, y) of numbers; `steps` as Kaplan and Meier."""
    shape: dict[str, Any] = {"step": "end"} if steps else {"smooth": 0.2, "smoothMonotone": "x"}
    return {
        **_frame(42),
        "legend": _legend(),
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "value", "scale": True},
        "yAxis": {"type": "value"},
        "series": [
            {
                "name": name, "type": "line", "symbol": "none", "lineStyle": {"width": 2.5},
                "data": [list(point) for point in points], **shape,
            }
            for name, points in series.items()
        ],
    }  # fmt: skip


def flow(links: Mapping[tuple[str, str], float], *, draggable: bool = False) -> dict[str, Any]:
    """Return the option of a Sankey: how much goes from what to what; it may hold no circle."""
    names = list(dict.fromkeys([one for one, _ in links] + [one for _, one in links]))
    # Words of the last column stand before it: beside it long ones would be cut off.
    ends = {target for _, target in links} - {source for source, _ in links}
    return {
        "color": list(COLOURS),
        "aria": {"enabled": True},
        "animation": False,
        "tooltip": {"trigger": "item", "confine": True},
        "series": [{
            "type": "sankey",
            "left": 8, "right": 8, "top": 12, "bottom": 12,
            "nodeGap": 14, "nodeWidth": 14, "draggable": draggable,
            "emphasis": {"focus": "adjacency"},
            "lineStyle": {"color": "gradient", "opacity": 0.35},
            "label": {"color": "inherit"},
            # Told here: by itself a colour would follow the amount, and change with every day.
            "data": [{"name": name, "itemStyle": {"color": COLOURS[place % len(COLOURS)]},
                      "label": {"position": "left" if name in ends else "right"}}
                     for place, name in enumerate(names)],
            "links": [
                {"source": source, "target": target, "value": round(amount, 2)}
                for (source, target), amount in links.items()
            ],
        }],
    }  # fmt: skip


def heat(
    across: Sequence[str], down: Sequence[str], cells: Sequence[tuple[int, int, float]]
) -> dict[str, Any]:
    """Return the option of a heat map; a cell is (place across, place down, figure)."""
    figures = [figure for _, _, figure in cells]
    least, most = min(figures, default=0.0), max(figures, default=1.0)
    return {
        **_frame(12),
        "grid": {"left": 8, "right": 14, "top": 12, "bottom": 44, "containLabel": True},
        "legend": {"show": False},
        "tooltip": {"confine": True},
        "visualMap": {
            "min": least, "max": most if most > least else least + 1, "calculable": False,
            "orient": "horizontal", "left": "center", "bottom": 0, "itemHeight": 120,
            "itemWidth": 12, "inRange": {"color": list(_HEAT)},
        },
        "xAxis": {"type": "category", "data": list(across)},
        "yAxis": _names(down),
        "series": [{
            "type": "heatmap",
            "itemStyle": {"borderColor": "#ffffff", "borderWidth": 1.5, "borderRadius": 3},
            "data": [list(cell) for cell in cells],
        }],
    }  # fmt: skip


def _frame(top: int) -> dict[str, Any]:
    """Return what every chart with axes has."""
    return {
        "color": list(COLOURS),
        "aria": {"enabled": True},
        "grid": {"left": 8, "right": 14, "top": top, "bottom": 4, "containLabel": True},
    }


def _legend() -> dict[str, Any]:
    """Return the legend, above on the right."""
    return {"right": 4, "top": 0, "icon": "roundRect", "itemWidth": 12, "itemHeight": 8}


def _names(names: Sequence[str]) -> dict[str, Any]:
    """Return an axis of names, the first on top."""
    return {
        "type": "category", "inverse": True, "data": list(names),
        "axisLabel": {"width": _NAME_WIDTH, "overflow": "truncate"},
    }  # fmt: skip
