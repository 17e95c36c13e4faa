"""Charts and pages on paper: the same paper is the same file, and nothing typed is markup."""

from __future__ import annotations

from huiliu.printers.charts import Draughtsman
from huiliu.printers.white_paper import Printer
from huiliu.reports.charts import Interval, bars, flow, forest, lines
from huiliu.reports.paper import (
    Cell,
    Chart,
    Column,
    Findings,
    Origin,
    Paper,
    Section,
    Table,
    Tile,
    Tiles,
    Words,
    data_version,
)

_FROM = Origin("huiliu metric show gmv", "Wilson", 1200)
_WORDS = {
    name: f"{name} {{n}} {{all}}"
    for name in (
        "figure", "table", "query", "method", "version", "days", "page", "contents", "snapshot",
        "quarter", "zone", "zone-label", "currency", "currency-label",
    )
}  # fmt: skip


def _paper(name: str = "APP") -> Paper:
    """Return a small paper with one of everything."""
    blocks = (
        Words("*stars* #let x = 1 $ \\", "warning"),
        Findings(["one", "two"]),
        Tiles([Tile("GMV", "¥3.24M", "n = 12", "+1.0%", "good")] * 5, _FROM),
        Table("t", [Column("c", False), Column("n")],
              [[name, Cell("1.0%", "0.5% ~ 1.5%")], ["sum", "2"]], _FROM, has_total=True),
        Chart("half", lines(["1", "2"], {name: [1.0, 2.0]}), _FROM, 0.5, is_half=True),
        Chart("half", bars([name], {"a": [1.0], "b": [2.0]}), _FROM, 0.5, is_half=True),
        Chart("whole", flow({(name, "b"): 1.0}), _FROM),
    )  # fmt: skip
    sections = [Section("summary", "Summary", blocks, "lead"), Section("method", "M", [])]
    return Paper("White paper", "Brand", "2026Q3", "zh-CN", "07-01 – 09-30", "12 events",
                 data_version(sections, "12"), sections, _WORDS)  # fmt: skip


def test_the_same_paper_is_the_same_file() -> None:
    """Two presses print the same bytes; another figure is another file and another version."""
    first, second = Printer().print(_paper()), Printer().print(_paper())

    assert first[:5] == b"%PDF-"
    assert first == second
    assert _paper("门店").version != _paper().version
    assert Printer().print(_paper("门店")) != first


def test_a_picture_is_the_same_however_many_were_drawn_before_it() -> None:
    """Numbers that ECharts gives its clips are counted from nought in each picture."""
    option = forest([Interval("微信", 0.1, 0.0, 0.2)], "lift")
    draughtsman = Draughtsman()
    first = draughtsman.draw(option, 400, 200)
    draughtsman.draw(lines(["a"], {"x": [1.0]}), 300, 200)

    assert draughtsman.draw(option, 400, 200) == first
    assert Draughtsman().draw(option, 400, 200) == first
    assert first.startswith("<svg")
    assert "微信" in first
