"""What a document might have asked for instead: one number, or one length of time, of a node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from huiliu.journeys.alternative import Alternative
from huiliu.journeys.parse import parse
from huiliu.journeys.replaying import Asked
from huiliu.kernel.documents import dump
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, HOUR, MINUTE, as_duration, show_duration

__all__ = ["thresholds"]

_MONTH: Final = 30 * DAY
#: Steps by which a number, or a duration, of the document is moved.
_NUMBERS: Final = (1, 2, 3, 5, 10, 20, 50, 100)
_LENGTHS: Final = (MINUTE, HOUR, 6 * HOUR, DAY, 2 * DAY, 3 * DAY, 7 * DAY, 14 * DAY, _MONTH)


def thresholds(asked: Asked, node: str, tree: dict[str, Any]) -> Iterator[Alternative]:
    """Yield the decision with one number, or one length of time, of the document different."""
    for path in list(_numbers(tree)):
        old = _at(tree, path)
        field = ".".join(str(one) for one in path if not isinstance(one, int))
        for new in _moved(old):
            said = text("nearest.threshold", field=field, value=str(new), was=str(old))
            make = partial(_read, asked, node, tree, path, new)
            yield Alternative(_cost(old, new), said, make)


def _numbers(tree: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where numbers and lengths of time stand."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _numbers(value, (*path, key))
    elif isinstance(tree, list | tuple):
        for nth, value in enumerate(tree):
            yield from _numbers(value, (*path, nth))
    elif (isinstance(tree, int | float) and not isinstance(tree, bool)) or (
        isinstance(tree, str) and as_duration(tree)
    ):
        yield path


def _moved(old: Any) -> Iterator[Any]:  # a number or a duration of a document
    """Yield a number, or a length of time, moved a little and further."""
    if isinstance(old, str):
        length = as_duration(old) or 0
        yield from (show_duration(length + by) for by in _LENGTHS)
        yield from (show_duration(length - by) for by in _LENGTHS if length > by)
    else:
        yield from (old + by for by in _NUMBERS)
        yield from (old - by for by in _NUMBERS)


def _cost(old: Any, new: Any) -> float:  # as in _moved
    """Return how far a threshold was moved."""
    if isinstance(old, str):
        return 0.8 + abs((as_duration(new) or 0) - (as_duration(old) or 0)) / _MONTH
    return 0.8 + min(1.0, float(abs(new - old)) / max(1.0, float(abs(old))))


def _at(tree: Any, path: Sequence[Any]) -> Any:  # a plain tree
    """Return the value at a path."""
    for key in path:
        tree = tree[key]
    return tree


def _changed(tree: Any, path: Sequence[Any], new: Any) -> Any:  # a plain tree
    """Return a tree with another value at a path."""
    if not path:
        return new
    key, rest = path[0], path[1:]
    if isinstance(tree, Mapping):
        return {one: _changed(value, rest, new) if one == key else value
                for one, value in tree.items()}  # fmt: skip
    return [_changed(value, rest, new) if nth == key else value for nth, value in enumerate(tree)]


def _read(
    asked: Asked,
    node: str,
    tree: dict[str, Any],
    path: Sequence[Any],
    new: Any,  # as in _moved
) -> Asked | None:
    """Return a decision by a journey with another threshold; None where it were none any more."""
    whole, changed = asked.journey.tree(), _changed(tree, path, new)
    if node:
        nodes = whole["nodes"]
        assert isinstance(nodes, dict)
        whole["nodes"] = {
            name: {"type": each["type"], **changed} if name == node else each
            for name, each in nodes.items()
        }
    else:
        conditions = iter(changed["exit_when"])
        exits = whole["exit_when"]
        assert isinstance(exits, list)
        whole["exit_when"] = [
            {"condition": next(conditions)} if "condition" in one else one for one in exits
        ]
    journey = parse(dump(whole))[0]
    return None if journey is None else replace(asked, journey=journey)
