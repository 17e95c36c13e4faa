"""Forms and landing pages as documents: what is asked, what is answered, what is agreed; pure."""

from huiliu.forms.answers import Answered, Given, check_answers
from huiliu.forms.asking import Visitor, asked_of
from huiliu.forms.form import (
    Block,
    ConsentAsk,
    Form,
    PopUp,
    Question,
    Reward,
    ShowIf,
    Words,
    said_in,
)
from huiliu.forms.reading import USES, parse_form

__all__ = [
    "USES",
    "Answered",
    "Block",
    "ConsentAsk",
    "Form",
    "Given",
    "PopUp",
    "Question",
    "Reward",
    "ShowIf",
    "Visitor",
    "Words",
    "asked_of",
    "check_answers",
    "parse_form",
    "said_in",
]
