"""Migrations: the newest one is what an instance migrates to."""

from __future__ import annotations

from pathlib import Path

from huiliu.stores import migrate


def test_an_instance_migrates_to_the_newest_version() -> None:
    """Else a database of the release before would pass for one that needs nothing."""
    versions = Path(migrate.__file__).parent / "migrations" / "versions"
    newest = max(one.stem[:4] for one in versions.glob("[0-9]*.py"))

    assert newest == migrate._HEAD
