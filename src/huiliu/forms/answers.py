"""What came of a filled-in form: each answer checked, all problems at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from huiliu.forms.form import ConsentAsk, Form, Question
from huiliu.forms.questions import QUESTIONS
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text

__all__ = ["Answered", "Given", "check_answers"]

#: Longer than any honest answer: looked at before anything else is.
_LONGEST: Final = 4_000
_MOST_VALUES: Final = 60


@dataclass(frozen=True, slots=True)
class Given:
    """What a browser sent."""

    #: Question -> what stood in its fields.
    answers: Mapping[str, Sequence[str]]
    #: The boxes that were ticked.
    consents: Collection[str] = ()


@dataclass(slots=True)
class Answered:
    """What is left when everything was checked."""

    #: Question -> its answer, in the form's order; what was left empty is not there.
    answers: dict[str, Value] = field(default_factory=dict)
    consents: list[ConsentAsk] = field(default_factory=list)
    #: The path is the question's or the box's id.
    problems: list[Problem] = field(default_factory=list)


def check_answers(
    form: Form,
    asked: Collection[str],
    given: Given,
    needs: Mapping[str, str],
    known: Collection[str] = (),
) -> Answered:
    """Return the answers and consents of a form, and everything that is wrong with them.

    Args:
        form: the form.
        asked: the questions that this person was asked.
        given: what came.
        needs: channel -> the identifier that it reaches people by.
        known: identifiers and traits that are known of the person already.
    """
    found = Answered()
    for question in form.questions:
        if question.id not in asked:
            continue
        if question.show_if is not None and not question.show_if.holds(found.answers):
            # Answers to what was not shown are none.
            continue
        _check(question, given.answers.get(question.id, ()), found)
    _agree(form, given, needs, known, found)
    return found


def _check(question: Question, given: Sequence[str], found: Answered) -> None:
    """Check one answer."""
    written = [one.strip() for one in given[:_MOST_VALUES] if one.strip()]
    if not written:
        if question.required:
            found.problems.append(Problem(question.id, text("forms.wanted")))
        return
    if any(len(one) > _LONGEST or "\0" in one for one in written):
        found.problems.append(Problem(question.id, text("forms.too_long", most=_LONGEST)))
        return
    value = QUESTIONS[question.ask].check(question, written)
    if isinstance(value, Text):
        found.problems.append(Problem(question.id, value))
    else:
        found.answers[question.id] = value


def _agree(
    form: Form,
    given: Given,
    needs: Mapping[str, str],
    known: Collection[str],
    found: Answered,
) -> None:
    """Note the boxes that were ticked; a channel without an address to it is asked for one."""
    filled = {
        QUESTIONS[question.ask].trait for question in form.questions if question.id in found.answers
    }
    faulty = {one.path for one in found.problems}
    for one in form.consents:
        if one.id not in given.consents:
            if one.required:
                found.problems.append(Problem(one.id, text("forms.agree")))
            continue
        found.consents.append(one)
        for channel in one.channels:
            want = needs.get(channel, "")
            if not want or want in filled or want in known:
                continue
            asks = [each.id for each in form.questions if QUESTIONS[each.ask].trait == want]
            if asks and asks[0] not in faulty:
                faulty.add(asks[0])
                found.problems.append(Problem(asks[0], text("forms.wanted_for_consent")))
