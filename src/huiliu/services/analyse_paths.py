"""Attribution of paths from a file."""

from __future__ import annotations

from typing import Final

from huiliu.attribution.models import attribute
from huiliu.attribution.path import Path, Worth, split_path
from huiliu.services.read_columns import read_columns

__all__ = ["analyse_paths", "read_paths"]

_NEEDED: Final = ("path", "conversions", "value", "nulls")
#: How other programs call the same.
_OTHERS: Final = {
    "total_conversions": "conversions", "total_conversion_value": "value", "total_null": "nulls",
}  # fmt: skip


def analyse_paths(data: bytes, *, value: bool = False) -> dict[str, Worth]:
    """Return model -> channel -> conversions, or their value.

    Raises:
        BadInput: with every bad cell and its line.
    """
    return attribute(read_paths(data), value=value)


def read_paths(data: bytes) -> list[Path]:
    """Return the paths of a file; raise BadInput with every bad cell and its line."""
    columns = read_columns(data, _NEEDED, others=_OTHERS)
    found = []
    for line, row in columns.rows:
        touches = split_path(row["path"])
        if not touches:
            columns.wrong(line, "path", "analysis.no_path")
        numbers = [columns.number(line, name, row[name] or "0") for name in _NEEDED[1:]]
        if touches:
            found.append(Path(touches, *numbers))
    columns.checked()
    return found
