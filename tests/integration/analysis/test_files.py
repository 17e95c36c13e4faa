"""`huiliu experiment|attribution|rfm|clv|guard|drill` on files, as an analyst calls them."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from huiliu.cli import run

SHARED = Path(__file__).parents[4] / "shared" / "data"

#: Every verb, a file that it reads, and one in which something is wrong on line 3.
FILES = {
    "experiment analyse": (
        "Experiment,variant,metric,n,sum,sum_squares\nm,a,o,100,10,10\nm,b,o,100,20,20\n",
        "experiment,variant,metric,n,sum,sum_squares\nm,a,o,100,10,10\nm,b,o,-3,20,2\n",
    ),
    "attribution": (
        "path,conversions,value,nulls\na > b,2,10,1\nb,1,5,0\n",
        "path,conversions,value,nulls\na > b,2,10,1\n > ,1,x,0\n",
    ),
    "rfm": (
        "customer,time,amount\na,2026-01-02,10\nb,2026-01-03T10:00:00,-5\nb,2026-01-04,7\n",
        "customer,time,amount\na,2026-01-02,10\n,sometime,x\n",
    ),
    "clv": (
        "customer,time,amount\na,2026-01-02,10\nb,2026-01-03,5\n",
        "customer,time,amount\na,2026-01-02,10\nb,2026-13-03,5\n",
    ),
    "guard": (
        "day,channel,n,conversions\n2026-01-01,push,100,3\n2026-01-02,push,100,4\n",
        "day,channel,n,conversions\n2026-01-01,push,100,3\n2026-01-02,push,100,400\n",
    ),
    "drill": (
        "os,before_n,before_x,after_n,after_x\nios,100,50,100,10\nandroid,100,50,100,50\n",
        "os,before_n,before_x,after_n,after_x\nios,100,50,100,10\nandroid,1,50,100,50\n",
    ),
}  # fmt: skip


def told(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> Any:
    """Return the JSON of a command that went well."""
    assert run([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("verb", FILES)
def test_a_good_file_is_read_and_told_in_words_and_as_json(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In both languages of the command line, without an instance."""
    file = tmp_path / "figures.csv"
    file.write_text(FILES[verb][0], "utf-8")
    words = [*verb.split(), str(file)]
    assert told(words, capsys)
    assert run(words) == 0
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("verb", FILES)
def test_a_bad_cell_is_told_with_its_line_and_nothing_else_is_printed(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, the line on standard error, nothing on standard output."""
    file = tmp_path / "figures.csv"
    file.write_text(FILES[verb][1], "utf-8")
    assert run([*verb.split(), str(file)]) == 2
    shown = capsys.readouterr()
    assert "3" in shown.err
    assert not shown.out


@pytest.mark.parametrize("verb", FILES)
def test_a_file_without_the_columns_says_which_are_missing(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The columns that are there and those that are needed stand in the message."""
    file = tmp_path / "figures.csv"
    file.write_text("when,what\n1,2\n", "utf-8")
    assert run([*verb.split(), str(file)]) == 2
    assert "when" in capsys.readouterr().err
    assert run([*verb.split(), str(tmp_path / "none.csv")]) == 3


def test_only_the_last_time_of_an_experiment_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows with a time are totals since the beginning, in any order; fewer people are refused."""
    file = tmp_path / "looks.csv"
    head = "experiment,variant,metric,n,sum,sum_squares,time,share\n"
    file.write_text(
        head + "m,a,o,500,60,60,2026-02-02,2\nm,b,o,300,60,60,2026-02-02,1\n"
        "m,a,o,100,10,10,2026-02-01,2\nm,b,o,40,5,5,2026-02-01,1\n", "utf-8",
    )  # fmt: skip
    (one,) = told(["experiment", "analyse", str(file)], capsys)
    assert one["n"] == [500, 300]
    assert one["srm_p"] == pytest.approx(0.0124, abs=2e-3)
    file.write_text(head + "m,a,o,500,60,60,2026-02-01,\nm,a,o,50,6,6,2026-02-02,\n", "utf-8")
    assert run(["experiment", "analyse", str(file)]) == 2
    assert "2026" not in capsys.readouterr().out


def test_who_is_alone_in_an_experiment_is_named_and_the_others_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error, so that the JSON stays what it is; looks may be numbered."""
    file = tmp_path / "alone.csv"
    file.write_text(
        "experiment,variant,metric,n,sum,sum_squares,time\nm,a,o,10,5,5,9\nm,b,o,10,5,5,10\n"
        "solo,quiet,o,10,5,5,9\n", "utf-8",
    )  # fmt: skip
    assert run(["experiment", "analyse", str(file), "--json"]) == 0
    shown = capsys.readouterr()
    assert [one["experiment"] for one in json.loads(shown.out)] == ["m"]
    assert "solo" in shown.err
    assert "quiet" in shown.err


@pytest.mark.parametrize("days", [("20260131", "20260201"), ("2026/1/31", "2026/2/1")])
def test_dates_are_read_as_spreadsheets_and_other_programs_write_them(
    days: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The day after 31 January is one day later, not seventy: what is usual is still known."""
    rows = [f"2026/1/{day},app,20000,{600 + day}" for day in range(23, 31)]
    rows += [f"{days[0]},app,20000,600", f"{days[1]},app,20000,100"]
    file = tmp_path / "days.csv"
    file.write_text("day,channel,n,conversions\n" + "\n".join(rows), "utf-8")
    found = told(["guard", str(file)], capsys)
    assert (found[-1]["day"], found[-1]["verdict"]) == (days[1], "pause")


def test_a_plan_says_how_many_people_and_how_long(capsys: pytest.CaptureFixture[str]) -> None:
    """People for an effect, and the effect for those people, agree."""
    found = told(
        ["experiment", "plan", "--rate", "0.03", "--effect", "0.1", "--daily", "9000"], capsys
    )
    assert found["days"] == -(-found["people"] // 9000)
    again = told(["experiment", "plan", "--rate", "0.03", "--people", str(found["people"])], capsys)
    assert again["least_effect"] == pytest.approx(0.1, rel=1e-3)
    assert run(["experiment", "plan", "--rate", "3"]) == 2


@pytest.mark.shared_data
def test_cdnow_has_its_published_models(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """BG/NBD of Fader, Hardie and Lee (2005), and Gamma-Gamma of 946 repeat buyers."""
    file = tmp_path / "cdnow.csv"
    with file.open("w", encoding="utf-8") as out:
        out.write("customer,time,amount\n")
        for line in (SHARED / "cdnow" / "CDNOW_sample.txt").read_text("utf-8").splitlines():
            customer, _, day, _, amount = line.split()
            out.write(f"{customer},{day[:4]}-{day[4:6]}-{day[6:]},{amount}\n")
    found = told(["clv", str(file), "--until", "1997-09-30"], capsys)
    assert found["model"] == "bg-nbd"
    assert found["log_likelihood"] == pytest.approx(-9582.4292, abs=1e-3)
    assert [found["parameters"][name] for name in ("r", "alpha", "a", "b")] == pytest.approx(
        [0.24259, 4.41360, 0.79292, 2.42591], abs=2e-4
    )
    assert [found["spend"][name] for name in ("p", "q", "gamma")] == pytest.approx(
        [6.24957, 3.74422, 15.44352], abs=2e-3
    )


@pytest.mark.shared_data
def test_paths_have_their_published_shares(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """10,000 paths of 12 channels, under the columns of the library that ships them."""
    (packed,) = (SHARED / "channel_attribution").iterdir()
    data = packed.read_bytes()
    file = tmp_path / "paths.csv"
    file.write_bytes(gzip.decompress(data) if packed.suffix == ".gz" else data)
    found = told(["attribution", str(file)], capsys)
    assert {name: found[name]["alpha"] for name in found if name != "shapley"} == pytest.approx({
        "first": 6308, "last": 8447, "linear": 7574.7186, "time_decay": 8046.628,
        "position": 7444.8238, "markov": 5344.9477,
    }, abs=1e-3)  # fmt: skip
    worth = told(["attribution", str(file), "--value"], capsys)
    assert sum(worth["shapley"].values()) == pytest.approx(74_802.97, abs=0.1)


@pytest.mark.shared_data
def test_labelled_incidents_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the 38 real incidents at least 24 causes come first, and 29 among three."""
    first = among = 0
    for name, at, cause in _incidents():
        file = tmp_path / f"{name}.csv"
        _write_incident(file, name, at)
        places = [
            {key: str(value) for key, value in one["where"].items()}
            for one in told(["drill", str(file)], capsys)
        ]
        first += places[:1] == [cause]
        among += cause in places
    assert first >= 24
    assert among >= 29


def _incidents() -> list[tuple[str, int, dict[str, str]]]:
    """Return name, minute and true cause of each labelled incident."""
    found: list[tuple[str, int, dict[str, str]]] = []
    name, at = "", 0
    for line in (SHARED / "root_cause" / "incidents.yaml").read_text("utf-8").splitlines():
        key, _, value = line.strip("- ").partition(": ")
        if key == "data":
            name = value.strip()
        elif key == "timestamp":
            at = int(value)
        elif key == "cause":
            cause = value.strip().strip("{}").replace("'", "")
            pairs = (one.split(":") for one in cause.split(","))
            found.append((name, at, {first.strip(): rest.strip() for first, rest in pairs}))
    return found


def _write_incident(file: Path, name: str, at: int) -> None:
    """Write the hour before an incident and its minute as the drill-down reads them."""
    cells: dict[tuple[str, ...], list[float]] = {}
    dimensions: list[str] = []
    with gzip.open(SHARED / "root_cause" / f"{name}.csv.gz", "rt", encoding="utf-8") as packed:
        for row in csv.DictReader(packed):
            dimensions = [one for one in row if one not in {"min", "value", "cnt"}]
            minute = int(row["min"])
            if at - 3600 <= minute <= at:
                held = cells.setdefault(tuple(row[one] for one in dimensions), [0.0] * 4)
                place = 2 if minute == at else 0
                held[place] += float(row["cnt"])
                held[place + 1] += float(row["value"])
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([*dimensions, "before_n", "before_x", "after_n", "after_x"])
        writer.writerows([*key, *figures] for key, figures in cells.items())


def test_what_is_wrong_with_a_report_has_its_exit_code(tmp_path: Path) -> None:
    """The verb `report` is told its faults as every other."""
    wanted = ["report", "white-paper", "-o", str(tmp_path / "paper.pdf")]
    assert run([*wanted, "--quarter", "Q9"]) == 2
