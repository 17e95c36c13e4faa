"""What people answered to a form's questions: how often each answer was given."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import ibis
import pyarrow as pa

from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal

__all__ = ["ANSWERED", "answers_to", "choices_of", "latest_words", "read_answers", "read_choices"]

ANSWERED: Final = "Survey Answered"


def answers_to(tables: Tables, survey: str, since: int) -> ibis.Table:
    """Return question, text, number and how often it was answered so, for single answers.

    Free words have neither: they are counted, and stay where they are.

    Args:
        tables: a brand's population.
        survey: the slug of the form, or the name of an imported survey.
        since: answers from this instant on.
    """
    rows = _rows(tables, survey, since)
    answer = tables.cell(rows.properties, ("answer",))
    rows = rows.select(
        question=_question(tables, rows),
        text=answer.text(),
        number=answer.number(),
        words=tables.cell(rows.properties, ("comment",)).text(),
    )
    rows = rows.filter(rows.text.notnull() | rows.number.notnull() | rows.words.notnull())
    return rows.group_by("question", "text", "number").agg(n=rows.count())


def choices_of(
    tables: Tables, survey: str, question: str, options: Sequence[str], since: int
) -> ibis.Table:
    """Return one row: how many answered a question that takes several, and how many chose each."""
    rows = _rows(tables, survey, since)
    rows = rows.filter(_question(tables, rows) == question)
    answer = tables.cell(rows.properties, ("answer",))
    chosen = {
        f"n{at}": answer.has([value]).ifelse(1, 0).sum().fill_null(0)
        for at, value in enumerate(options)
    }
    return rows.agg(n=rows.count(), **chosen)


def latest_words(tables: Tables, survey: str, since: int, most: int) -> ibis.Table:
    """Return question, profile_id, occurred_at and the vault's token of the latest free words."""
    rows = _rows(tables, survey, since)
    rows = rows.select(
        "profile_id",
        "occurred_at",
        "position",
        question=_question(tables, rows),
        token=tables.cell(rows.properties, ("comment",)).text(),
    )
    rows = rows.filter(rows.token.notnull())
    rows = rows.order_by([rows.occurred_at.desc(), rows.position.desc()])
    return rows.select("question", "profile_id", "occurred_at", "token").limit(most)


def read_answers(found: pa.Table) -> Mapping[str, Mapping[str, int]]:
    """Return question -> answer -> how often; whole numbers are written as such, words as ""."""
    read: dict[str, dict[str, int]] = {}
    for row in found.to_pylist():
        number = row["number"]
        said = row["text"] or "" if number is None else f"{number:g}"
        of = read.setdefault(row["question"] or "", {})
        of[said] = of.get(said, 0) + row["n"]
    return read


def read_choices(found: pa.Table, options: Collection[str]) -> tuple[int, Mapping[str, int]]:
    """Return how many answered, and how many of them chose each option."""
    row = found.to_pylist()[0]
    return row["n"], {value: row[f"n{at}"] for at, value in enumerate(options)}


def _rows(tables: Tables, survey: str, since: int) -> ibis.Table:
    """Return the answers of a survey."""
    events = tables.events
    rows = events.filter(events.name == ANSWERED, events.occurred_at >= moment_literal(since))
    return rows.filter(tables.cell(rows.properties, ("survey",)).text() == survey)


def _question(tables: Tables, rows: ibis.Table) -> ibis.Value:
    """Return the question that a row answers."""
    return tables.cell(rows.properties, ("question",)).text()
