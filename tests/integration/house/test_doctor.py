"""`huiliu doctor` finds what keeps an instance from working."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from huiliu.bootstrap import make_instance
from huiliu.cli import run


@pytest.mark.parametrize(
    ("key", "state"), [("", "wrong"), ("no key\n", "wrong"), ("ab12\n", "wrong"), (None, "ok")]
)
def test_a_key_that_is_none_is_found(
    key: str | None, state: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A restored folder with a spoilt key is told before anything is sealed with it."""
    folder = make_instance(tmp_path / "shop")
    if key is not None:
        folder.key.write_text(key)

    code = run(["doctor", "--instance", str(folder.root), "--json"])

    found = {each["check"]: each["state"] for each in json.loads(capsys.readouterr().out)}
    assert found["key"] == state
    # Whoever only looks at the exit code hears of it too.
    assert code == (69 if "wrong" in found.values() else 0)
