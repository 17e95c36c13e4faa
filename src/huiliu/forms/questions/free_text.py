"""`text`: somebody's own words; they are kept in the vault only."""

from __future__ import annotations

from collections.abc import Sequence

from huiliu.forms.form import Question
from huiliu.forms.questions.base import Goes, QuestionKind, Setting
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text

__all__ = ["TEXT"]

_LONGEST = 4_000


def _check(question: Question, given: Sequence[str]) -> Value | Text:
    """Return the words."""
    most = question.settings["longest"]
    assert isinstance(most, int)
    return given[0] if len(given[0]) <= most else text("forms.too_long", most=most)


TEXT = QuestionKind("text", Goes.FREE, _check, settings=(Setting("longest", 1000, 1, _LONGEST),))
