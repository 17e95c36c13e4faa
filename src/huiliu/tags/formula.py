"""A tiny language for numbers: names, + - * / and a few functions; nothing else can be said."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import reduce
from types import MappingProxyType
from typing import Final, TypeAlias

import ibis

__all__ = ["FUNCTIONS", "LONGEST", "Formula", "parse_formula"]

#: A formula that is longer is a program.
LONGEST: Final = 500
_DEEPEST: Final = 30
_LARGEST: Final = 1e15

Formula = Callable[[Mapping[str, ibis.Value]], ibis.Value]


def _divided(left: ibis.Value, right: ibis.Value) -> ibis.Value:
    """Return the quotient; nothing where the divisor is 0."""
    return left / right.nullif(0.0)


def _log(value: ibis.Value) -> ibis.Value:
    """Return the natural logarithm; nothing where there is none."""
    return ibis.ifelse(value > 0, value, ibis.null("float64")).ln()


def _sqrt(value: ibis.Value) -> ibis.Value:
    """Return the square root; nothing where there is none."""
    return ibis.ifelse(value >= 0, value, ibis.null("float64")).sqrt()


def _least(*values: ibis.Value) -> ibis.Value:
    """Return the smallest; nothing where one is missing."""
    return reduce(lambda a, b: ibis.ifelse(a <= b, a, b), values)


def _greatest(*values: ibis.Value) -> ibis.Value:
    """Return the largest; nothing where one is missing."""
    return reduce(lambda a, b: ibis.ifelse(a >= b, a, b), values)


_Joins: TypeAlias = "Mapping[type, Callable[[ibis.Value, ibis.Value], ibis.Value]]"
_OPERATORS: Final[_Joins] = MappingProxyType({
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: _divided,
})  # fmt: skip

#: Name -> (function, fewest and most arguments).
FUNCTIONS: Final[Mapping[str, tuple[Callable[..., ibis.Value], int, int]]] = MappingProxyType({
    "min": (_least, 2, 10),
    "max": (_greatest, 2, 10),
    "abs": (lambda value: value.abs(), 1, 1),
    "round": (lambda value: value.round(), 1, 1),
    "floor": (lambda value: value.floor().cast("float64"), 1, 1),
    "log": (_log, 1, 1),
    "sqrt": (_sqrt, 1, 1),
    #: The first that is there: coalesce(points, 0).
    "coalesce": (ibis.coalesce, 2, 10),
})  # fmt: skip


def parse_formula(written: str, names: frozenset[str]) -> Formula | tuple[str, str]:
    """Return what computes a formula from its names, or (fault, detail) saying what is wrong."""
    if len(written) > LONGEST:
        return "formula_long", str(LONGEST)
    try:
        tree = ast.parse(written, mode="eval")
        return _read(tree.body, names, 0)
    except _Fault as fault:
        return fault.said
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "formula_broken", written[:60]


class _Fault(Exception):
    """The formula says what it may not; holds the fault and its detail."""

    def __init__(self, fault: str, detail: str) -> None:
        super().__init__(fault)
        self.said = (fault, detail)


def _read(node: ast.expr, names: frozenset[str], depth: int) -> Formula:
    """Return what computes one part of a formula."""
    if depth > _DEEPEST:
        raise _Fault("formula_broken", "(((")
    match node:
        case ast.Constant(value=value) if _is_number(value):
            number = float(value)  # type: ignore[arg-type] # the guard has looked
            return lambda _: ibis.literal(repr(number)).cast("float64")
        case ast.Name(id=name):
            if name not in names:
                raise _Fault("formula_name", name)
            return lambda known: known[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _read(operand, names, depth + 1)
            return lambda known: -inner(known)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            first, second = (_read(one, names, depth + 1) for one in (left, right))
            join = _OPERATORS[type(op)]
            return lambda known: join(first(known), second(known))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _call(name, args, names, depth)
    raise _Fault("formula_part", ast.unparse(node)[:60])


def _call(name: str, args: list[ast.expr], names: frozenset[str], depth: int) -> Formula:
    """Return what computes a function."""
    if name not in FUNCTIONS:
        raise _Fault("formula_function", name)
    function, fewest, most = FUNCTIONS[name]
    if not fewest <= len(args) <= most:
        raise _Fault("formula_arguments", name)
    read = [_read(one, names, depth + 1) for one in args]
    return lambda known: function(*(one(known) for one in read))


def _is_number(value: object) -> bool:
    """Say whether a constant is a number of reasonable size."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST
