"""The Liquid that templates speak: no clock, no files, no code, and limits on all that can grow."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Final

from liquid import BoundTemplate, Environment, FalsyStrictUndefined, RenderContext, Undefined
from liquid.ast import BlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import (
    BooleanExpression,
    FilteredExpression,
    Path,
    PositionalArgument,
)
from liquid.builtin.expressions.logical import (
    EqExpression,
    GeExpression,
    GtExpression,
    LeExpression,
    LtExpression,
    NeExpression,
)
from liquid.builtin.expressions.primitive import FloatLiteral, IntegerLiteral, StringLiteral
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.exceptions import (
    FilterArgumentError,
    LiquidError,
    LiquidInterrupt,
    UndefinedError,
)
from liquid.filter import with_context
from liquid.output import LimitedStringIO
from markupsafe import escape

from huiliu.kernel.money import minor_units
from huiliu.kernel.times import as_instant, local_datetime

__all__ = ["ROOTS", "Piece", "PieceFailed", "parse_piece"]

#: The names that a template may start a variable with.
ROOTS: Final = frozenset(
    {
        "person", "event", "event_name", "event_at", "key", "now", "zone", "unsubscribe_url",
        "confirm_url", "preferences_url", "post_url",
        "product", "recommended", "brief", "carried",
    }
)  # fmt: skip

#: Far beyond a newsletter, far below what hurts a worker.
_MAX_OUTPUT_BYTES: Final = 256 * 1024
_MAX_LOOPS: Final = 10_000
_MAX_LOCALS_BYTES: Final = 256 * 1024
_MAX_SOURCE: Final = 200_000
#: A date pattern is at most this long: strftime's own output cannot be limited.
_MAX_PATTERN: Final = 200

# What could read another file or switch the escaping of personal values off.
_NO_TAGS: Final = ("include", "render")
_NO_FILTERS: Final = ("safe",)
# Tags after which the rest of a text depends on what came before.
_SETTING_TAGS: Final = frozenset(
    {"assign", "capture", "increment", "decrement", "cycle", "ifchanged", "liquid"}
)
# Words that Liquid answers itself when a value has no such key.
_SPECIAL_NAMES: Final = frozenset({"size", "first", "last"})
# What HTML wants escaped; most values hold none of it.
_MARKUP: Final = re.compile(r"[&<>\"']")
# Comparisons that mean the same in Python where both sides are texts, or both are numbers.
_COMPARISONS: Final[Mapping[type, Callable[[Any, Any], bool]]] = {
    EqExpression: operator.eq,
    NeExpression: operator.ne,
    LtExpression: operator.lt,
    LeExpression: operator.le,
    GtExpression: operator.gt,
    GeExpression: operator.ge,
}


class PieceFailed(Exception):
    """A piece of a template cannot be parsed or rendered; the words are for its author."""

    def __init__(self, details: str, line: int = 0) -> None:
        """Keep what is wrong and the line inside the piece, 1-based; 0 = unknown."""
        super().__init__(details)
        self.details = details
        self.line = line


class _Missing(FalsyStrictUndefined):
    """A variable nobody filled: an error when written out, false in `if`, replaced by default."""

    force_liquid_default = True


class _Language(Environment):
    """Liquid with this file's limits."""

    context_depth_limit: ClassVar[int] = 30
    loop_iteration_limit: ClassVar[int | None] = _MAX_LOOPS
    local_namespace_limit: ClassVar[int | None] = _MAX_LOCALS_BYTES
    output_stream_limit: ClassVar[int | None] = _MAX_OUTPUT_BYTES


@with_context
def _date(value: Any, pattern: object = "%Y-%m-%d", *, context: RenderContext) -> str:
    """Return a date or time in the person's zone: ISO 8601, `now`, or microseconds."""
    written = str(pattern)
    if len(written) > _MAX_PATTERN:
        raise FilterArgumentError("the date pattern is too long", token=None)
    zone = str(context.globals.get("zone") or "UTC")
    if isinstance(value, str) and value in {"now", "today"}:
        value = context.globals.get("now")
    if isinstance(value, int) and not isinstance(value, bool):
        instant: int | None = value
    else:
        instant = as_instant(str(value), zone)
    if instant is None:
        return str(value)
    try:
        return local_datetime(instant, zone).strftime(written)
    except (ValueError, OverflowError, UnicodeEncodeError) as fault:
        raise FilterArgumentError(f"date: {fault}", token=None) from fault


def _money(value: object, currency: object = "CNY") -> str:
    """Return an amount with as many digits after the point as its currency has."""
    try:
        amount = float(str(value))
    except ValueError:
        return str(value)
    return f"{amount:,.{minor_units(str(currency).upper())}f}"


@cache
def _language(*, escapes: bool, strict: bool) -> Environment:
    """Return one of the four languages: HTML or plain, strict or forgiving."""
    language = _Language(autoescape=escapes, undefined=_Missing if strict else Undefined)
    for tag in _NO_TAGS:
        language.tags.pop(tag, None)
    for name in _NO_FILTERS:
        language.filters.pop(name, None)
    language.add_filter("date", _date)
    language.add_filter("money", _money)
    return language


@dataclass(frozen=True, slots=True)
class _Slot:
    """An output such as `{{ person.name | default: "you" }}`, ready to be filled without Liquid.

    Most of a template is text and such slots; filling them directly is five times faster than
    walking Liquid's tree. Whatever is unusual (a missing value, a filter's complaint, a value that
    is neither text nor number) is left to the node itself, so that there is one meaning.
    """

    root: str
    #: "" where the root itself is written out.
    name: str
    #: Filters that need no context, with constant arguments.
    filters: tuple[tuple[Callable[..., Any], tuple[object, ...]], ...]
    node: Node

    def fill(self, values: Mapping[str, object], *, escapes: bool) -> str | None:
        """Return what is written out, or None to leave it to the node."""
        held = values.get(self.root)
        if self.name:
            held = held.get(self.name) if type(held) is dict else None
        if self.filters and held is not None:
            try:
                for function, arguments in self.filters:
                    held = function(held, *arguments)
            except (LiquidError, ArithmeticError, ValueError, TypeError):
                return None
        if type(held) is int or type(held) is float:
            held = str(held)
        elif type(held) is not str:
            return None
        return escape(held) if escapes and _MARKUP.search(held) else held


@dataclass(frozen=True, slots=True)
class _Choice:
    """An `if` such as `{% if event.total > 100 %}` around text and slots, decided without Liquid.

    Like a slot, it leaves whatever is unusual to the node itself.
    """

    root: str
    #: "" where the root itself is compared.
    name: str
    compare: Callable[[Any, Any], bool]
    #: A text or a number.
    constant: str | float
    then: tuple[str | _Slot, ...]
    otherwise: tuple[str | _Slot, ...]
    node: Node

    def fill(self, values: Mapping[str, object], *, escapes: bool) -> str | None:
        """Return what is written out, or None to leave it to the node."""
        held = values.get(self.root)
        if self.name:
            held = held.get(self.name) if type(held) is dict else None
        if type(self.constant) is str:
            if type(held) is not str:
                return None
        elif type(held) is not int and type(held) is not float:
            return None
        written = []
        for step in self.then if self.compare(held, self.constant) else self.otherwise:
            filled = step if type(step) is str else step.fill(values, escapes=escapes)  # type: ignore[union-attr] # type() is a check mypy does not follow
            if filled is None:
                return None
            written.append(filled)
        return "".join(written)


@dataclass(frozen=True, slots=True)
class Piece:
    """One parsed text of a template."""

    bound: BoundTemplate
    #: The variables it reads, such as `person.first_name`, by their first two words.
    variables: frozenset[str]
    #: Texts, slots, choices and other nodes in order; () where a node may set what another reads.
    steps: tuple[str | _Slot | _Choice | Node, ...]

    def render(self, values: Mapping[str, object]) -> str:
        """Return the text filled with the values; raise PieceFailed when it cannot be."""
        try:
            return self._filled(values) if self.steps else self.bound.render(values)
        except UndefinedError as fault:
            raise _failed(fault) from fault
        except (LiquidError, LiquidInterrupt) as fault:
            # Its words may repeat a person's value, so only its kind is told.
            raise PieceFailed(type(fault).__name__) from fault
        except (ArithmeticError, ValueError, TypeError, RecursionError, MemoryError) as fault:
            # Filters hand Python's own errors through when a value is not what they expect.
            raise PieceFailed(type(fault).__name__) from fault

    def _filled(self, values: Mapping[str, object]) -> str:
        """Return the steps one after the other."""
        escapes = self.bound.env.autoescape
        written: list[str] = []
        context: RenderContext | None = None
        for step in self.steps:
            if type(step) is str:
                written.append(step)
                continue
            node = step
            if type(step) is _Slot or type(step) is _Choice:
                filled = step.fill(values, escapes=escapes)
                if filled is not None:
                    written.append(filled)
                    continue
                node = step.node
            if context is None:
                made = self.bound.make_globals(values)
                context = self.bound.context_class(self.bound, globals=made)
            buffer = LimitedStringIO(limit=_MAX_OUTPUT_BYTES)
            assert isinstance(node, Node)
            node.render(context, buffer)
            written.append(buffer.getvalue())
        whole = "".join(written)
        if len(whole) > _MAX_OUTPUT_BYTES:
            raise PieceFailed("OutputStreamLimitError")
        return whole


def parse_piece(source: str, *, escapes: bool, strict: bool) -> Piece:
    """Return the parsed text, or raise PieceFailed with the author's fault.

    Args:
        source: Liquid.
        escapes: values are HTML-escaped when written out.
        strict: a variable that nobody filled is an error instead of an empty text.
    """
    if len(source) > _MAX_SOURCE:
        raise PieceFailed(f"longer than {_MAX_SOURCE} characters")
    try:
        bound = _language(escapes=escapes, strict=strict).from_string(source)
        found = bound.analyze(include_partials=False)
    except LiquidError as fault:
        raise _failed(fault) from fault
    except RecursionError as fault:
        raise PieceFailed("nested too deeply") from fault
    unknown_filters = sorted(set(found.filters) - set(bound.env.filters))
    if unknown_filters:
        raise PieceFailed(f"unknown filter: {', '.join(unknown_filters)}")
    variables = {
        ".".join(str(segment) for segment in variable.segments[:2])
        for uses in found.globals.values()
        for variable in uses
    }
    is_free = not found.locals and not _SETTING_TAGS & set(found.tags)
    steps = tuple(_step(bound.env, node) for node in bound.nodes) if is_free else ()
    return Piece(bound, frozenset(variables), steps)


def _step(language: Environment, node: Node) -> str | _Slot | _Choice | Node:
    """Return a node as text, slot or choice where it is as simple as that."""
    if isinstance(node, ContentNode):
        return node.text
    if isinstance(node, IfNode):
        return _choice(language, node)
    if not isinstance(node, OutputNode) or not isinstance(node.expression, FilteredExpression):
        return node
    filters = node.expression.filters or ()
    words = _words(node.expression.left)
    if words is None:
        return node
    root, name = words
    ready: list[tuple[Callable[..., Any], tuple[object, ...]]] = []
    for each in filters:
        function = language.filters[each.name]
        is_plain = not hasattr(function, "with_context") and not hasattr(
            function, "with_environment"
        )
        constants = [
            argument.value
            for argument in each.args
            if isinstance(argument, PositionalArgument)
            and isinstance(argument.value, (StringLiteral, IntegerLiteral, FloatLiteral))
        ]
        if not is_plain or len(constants) != len(each.args):
            return node
        ready.append((function, tuple(constant.value for constant in constants)))
    return _Slot(root, name, tuple(ready), node)


def _words(expression: object) -> tuple[str, str] | None:
    """Return the root and name of a plain variable, or None where it is not that plain."""
    if not isinstance(expression, Path) or len(expression.path) > 2:
        return None
    path = expression.path
    if path[-1] in _SPECIAL_NAMES or not all(isinstance(word, str) for word in path):
        return None
    return str(path[0]), str(path[1]) if len(path) == 2 else ""


def _choice(language: Environment, node: IfNode) -> _Choice | IfNode:
    """Return an `if` as a choice where it compares a variable with a constant."""
    condition = node.condition
    asked = condition.expression if isinstance(condition, BooleanExpression) else condition
    compare = _COMPARISONS.get(type(asked))
    if compare is None or node.alternatives:
        return node
    left, right = getattr(asked, "left", None), getattr(asked, "right", None)
    words = _words(left)
    then = _simple(language, node.consequence)
    otherwise = _simple(language, node.default)
    is_constant = isinstance(right, (StringLiteral, IntegerLiteral, FloatLiteral))
    if words is None or not is_constant or then is None or otherwise is None:
        return node
    assert right is not None
    return _Choice(*words, compare, right.value, then, otherwise, node)


def _simple(language: Environment, block: BlockNode | None) -> tuple[str | _Slot, ...] | None:
    """Return the steps of a block of texts and slots, or None where there is more in it."""
    if block is None:
        return ()
    steps = tuple(_step(language, inner) for inner in block.nodes)
    # Liquid writes nothing for a block that holds nothing but blanks.
    if block.blank or not all(isinstance(step, str | _Slot) for step in steps):
        return None
    return tuple(step for step in steps if isinstance(step, str | _Slot))


def _failed(fault: LiquidError) -> PieceFailed:
    """Return the author's fault in Liquid's own words, with its line."""
    where = fault.context()
    line = where[0] if where else 0
    said = fault.args[0] if fault.args else type(fault).__name__
    return PieceFailed(str(said), line)
