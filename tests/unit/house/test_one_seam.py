"""Nothing goes live past the seam: pages, commands and roles publish, they do not apply."""

from __future__ import annotations

import ast
from pathlib import Path

import huiliu

_ROOT = Path(huiliu.__file__).parent
#: What makes a document live by itself; only the seam may use it.
_WRITERS = {
    "apply_journey": {"apply_journey", "put_journey"},
    "apply_segment": {"apply_segment", "put_segments"},
    "apply_tag": {"apply_tag", "apply_tags", "put_tags"},
    "apply_template": {"apply_template", "put_template"},
}


def test_pages_commands_and_roles_publish_through_the_seam() -> None:
    """None of them imports what stores a document; the seam asks every gate first."""
    past: list[str] = []
    for room in ("web", "cli", "roles"):
        for file in sorted((_ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if not isinstance(node, ast.ImportFrom) or node.module is None:
                    continue
                writers = _WRITERS.get(node.module.removeprefix("huiliu.services."), set())
                past += [
                    f"{file.relative_to(_ROOT)}: {one.name}"
                    for one in node.names
                    if one.name in writers
                ]
    assert past == []
