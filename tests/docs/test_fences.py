"""What the documentation tells people to type works when it is typed.

A fence after the line `<!-- run -->` is run by bash in an empty folder, one for the whole page,
with `huiliu` on the path; all commands must end with 0.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from huiliu.cli import VERBS

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/**/*.md")])
_RUNNABLE = re.compile(r"<!-- run -->\s*^( *)```(?:sh|bash)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_SHELL = re.compile(r"^ *```(?:sh|bash|console)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_RUN = [page for page in PAGES if _RUNNABLE.search(page.read_text("utf-8"))]


def _targets() -> set[str]:
    """Return the targets of the Makefile."""
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("document", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_a_page_shows_exists(document: Path) -> None:
    """`make` targets and `huiliu` verbs of a page are those of the program."""
    verbs = {verb.name for verb in VERBS}
    unknown = []
    for block in _SHELL.findall(document.read_text("utf-8")):
        for found in re.finditer(r"(?:^|\s)(?:\S*/)?(make|huiliu) +([a-z][\w-]*)", block):
            known = _targets() if found[1] == "make" else verbs
            if found[2] not in known:
                unknown.append(found[0].strip())

    assert unknown == []


@pytest.mark.parametrize("document", _RUN, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_runnable_commands_of_a_page_run(document: Path, tmp_path: Path) -> None:
    """All fences of the page, one after the other, in one empty folder."""
    script = "\n".join(block for _, block in _RUNNABLE.findall(document.read_text("utf-8")))
    bash = shutil.which("bash")
    assert bash is not None
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    done = subprocess.run(
        [bash, "-euo", "pipefail", "-c", script],
        cwd=tmp_path, env={**os.environ, "PATH": path, "HUILIU_PORT": "0"}, capture_output=True,
        text=True, check=False, timeout=600,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
