"""`multi`: any of several, `most` of them at most."""

from __future__ import annotations

from collections.abc import Sequence

from huiliu.forms.form import Question
from huiliu.forms.questions.base import Goes, QuestionKind, Setting
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text

__all__ = ["MULTI"]

_MOST_OPTIONS = 50


def _check(question: Question, given: Sequence[str]) -> Value | Text:
    """Return the chosen values in the order in which they were offered."""
    chosen = set(given)
    if not chosen <= set(question.options):
        return text("forms.not_offered")
    most = question.settings["most"]
    if isinstance(most, int) and 0 < most < len(chosen):
        return text("forms.too_many", most=most)
    return [one for one in question.options if one in chosen]


MULTI = QuestionKind(
    "multi", Goes.ANSWER, _check, has_options=True,
    settings=(Setting("most", 0, 0, _MOST_OPTIONS),),
)  # fmt: skip
