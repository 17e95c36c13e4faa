"""A piece of content on its way: what is asked for, which states it passes, what keeps it back."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol
from urllib.parse import urlsplit

from huiliu.kernel.errors import Problem
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant, local_datetime
from huiliu.planning.platforms import PLATFORMS

__all__ = [
    "BOARD",
    "CODE",
    "FIELDS",
    "NEXT",
    "STATES",
    "Dated",
    "Piece",
    "advice",
    "clashes",
    "is_address",
    "kept_back",
    "read_piece",
]

#: What a piece can be; the first four are the columns of the board.
STATES: Final = ("planned", "made", "published", "measured", "dropped")
BOARD: Final = STATES[:4]
#: From where it may go where: one step on, any step back, and away.
NEXT: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "planned": ("made", "published", "dropped"),
    "made": ("planned", "published", "dropped"),
    "published": ("planned", "made", "measured", "dropped"),
    "measured": ("published", "dropped"),
    "dropped": ("planned",),
})  # fmt: skip
#: What somebody may write of a piece.
FIELDS: Final = (
    "title", "platform", "account", "brief", "words", "audience", "assignee", "group", "target",
    "code", "due",
)  # fmt: skip
#: What people type or say to get something: the same shape as a brief's.
CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,39}")
_LONGEST: Final = {"title": 200, "account": 100, "assignee": 100, "words": 20_000}
_LONGEST_ADDRESS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Piece:
    """What is asked for, checked."""

    title: str
    platform: str
    account: str = ""
    #: Slug of the brief whose facts it tells.
    brief: str = ""
    words: str = ""
    #: Slug of the segment it is meant for; "" = everybody.
    audience: str = ""
    assignee: str = ""
    #: Slug of the community that it is posted in.
    group: str = ""
    #: Where its link leads.
    target: str = ""
    code: str = ""
    #: 0 = no date.
    due_at: int = 0


class Dated(Protocol):
    """What has a day on which people meet it."""

    @property
    def key(self) -> str:
        """What it is known by."""
        ...

    @property
    def due_at(self) -> int:
        """When; 0 = nobody knows."""
        ...

    @property
    def platform(self) -> str:
        """Where."""
        ...

    @property
    def account(self) -> str:
        """Whose page there."""
        ...

    @property
    def group(self) -> str:
        """In which community."""
        ...

    @property
    def audience(self) -> str:
        """Whom it is for; "" = everybody."""
        ...


def is_address(written: str) -> bool:
    """Say whether a text is an address on the web that people can be sent to."""
    if not 0 < len(written) <= _LONGEST_ADDRESS or not written.isprintable() or " " in written:
        return False
    try:
        parts = urlsplit(written)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in {"https", "http"} and bool(host) and "@" not in parts.netloc


def read_piece(
    given: Mapping[str, object],
    zone: str,
    knows: Callable[[str, str], bool],
) -> Piece | tuple[Problem, ...]:
    """Return what somebody asked for, or everything that is wrong with it.

    Args:
        given: field -> text.
        zone: in which a date without an offset is meant.
        knows: says whether a brief, segment or group of a slug is there.
    """
    problems = [
        Problem(str(name), text("content.unknown", known=", ".join(FIELDS)))
        for name in given
        if name not in FIELDS
    ]
    said = {name: _text(given.get(name, ""), name, problems) for name in FIELDS}
    if not said["title"]:
        problems.append(Problem("title", text("content.no_title")))
    if said["platform"] not in PLATFORMS:
        known = ", ".join(PLATFORMS)
        problems.append(Problem("platform", text("content.no_platform", known=known)))
    due_at = as_instant(said["due"], zone) if said["due"] else 0
    if due_at is None or due_at < 0:
        problems.append(Problem("due", text("content.no_date")))
    problems += _strangers(said, knows)
    if problems:
        return tuple(problems)
    rest = {name: one for name, one in said.items() if name != "due"}
    return Piece(**rest, due_at=due_at or 0)


def advice(piece: Piece) -> list[Problem]:
    """Return what is worth a second look, and keeps nothing from happening."""
    place = PLATFORMS[piece.platform]
    found = []
    for name, said, most in (
        ("title", piece.title, place.title_most), ("words", piece.words, place.words_most),
    ):  # fmt: skip
        if most and len(said) > most:
            found.append(Problem(name, text("content.long", n=len(said), most=most)))
    if piece.target and not place.has_links:
        found.append(Problem("target", text("content.not_pressed")))
    if not piece.code and not piece.target:
        found.append(Problem("code", text("content.untracked")))
    if place.is_group and not piece.group:
        found.append(Problem("group", text("content.which_group")))
    return found


def kept_back(before: str, after: str, has_something: bool, is_measured: bool) -> str:
    """Return the key of why a piece may not go from one state to another; "" = it may.

    Args:
        before: its state.
        after: the other.
        has_something: there are words or a file.
        is_measured: somebody wrote down what it brought.
    """
    if after not in NEXT.get(before, ()):
        return "content.no_way"
    if after in {"made", "published"} and not has_something:
        return "content.nothing_made"
    if after == "measured" and not is_measured:
        return "content.nothing_measured"
    return ""


def clashes(pieces: Collection[Dated], zone: str) -> Mapping[str, tuple[str, ...]]:
    """Return key -> the keys of others that meet the same people in the same place on one day.

    The same people: the same segment, or one of them is for everybody. The same place: platform,
    account and community alike.
    """
    by_day: dict[tuple[str, str, str, str], list[Dated]] = {}
    for one in pieces:
        if one.due_at:
            day = f"{local_datetime(one.due_at, zone):%Y-%m-%d}"
            by_day.setdefault((day, one.platform, one.account, one.group), []).append(one)
    found: dict[str, tuple[str, ...]] = {}
    for beside in by_day.values():
        for one in beside:
            others = tuple(other.key for other in beside if _meets(one, other))
            if others:
                found[one.key] = others
    return found


def _strangers(said: Mapping[str, str], knows: Callable[[str, str], bool]) -> list[Problem]:
    """Return what names nothing that is there, or leads nowhere."""
    problems = []
    for name in ("brief", "audience", "group"):
        kind = {"audience": "segment"}.get(name, name)
        if said[name] and not (is_slug(said[name]) and knows(kind, said[name])):
            problems.append(Problem(name, text(f"content.no_{name}", slug=said[name])))
    if said["target"] and not is_address(said["target"]):
        problems.append(Problem("target", text("content.no_address")))
    if said["code"] and not CODE.fullmatch(said["code"]):
        problems.append(Problem("code", text("content.no_code")))
    return problems


def _meets(one: Dated, other: Dated) -> bool:
    """Say whether two things may meet the same people."""
    if one.key == other.key:
        return False
    return not one.audience or not other.audience or one.audience == other.audience


def _text(written: object, name: str, problems: list[Problem]) -> str:
    """Return a text without blanks around it; what is none, or too long, is a problem."""
    if not isinstance(written, str):
        problems.append(Problem(name, text("content.no_text")))
        return ""
    said = written.replace("\r\n", "\n").strip()
    most = _LONGEST.get(name, _LONGEST_ADDRESS)
    if len(said) > most or "\0" in said:
        problems.append(Problem(name, text("content.too_long", most=most)))
        return ""
    return said
