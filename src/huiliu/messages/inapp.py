"""A message that people meet inside an APP or on a page: what it shows, where, when, how often.

A template says all of it in parts that are short words: `trigger: page /cart*; after 20s`,
`frequency: once`, `end: 7d`. They become a card, which clients read and which says nothing that a
client would have to guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import DAY, SECOND, as_duration, as_instant

__all__ = [
    "CHANNEL",
    "INAPP_PARTS",
    "KINDS",
    "LONGEST",
    "Card",
    "Often",
    "Trigger",
    "fault_of",
    "read_card",
    "read_often",
    "read_trigger",
]

#: The channel's own word.
CHANNEL: Final = "inapp"
#: Where a card is met: in the list of messages, among a page's content, over it, at its edge.
KINDS: Final = ("inbox", "card", "popup", "banner")
#: The parts of a rendering, in the order of the designer.
INAPP_PARTS: Final = (
    "type", "title", "text", "image", "button", "url", "slot", "trigger", "frequency", "priority",
    "start", "end",
)  # fmt: skip
#: Characters of a part; longer ones are cut off by no phone, but by nobody's patience either.
LONGEST: Final = {"title": 60, "text": 2_000, "button": 20, "url": 2_000, "image": 2_000}
#: How long a card can be met, where its template does not say.
_LIVES: Final = {"inbox": 90 * DAY, "card": 30 * DAY, "popup": 7 * DAY, "banner": 14 * DAY}
_LONGEST_LIFE: Final = 400 * DAY
_HIGHEST: Final = 100
_USUAL: Final = 50
_MOST_CLAUSES: Final = 10
_LONGEST_CLAUSE: Final = 200
_LATEST_S: Final = 3_600
_SLOT: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_BETWEEN: Final = re.compile(r"[;；\n]+")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*")
#: Addresses that would run in the page instead of leading somewhere.
_FORBIDDEN: Final = frozenset({"javascript", "data", "vbscript", "blob", "file", "about"})


class Trigger(msgspec.Struct, frozen=True, omit_defaults=True):
    """When a client shows a card: everything that is said has to hold."""

    #: The page's path, or the screen's name; `*` stands for anything; any of them.
    pages: tuple[str, ...] = ()
    #: Events that the client itself tracks; any of them.
    events: tuple[str, ...] = ()
    #: Seconds on the page.
    after: int = 0
    #: Percent of the page that was scrolled through.
    scroll: int = 0
    #: The pointer leaves the page, or the back key is about to.
    leave: bool = False


class Often(msgspec.Struct, frozen=True, omit_defaults=True):
    """How often one card is shown to one person, over all their devices."""

    #: Times; 0 = until it ends or is closed.
    most: int = 0
    #: Seconds between two times.
    every: int = 0
    #: Once in each visit.
    session: bool = False


Known = TypeVar("Known", Trigger, Often)


class Card(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a client shows."""

    kind: str
    title: str
    text: str = ""
    image: str = ""
    button: str = ""
    url: str = ""
    #: Where in a page a card of kind `card` stands: the page's own name for it.
    slot: str = ""
    trigger: Trigger = Trigger()
    often: Often = Often()
    priority: int = _USUAL
    starts_at: int = 0
    ends_at: int = 0
    #: BCP 47.
    locale: str = ""
    #: It is advertising, and says so.
    is_ad: bool = False


def read_card(
    parts: Mapping[str, str],
    now: int,
    zone: str,
    *,
    expires_at: int = 0,
    is_ad: bool = False,
    locale: str = "",
) -> Card | list[Problem]:
    """Return the card of a rendering, or all that is wrong with it, by part.

    Args:
        parts: part -> text, filled in.
        now: what `start: 2h` and `end: 7d` count from.
        zone: of dates without an offset.
        expires_at: the message is of no use later; 0 = no limit.
        is_ad: whether it is marketing.
        locale: that it was rendered in.
    """
    given = {name: word.strip() for name, word in parts.items() if word.strip()}
    found = [
        Problem(part, fault) for part, word in given.items() if (fault := fault_of(part, word))
    ]
    found += [
        Problem(part, text("inapp.missing")) for part in ("type", "title") if part not in given
    ]
    # Whoever has no picture to show, or one without a lock, shows the words alone.
    found = [one for one in found if one.path != "image"]
    kind = given.get("type", "inbox")
    starts = _moment(given.get("start", ""), now, zone) or now
    ends = _moment(given.get("end", ""), now, zone) or starts + _LIVES.get(kind, DAY)
    ends = min(ends, expires_at) if expires_at else ends
    if "end" in given and ends <= starts and not any(one.path in {"start", "end"} for one in found):
        found.append(Problem("end", text("inapp.ends_before")))
    if found:
        return found
    image = given.get("image", "")
    return Card(
        kind, given["title"], given.get("text", ""), "" if fault_of("image", image) else image,
        given.get("button", ""), given.get("url", ""), given.get("slot", ""),
        _known(read_trigger(given.get("trigger", ""))),
        _known(read_often(given.get("frequency", ""), kind)),
        int(given.get("priority", _USUAL)), starts, min(ends, starts + _LONGEST_LIFE), locale,
        is_ad,
    )  # fmt: skip


def fault_of(part: str, word: str) -> Text | None:
    """Return what is wrong with one filled-in part by itself, or None."""
    if not word:
        return None
    longest = LONGEST.get(part, 0)
    if longest and len(word) > longest:
        return text("inapp.too_long", longest=longest, n=len(word))
    check = _CHECKS.get(part)
    return check(word) if check is not None else None


def read_trigger(written: str) -> Trigger | Text:
    """Return when a card is shown, or what is wrong with how that is said.

    `now`, or clauses with `;` between: `page /cart*`, `event Product Viewed`, `after 20s`,
    `scroll 50`, `leave`.
    """
    pages, events = [], []
    after = scroll = 0
    leave = False
    clauses = _clauses(written)
    if isinstance(clauses, Text):
        return clauses
    for clause in clauses:
        word, _, rest = clause.partition(" ")
        rest = rest.strip()
        if clause in {"now", "leave"}:
            leave |= clause == "leave"
        elif word == "page" and rest:
            pages.append(rest)
        elif word == "event" and rest:
            events.append(rest)
        elif word == "after" and (length := as_duration(rest)) and length <= _LATEST_S * SECOND:
            after = max(1, length // SECOND)
        elif word == "scroll" and (share := _whole(rest.removesuffix("%"))) and share <= 100:
            scroll = share
        else:
            return text("inapp.trigger", clause=clause)
    return Trigger(tuple(pages), tuple(events), after, scroll, leave)


def read_often(written: str, kind: str = "") -> Often | Text:
    """Return how often a card is shown, or what is wrong with how that is said.

    `once`, `always`, or clauses with `;` between: `session`, `every 12h`, `3 times`. Where nothing
    is said, a pop-up comes once, a banner once a visit, everything else is there until it ends.
    """
    clauses = _clauses(written)
    if isinstance(clauses, Text):
        return clauses
    if not clauses:
        return {"popup": Often(most=1), "banner": Often(session=True)}.get(kind, Often())
    most = every = 0
    session = False
    for clause in clauses:
        word, _, rest = clause.partition(" ")
        if clause == "once":
            most = 1
        elif clause == "session":
            session = True
        elif word == "every" and (length := as_duration(rest.strip())):
            every = max(1, length // SECOND)
        elif (times := _whole(word)) and rest.strip() in {"times", "time"}:
            most = times
        elif clause != "always":
            return text("inapp.frequency", clause=clause)
    return Often(most, every, session)


def _clauses(written: str) -> list[str] | Text:
    """Return what is said, one thing after the other."""
    found = [" ".join(one.split()) for one in _BETWEEN.split(written)]
    found = [one for one in found if one]
    if len(found) > _MOST_CLAUSES or any(len(one) > _LONGEST_CLAUSE for one in found):
        return text("inapp.too_many", most=_MOST_CLAUSES)
    return found


def _known(found: Known | Text) -> Known:
    """Return what was read; that it can be was checked before."""
    assert not isinstance(found, Text)
    return found


def _moment(written: str, now: int, zone: str) -> int:
    """Return an instant that is said as a date, a time, or a length from now; 0 = none."""
    length = as_duration(written)
    return now + length if length is not None else as_instant(written, zone) or 0


def _whole(written: str) -> int:
    """Return a number of a few digits; 0 = it is none."""
    is_one = written.isascii() and written.isdecimal() and len(written) < 6
    return int(written) if is_one else 0


def _kind_fault(word: str) -> Text | None:
    """Say which kinds there are."""
    return None if word in KINDS else text("inapp.kind", kinds=", ".join(KINDS))


def _slot_fault(word: str) -> Text | None:
    """Say how a slot is named."""
    return None if _SLOT.fullmatch(word) else text("inapp.slot")


def _priority_fault(word: str) -> Text | None:
    """Say what numbers there are."""
    good = word.isascii() and word.isdecimal() and len(word) <= 3 and int(word) <= _HIGHEST
    return None if good else text("inapp.priority", most=_HIGHEST)


def _moment_fault(word: str) -> Text | None:
    """Say how a moment is written."""
    return None if as_duration(word) is not None or as_instant(word) else text("inapp.moment")


def _url_fault(word: str) -> Text | None:
    """Say where a card may lead: a page over https, a path of the site, a page of the APP."""
    scheme, colon, rest = word.partition(":")
    if any(letter.isspace() for letter in word):
        return text("inapp.url")
    if not colon or not _SCHEME.fullmatch(scheme.lower()):
        is_path = word.startswith("/") and not word.startswith("//") and "\\" not in word
        return None if is_path else text("inapp.url")
    if scheme.lower() == "http" or scheme.lower() in _FORBIDDEN or not rest:
        return text("inapp.url")
    return None if scheme.lower() != "https" or _has_host(word) else text("inapp.url")


def _image_fault(word: str) -> Text | None:
    """Say where a picture may come from."""
    good = word.startswith("https://") and _has_host(word) and not any(map(str.isspace, word))
    return None if good else text("inapp.image")


def _has_host(word: str) -> bool:
    """Say whether an address names a host."""
    try:
        return bool(urlsplit(word).hostname)
    except ValueError:
        return False


def _trigger_fault(word: str) -> Text | None:
    """Say what cannot be read of a trigger."""
    found = read_trigger(word)
    return found if isinstance(found, Text) else None


def _often_fault(word: str) -> Text | None:
    """Say what cannot be read of a frequency."""
    found = read_often(word)
    return found if isinstance(found, Text) else None


_CHECKS: Final[Mapping[str, Callable[[str], Text | None]]] = {
    "type": _kind_fault, "slot": _slot_fault, "priority": _priority_fault, "url": _url_fault,
    "image": _image_fault, "trigger": _trigger_fault, "frequency": _often_fault,
    "start": _moment_fault, "end": _moment_fault,
}  # fmt: skip
