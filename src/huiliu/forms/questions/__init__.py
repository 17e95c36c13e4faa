"""The table of questions; a kind of question is one file and one line here."""

from __future__ import annotations

from typing import Final

from huiliu.forms.questions.base import Goes, QuestionKind
from huiliu.forms.questions.birthday import BIRTHDAY
from huiliu.forms.questions.choice import CHOICE
from huiliu.forms.questions.email import EMAIL
from huiliu.forms.questions.free_text import TEXT
from huiliu.forms.questions.multi import MULTI
from huiliu.forms.questions.name import NAME
from huiliu.forms.questions.nps import NPS
from huiliu.forms.questions.phone import PHONE
from huiliu.forms.questions.scale import SCALE
from huiliu.kernel.registry import Registry

__all__ = ["QUESTIONS", "Goes", "QuestionKind"]

QUESTIONS: Final[Registry[QuestionKind]] = Registry(
    (EMAIL, PHONE, NAME, BIRTHDAY, CHOICE, MULTI, SCALE, NPS, TEXT)
)
