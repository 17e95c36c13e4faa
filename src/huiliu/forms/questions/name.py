"""`name`: what a person wants to be called."""

from __future__ import annotations

from collections.abc import Sequence

from huiliu.forms.form import Question
from huiliu.forms.questions.base import Goes, QuestionKind
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text

__all__ = ["NAME"]

_LONGEST = 80


def _check(_question: Question, given: Sequence[str]) -> Value | Text:
    """Return the name; an address is none, whoever puts it there wants it in a message."""
    written = " ".join(given[0].split())
    if len(written) > _LONGEST:
        return text("forms.too_long", most=_LONGEST)
    is_link = "://" in written or "www." in written.lower()
    return text("forms.not_a_name") if is_link or not written.isprintable() else written


NAME = QuestionKind(
    "name", Goes.PERSONAL, _check, trait="name", html={"type": "text", "autocomplete": "name"}
)
