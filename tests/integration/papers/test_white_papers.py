"""A quarter's white paper: what it says of known events, once, the same, and kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import BRAND
from tests.integration.people import event, log
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.errors import BadInput, NotFound, Unavailable
from huiliu.kernel.times import DAY, as_instant
from huiliu.ports.world import World
from huiliu.printers.paper_folder import PaperFolder
from huiliu.printers.white_paper import Printer
from huiliu.reports.paper import Chart, Paper, Section, Table, Tiles, Words
from huiliu.reports.quarter import Quarter
from huiliu.services.white_paper import SECTIONS, white_paper
from huiliu.services.white_papers import (
    ask_white_paper,
    list_white_papers,
    make_white_papers,
    open_white_papers,
    read_white_paper,
    white_paper_file,
)
from huiliu.stores.clock import SimulatedClock

_Q3 = Quarter(2026, 3)
_JULY = as_instant("2026-07-10T04:00:00Z") or 0


class _Press:
    """A press that is out of order as long as it is told so."""

    def __init__(self) -> None:
        """Work."""
        self.is_broken = False

    def print(self, paper: Paper) -> bytes:
        """Print, or say that it cannot."""
        if self.is_broken:
            raise Unavailable("press", "out of order")
        return f"%PDF- {paper.quarter} {paper.locale} {paper.version}".encode()


@pytest.fixture
def press() -> _Press:
    """Lend a press."""
    return _Press()


@pytest.fixture
def house(world: World, tmp_path: Path, press: _Press) -> Iterator[World]:
    """Give a world with a warehouse, a press and a folder for papers."""
    with with_warehouse(world, tmp_path) as opened:
        yield replace(opened, press=press, archive=PaperFolder(tmp_path / "papers"))


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let papers have two sections, where what stands in them does not matter."""
    kept = {name: SECTIONS[name] for name in ("summary", "method")}
    monkeypatch.setattr("huiliu.services.white_paper.SECTIONS", kept)
    return list(kept)


def _buy(world: World, n: int = 60) -> None:
    """Let people buy in the second, third and fourth quarter: orders and nothing else."""
    events = []
    for who in range(n):
        for nth, at in enumerate((_JULY - 30 * DAY, _JULY + who * DAY, _JULY + 100 * DAY)):
            if nth == 0 and who % 3:
                continue
            about = {"order_id": f"{who}-{nth}", "total": 100 + who, "currency": "CNY"}
            events.append(event(f"user_id:u{who}", name="Order Paid", at=at, properties=about))
    log(world, *events)
    settle(world)


def _section(paper: Paper, name: str) -> Section:
    """Return one section."""
    return next(one for one in paper.sections if one.name == name)


def _words(section: Section, tone: str) -> list[str]:
    """Return the words of one tone in a section."""
    return [one.words for one in section.blocks if isinstance(one, Words) and one.tone == tone]


def test_a_brand_with_orders_alone_gets_a_paper_without_empty_tables(house: World) -> None:
    """Every section is there: with figures, or with words on what is not known."""
    _buy(house)

    paper = white_paper(house, BRAND, _Q3, "zh-CN")

    assert [one.name for one in paper.sections] == list(SECTIONS)
    for section in paper.sections:
        assert section.blocks, section.name
        assert all(one.rows for one in section.blocks if isinstance(one, Table)), section.name
    assert _words(_section(paper, "targets"), "unknown")
    assert _words(_section(paper, "limits"), "unknown")
    tiles = next(one for one in _section(paper, "summary").blocks if isinstance(one, Tiles))
    # 60 people each paid 100 + who once in the quarter.
    assert [one.value for one in tiles.tiles] == ["¥7,770", "60", "¥130", "0.0%"]
    # A third of them had bought in the quarter before: 40 are new, and their revenue is compared.
    assert "40" in tiles.tiles[1].beneath
    assert tiles.origin.n == 60


def test_a_paper_of_a_quarter_does_not_change_with_what_happens_later(house: World) -> None:
    """Asked days later, with more events of later days, it is the same file, byte by byte."""
    _buy(house)
    first = Printer().print(white_paper(house, BRAND, _Q3, "en"))
    about = {"order_id": "late", "total": 5000, "currency": "CNY"}
    log(house, event("user_id:u1", name="Order Paid", properties=about))
    settle(house)
    assert isinstance(house.clock, SimulatedClock)
    house.clock.advance(3 * DAY)

    assert Printer().print(white_paper(house, BRAND, _Q3, "en")) == first


@pytest.mark.usefixtures("brief")
def test_a_quarter_is_compared_only_where_all_of_the_one_before_is_known(house: World) -> None:
    """Three weeks of a quarter are no quarter: no change is told, and the paper says why."""
    _buy(house)
    summary = _section(white_paper(house, BRAND, _Q3, "en"), "summary")
    tiles = next(one for one in summary.blocks if isinstance(one, Tiles))
    assert {one.change for one in tiles.tiles} == {""}
    assert "2026Q2" in _words(summary, "note")[0]

    about = {"order_id": "first", "total": 100, "currency": "CNY"}
    spring = _JULY - 99 * DAY
    log(house, event("user_id:u1", name="Order Paid", at=spring, properties=about))
    settle(house)

    summary = _section(white_paper(house, BRAND, _Q3, "en"), "summary")
    tiles = next(one for one in summary.blocks if isinstance(one, Tiles))
    assert all(one.change for one in tiles.tiles)
    assert not _words(summary, "note")
    # Shares differ by points.
    assert tiles.tiles[3].change.endswith(" pp")


def test_no_month_after_the_quarter_is_among_the_months_of_return(
    house: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes back in October is no news of September."""
    monkeypatch.setattr("huiliu.services.white_paper.SECTIONS", {"people": SECTIONS["people"]})
    events = []
    for who in range(160):
        first = _JULY + (who % 4 - 2) * 30 * DAY
        for nth, at in enumerate((first, first + 31 * DAY, _JULY + 100 * DAY)):
            about = {"order_id": f"{who}-{nth}", "total": 100, "currency": "CNY"}
            events.append(event(f"user_id:u{who}", name="Order Paid", at=at, properties=about))
    log(house, *events)
    settle(house)

    blocks = white_paper(house, BRAND, _Q3, "en").sections[0].blocks
    heat = [one for one in blocks if isinstance(one, Chart) and "visualMap" in one.option]

    assert len(heat) == 1
    assert heat[0].option["xAxis"]["data"] == [
        "month 1", "month 2", "month 3", "month 4",
    ]  # fmt: skip


@pytest.mark.usefixtures("brief")
def test_what_comes_late_into_a_quarter_is_another_version(house: World) -> None:
    """The data version tells that there is more to know."""
    _buy(house)
    before = white_paper(house, BRAND, _Q3, "en").version
    about = {"order_id": "found", "total": 1, "currency": "CNY"}
    log(house, event("user_id:u1", name="Order Paid", at=_JULY, properties=about))
    settle(house)

    assert white_paper(house, BRAND, _Q3, "en").version != before


def test_a_quarter_that_lasts_says_so_and_an_empty_brand_gets_a_paper_too(house: World) -> None:
    """Nothing happened ever: the paper says what is missing instead of failing."""
    settle(house)

    paper = white_paper(house, BRAND, Quarter(2026, 4), "en")

    summary = _section(paper, "summary")
    assert _words(summary, "warning")
    assert _words(summary, "unknown")
    assert Printer().print(paper)[:5] == b"%PDF-"


def test_after_a_quarters_end_the_papers_are_made_once_and_told_of_once(
    house: World, brief: list[str]
) -> None:
    """Both languages, one notice; looking again makes nothing, and the files can be read."""
    _buy(house)

    assert open_white_papers(house, 1) == 2
    assert open_white_papers(house, 1) == 0
    assert [make_white_papers(house, 1) for _ in range(3)] == [1, 1, 0]
    assert open_white_papers(house, 1) == 0

    rows = list_white_papers(house, BRAND)
    assert {(one.quarter, one.locale, one.state, one.edition) for one in rows} == {
        ("2026Q3", "zh-CN", "ready", 1), ("2026Q3", "en", "ready", 1),
    }  # fmt: skip
    row, made = white_paper_file(house, BRAND, rows[0].paper_id)
    assert made.startswith(b"%PDF-")
    assert row.n_bytes == len(made)
    told: Any = read_white_paper(house, BRAND, rows[0].paper_id)[1]
    assert [one["name"] for one in told["sections"]] == brief
    with house.store.transaction(BRAND) as tx:
        notices = tx.notices.page(BRAND, 1, None, 10)
    assert [one.kind for one in notices] == ["white_paper_ready"]


def test_nothing_is_made_by_itself_of_a_quarter_without_events_or_just_over(
    house: World, clock: SimulatedClock
) -> None:
    """A brand without a past gets none; neither does anybody in the first hours of a quarter."""
    settle(house)
    assert open_white_papers(house, 1) == 0
    _buy(house)
    clock.set(as_instant("2026-12-31T17:00:00Z") or 0)
    assert open_white_papers(house, 1) == 0
    clock.set(as_instant("2026-12-31T23:00:00Z") or 0)
    assert open_white_papers(house, 1) == 2


@pytest.mark.usefixtures("brief")
def test_a_press_out_of_order_is_tried_again_and_given_up_at_last(
    house: World, press: _Press, clock: SimulatedClock
) -> None:
    """Whoever asks twice waits for the same one; in the end its state says what was wrong."""
    _buy(house)
    press.is_broken = True
    row = ask_white_paper(house, BRAND, "2026q3", "en", "kim@example.com")
    assert ask_white_paper(house, BRAND, "2026Q3", "en", "lee@example.com") == row

    assert make_white_papers(house, 1) == 1
    assert make_white_papers(house, 1) == 0
    (waits,) = list_white_papers(house, BRAND)
    assert (waits.state, waits.fault) == ("asked", "unavailable")
    for _ in range(3):
        # Three makers that are killed.
        clock.advance(DAY)
        with house.store.system() as tx:
            assert tx.white_papers.claim(clock.now(), clock.now() + 1)
    clock.advance(DAY)
    assert make_white_papers(house, 1) == 1
    (failed,) = list_white_papers(house, BRAND)
    assert (failed.state, failed.fault, failed.tries) == ("failed", "unavailable", 5)
    with pytest.raises(NotFound):
        white_paper_file(house, BRAND, failed.paper_id)

    press.is_broken = False
    again = ask_white_paper(house, BRAND, "2026Q3", "en", "kim@example.com")
    assert again.edition == 2
    assert make_white_papers(house, 1) == 1
    assert white_paper_file(house, BRAND, again.paper_id)[0].asked_by == "kim@example.com"


@pytest.mark.usefixtures("brief")
def test_a_paper_whose_maker_was_killed_is_made_by_the_next(
    house: World, clock: SimulatedClock
) -> None:
    """A claim runs out; the slower maker writes nothing over the faster one's work."""
    _buy(house)
    ask_white_paper(house, BRAND, "2026Q3", "en", "kim@example.com")
    with house.store.system() as tx:
        lost = tx.white_papers.claim(clock.now(), clock.now() + DAY)
    assert lost is not None
    assert make_white_papers(house, 1) == 0
    clock.advance(2 * DAY)
    assert make_white_papers(house, 1) == 1

    with house.store.transaction(BRAND) as tx:
        assert not tx.white_papers.finish(lost)
    (row,) = list_white_papers(house, BRAND)
    assert (row.state, row.tries) == ("ready", 2)


def test_a_paper_that_kills_every_maker_is_given_up(house: World, clock: SimulatedClock) -> None:
    """It does not hold up the others for ever, and its state says that it came to nothing."""
    ask_white_paper(house, BRAND, "2026Q3", "en", "kim@example.com")
    for _ in range(5):
        with house.store.system() as tx:
            assert tx.white_papers.claim(clock.now(), clock.now() + 1)
        clock.advance(DAY)
    assert make_white_papers(house, 1) == 1
    (row,) = list_white_papers(house, BRAND)
    assert (row.state, row.fault) == ("failed", "stopped")
    assert make_white_papers(house, 1) == 0


@pytest.mark.parametrize(
    ("quarter", "locale"), [("2027Q1", "en"), ("Q3", "en"), ("2026Q3", "fr"), ("", "")]
)
def test_what_cannot_be_asked_for_is_refused(house: World, quarter: str, locale: str) -> None:
    """A quarter to come, no quarter, and a language that nobody wrote."""
    with pytest.raises(BadInput):
        ask_white_paper(house, BRAND, quarter, locale, "kim@example.com")
