"""Asks Spark what DuckDB holds: several conditions in a statement, as each has its price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from huiliu.conditions import Condition, compile_condition
from huiliu.kernel.queries import queries
from huiliu.warehouses.engines import ENGINES
from huiliu.warehouses.spark.files import fact_columns

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["Question", "copy_facts", "members"]

_SPARK = ENGINES["spark"]
#: Longer statements Spark thinks about longer than it works on them.
_LONGEST = 12_000


@dataclass(frozen=True, slots=True)
class Question:
    """Who meets a condition at an instant, by the present tables or by those as of an instant."""

    condition: Condition
    now: int
    at: int | None = None


def copy_facts(engine: duckdb.DuckDBPyConnection, session: SparkSession) -> None:
    """Give a session the facts of a DuckDB, under the names that compiled conditions use."""
    for fact in fact_columns():
        rows = engine.sql(f"select * from facts.{fact}").to_arrow_table()
        session.createDataFrame(rows).createOrReplaceTempView(f"facts_{fact}")
    statement = queries("warehouses", "spark")["facts_present_events"]
    session.sql(f"create or replace temporary view facts_present_events as {statement}")


def members(session: SparkSession, questions: Sequence[Question]) -> list[set[int]]:
    """Return who meets each of the conditions."""
    found: list[set[int]] = [set() for _ in questions]
    waiting = ""
    for nth, question in enumerate(questions):
        part = f"select {nth} as nth, profile_id from ({_statement(question)})"
        if waiting and len(waiting) + len(part) > _LONGEST:
            _answer(session, waiting, found)
            waiting = ""
        waiting += f"\nunion all {part}" if waiting else part
    _answer(session, waiting, found)
    return found


def _answer(session: SparkSession, statement: str, found: list[set[int]]) -> None:
    """Put the rows of several questions with theirs."""
    for nth, profile_id in session.sql(statement).collect():
        assert profile_id not in found[nth], "a profile is there once"
        found[nth].add(profile_id)


def _statement(question: Question) -> str:
    """Return the statement of one question."""
    tables = _SPARK.population(1, question.at)
    return _SPARK.compiled(compile_condition(question.condition, tables, question.now))
