"""Writes the table of figures into docs/explanation/performance.md: `make figures`.

Reads build/bench-*.json, which `make bench SIZE=full` leaves.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "performance.md"
_PLACE = re.compile(r"(?<=<!-- figures -->\n).*(?=<!-- /figures -->)", re.DOTALL)
_HEAD = (
    "| bench | figure | bar | bare library, ratio | memory | what ran |\n"
    "|---|---|---|---|---|---|\n"
)


def table(found: list[dict[str, Any]]) -> str:
    """Return the figures as a Markdown table, with the machine below."""
    lines = [_line(one) for one in found]
    machine = found[0]["machine"]
    below = (
        f"\nMeasured on {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_gb']} GB, {machine['system']}, Python {machine['python']}.\n"
    )
    return _HEAD + "".join(lines) + below


def _line(one: dict[str, Any]) -> str:
    """Return one bench's line."""
    floor = f"{one['floor']:,} ({one['ratio']:.2f})" if one["floor"] else ""
    size = one["details"].get("size", "")
    ran = ", ".join(f"{k} {v:,}" if isinstance(v, int) else f"{k} {v}" for k, v in size.items()) \
        if isinstance(size, dict) else str(size)  # fmt: skip
    mark = "" if one["met"] else " (missed)"
    return (
        f"| [{one['bench']}](#{one['bench']}) | {one['figure']:,} {one['unit']}{mark} "
        f"| {one['bar']:,} | {floor} | {one['peak_memory_mb']:,} MB | {ran} |\n"
    )


def main() -> None:
    """Put the newest figures into the page."""
    files = sorted((ROOT / "build").glob("bench-*.json"))
    found = [json.loads(path.read_text("utf-8")) for path in files]
    page = PAGE.read_text("utf-8")
    PAGE.write_text(_PLACE.sub(lambda _: table(found), page), "utf-8")


if __name__ == "__main__":
    main()
