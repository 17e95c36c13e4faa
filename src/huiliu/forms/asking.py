"""Which questions a visitor is asked: what is known already is not asked again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from huiliu.forms.form import Form, Question
from huiliu.forms.questions import QUESTIONS

__all__ = ["Visitor", "asked_of"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """What is known of whoever opens a form: names of traits and identifiers, never their values.

    Somebody unknown has none.
    """

    known: Collection[str] = ()


def asked_of(form: Form, visitor: Visitor) -> list[Question]:
    """Return the questions for a visitor, in order, `at_once` of them at most.

    A question that hangs on another comes along with it and is not counted: it may never show.
    """
    wanted = [one for one in form.questions if not (one.if_lacking and _is_known(one, visitor))]
    if not form.at_once:
        return wanted
    kept: set[str] = set()
    n_counted = 0
    chosen = []
    for one in wanted:
        if one.show_if is not None:
            if one.show_if.question not in kept:
                continue
        elif n_counted == form.at_once:
            continue
        else:
            n_counted += 1
        kept.add(one.id)
        chosen.append(one)
    return chosen


def _is_known(question: Question, visitor: Visitor) -> bool:
    """Say whether what the answer would fill is filled already."""
    return (question.trait or QUESTIONS[question.ask].trait) in visitor.known
