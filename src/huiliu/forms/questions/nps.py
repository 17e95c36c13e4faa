"""`nps`: how likely somebody is to recommend, 0 to 10.

Source: Reichheld, "The One Number You Need to Grow", Harvard Business Review, December 2003:
9 and 10 promote, 0 to 6 detract; the score is the difference of their shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from huiliu.forms.form import Question
from huiliu.forms.questions.base import Goes, QuestionKind
from huiliu.forms.questions.scale import whole_between
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text

__all__ = ["DETRACTS_TO", "MOST", "NPS", "PROMOTES_FROM"]

MOST: Final = 10
PROMOTES_FROM: Final = 9
DETRACTS_TO: Final = 6


def _check(_question: Question, given: Sequence[str]) -> Value | Text:
    """Return the number from 0 to 10."""
    return whole_between(given[0], 0, MOST)


NPS = QuestionKind("nps", Goes.ANSWER, _check)
