"""`huiliu import` tells what it did, where the bad rows are, and what cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from huiliu.bootstrap import make_instance
from huiliu.cli import run


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """Make an instance."""
    return make_instance(tmp_path / "shop").root


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object]]:
    """Return the exit code and the one JSON value of a command."""
    code = run([*words, "--json"])
    value: dict[str, object] = json.loads(capsys.readouterr().out)
    return code, value


def test_an_import_ends_with_its_counts_and_a_report_of_the_bad_rows(
    instance: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report names file, line and reason and holds nothing of the rows themselves."""
    path = tmp_path / "events.jsonl"
    path.write_text(
        '{"type":"track","event":"A","userId":"u1","messageId":"m1"}\n'
        '{"type":"track","event":"A","userId":"li.lei@example.com\n'
        '{"type":"track","event":"A","messageId":"m3"}\n',
        "utf-8",
    )

    code, done = told(capsys, "import", "segment-jsonl", str(path), "--instance", str(instance))

    assert code == 0
    assert (done["events"], done["known"], done["rejected"]) == (1, 0, 2)
    report = Path(str(done["report"])).read_text("utf-8")
    rows = [json.loads(line) for line in report.splitlines()]
    assert [(row["file"], row["line"]) for row in rows] == [
        ("events.jsonl", 2),
        ("events.jsonl", 3),
    ]
    assert rows[0]["code"] == "sources.not_json"
    assert all(row["reason"] for row in rows)
    assert "li.lei" not in report

    code, again = told(capsys, "import", "segment-jsonl", str(path), "--instance", str(instance))
    assert (code, again["events"], again["known"]) == (0, 0, 1)


@pytest.mark.parametrize(
    "words",
    [
        ("shoebox", "."),
        ("olist", "."),
        ("csv", "missing.csv"),
        ("segment-jsonl", "missing.jsonl"),
    ],
)
def test_what_cannot_be_used_is_bad_input(
    instance: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, str]
) -> None:
    """Exit code 2, and the error as the one JSON value."""
    source, name = words

    code, said = told(
        capsys, "import", source, str(tmp_path / name), "--instance", str(instance)
    )  # fmt: skip

    assert code == 2
    assert "error" in said


def test_what_a_command_changed_is_in_the_activity_log(
    instance: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each that ended well, once, oldest last; nothing that was refused, left or only asked."""
    (tmp_path / "vip.csv").write_text("phone\n13800138000\n", "utf-8")
    here = ("--instance", str(instance))
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "vip.yaml").write_text(
        "huiliu: 1\nkind: segment\nslug: vip\nname: {en: VIP}\nwhere: {trait: tier, is: vip}\n",
        "utf-8",
    )
    monkeypatch.setattr("huiliu.cli.apply._is_agreed", lambda: False)
    assert run(["apply", str(folder), *here]) == 0
    assert "vip" in capsys.readouterr().out

    assert told(capsys, "key", "create", "--name", "shop", *here)[0] == 0
    assert told(capsys, "list", "import", "vip", str(tmp_path / "vip.csv"), *here)[0] == 0
    told(capsys, "list", "import", "vip", str(tmp_path / "vip.csv"), "--dry-run", *here)
    assert told(capsys, "list", "remove", "none", *here)[0] == 3
    assert told(capsys, "list", "list", *here)[0] == 0

    actions = told(capsys, "audit", "list", *here)[1]["actions"]
    assert isinstance(actions, list)
    assert [(one["what"], one["subject"]) for one in actions] == [
        ("command", "list import vip"),
        ("key_created", "1"),
    ]
