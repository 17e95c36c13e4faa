"""Writes docs/reference/figures.md from the catalogue of metrics itself: `make reference`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from huiliu.kernel.texts import Text, render, text
from huiliu.metrics import GROUPS, METRICS
from huiliu.metrics.definition import define

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "figures.md"
_HEAD: Final = """\
# Figures: what every metric means

Written from the catalogue itself; the console (**Metrics**), `huiliu metric list --json` and
`GET /v1/metrics` say the same. Days are whole days by the brand's zone; every figure is counted for
each day and channel, and the days of a span become one figure by the formula. A share is shown with
n, its denominator, and the 95 % interval of Wilson. Money is of one currency, in major units.
Counted by position in the log, late events move the day on which they happened.

"""


def written() -> str:
    """Return the page."""
    parts = [_HEAD]
    for group, names in GROUPS.items():
        title = _both(text(f"console.figures.group.{group}"))
        parts.append(f"## {title}\n\n")
        parts += [_section(name) for name in names]
    return "".join(parts).rstrip() + "\n"


def _section(name: str) -> str:
    """Return the section of one metric."""
    found = define(METRICS[name])
    rows: list[tuple[str, Text]] = [("formula", found.formula), ("top", found.numerator)]
    if found.denominator is not None:
        rows.append(("bottom", found.denominator))
    rows += [("unit", found.unit), ("window", found.window)]
    lines = [f"| {_both(text(f'metrics.column.{word}'))} | {_both(said)} |" for word, said in rows]
    if found.settles is not None:
        lines.append(f"|  | {_both(found.settles)} |")
    what = text(f"metrics.{name}.what")
    return (
        f"### `{name}`\n\n**{_both(text(f'metrics.{name}'))}**: {_both(what)}\n\n"
        "| | |\n|---|---|\n" + "\n".join(lines) + "\n\n"
    )


def _both(said: Text) -> str:
    """Return a text in both languages."""
    return f"{render(said, 'en')} · {render(said, 'zh-CN')}"


if __name__ == "__main__":
    PAGE.write_text(written(), "utf-8")
