"""Remembers the SQL of questions that differ in nothing but their instants.

A page asks the same questions day after day, each time until another moment, and to turn an
expression into SQL costs more than many answers. What was turned once is kept with gaps where its
instants stood (`conditions.population.moment_literal` writes them as text): another question of the
same shape gets its own instants in them, letter for letter what it would have been turned into.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

import ibis
import ibis.expr.operations as ops

__all__ = ["remembered"]

#: Shapes that one process keeps; one of a metric takes a tenth of a megabyte.
_MOST: Final = 256
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")
_GAP: Final = "\0"
_QUOTED: Final = re.compile(rf"'({_MOMENT.pattern})'")


@dataclass(slots=True)
class _Shape:
    """What an expression is, its instants by the order in which they first occur."""

    #: Kind and arguments of each node, those below it before it.
    nodes: list[object] = field(default_factory=list)
    moments: dict[str, int] = field(default_factory=dict)
    #: False where a text looks like an instant without being one, so that gaps could be mistaken.
    is_sure: bool = True


def remembered(compiled: Callable[[ibis.Expr], str]) -> Callable[[ibis.Expr], str]:
    """Return what turns expressions into the same SQL, from memory where their shape is known."""
    known: dict[tuple[object, ...], str] = {}
    lock = Lock()

    def compiled_or_known(expression: ibis.Expr) -> str:
        """Return the SQL of an expression."""
        shape = _shape_of(expression.op())
        key = tuple(shape.nodes)
        try:
            gapped = known.get(key) if shape.is_sure else None
        except TypeError:
            # A node holds something that cannot be looked up, rows in memory for instance.
            return compiled(expression)
        if gapped is not None:
            return _filled(gapped, list(shape.moments))
        written = compiled(expression)
        if shape.is_sure and set(shape.moments) <= set(_QUOTED.findall(written)):
            with lock:
                if len(known) >= _MOST:
                    known.pop(next(iter(known)))
                known[key] = _gapped(written, shape.moments)
        return written

    return compiled_or_known


def _shape_of(root: ops.Node) -> _Shape:
    """Return the shape of an expression; walks by hand, as its trees are deep."""
    shape = _Shape()
    places: dict[int, int] = {}
    # Nodes are told apart by what they are, as one may stand in many places; `held` keeps their
    # identities alive meanwhile.
    held: list[ops.Node] = []
    waiting: list[tuple[ops.Node, bool]] = [(root, False)]
    while waiting:
        node, is_ready = waiting.pop()
        if id(node) in places:
            continue
        if not is_ready:
            waiting.append((node, True))
            waiting += [(child, False) for child in _children(node.__args__)]
            continue
        held.append(node)
        places[id(node)] = len(shape.nodes)
        shape.nodes.append((type(node), _told(node, shape, places)))
    return shape


def _told(node: ops.Node, shape: _Shape, places: Mapping[int, int]) -> object:
    """Return the arguments of a node, other nodes by their place, an instant by its number."""
    if isinstance(node, ops.Literal):
        written = node.value
        if isinstance(written, str) and _MOMENT.fullmatch(written):
            nth = shape.moments.setdefault(written, len(shape.moments))
            return ("moment", nth, node.dtype)
        # A list may hold such texts, too.
        if _MOMENT.search(str(written)) or _GAP in str(written):
            shape.is_sure = False
    # 1, 1.0 and True are equal to Python, and not to an engine.
    return _argument(node.__args__, places)


def _argument(value: Any, places: Mapping[int, int]) -> object:
    """Return an argument as something that equals what means the same, and nothing else."""
    if isinstance(value, ops.Node):
        return ("node", places[id(value)])
    if isinstance(value, tuple):
        return tuple(_argument(one, places) for one in value)
    if isinstance(value, Mapping):
        return tuple((name, _argument(one, places)) for name, one in value.items())
    return (type(value), repr(value) if isinstance(value, float) else value)


def _children(value: Any) -> list[ops.Node]:
    """Return the nodes in the arguments of one."""
    if isinstance(value, ops.Node):
        return [value]
    if isinstance(value, Mapping):
        return [node for one in value.values() for node in _children(one)]
    if isinstance(value, tuple):
        return [node for one in value for node in _children(one)]
    return []


def _gapped(written: str, moments: Mapping[str, int]) -> str:
    """Return SQL with a gap where each instant stood."""

    def gap(found: re.Match[str]) -> str:
        """Return the gap of an instant, or what stood there."""
        nth = moments.get(found[1])
        return found[0] if nth is None else f"'{_GAP}{nth}{_GAP}'"

    return _QUOTED.sub(gap, written)


def _filled(gapped: str, moments: list[str]) -> str:
    """Return SQL with these instants in its gaps."""
    return re.sub(f"{_GAP}(\\d+){_GAP}", lambda found: moments[int(found[1])], gapped)
