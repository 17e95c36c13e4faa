"""`choice`: one of several."""

from __future__ import annotations

from collections.abc import Sequence

from huiliu.forms.form import Question
from huiliu.forms.questions.base import Goes, QuestionKind
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text

__all__ = ["CHOICE"]


def _check(question: Question, given: Sequence[str]) -> Value | Text:
    """Return the chosen value; one that was not offered is none."""
    chosen = given[0]
    return chosen if chosen in question.options else text("forms.not_offered")


CHOICE = QuestionKind("choice", Goes.ANSWER, _check, has_options=True)
