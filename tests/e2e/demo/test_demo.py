"""`huiliu demo` gives the same history for the same seed, through real doors and sinks."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest


def demo(folder: Path, *words: str) -> dict[str, object]:
    """Run a demo without its console and return its summary."""
    done = subprocess.run(
        [sys.executable, "-m", "huiliu", "demo", "--no-serve", "--json",
         "--instance", str(folder), *words],
        check=False, capture_output=True, text=True, timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "leaked" not in done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def shop_day() -> str:
    """Return which day it is on the shop's clock."""
    return f"{dt.datetime.now(ZoneInfo('Asia/Shanghai')):%F}"


def test_the_same_seed_gives_the_same_summary_and_nobody_gets_a_message_twice(
    tmp_path: Path,
) -> None:
    """All but the seconds; the second run makes the first one's folder anew."""
    size = ("--people", "200", "--days", "14", "--seed", "11")

    first: dict[str, object] = {}
    second: dict[str, object] = {}
    # A demo ends with the shop's last midnight: two that have another one between them differ.
    begun_on = ""
    while begun_on != shop_day():
        begun_on = shop_day()
        first, second = demo(tmp_path / "demo", *size), demo(tmp_path / "demo", *size)

    assert first.pop("seconds") is not None
    del second["seconds"]
    assert first == second
    assert first["people"] == 200
    assert first["duplicates"] == 0
    assert set(first) >= {
        "people", "events", "journeys_entered", "messages_delivered", "not_sent", "duplicates",
        "conversions",
    }  # fmt: skip
    for name in ("events", "journeys_entered", "messages_delivered"):
        assert int(str(first[name])) > 0
    not_sent = first["not_sent"]
    assert isinstance(not_sent, dict)
    assert not_sent["address_missing"] > 0


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    """The demo makes its own folder anew, never somebody's instance."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", "utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "huiliu", "demo", "--no-serve", "--json",
         "--instance", str(tmp_path / "mine")],
        check=False, capture_output=True, text=True, timeout=300,
    )  # fmt: skip

    assert done.returncode == 2
    assert (tmp_path / "mine" / "letter.txt").read_text("utf-8") == "dear"


@pytest.mark.parametrize("words", [("--people", "0"), ("--days", "100000")])
def test_a_world_that_cannot_be_is_bad_input(tmp_path: Path, words: tuple[str, str]) -> None:
    """The bounds are told before anything is made."""
    done = subprocess.run(
        [sys.executable, "-m", "huiliu", "demo", "--instance", str(tmp_path / "demo"), *words],
        check=False, capture_output=True, text=True, timeout=300,
    )  # fmt: skip

    assert done.returncode == 2
    assert words[0] in done.stderr
    assert not (tmp_path / "demo").exists()


def test_the_console_is_left_running_at_the_printed_address(tmp_path: Path) -> None:
    """The address and a sign-in are printed, the console answers, SIGTERM ends it all."""
    running = subprocess.Popen(
        [sys.executable, "-m", "huiliu", "demo", "--people", "30", "--days", "2",
         "--instance", str(tmp_path / "demo")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert running.stderr is not None
        words: list[str] = []
        for line in running.stderr:
            words = line.replace("；", " ").replace(";", " ").replace("，", " ").split()
            if any("admin@huiliu.example" in word for word in words):
                break
        address = next(word for word in words if word.startswith("http://"))
        for line in running.stderr:
            if address in line:  # `serve` says that it is ready
                break
        with urllib.request.urlopen(f"{address}/readyz", timeout=120) as answer:
            assert answer.status == 200
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=120)
    assert running.returncode == 0
