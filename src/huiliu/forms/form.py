"""The nouns of a form: what it asks, what it asks leave for, what it gives, how its page looks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from huiliu.kernel.facts import Value

__all__ = [
    "NO_WORDS",
    "Block",
    "ConsentAsk",
    "Form",
    "PopUp",
    "Question",
    "Reward",
    "ShowIf",
    "Words",
    "said_in",
]

#: A text that visitors read: locale -> text.
Words: TypeAlias = Mapping[str, str]

NO_WORDS: Final[Words] = MappingProxyType({})
_NO_SETTINGS: Final[Mapping[str, Value]] = MappingProxyType({})


def said_in(words: Words, locale: str) -> str:
    """Return a text in a language; one that is not written in it comes in the first that is."""
    return words.get(locale) or next(iter(words.values()), "")


@dataclass(frozen=True, slots=True)
class ShowIf:
    """When a question is shown at all: by the answer to one before it."""

    question: str
    #: Any of these was chosen; empty = it goes by number.
    among: tuple[str, ...] = ()
    at_least: int | None = None
    at_most: int | None = None

    def holds(self, answers: Mapping[str, Value]) -> bool:
        """Say whether what was answered so far lets the question be shown."""
        found = answers.get(self.question)
        if self.among:
            chosen = found if isinstance(found, list) else [found]
            return any(str(one) in self.among for one in chosen if one is not None)
        if not isinstance(found, int) or isinstance(found, bool):
            return False
        return (self.at_least is None or found >= self.at_least) and (
            self.at_most is None or found <= self.at_most
        )


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked."""

    id: str
    #: A row of the table of questions: email, choice, nps ...
    ask: str
    label: Words
    hint: Words = field(default_factory=lambda: NO_WORDS)
    required: bool = False
    #: True = only of those of whom it is not known.
    if_lacking: bool = False
    show_if: ShowIf | None = None
    #: The trait that an answer sets; "" = none.
    trait: str = ""
    #: What its kind was told, such as options.
    settings: Mapping[str, Value] = field(default_factory=lambda: _NO_SETTINGS)
    #: Choices: value -> label.
    options: Mapping[str, Words] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class ConsentAsk:
    """One box that a person may tick, never ticked before they came."""

    id: str
    channels: tuple[str, ...]
    purpose: str
    text: Words
    required: bool = False

    def digest(self, locale: str) -> str:
        """Return a hash of the text as it was read: the proof of what was agreed to."""
        return hashlib.sha256(said_in(self.text, locale).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Reward:
    """What is given for filling the form in, once a person."""

    #: The reward's own word, for journeys.
    name: str
    text: Words
    #: A code that everybody gets; "" = none is shown.
    code: str = ""
    #: The question that must be answered for it; "" = any.
    for_: str = ""
    #: The pool whose coupon it is; everybody gets their own code where the pool has such.
    coupon: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One part of a landing page."""

    #: text, points, image, quote, answers or form.
    kind: str
    title: Words = field(default_factory=lambda: NO_WORDS)
    body: Words = field(default_factory=lambda: NO_WORDS)
    #: Points: (title, body); answers: (question, answer).
    items: tuple[tuple[Words, Words], ...] = ()
    #: Address of a picture.
    image: str = ""


@dataclass(frozen=True, slots=True)
class PopUp:
    """When a page that carries the client shows the form by itself."""

    after_s: int = 8
    #: Percent of the page that was scrolled; 0 = it does not matter.
    scroll: int = 0
    #: When the pointer leaves the page.
    on_leave: bool = False
    #: Days until somebody who closed it sees it again.
    again_days: int = 30
    #: Parts of addresses that it is shown on; empty = on every page.
    pages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is live; parsed once, never changed."""

    slug: str
    name: Words
    note: str
    #: sign_up, survey or pop_up.
    use: str
    locales: tuple[str, ...]
    title: Words
    questions: tuple[Question, ...]
    #: Canonical YAML.
    source: str
    intro: Words = field(default_factory=lambda: NO_WORDS)
    button: Words = field(default_factory=lambda: NO_WORDS)
    thanks: Words = field(default_factory=lambda: NO_WORDS)
    consents: tuple[ConsentAsk, ...] = ()
    reward: Reward | None = None
    blocks: tuple[Block, ...] = ()
    #: What search engines and shared links show.
    search_title: Words = field(default_factory=lambda: NO_WORDS)
    search_text: Words = field(default_factory=lambda: NO_WORDS)
    picture: str = ""
    is_hidden: bool = False
    pop_up: PopUp | None = None
    #: Origins of pages that may show it in a frame.
    embed: tuple[str, ...] = ()
    #: How many questions a visit asks at most; 0 = all.
    at_once: int = 0
    #: Whether one person is taken once only.
    once: bool = False
    #: Whether an address that somebody else has joins the two without proof.
    trusts_claims: bool = False
    opens_at: int = 0
    #: 0 = never.
    closes_at: int = 0

    def question(self, name: str) -> Question | None:
        """Return a question by its id."""
        return next((one for one in self.questions if one.id == name), None)

    @property
    def picture_origins(self) -> frozenset[str]:
        """Return where the pictures of its page come from."""
        found = [one.image for one in self.blocks if one.image] + [self.picture]
        return frozenset("/".join(one.split("/")[:3]) for one in found if one.startswith("https:"))
