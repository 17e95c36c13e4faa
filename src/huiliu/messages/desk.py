"""The document `kind: desk`: how the brand answers people who write to it.

How soon, what is said by itself to which words, what staff can put in with one touch, and how long
marketing waits while somebody is being helped.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from huiliu.kernel.documents import HEADER, Loaded, dump, load, read_header
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import LOCALES, text
from huiliu.kernel.times import DAY, MINUTE, as_duration
from huiliu.messages.keywords import NO_KEYWORDS, folded, meaning_of

__all__ = [
    "ANSWERABLE",
    "DEFAULT",
    "KIND",
    "MATCHES",
    "SLUG",
    "Desk",
    "KeywordAnswer",
    "QuickReply",
    "parse_desk",
    "said_in",
]

KIND: Final = "desk"
#: There is one such document of a brand.
SLUG: Final = "default"
#: Channels on which people can be answered in words of one's own.
ANSWERABLE: Final = ("sms", "email", "wechat", "inapp")
#: How a keyword is looked for: the whole message is it, or it stands somewhere in it.
MATCHES: Final = ("is", "contains")
_KNOWN: Final = frozenset({
    *HEADER, "answer_within", "close_after", "hold_marketing", "quick_replies", "keywords",
})  # fmt: skip
_HOLDS: Final = ("conversation", "dispute")
_LONGEST_TEXT: Final = 2_000
_LONGEST_WORD: Final = 40
_MOST_WORDS: Final = 50
_MOST: Final = 200
_LONGEST_TIME: Final = 90 * DAY

Words = Mapping[str, str]
_NOTHING: Final[Words] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class QuickReply:
    """A text that staff put in with one touch."""

    slug: str
    text: Words


@dataclass(frozen=True, slots=True)
class KeywordAnswer:
    """What is answered by itself to some words."""

    slug: str
    #: As the author wrote them.
    words: tuple[str, ...]
    #: is or contains.
    match: str
    #: () = wherever people write.
    channels: tuple[str, ...]
    text: Words
    #: Somebody has to look all the same.
    opens: bool = False
    folded: tuple[str, ...] = ()

    def fits(self, whole: str, channel: str) -> bool:
        """Say whether a folded message asks for it."""
        if self.channels and channel not in self.channels:
            return False
        if self.match == "is":
            return whole in self.folded
        return any(word in whole for word in self.folded)


@dataclass(frozen=True, slots=True)
class Desk:
    """How one brand answers."""

    #: Somebody who waits longer for an answer waits too long.
    answer_within: int = 30 * MINUTE
    #: A conversation in which the person says nothing more ends by itself.
    close_after: int = 2 * DAY
    #: Marketing waits so long after the person last wrote, at most; 0 = it does not wait.
    hold_conversation: int = DAY
    #: And so long after a dispute was opened, at most.
    hold_dispute: int = 14 * DAY
    quick_replies: tuple[QuickReply, ...] = ()
    #: The first that fits is given.
    keywords: tuple[KeywordAnswer, ...] = ()
    #: Canonical YAML; "" = the brand wrote none.
    source: str = ""
    slug: str = SLUG

    def answer_to(self, words: str, channel: str) -> KeywordAnswer | None:
        """Return what is answered by itself to a message, or None.

        Words by which people end or give their consent are never answered here.
        """
        whole = folded(words)
        if not whole or not self.keywords:
            return None
        return next((one for one in self.keywords if one.fits(whole, channel)), None)


#: What holds where a brand wrote no such document.
DEFAULT: Final = Desk()


def said_in(words: Words, locales: Sequence[str]) -> str:
    """Return a text in the first language that there is one in, else in whichever there is."""
    for wanted in locales:
        if found := words.get(wanted):
            return found
        language = wanted.partition("-")[0].lower()
        for locale, found in words.items():
            if locale.partition("-")[0].lower() == language:
                return found
    return next(iter(words.values()), "")


@dataclass(slots=True)
class _Reading:
    """A document being read; collects every problem."""

    loaded: Loaded
    problems: list[Problem]
    seen: set[str] = field(default_factory=set)

    def wrong(self, path: str, key: str, **arguments: object) -> None:
        """Note a problem at a path."""
        self.problems.append(self.loaded.problem(path, text(key, **arguments)))

    def known(self, path: str, given: Collection[object], names: Collection[str]) -> None:
        """Note names that mean nothing here."""
        for name in given:
            if name not in names:
                where = f"{path}.{name}" if path else str(name)
                self.wrong(where, "desk.unknown", name=name, known=", ".join(sorted(names)))

    def length(self, path: str, given: Value, usual: int, *, may_be_nothing: bool = False) -> int:
        """Return a length of time."""
        if given is None:
            return usual
        found = as_duration(given) if isinstance(given, str) else None
        if given == 0 and may_be_nothing and not isinstance(given, bool):
            return 0
        least = 0 if may_be_nothing else MINUTE
        if found is None or not least <= found <= _LONGEST_TIME:
            self.wrong(path, "desk.want_length", most="90d")
        return found or 0

    def rows(self, name: str) -> list[tuple[str, dict[str, Value]]]:
        """Return the rows of a list with their paths."""
        given = self.loaded.tree.get(name)
        if given is None:
            return []
        if not isinstance(given, list) or len(given) > _MOST:
            self.wrong(name, "desk.want_list", most=_MOST)
            return []
        found = []
        for at, each in enumerate(given):
            if isinstance(each, dict):
                found.append((f"{name}[{at}]", each))
            else:
                self.wrong(f"{name}[{at}]", "desk.want_map")
        return found

    def slug(self, path: str, row: Mapping[str, Value]) -> str:
        """Return a row's id, which no other row of its list has."""
        given = row.get("id")
        found = given if isinstance(given, str) else ""
        place = f"{path.partition('[')[0]}/{found}"
        if not is_slug(found):
            self.wrong(f"{path}.id", "desk.want_id")
        elif place in self.seen:
            self.wrong(f"{path}.id", "desk.twice", name=found)
        self.seen.add(place)
        return found

    def words(self, path: str, given: Value) -> Words:
        """Return a text by language."""
        good = isinstance(given, dict) and bool(given) and all(
            isinstance(said, str) and 0 < len(said.strip()) <= _LONGEST_TEXT
            for said in given.values()
        )  # fmt: skip
        if not good:
            self.wrong(path, "desk.want_text", most=_LONGEST_TEXT, example=", ".join(LOCALES))
            return _NOTHING
        assert isinstance(given, dict)
        return MappingProxyType({str(name): str(said).strip() for name, said in given.items()})


def parse_desk(source: str | bytes) -> Desk | tuple[Problem, ...]:
    """Return how a brand answers, as a YAML source says, or every problem with its line."""
    loaded = load(source)
    if loaded.problems:
        return loaded.problems
    header, problems = read_header(loaded, KIND)
    reading = _Reading(loaded, problems)
    tree = loaded.tree
    reading.known("", tree, _KNOWN)
    if header is not None and header.slug != SLUG:
        reading.wrong("slug", "desk.one", slug=SLUG)
    held = tree.get("hold_marketing")
    holds: Mapping[str, Value] = held if isinstance(held, dict) else {}
    if held is not None and not isinstance(held, dict):
        reading.wrong("hold_marketing", "desk.want_map")
    reading.known("hold_marketing", holds, _HOLDS)
    lengths = [
        reading.length(f"hold_marketing.{name}", holds.get(name), usual, may_be_nothing=True)
        for name, usual in zip(
            _HOLDS, (DEFAULT.hold_conversation, DEFAULT.hold_dispute), strict=True
        )
    ]
    found = Desk(
        answer_within=reading.length(
            "answer_within", tree.get("answer_within"), DEFAULT.answer_within
        ),
        close_after=reading.length("close_after", tree.get("close_after"), DEFAULT.close_after),
        hold_conversation=lengths[0],
        hold_dispute=lengths[1],
        quick_replies=_quick_replies(reading),
        keywords=_keywords(reading),
        source=dump(tree),
    )
    return tuple(reading.problems) if reading.problems else found


def _quick_replies(reading: _Reading) -> tuple[QuickReply, ...]:
    """Return what staff can put in."""
    found = []
    for path, row in reading.rows("quick_replies"):
        reading.known(path, row, ("id", "text"))
        slug = reading.slug(path, row)
        found.append(QuickReply(slug, reading.words(f"{path}.text", row.get("text"))))
    return tuple(found)


def _keywords(reading: _Reading) -> tuple[KeywordAnswer, ...]:
    """Return what is answered by itself."""
    found: list[KeywordAnswer] = []
    for path, row in reading.rows("keywords"):
        reading.known(path, row, ("id", "words", "match", "channels", "text", "opens"))
        slug = reading.slug(path, row)
        match = row.get("match", MATCHES[0])
        if match not in MATCHES:
            reading.wrong(f"{path}.match", "desk.want_match", known=", ".join(MATCHES))
        opens = row.get("opens", False)
        if not isinstance(opens, bool):
            reading.wrong(f"{path}.opens", "desk.want_flag")
        words = _words(reading, f"{path}.words", row.get("words"))
        found.append(
            KeywordAnswer(
                slug, words, str(match), _channels(reading, path, row.get("channels")),
                reading.words(f"{path}.text", row.get("text")), opens is True,
                tuple(filter(None, map(folded, words))),
            )
        )  # fmt: skip
    _tell_twins(reading, found)
    return tuple(found)


def _words(reading: _Reading, path: str, given: Value) -> tuple[str, ...]:
    """Return the words that are looked for; none of them may be one that ends a consent."""
    good = isinstance(given, list) and 0 < len(given) <= _MOST_WORDS and all(
        isinstance(one, str) and folded(one) and len(one.strip()) <= _LONGEST_WORD for one in given
    )  # fmt: skip
    if not good:
        reading.wrong(path, "desk.want_words", most=_MOST_WORDS, longest=_LONGEST_WORD)
        return ()
    assert isinstance(given, list)
    words = tuple(str(one).strip() for one in given)
    for word in words:
        meaning = meaning_of(word, answers_marketing=False, own=NO_KEYWORDS)
        if meaning in {"stop", "start"}:
            reading.wrong(path, "desk.consent_word", word=word)
    return words


def _channels(reading: _Reading, path: str, given: Value) -> tuple[str, ...]:
    """Return where a keyword is answered."""
    if given is None:
        return ()
    if not isinstance(given, list) or not given or any(one not in ANSWERABLE for one in given):
        reading.wrong(f"{path}.channels", "desk.want_channels", known=", ".join(ANSWERABLE))
        return ()
    return tuple(str(one) for one in given)


def _tell_twins(reading: _Reading, found: Sequence[KeywordAnswer]) -> None:
    """Note words that stand in two answers of one channel: the second would never be given."""
    first: dict[tuple[str, str], str] = {}
    for at, one in enumerate(found):
        if one.match != "is":
            continue
        for word in one.folded:
            for channel in one.channels or ANSWERABLE:
                other = first.setdefault((word, channel), one.slug)
                if other != one.slug:
                    reading.wrong(f"keywords[{at}].words", "desk.word_twice", word=word, name=other)
                    break
