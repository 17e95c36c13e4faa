"""`scale`: a whole number from one end to the other, such as 1 to 5."""

from __future__ import annotations

from collections.abc import Sequence

from huiliu.forms.form import Question
from huiliu.forms.questions.base import Goes, QuestionKind, Setting
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text

__all__ = ["SCALE", "whole_between"]


def whole_between(written: str, least: int, most: int) -> int | Text:
    """Return a whole number within limits, or what is wrong with it."""
    if not written.isascii() or not written.isdigit() or len(written) > 3:
        return text("forms.not_on_scale", least=least, most=most)
    number = int(written)
    return number if least <= number <= most else text("forms.not_on_scale", least=least, most=most)


def _check(question: Question, given: Sequence[str]) -> Value | Text:
    """Return where on the scale it is."""
    least, most = question.settings["from"], question.settings["to"]
    assert isinstance(least, int)
    assert isinstance(most, int)
    return whole_between(given[0], least, most)


SCALE = QuestionKind(
    "scale", Goes.ANSWER, _check, settings=(Setting("from", 1, 0, 1), Setting("to", 5, 2, 10))
)
