"""Chart options are built here, so that the browser and the printers draw the same picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

__all__ = ["COLOURS", "columns", "lines"]

#: Told apart by people who see colours differently, and readable on light and dark.
COLOURS: Final = ("#5b5bf0", "#10b28c", "#f59e0b", "#ec4899", "#0ea5e9", "#8b5cf6", "#64748b")


def lines(categories: Sequence[str], series: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return the option of a chart with a soft area under each line."""
    return {
        "color": list(COLOURS),
        "aria": {"enabled": True},
        "grid": {"left": 8, "right": 14, "top": 42, "bottom": 4, "containLabel": True},
        "legend": {"right": 4, "top": 0, "icon": "roundRect", "itemWidth": 12, "itemHeight": 8},
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
        "color": list(COLOURS),
        "aria": {"enabled": True},
        "grid": {"left": 8, "right": 14, "top": 18, "bottom": 4, "containLabel": True},
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
