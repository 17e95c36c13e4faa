"""Says once what an expression says often: SQL has no word for that but a function's argument.

Ibis holds an expression as a graph whose parts are shared; SQL is a tree that spells each part at
every use, and what is built of what is built of JSON values grows without end. So a part that is
used twice becomes the argument of a function of one list: `transform(array(part), x -> ...)[0]`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import ibis
import ibis.expr.operations as ops

__all__ = ["shared"]

# Nodes of Ibis have no types.

#: Smaller parts are spelt again; to read JSON is never small.
_WORTH: Final = 4
#: What a function's body may not hold, or what is more than one row's own.
_BOUND: Final = (
    ops.Reduction, ops.Analytic, ops.WindowFunction, ops.Subquery, ops.Unnest, ops.Alias,
)  # fmt: skip


def shared(expression: ibis.Table) -> ibis.Table:
    """Return an expression of the same rows in which no large part of a value is there twice."""
    numbers = iter(range(1_000_000_000))

    def rewritten(node: Any, changed: dict[str, Any] | None) -> Any:
        """Return a node with its values rewritten, where it is one that computes values."""
        given = dict(zip(node.__argnames__, node.__args__, strict=True)) | (changed or {})
        if isinstance(node, ops.Filter):
            given["predicates"] = tuple(_let(one, numbers) for one in given["predicates"])
        elif isinstance(node, ops.Project):
            given["values"] = {name: _let(one, numbers) for name, one in given["values"].items()}
        elif isinstance(node, ops.Aggregate):
            for part in ("groups", "metrics"):
                given[part] = {name: _let(one, numbers) for name, one in given[part].items()}
        elif changed is None:
            return node
        return node.__recreate__(given)

    return expression.op().replace(rewritten).to_expr()


def _let(root: Any, numbers: Iterator[int]) -> Any:
    """Return a value in which no large part is there twice."""
    if not _is_plain(root):
        return _rebuilt(root, {child: _let(child, numbers) for child in _values_in(root)})
    order, uses = _parts(root)
    weights: dict[Any, int] = {}
    for part in order:
        own = _WORTH if isinstance(part, ops.ScalarUDF) else 1
        weights[part] = own + sum(weights[child] for child in _values_in(part))
    often = [part for part in order if uses[part] > 1 and weights[part] >= _WORTH]
    if not often:
        return root
    names = {
        part: ops.Argument(name=f"part_{next(numbers)}", shape=part.shape, dtype=part.dtype)
        for part in often
    }
    made: dict[Any, Any] = {}
    for part in order:
        made[part] = _rebuilt(part, {c: names.get(c, made[c]) for c in _values_in(part)})
    body = made[root]
    for part in reversed(often):
        if part is root:
            continue
        listed = ops.Array((made[part],))
        body = ops.ArrayIndex(
            ops.ArrayMap(arg=listed, body=body, param=names[part], index=None),
            ops.Literal(0, dtype="int64"),
        )
    return body


def _parts(root: Any) -> tuple[list[Any], Counter[Any]]:
    """Return every part of a value, those that it is made of first, and how often each is used."""
    order: list[Any] = []
    uses: Counter[Any] = Counter()
    seen = set()
    waiting = [(root, False)]
    while waiting:
        node, is_done = waiting.pop()
        if is_done:
            order.append(node)
            continue
        if node in seen:
            continue
        seen.add(node)
        waiting.append((node, True))
        for child in _values_in(node):
            uses[child] += 1
            waiting.append((child, False))
    return order, uses


def _values_in(node: Any) -> list[Any]:
    """Return the values that a node is made of, as often as it names them; a column has none."""
    if isinstance(node, ops.Field | ops.Literal | ops.Argument):
        return []
    if isinstance(node, ops.ArrayMap | ops.ArrayFilter):
        # The body is of its own arguments.
        return [node.arg]
    return [child for child in node.__children__ if isinstance(child, ops.Value)]


def _is_plain(root: Any) -> bool:
    """Say whether a value is of one row alone and may stand in a function's body."""
    order, _ = _parts(root)
    return not any(isinstance(part, _BOUND) for part in order)


def _rebuilt(node: Any, made: dict[Any, Any]) -> Any:
    """Return a node with other parts."""
    if not made or all(new is old for old, new in made.items()):
        return node
    given = {
        name: _put(argument, made)
        for name, argument in zip(node.__argnames__, node.__args__, strict=True)
    }
    return node.__recreate__(given)


def _put(argument: Any, made: dict[Any, Any]) -> Any:
    """Return an argument with other parts, be it a value or several."""
    if isinstance(argument, tuple):
        return tuple(_put(one, made) for one in argument)
    if isinstance(argument, ops.Node):
        return made.get(argument, argument)
    return argument
