"""From Ibis expressions to Spark's SQL, where it has to say what the other readers say.

Ibis knows Spark; what is here is what it leaves to the engine and Spark does in its own way:
regular expressions, instants without a zone, and names with a schema, which views of a session
do not have.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.operations as ops
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.base import SQLGlotCompiler
from ibis.backends.sql.compilers.pyspark import PySparkCompiler

from huiliu.kernel.errors import Unsupported
from huiliu.warehouses.spark.names import view_name
from huiliu.warehouses.spark.patterns import java_pattern
from huiliu.warehouses.spark.sharing import shared

__all__ = ["compiled"]

# Everything that Ibis and sqlglot hand over is Any: neither has types.

_ENGINE = "Spark"
_SECOND = 1_000_000


def compiled(expression: ibis.Expr) -> str:
    """Return the SQL of an expression in Spark's words.

    Raises:
        Unsupported: Spark has no words for a part of it.
    """
    statement = _COMPILER.to_sqlglot(shared(expression.as_table()))
    for table in list(statement.find_all(sge.Table)):
        if table.args.get("db"):
            name = view_name(table.catalog or table.db, table.name)
            table.set("this", sge.to_identifier(name, quoted=True))
            table.set("db", None)
            table.set("catalog", None)
    return str(statement.sql(dialect=_COMPILER.dialect, pretty=True))


class _Compiler(PySparkCompiler):  # type: ignore[misc] # Ibis has no types
    """Ibis' compiler for Spark, corrected."""

    __slots__ = ()

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:  # noqa: N802 - Ibis' names
        """Return a constant; a float as text, which Spark would read as a decimal first."""
        if dtype.is_floating():
            return self.cast(sge.convert(repr(float(value))), dtype)
        return super().visit_NonNullLiteral(op, value=value, dtype=dtype)

    def visit_Field(self, op: Any, *, rel: Any, name: str) -> Any:  # noqa: N802 - same
        """Return a column as it is: what is no number is not missing for that."""
        return SQLGlotCompiler.visit_Field(self, op, rel=rel, name=name)

    def visit_IsNull(self, op: Any, *, arg: Any) -> Any:  # noqa: ARG002, N802 - same
        """Say whether it is missing."""
        return arg.is_(sge.Null())

    def visit_NotNull(self, op: Any, *, arg: Any) -> Any:  # noqa: ARG002, N802 - same
        """Say whether it is there."""
        return sge.Not(this=arg.is_(sge.Null()))

    def visit_ArgMax(self, op: Any, *, arg: Any, key: Any, where: Any) -> Any:  # noqa: ARG002, N802 - same
        """Return the value where the key is greatest; a row without a value is passed over."""
        return self._by("max_by", arg, key, where)

    def visit_ArgMin(self, op: Any, *, arg: Any, key: Any, where: Any) -> Any:  # noqa: ARG002, N802 - same
        """Return the value where the key is least; a row without a value is passed over."""
        return self._by("min_by", arg, key, where)

    def _by(self, name: str, arg: Any, key: Any, where: Any) -> Any:
        """Return one of the two over the rows that have a value."""
        there = sge.Not(this=arg.is_(sge.Null()))
        kept = there if where is None else sge.and_(where, there)
        return sge.Filter(this=self.f.anon[name](arg, key), expression=sge.Where(this=kept))

    def visit_RegexSearch(self, op: Any, *, arg: Any, pattern: Any) -> Any:  # noqa: N802 - same
        """Search by Java's pattern of the same meaning."""
        return self.f.regexp_like(arg, _pattern(op, pattern))

    def visit_RegexExtract(self, op: Any, *, arg: Any, pattern: Any, index: Any) -> Any:  # noqa: N802 - same
        """Extract by Java's pattern of the same meaning."""
        return self.f.anon.regexp_extract(arg, _pattern(op, pattern), index)

    def visit_RegexReplace(self, op: Any, *, arg: Any, pattern: Any, replacement: Any) -> Any:  # noqa: N802 - same
        """Replace by Java's pattern of the same meaning; the replacement has no groups."""
        words = op.replacement
        if not isinstance(words, ops.Literal) or set(words.value) & set("\\$"):
            raise Unsupported(_ENGINE, "groups in a replacement")
        return self.f.anon.regexp_replace(arg, _pattern(op, pattern), replacement)

    def visit_RegexSplit(self, op: Any, *, arg: Any, pattern: Any) -> Any:  # noqa: N802 - same
        """Split by Java's pattern of the same meaning."""
        return self.f.anon.split(arg, _pattern(op, pattern))

    def visit_StringSplit(self, op: Any, *, arg: Any, delimiter: Any) -> Any:  # noqa: ARG002, N802 - same
        """Split at a text: Spark would take it for a pattern."""
        if not isinstance(op.delimiter, ops.Literal):
            raise Unsupported(_ENGINE, "splitting at a column's text")
        quoted = "".join(f"\\{one}" if not one.isalnum() else one for one in op.delimiter.value)
        return self.f.anon.split(arg, sge.convert(quoted))

    def visit_ExtractEpochSeconds(self, op: Any, *, arg: Any) -> Any:  # noqa: N802, ARG002 - same
        """Return the whole seconds since 1970 of an instant in UTC."""
        return self.f.anon.unix_seconds(_in_zone(arg))

    def visit_ExtractMicrosecond(self, op: Any, *, arg: Any) -> Any:  # noqa: N802 - same
        """Return the microseconds of an instant's second."""
        micros = self.f.anon.pmod(self.f.anon.unix_micros(_in_zone(arg)), sge.convert(_SECOND))
        return self.cast(micros, op.dtype)

    def visit_TimestampTruncate(self, op: Any, *, arg: Any, unit: Any) -> Any:  # noqa: N802 - same
        """Return the beginning of a day, month ...; without a zone, as it came."""
        return self.cast(super().visit_TimestampTruncate(op, arg=arg, unit=unit), op.dtype)

    visit_DateTruncate = visit_TimestampTruncate  # noqa: N815 - same

    def visit_TimestampFromUNIX(self, op: Any, *, arg: Any, unit: Any) -> Any:  # noqa: N802 - same
        """Return the instant of so many seconds, milliseconds or microseconds since 1970."""
        named = {"s": "timestamp_seconds", "ms": "timestamp_millis", "us": "timestamp_micros"}
        made = self.f.anon[named[op.unit.short if op.unit else unit.name]](arg)
        return self.cast(made, op.dtype)


def _pattern(op: Any, pattern: Any) -> Any:
    """Return the Java pattern of a literal one."""
    if not isinstance(op.pattern, ops.Literal):
        raise Unsupported(_ENGINE, f"a pattern that is no constant: {pattern}")
    return sge.convert(java_pattern(op.pattern.value))


def _in_zone(arg: Any) -> Any:
    """Return an instant as the kind of timestamp that knows UTC, which the arithmetic asks for."""
    return sge.Cast(this=arg, to=sge.DataType.build("timestampltz"))


_COMPILER = _Compiler()
