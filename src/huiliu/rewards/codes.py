"""Codes that the brand prints or shows: what they say, how long, and where they lead.

A code's address holds a token that Huiliu signed. The token of a code that rotates names a step of
time besides; it is good in its own step and the next, so a photograph of a shop's screen that is
passed on leads nowhere soon after.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from huiliu.kernel.errors import Problem
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import text
from huiliu.kernel.times import SECOND

__all__ = [
    "KINDS", "LEADS", "Facts", "Phone", "Standing", "Token", "ends_of", "pack", "phone_of",
    "problems_of", "standing", "step_of", "unpack", "ways",
]  # fmt: skip

KINDS: Final = ("campaign", "store", "shelf", "staff", "product")
#: Where a code can lead: into the APP, into a mini-program, to a page.
LEADS: Final = ("app", "mini", "page")
#: A picture on a screen changes no faster than a phone can read and open it, and not rarely.
FASTEST_S, SLOWEST_S = 10, 3_600
_PAYLOAD: Final = struct.Struct(">BHQI")
_FORMAT: Final = 1
_LONGEST: Final = {"name": 80, "campaign": 80, "store": 40, "shelf": 40, "staff": 40}
#: A number or short name; never a person's.
_WORD: Final = re.compile(r"[\w.:-]*")
_LONGEST_ADDRESS: Final = 1_000
#: An APP's own scheme, or a link that the system hands to the APP.
_APP: Final = re.compile(r"[a-z][a-z0-9+.-]{1,40}://[^\s\"'<>]+")
#: What a browser would run instead of opening.
_NEVER: Final = frozenset({"javascript", "data", "vbscript", "file", "blob", "about"})
_MINI: Final = re.compile(r"[0-9A-Za-z]{10}")


class Standing(StrEnum):
    """Whether a code can be used now."""

    OPEN = "open"
    EARLY = "early"
    OVER = "over"
    #: It was taken back.
    ENDED = "ended"
    #: The picture is an older one of a code that rotates.
    EXPIRED = "expired"


class Phone(StrEnum):
    """Where somebody opens a code, as far as it decides what can be opened there."""

    WECHAT = "wechat"
    IOS = "ios"
    ANDROID = "android"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of a code that is to be made."""

    kind: str
    name: str
    campaign: str = ""
    store: str = ""
    shelf: str = ""
    staff: str = ""
    coupon: str = ""
    form: str = ""
    leads: Mapping[str, str] | None = None
    rotates_s: int = 0
    starts_at: int = 0
    ends_at: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    """What the address of a code says."""

    brand_id: int
    code_id: int
    #: Of a code that rotates: which picture; 0 = it does not.
    step: int = 0


def pack(token: Token) -> bytes:
    """Return what is signed of a token."""
    return _PAYLOAD.pack(_FORMAT, token.brand_id, token.code_id, token.step)


def unpack(signed: bytes) -> Token | None:
    """Return what the first bytes of a signed token say; None where it is of another format."""
    if len(signed) < _PAYLOAD.size:
        return None
    version, brand_id, code_id, step = _PAYLOAD.unpack_from(signed)
    return Token(brand_id, code_id, step) if version == _FORMAT else None


def step_of(rotates_s: int, now: int) -> int:
    """Return which picture a code that rotates shows at an instant; 0 = it does not rotate."""
    return now // (rotates_s * SECOND) if rotates_s else 0


def ends_of(rotates_s: int, step: int) -> int:
    """Return when a picture makes room for the next."""
    return (step + 1) * rotates_s * SECOND


def standing(
    token: Token, rotates_s: int, starts_at: int, ends_at: int, ended_at: int, now: int
) -> Standing:  # fmt: skip
    """Say whether a token can be used now."""
    if ended_at:
        return Standing.ENDED
    if now < starts_at:
        return Standing.EARLY
    if ends_at and now >= ends_at:
        return Standing.OVER
    shown = step_of(rotates_s, now)
    if rotates_s and token.step not in {shown, shown - 1}:
        return Standing.EXPIRED
    # One that was printed before the code was made to rotate, or the other way round.
    return Standing.EXPIRED if not rotates_s and token.step else Standing.OPEN


def phone_of(user_agent: str) -> Phone:
    """Return where somebody is, by what their browser says."""
    said = user_agent.lower()
    if "micromessenger" in said:
        return Phone.WECHAT
    if "iphone" in said or "ipad" in said:
        return Phone.IOS
    return Phone.ANDROID if "android" in said else Phone.OTHER


def ways(leads: Mapping[str, str], phone: Phone) -> tuple[tuple[str, str], ...]:
    """Return the ways on, the best first: (app, mini or page, where it leads).

    Inside WeChat an APP cannot be opened by its scheme and a mini-program can; on a phone outside
    the APP comes first; a computer opens pages only.
    """
    order: tuple[str, ...] = ("app", "mini", "page")
    if phone is Phone.WECHAT:
        order = ("mini", "page")
        if leads.get("app", "").startswith("https://"):
            # A link of the system's own opens the APP there, or the page behind it.
            order = ("mini", "app", "page")
    elif phone is Phone.OTHER:
        order = ("page", "mini")
    return tuple((way, leads[way]) for way in order if leads.get(way))


def problems_of(facts: Facts, now: int) -> list[Problem]:
    """Return everything that is wrong with a code that is to be made."""
    found = _wrong_words(facts)
    if facts.rotates_s and not FASTEST_S <= facts.rotates_s <= SLOWEST_S:
        found.append(Problem("rotates", text("qr.rotates", least=FASTEST_S, most=SLOWEST_S)))
    if facts.ends_at and facts.ends_at <= max(now, facts.starts_at):
        found.append(Problem("ends", text("qr.ends")))
    return found + _wrong_leads(facts.leads or {})


def _wrong_words(facts: Facts) -> list[Problem]:
    """Return what is wrong with the words of a code."""
    found = []
    if facts.kind not in KINDS:
        found.append(Problem("kind", text("qr.kind", known=", ".join(KINDS))))
    said = {field: str(getattr(facts, field)) for field in (*_LONGEST, "coupon", "form")}
    for field, longest in _LONGEST.items():
        is_there = bool(said[field].strip()) or field != "name"
        if not is_there or len(said[field]) > longest or not said[field].isprintable():
            found.append(Problem(field, text("qr.name", longest=longest)))
    for field in ("store", "shelf", "staff"):
        if _WORD.fullmatch(said[field]) is None:
            found.append(Problem(field, text("qr.word")))
        elif facts.kind == field and not said[field]:
            found.append(Problem(field, text("qr.needed", field=field)))
    found += [
        Problem(field, text("qr.slug"))
        for field in ("coupon", "form")
        if said[field] and not is_slug(said[field])
    ]
    return found


def _wrong_leads(leads: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with where a code leads."""
    found = [
        Problem(f"leads.{way}", text("qr.way", known=", ".join(LEADS)))
        for way in leads
        if way not in LEADS
    ]
    app, mini, page = (leads.get(way, "") for way in LEADS)
    if app and (_APP.fullmatch(app) is None or app.split(":")[0] in _NEVER
                or not app.isprintable() or len(app) > _LONGEST_ADDRESS):  # fmt: skip
        found.append(Problem("leads.app", text("qr.app")))
    if mini and _MINI.fullmatch(mini) is None:
        found.append(Problem("leads.mini", text("qr.mini")))
    if page and not _is_page(page):
        found.append(Problem("leads.page", text("qr.page")))
    return found


def _is_page(said: str) -> bool:
    """Say whether an address is one of a page."""
    try:
        parts = urlsplit(said)
        is_whole = parts.scheme == "https" and bool(parts.hostname) and not parts.username
    except ValueError:
        return False
    return is_whole and said.isprintable() and " " not in said and len(said) <= _LONGEST_ADDRESS
