"""Writes what the shipped packs say beside them: `make shelf`."""

from __future__ import annotations

from pathlib import Path

from huiliu.governance.packs import shelf

LIBRARY = Path(__file__).parents[2] / "src" / "huiliu" / "governance" / "packs" / "library"

if __name__ == "__main__":
    (LIBRARY / shelf.READY).write_bytes(shelf.ready_shelf())
