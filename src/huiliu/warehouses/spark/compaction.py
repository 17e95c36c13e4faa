"""Which files are too many, and how their rows are laid out when they become one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import duckdb
import pyarrow as pa

from huiliu.ports.manifest import FactFile

__all__ = ["crowded", "merged"]

#: So many files of like size become one.
_CROWD: Final = 8
#: A file that has this many rows stays as it is.
_LARGE: Final = 4_000_000
#: By what a question skips rows.
_ORDERS: Final = {
    "events": "name, position",
    "traits": "trait, profile_id",
    "tag_values": "tag, profile_id",
}


def crowded(files: Iterable[FactFile]) -> Iterator[tuple[str, list[FactFile]]]:
    """Yield the name of a fact and files of it that should become one.

    Files grow eightfold at each merge, so a row is written again a few times only.
    """
    alike: defaultdict[tuple[str, int], list[FactFile]] = defaultdict(list)
    for file in files:
        if file.n_rows < _LARGE:
            alike[file.fact, (max(file.n_rows, 1).bit_length() - 1) // 3].append(file)
    for (fact, _), found in sorted(alike.items()):
        if len(found) >= _CROWD:
            yield fact, found


@contextmanager
def merged(fact: str, paths: Sequence[str]) -> Iterator[pa.RecordBatchReader]:
    """Lend the rows of files, piece by piece, in the order that suits questions."""
    with duckdb.connect() as connection:
        connection.execute("set memory_limit = '1GB'")
        connection.execute("set timezone = 'UTC'")
        ordered = f" order by {_ORDERS[fact]}" if fact in _ORDERS else ""
        relation = connection.sql(
            f"select * from read_parquet($paths){ordered}",  # noqa: S608 - own words
            params={"paths": list(paths)},
        )
        yield relation.to_arrow_reader(131_072)
