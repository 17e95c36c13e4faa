"""`phone`: a telephone number; the person is known by it from then on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from huiliu.forms.form import Question
from huiliu.forms.questions.base import Goes, QuestionKind
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text

__all__ = ["PHONE"]

_SHAPE: Final = re.compile(r"\+?[\d\s().\-]{5,30}")
_FEWEST, _MOST = 7, 15


def _check(_question: Question, given: Sequence[str]) -> Value | Text:
    """Return the number as it was typed; whether it can be called, the vault's rules tell."""
    written = given[0]
    digits = sum(letter.isdigit() for letter in written)
    good = _SHAPE.fullmatch(written) is not None and _FEWEST <= digits <= _MOST
    return written if good else text("forms.not_a_phone")


PHONE = QuestionKind(
    "phone", Goes.IDENTIFIER, _check, trait="phone",
    html={"type": "tel", "autocomplete": "tel", "inputmode": "tel"},
)  # fmt: skip
