"""The Liquid that templates speak: no clock, no files, no code, and limits on all that can grow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Final

from liquid import BoundTemplate, Environment, FalsyStrictUndefined, RenderContext, Undefined
from liquid.exceptions import FilterArgumentError, LiquidError, UndefinedError
from liquid.filter import with_context

from huiliu.kernel.money import minor_units
from huiliu.kernel.times import as_instant, local_datetime

__all__ = ["ROOTS", "Piece", "PieceFailed", "parse_piece"]

#: The names that a template may start a variable with.
ROOTS: Final = frozenset(
    {"person", "event", "event_name", "event_at", "key", "now", "zone", "unsubscribe_url"}
)

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
class Piece:
    """One parsed text of a template."""

    bound: BoundTemplate
    #: The variables it reads, such as `person.first_name`, by their first two words.
    variables: frozenset[str]

    def render(self, values: Mapping[str, object]) -> str:
        """Return the text filled with the values; raise PieceFailed when it cannot be."""
        try:
            return self.bound.render(values)
        except UndefinedError as fault:
            raise _failed(fault) from fault
        except LiquidError as fault:
            # Its words may repeat a person's value, so only its kind is told.
            raise PieceFailed(type(fault).__name__) from fault
        except (ArithmeticError, ValueError, TypeError, RecursionError, MemoryError) as fault:
            # Filters hand Python's own errors through when a value is not what they expect.
            raise PieceFailed(type(fault).__name__) from fault


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
    return Piece(bound, frozenset(variables))


def _failed(fault: LiquidError) -> PieceFailed:
    """Return the author's fault in Liquid's own words, with its line."""
    where = fault.context()
    line = where[0] if where else 0
    said = fault.args[0] if fault.args else type(fault).__name__
    return PieceFailed(str(said), line)
