"""`birthday`: a date of birth; month and day are kept beside it, for greetings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from huiliu.forms.form import Question
from huiliu.forms.questions.base import Goes, QuestionKind
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text

__all__ = ["BIRTHDAY"]

_FIRST_YEAR = 1900


def _check(_question: Question, given: Sequence[str]) -> Value | Text:
    """Return the date in ISO form."""
    try:
        day = dt.date.fromisoformat(given[0])
    except ValueError:
        return text("forms.not_a_date")
    return day.isoformat() if day.year >= _FIRST_YEAR else text("forms.not_a_date")


BIRTHDAY = QuestionKind(
    "birthday", Goes.PERSONAL, _check, trait="birthday",
    html={"type": "date", "autocomplete": "bday"},
)  # fmt: skip
