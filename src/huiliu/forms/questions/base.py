"""What every kind of question can do: read its settings, check an answer, say where it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from huiliu.forms.form import Question
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text

__all__ = ["Check", "Goes", "QuestionKind", "Setting"]


class Goes(Enum):
    """What becomes of an answer."""

    #: It names the person: a keyed hash in the log, itself in the vault.
    IDENTIFIER = "identifier"
    #: It is a personal trait: itself in the vault.
    PERSONAL = "personal"
    #: Somebody's own words: always in the vault.
    FREE = "free"
    #: A value out of a few: an event as it stands.
    ANSWER = "answer"


#: (question, what came) -> the answer, or what is wrong with it.
Check: TypeAlias = Callable[[Question, Sequence[str]], "Value | Text"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a kind of question: a whole number within limits, with a default."""

    name: str
    default: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class QuestionKind:
    """One row of the table of questions."""

    name: str
    goes: Goes
    check: Check
    #: The trait or identifier that it fills by itself; "" = none.
    trait: str = ""
    has_options: bool = False
    settings: tuple[Setting, ...] = ()
    #: What the browser is told of the field: HTML's type, autocomplete and inputmode.
    html: Mapping[str, str] | None = None
