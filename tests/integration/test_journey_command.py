"""`huiliu journey` as an author meets it: checked, applied, rehearsed, explained, paused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tests.integration.journeys import order_event
from tests.integration.people import NOW

from huiliu.bootstrap import make_instance, open_instance
from huiliu.cli import run
from huiliu.kernel.times import DAY, show_instant

EXAMPLES = Path(__file__).parents[2] / "examples"
APOLOGY = str(EXAMPLES / "late-shipment-apology.yaml")
Say = Callable[..., tuple[int, object]]


@pytest.fixture
def huiliu(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run commands in a new instance and return the exit code and the one JSON value."""
    instance = make_instance(tmp_path / "shop").root

    def say(*words: str) -> tuple[int, object]:
        code = run([*words, "--instance", str(instance), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return say


def test_a_journey_goes_from_file_to_live_and_back(huiliu: Say, tmp_path: Path) -> None:
    """Every verb answers with one JSON value and the exit code of the contract."""
    unknown, refused = huiliu("journey", "check", APOLOGY)
    template = huiliu("template", "apply", str(EXAMPLES / "template-late-shipment.yaml"))
    checked = huiliu("journey", "check", APOLOGY)
    code, applied = huiliu("journey", "apply", APOLOGY)
    _, listed = huiliu("journey", "list")
    _, shown = huiliu("journey", "show", "late-shipment-apology")
    paused = huiliu("journey", "pause", "late-shipment-apology")
    resumed = huiliu("journey", "resume", "late-shipment-apology")
    missing, _ = huiliu("journey", "show", "nobody")
    no_file, _ = huiliu("journey", "check", str(tmp_path / "none.yaml"))

    assert unknown == 2
    assert "line 26" in str(refused) or "第 26 行" in str(refused)
    assert template[0] == 0
    assert checked == (0, {"ok": True, "slug": "late-shipment-apology", "nodes": 3})
    assert code == 0
    assert isinstance(applied, dict)
    assert isinstance(listed, list)
    assert isinstance(shown, dict)
    assert (applied["version"], applied["state"], applied["new"]) == (1, "live", True)
    assert [(each["slug"], each["state"]) for each in listed] == [("late-shipment-apology", "live")]
    assert shown["source"] == Path(APOLOGY).read_text("utf-8")
    assert paused == (0, {"slug": "late-shipment-apology", "state": "paused", "runs": 0})
    assert resumed == (0, {"slug": "late-shipment-apology", "state": "live", "runs": 0})
    assert (missing, no_file) == (3, 3)


def test_a_rehearsal_tells_every_message_and_every_non_send(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The JSON holds what the contract promises; `--explain` adds each decision in words."""
    instance = make_instance(tmp_path / "shop").root
    with open_instance(instance) as house, house.world.store.system() as tx:
        tx.log.append(
            [
                msgspec.structs.replace(order_event(name, order, at=NOW + at), flags=1)
                for name, order, at in (
                    ("Order Paid", "sent", 0),
                    ("Order Paid", "shipped", 0),
                    ("Order Shipped", "shipped", DAY),
                    ("Order Shipped", "early", -DAY),
                    ("Order Paid", "early", 0),
                    ("Order Paid", "open", 8 * DAY),
                )
            ]
        )
    words = ["journey", "run", APOLOGY, "--over", show_instant(NOW), show_instant(NOW + 9 * DAY),
             "--explain", "--instance", str(instance)]  # fmt: skip
    capsys.readouterr()

    code = run([*words, "--json"])
    found = json.loads(capsys.readouterr().out)
    in_words = run(words)
    told = capsys.readouterr().out

    assert (code, in_words) == (0, 0)
    assert found["entered"] == 4
    assert [(each["key"], each["template"], each["at"]) for each in found["messages"]] == [
        ("sent", "late-shipment", show_instant(NOW + 3 * DAY))
    ]
    assert found["exits"] == {"completed": 1, "Order Shipped": 1, "already": 1}
    assert found["active"] == 1
    runs = {each["key"]: each for each in found["runs"]}
    assert [made["what"] for made in runs["sent"]["decisions"]] == [
        "entered", "waited", "sent", "ended",
    ]  # fmt: skip
    assert runs["shipped"]["reason"] == "Order Shipped"
    assert "Order Shipped" in runs["early"]["decisions"][-1]["why"]
    assert runs["open"]["waits"] == {"node": "patience", "until": show_instant(NOW + 11 * DAY)}
    for key, each in runs.items():
        assert key in told
        assert all(made["why"] in told for made in each["decisions"])


@pytest.mark.parametrize("over", [["x", "2018-01-01"], ["2018-01-02", "2018-01-01"]])
def test_a_period_that_is_none_is_bad_input(huiliu: Say, over: list[str]) -> None:
    """Exit code 2, before anything is opened."""
    code, told = huiliu("journey", "run", APOLOGY, "--over", *over)

    assert code == 2
    assert "--over" in str(told)
