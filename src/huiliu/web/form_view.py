"""A form as its page shows it: words in one language, what was typed, what is to be put right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.forms import ConsentAsk, Form, Question, said_in
from huiliu.forms.questions import QUESTIONS
from huiliu.forms.questions.nps import MOST
from huiliu.forms.words import Piece, pieces
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import LOCALES, render

__all__ = [
    "BoxView",
    "FormWords",
    "QuestionView",
    "Typed",
    "choose_language",
    "structured",
    "words_of",
]

_FREE: Final = "text"


@dataclass(frozen=True, slots=True)
class Typed:
    """What a browser sent, to be shown again."""

    answers: Mapping[str, Sequence[str]]
    consents: Iterable[str] = ()


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question, ready to be drawn."""

    id: str
    #: line, area, one, several or steps.
    draws: str
    label: str
    hint: str
    required: bool
    error: str
    #: What stands in it: of a line the text, of choices all chosen.
    typed: tuple[str, ...]
    #: (value, words).
    options: tuple[tuple[str, str], ...]
    html: Mapping[str, str]
    longest: int
    #: For the script: when it is shown.
    show_if: Mapping[str, object] | None
    is_nps: bool


@dataclass(frozen=True, slots=True)
class BoxView:
    """One box to tick."""

    id: str
    pieces: Sequence[Piece]
    required: bool
    ticked: bool
    error: str


@dataclass(frozen=True, slots=True)
class FormWords:
    """A form in one language."""

    form: Form
    locale: str
    questions: Sequence[QuestionView]
    boxes: Sequence[BoxView]

    def say(self, words: Mapping[str, str]) -> str:
        """Return one of the form's texts."""
        return said_in(words, self.locale)

    def parted(self, words: Mapping[str, str]) -> list[Sequence[Piece]]:
        """Return one of the form's texts by paragraphs, each parted at its links."""
        return [pieces(part.strip()) for part in self.say(words).split("\n") if part.strip()]

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        """Return (id, label, what is wrong) of all that is to be put right."""
        found = [(one.id, one.label, one.error) for one in self.questions if one.error]
        return found + [
            (one.id, "".join(each.words for each in one.pieces), one.error)
            for one in self.boxes
            if one.error
        ]


def choose_language(form: Form, asked: str, accepted: str) -> str:
    """Return the language of a page: what was asked for, else what the browser would rather."""
    if asked in form.locales:
        return asked
    for part in accepted.split(","):
        wanted = part.partition(";")[0].strip().lower()
        for locale in form.locales:
            if wanted and locale.lower().startswith(wanted.partition("-")[0]):
                return locale
    return form.locales[0] if form.locales else LOCALES[0]


def words_of(
    form: Form,
    locale: str,
    asked: Sequence[Question],
    typed: Typed,
    problems: Sequence[Problem] = (),
) -> FormWords:
    """Return a form in a language with what was typed so far."""
    errors = {one.path: render(one.text, locale) for one in reversed(problems)}
    ticked = set(typed.consents)
    return FormWords(
        form,
        locale,
        [_question(one, locale, typed, errors.get(one.id, "")) for one in asked],
        [_box(one, locale, one.id in ticked, errors.get(one.id, "")) for one in form.consents],
    )


def _question(one: Question, locale: str, typed: Typed, error: str) -> QuestionView:
    """Return one question as it is drawn."""
    kind = QUESTIONS[one.ask]
    options = tuple((value, said_in(words, locale)) for value, words in one.options.items())
    draws = "line" if kind.html is not None else "area" if one.ask == _FREE else "one"
    if one.ask == "multi":
        draws = "several"
    least, most = one.settings.get("from", 0), one.settings.get("to", MOST)
    if not options and draws == "one":
        assert isinstance(least, int)
        assert isinstance(most, int)
        draws = "steps"
        options = tuple((str(step), str(step)) for step in range(least, most + 1))
    longest = one.settings.get("longest", 254)
    show = one.show_if
    return QuestionView(
        id=one.id, draws=draws, label=said_in(one.label, locale), hint=said_in(one.hint, locale),
        required=one.required, error=error, typed=tuple(typed.answers.get(one.id, ())),
        options=options, html=kind.html or {}, longest=longest if isinstance(longest, int) else 254,
        show_if=None if show is None else {
            "question": show.question, "among": list(show.among), "at_least": show.at_least,
            "at_most": show.at_most,
        },
        is_nps=one.ask == "nps",
    )  # fmt: skip


def _box(one: ConsentAsk, locale: str, ticked: bool, error: str) -> BoxView:
    """Return one box as it is drawn."""
    return BoxView(one.id, pieces(said_in(one.text, locale)), one.required, ticked, error)


def structured(words: FormWords) -> Mapping[str, object]:
    """Return what search engines read of a page. Source: schema.org, WebPage and FAQPage."""
    form = words.form
    answers = [
        {
            "@type": "Question",
            "name": words.say(title),
            "acceptedAnswer": {"@type": "Answer", "text": words.say(body)},
        }
        for block in form.blocks
        if block.kind == "answers"
        for title, body in block.items
    ]
    found: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "FAQPage" if answers else "WebPage",
        "name": words.say(form.search_title) or words.say(form.title),
        "description": words.say(form.search_text) or words.say(form.intro),
        "inLanguage": words.locale,
    }
    return found | ({"mainEntity": answers} if answers else {})
