"""Which statements may be asked of Spark: one, and one that only reads the views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["is_question"]

#: Parts of a plan that do more than read, by the name of their class.
_DOING: Final = ("Command", "Insert", "ScriptTransform", "Create", "Replace", "Merge", "Update",
                 "Delete", "Alter", "Drop", "CacheTable", "Uncache", "Call", "SetVariable",
                 "CompoundBody")  # fmt: skip


def is_question(session: SparkSession, statement: str) -> str:
    """Return the statement if it is a question by Spark's own parser.

    Raises:
        BadInput: it is none, saying why.
    """
    from py4j.protocol import Py4JJavaError  # noqa: PLC0415 - an extra
    from pyspark.errors import ParseException  # noqa: PLC0415 - an extra

    # Only the Java side parses without running; the types of PySpark do not show it.
    parser = session._jsparkSession.sessionState().sqlParser()  # noqa: SLF001
    try:
        plan = parser.parsePlan(statement)
    except (ParseException, Py4JJavaError) as fault:
        raise _refused("sql.not_understood", cause=str(fault).strip().partition("\n")[0]) from fault
    doing = next(
        (name for name in _parts(plan) if name.startswith(_DOING) or "Command" in name), ""
    )
    if doing:
        raise _refused("sql.want_select", kind=doing)
    return statement


def _parts(plan: Any) -> list[str]:  # a plan of Java has no type here
    """Return the class of every part of a plan, those of subqueries among them."""
    found = []
    waiting = [plan]
    while waiting:
        part = waiting.pop()
        found.append(str(part.getClass().getSimpleName()))
        for below in (part.children(), part.innerChildren(), part.subqueries()):
            waiting.extend(below.apply(at) for at in range(below.size()))
    return found


def _refused(key: str, **arguments: object) -> BadInput:
    """Return the error of a statement that may not be asked."""
    return BadInput((Problem("sql", text(key, **arguments)),))
