"""`email`: an e-mail address; the person is known by it from then on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from huiliu.forms.form import Question
from huiliu.forms.questions.base import Goes, QuestionKind
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text

__all__ = ["EMAIL"]

#: What a person types; whether it is an address to write to, the first message tells.
_SHAPE: Final = re.compile(
    r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\.]+(?:\.[^\s@<>,;:\"()\[\]\\.]+)+"
)
_LONGEST: Final = 254


def _check(_question: Question, given: Sequence[str]) -> Value | Text:
    """Return the address as it was typed."""
    written = given[0]
    good = len(written) <= _LONGEST and _SHAPE.fullmatch(written) is not None
    return written if good else text("forms.not_an_email")


EMAIL = QuestionKind(
    "email", Goes.IDENTIFIER, _check, trait="email",
    html={"type": "email", "autocomplete": "email", "inputmode": "email"},
)  # fmt: skip
