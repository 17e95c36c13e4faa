"""From a document's plain tree to a condition, or to every problem in it."""

from __future__ import annotations

from collections.abc import Mapping

from huiliu.conditions.node import Condition
from huiliu.conditions.operators import OPERATORS
from huiliu.conditions.operators.all_ import All
from huiliu.conditions.reading import NOWHERE, Reading, Surroundings
from huiliu.kernel.errors import Problem

__all__ = ["everyone", "parse"]

#: Deeper trees are a mistake, or an attack on the stack.
_DEEPEST = 20


def everyone() -> Condition:
    """Return the condition that every profile meets."""
    return All(())


def parse(
    tree: object, path: str, around: Surroundings = NOWHERE, trail: tuple[str, ...] = ()
) -> Condition | tuple[Problem, ...]:
    """Return the condition that a plain tree means, or all problems with their paths.

    Args:
        tree: mappings, lists and scalars as a YAML reader gives them.
        path: where the tree stands in its document; problems start with it.
        around: what the tree is read with. Without a resolver the segments that it names stay
            names: the condition can be shown, but nobody can be asked whether it holds.
        trail: slugs of the segments that the tree stands in, so that none holds itself.
    """
    reading = Reading(around, trail)
    found = _node(tree, path, reading, 0)
    if reading.problems or found is None:
        return tuple(reading.problems)
    return found


def _node(raw: object, path: str, reading: Reading, depth: int) -> Condition | None:
    """Return the condition of one mapping, or None after noting why not."""
    if depth > _DEEPEST:
        reading.fault(path, "too_deep", most=_DEEPEST)
        return None
    if not reading.count(path):
        return None
    if not isinstance(raw, Mapping):
        reading.fault(path, "want_condition", known=", ".join(OPERATORS))
        return None
    named = [name for name in OPERATORS if name in raw]
    taken = {key for name in named for key in OPERATORS[name].takes}
    named = [name for name in named if name not in taken]
    if len(named) != 1:
        key = "two_operators" if named else "unknown_operator"
        reading.fault(path, key, found=", ".join(map(str, raw)), known=", ".join(OPERATORS))
        return None

    def child(below: object, below_path: str) -> Condition | None:
        """Parse one level deeper."""
        return _node(below, below_path, reading, depth + 1)

    return OPERATORS[named[0]].parse(raw, path, reading, child)
