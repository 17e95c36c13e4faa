"""What views are called in a session, which knows no schemas for them."""

from __future__ import annotations

__all__ = ["view_name"]


def view_name(schema: str, name: str) -> str:
    """Return the name of a table of facts, or of rows that are held for a while."""
    return f"{schema}_{name}"
