"""Draws charts as SVG with the ECharts that the console ships, in a small JavaScript engine.

The option is the page's, so the printed picture is the page's too. The engine has no clock that a
chart could ask, no network and no files; a picture of the same option is the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from threading import Lock
from typing import Any, Final

import quickjs

from huiliu.printers.typesetting import FONT

__all__ = ["Draughtsman"]

_MOST_MEMORY: Final = 512 * 1024 * 1024
_MOST_SECONDS: Final = 20
_INK, _PALE, _GRID = "#334155", "#64748b", "#e2e8f0"
#: What a browser has and ECharts asks for when it begins; nothing here ever runs later.
_GROUND: Final = """
globalThis.setTimeout = () => 0; globalThis.clearTimeout = () => {};
globalThis.console = {log() {}, warn() {}, error() {}};
"""
_DRAW: Final = """
function draw() {
  const how = {renderer: 'svg', ssr: true, width: width, height: height};
  const chart = echarts.init(null, null, how);
  chart.setOption(JSON.parse(option));
  const made = chart.renderToSVGString();
  chart.dispose();
  return made;
}
"""
#: ECharts numbers its clips and gradients on and on, so the same picture would differ.
_NUMBERED: Final = re.compile(r"zr\d+-([a-z]+)(\d+)")
#: How a picture answers a mouse: nothing for paper.
_STYLE: Final = re.compile(r"<style >.*?</style>|(?<=[\" ]) ?class=\"zr[^\"]*\"", re.DOTALL)


class Draughtsman:
    """Draws one picture after the other; starting it takes a fifth of a second."""

    def __init__(self) -> None:
        """Load ECharts."""
        self._context = quickjs.Context()
        self._context.set_memory_limit(_MOST_MEMORY)
        self._context.set_time_limit(_MOST_SECONDS)
        self._lock = Lock()
        self._context.eval(_GROUND)
        place = files("huiliu") / "web" / "static" / "vendor" / "echarts.min.js"
        self._context.eval(place.read_text("utf-8"))
        self._context.eval(_DRAW)

    def draw(self, option: Mapping[str, Any], width: int, height: int) -> str:
        """Return an option as SVG, in the colours of paper and our font."""
        with self._lock:
            self._context.set("option", json.dumps(_themed(option), allow_nan=False))
            self._context.set("width", width)
            self._context.set("height", height)
            # Joined from a copy: strings that the engine keeps in pieces do not come across.
            drawn = str(self._context.eval("draw().split('').join('')"))
        return _settled(drawn)


def _settled(drawn: str) -> str:
    """Return a picture whose names within are numbered from nought."""
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        """Return the number that a name gets."""
        return names.setdefault(found[0], f"p{len(names)}-{found[1]}")

    return _NUMBERED.sub(name, _STYLE.sub("", drawn))


def _themed(option: Mapping[str, Any]) -> dict[str, Any]:
    """Return an option for paper: no motion, dark ink, thin lines of a grid."""
    font = {"fontFamily": FONT, "color": _INK, "fontSize": 12}
    made = dict(option)
    made |= {"animation": False, "textStyle": font, "backgroundColor": "transparent"}
    made.pop("tooltip", None)
    if "legend" in made:
        # Letters are a little wider on paper than the engine believes.
        made["legend"] = {**made["legend"], "textStyle": {**font, "fontSize": 11}, "itemGap": 26}
    for name in ("xAxis", "yAxis"):
        if name in made:
            made[name] = _axis(made[name])
    return made


def _axis(axis: Mapping[str, Any]) -> dict[str, Any]:
    """Return an axis for paper."""
    is_value = axis.get("type") == "value"
    label = {"color": _PALE, "fontFamily": FONT, "fontSize": 11, **axis.get("axisLabel", {})}
    return {
        "axisTick": {"show": False},
        "axisLine": {"show": not is_value, "lineStyle": {"color": "#cbd5e1"}},
        "splitLine": {"show": is_value,
                      "lineStyle": {"color": _GRID, "type": "dashed"}},
        **axis, "axisLabel": label,
    }  # fmt: skip
