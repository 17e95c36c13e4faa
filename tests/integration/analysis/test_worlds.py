"""Worlds of which the truth is known, drawn and tried from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from huiliu.cli import run

WORLD = """\
huiliu: 1
kind: world
slug: posed
name: {en: Posed}
seed: 21
days: {channels: 5, least_visits: 8000, falls: [{channel: "*", day: 70, factor: 0.75}]}
cells: {before: 400000, after: 100000}
faults: [{name: cart-crash, step: cart, where: {os: ios}, factor: 0.5}]
experiments:
  - {name: nothing, people_a_day: 500, variants: [{name: a}, {name: b}]}
  - {name: losing, variants: [{name: a}, {name: b, lift: 0.2, lost: 0.1}, {name: c, share: 2}]}
paths: {people: 20000}
buyers: {people: 1000}
"""


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Return the file of a world."""
    path = tmp_path / "world.yaml"
    path.write_text(WORLD)
    return path


def test_every_method_is_held_against_the_truth_of_a_posed_world(
    world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All channels fall together: nothing is paused; a variant that loses people is blocked."""
    assert run(["world", "try", str(world), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)

    assert {one["right"] for one in found} == {True}
    said = {(one["method"], one["of"]): one["found"] for one in found}
    assert said["guard", "channel-2"] == "never"
    assert said["guard", "*"].startswith("day 7")
    assert said["drill", "cart-crash"] == "cart: os=ios"
    assert said["experiment", "losing: b, conversion"].startswith("blocked")
    assert ("experiment", "losing: c, revenue") in said
    assert len(found) == 5 + 1 + 1 + 2 + 4 + 4 + 1


def test_a_drawn_world_is_read_by_every_command_and_is_the_same_again(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two folders of one seed hold the same bytes, and the formats are those of the methods."""
    for name in ("one", "two"):
        assert run(["world", "draw", str(world), "-o", str(tmp_path / name)]) == 0
    files = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()}
    capsys.readouterr()

    asked = {
        "days.csv": ["guard"], "cells-01.csv": ["drill"], "paths.csv": ["attribution"],
        "experiments.csv": ["experiment", "analyse"], "purchases.csv": ["rfm"],
    }  # fmt: skip
    for name, words in asked.items():
        assert run([*words, str(tmp_path / "one" / name), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)
    truth = json.loads(files["truth.json"])
    assert truth["experiments"][3]["conversion"] == pytest.approx(0.06)
    assert sum(truth["paths"]["removal_share"].values()) == pytest.approx(1)
    assert set(files) == {*asked, "truth.json"}


def test_a_world_that_cannot_be_is_refused_with_every_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is drawn of it; a file in place of a folder is refused as well."""
    path = tmp_path / "bad.yaml"
    path.write_text(WORLD + "people: {buys: 7}\nnonsense: 1\n")
    assert run(["world", "draw", str(path), "-o", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "people.buys" in told
    assert "nonsense" in told
    assert not (tmp_path / "out").exists()
    assert run(["world", "draw", "-o", str(path)]) == 2
