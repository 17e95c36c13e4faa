"""`huiliu segment` as a marketer meets it: files, moments, and what goes wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.integration.people import NOW, event

from huiliu.bootstrap import make_instance, open_instance
from huiliu.cli import run
from huiliu.kernel.events import Flag
from huiliu.kernel.times import show_instant

BUYERS = """
huiliu: 1
kind: segment
slug: buyers
name: {zh-CN: 买过, en: Buyers}
where: {did: Order Paid}
"""


def test_a_moment_without_an_offset_is_utc_as_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--at` reads a date as conditions and `journey run --over` do, whatever the brand's zone."""
    instance = make_instance(tmp_path / "shop").root
    with open_instance(instance) as house, house.world.store.system() as tx:
        tx.log.append([event("user_id:ada", name="Order Paid", at=NOW, flags=Flag.HISTORICAL)])
    file = tmp_path / "buyers.yaml"
    file.write_text(BUYERS, "utf-8")
    moment = show_instant(NOW).removesuffix("Z")

    def count(at: str) -> object:
        words = ["segment", "count", str(file), "--at", at, "--instance", str(instance), "--json"]
        code = run(words)
        return code, json.loads(capsys.readouterr().out)

    assert (
        count(moment)
        == count(f"{moment}Z")
        == (
            0,
            {"segment": "buyers", "at": f"{moment}Z", "count": 1},
        )
    )


@pytest.mark.parametrize("words", [("segment", "count"), ("template", "check")])
def test_a_file_that_is_not_there_is_not_found(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command on a document answers alike."""
    code = run([*words, str(tmp_path / "none.yaml"), "--json"])

    assert code == 3
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "NotFound"
