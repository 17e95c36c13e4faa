"""What differs between two plain trees, as values at paths; lists are matched by their items."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.documents import join_path

__all__ = ["ABSENT", "Difference", "compare", "leaves"]


class _Absent:
    """Stands for a value that is not written."""

    def __repr__(self) -> str:
        """Return a word for people who debug."""
        return "absent"


ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not the same."""

    #: Where in the later tree; in the earlier one for what is there no more.
    path: str
    #: ABSENT = it is new.
    before: object
    #: ABSENT = it is there no more.
    after: object


def compare(before: object, after: object, path: str = "", depth: int = 99) -> Iterator[Difference]:
    """Yield what differs, in the order of the later tree, what is gone last.

    Args:
        before: the earlier value.
        after: the later one.
        path: where both stand.
        depth: how many maps deep to look; below that a value differs as a whole.
    """
    if _key(before) == _key(after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping) and depth > 0:
        names = [*after, *(name for name in before if name not in after)]
        for name in names:
            yield from compare(
                before.get(name, ABSENT), after.get(name, ABSENT), join_path(path, name), depth - 1
            )
        return
    if _is_rows(before) and _is_rows(after):
        yield from _rows(before, after, path)
        return
    yield Difference(path, before, after)


def leaves(tree: object, path: str = "") -> dict[str, str]:
    """Return every plain value of a tree by its path, each as JSON."""
    if isinstance(tree, Mapping):
        found: dict[str, str] = {}
        for name, value in tree.items():
            found |= leaves(value, join_path(path, name))
        return found
    if isinstance(tree, list | tuple):
        found = {}
        for nth, value in enumerate(tree):
            found |= leaves(value, join_path(path, nth))
        return found
    return {path: _key(tree)}


def _rows(before: object, after: object, path: str) -> Iterator[Difference]:
    """Yield what differs between two lists of maps: items that stand in both are no change."""
    assert isinstance(before, list | tuple)
    assert isinstance(after, list | tuple)
    gone = list(enumerate(before))
    come = []
    for nth, item in enumerate(after):
        same = next((one for one in gone if _key(one[1]) == _key(item)), None)
        if same is None:
            come.append((nth, item))
        else:
            gone.remove(same)
    for nth, item in come:
        if gone:
            _, was = gone.pop(0)
            yield Difference(join_path(path, nth), was, item)
        else:
            yield Difference(join_path(path, nth), ABSENT, item)
    for nth, was in gone:
        yield Difference(join_path(path, nth), was, ABSENT)


def _is_rows(value: object) -> bool:
    """Say whether a value is a list of maps."""
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(item, Mapping) for item in value)
    )


def _key(value: object) -> str:
    """Return what is equal for values that say the same."""
    if value is ABSENT:
        return ""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=list)
