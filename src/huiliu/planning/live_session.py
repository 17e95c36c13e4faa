"""The document `kind: live_session`: when and where, what is shown at which minute, booking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from huiliu.kernel.documents import HEADER, Loaded, dump, join_path, load, read_header
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import LOCALES, text
from huiliu.kernel.times import DAY, MINUTE, as_duration, as_instant, show_duration
from huiliu.planning.pieces import CODE, is_address
from huiliu.planning.platforms import PLATFORMS

__all__ = ["DEEDS", "KIND", "Booking", "Cue", "LiveSession", "live_session", "parse_live_session"]

KIND: Final = "live_session"
#: What happens at a minute of the script.
DEEDS: Final = ("open", "talk", "product", "coupon", "draw", "close")
#: By which the reminders of a booking can go.
_WAYS: Final = ("sms", "email")
_FIELDS: Final = frozenset({
    *HEADER, "platform", "account", "starts_at", "zone", "minutes", "host", "room", "code", "brief",
    "audience", "assignee", "shop", "products", "script", "booking", "about",
})  # fmt: skip
_BOOKING: Final = frozenset({"ask", "remind", "news", "title", "intro"})
_LONGEST_SESSION: Final = 24 * 60
_MOST_CUES: Final = 500
_MOST_PRODUCTS: Final = 500
_LONGEST: Final = 2_000
_REMIND: Final = (DAY, 15 * MINUTE)
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Cue:
    """One line of the script."""

    #: Minutes from the beginning.
    at: int
    do: str
    say: str = ""
    product: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """How people book a session, and how they are reminded of it."""

    #: sms, email: what is asked for, and by which a reminder goes.
    ask: tuple[str, ...]
    #: How long before the beginning reminders go, the earliest first.
    remind: tuple[int, ...]
    #: Whether those who book may also agree to news.
    news: bool = False
    title: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    intro: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class LiveSession:
    """One live session as it is live; parsed once, never changed."""

    slug: str
    #: By language; people read it on the booking page.
    name: Mapping[str, str]
    note: str
    platform: str
    starts_at: int
    #: Of the place where it is planned; "" = the brand's.
    zone: str
    minutes: int
    #: Canonical YAML.
    source: str
    account: str = ""
    host: str = ""
    #: Where people watch.
    room: str = ""
    #: What people type when they order, so that an order can be told to come from it.
    code: str = ""
    brief: str = ""
    audience: str = ""
    assignee: str = ""
    #: `platform/shop`: the connection whose orders belong to it.
    shop: str = ""
    about: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    products: tuple[str, ...] = ()
    script: tuple[Cue, ...] = ()
    booking: Booking | None = None

    @property
    def ends_at(self) -> int:
        """Return when it is over."""
        return self.starts_at + self.minutes * MINUTE

    @property
    def shown(self) -> tuple[str, ...]:
        """Return every product that it shows, those of the script among them."""
        named = [one.product for one in self.script if one.product]
        return tuple(dict.fromkeys([*self.products, *named]))

    def state(self, now: int) -> str:
        """Return whether it is coming, on_air or over."""
        if now < self.starts_at:
            return "coming"
        return "on_air" if now < self.ends_at else "over"


@dataclass(slots=True)
class _Reading:
    """A document being read; collects every problem."""

    loaded: Loaded
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: str, key: str, **arguments: object) -> None:
        """Note a problem at a path."""
        self.problems.append(self.loaded.problem(path, text(key, **arguments)))

    def names(self, path: str, given: Mapping[str, Value], known: frozenset[str]) -> None:
        """Note keys that nobody understands."""
        for key in given:
            if key not in known:
                listed = ", ".join(sorted(known))
                self.wrong(join_path(path, key), "live.unknown_key", name=key, known=listed)

    def word(self, name: str, most: int = 100) -> str:
        """Return a short text of the document; "" where there is none."""
        found = self.loaded.tree.get(name, "")
        said = str(found) if type(found) is int else found
        if not isinstance(said, str) or len(said) > most or not said.isprintable():
            self.wrong(name, "live.want_word", most=most)
            return ""
        return said.strip()

    def words(self, given: Mapping[str, Value], name: str, path: str = "") -> Mapping[str, str]:
        """Return a text by language; nothing where there is none."""
        found = given.get(name)
        place = join_path(path, name) if path else name
        if found is None:
            return _NOTHING
        if not isinstance(found, dict) or not found or set(found) - set(LOCALES):
            self.wrong(place, "live.want_words", known=", ".join(LOCALES))
            return _NOTHING
        if not all(isinstance(one, str) and 0 < len(one.strip()) <= _LONGEST
                   for one in found.values()):  # fmt: skip
            self.wrong(place, "live.want_words", known=", ".join(LOCALES))
            return _NOTHING
        return {one: str(found[one]).strip() for one in LOCALES if one in found}


def parse_live_session(source: str | bytes, zone: str = "UTC") -> LiveSession | tuple[Problem, ...]:
    """Return the session that a YAML source describes, or every problem with path and line.

    Args:
        source: the document.
        zone: in which a time without an offset is meant, unless the document names one.
    """
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("live.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    reading = _Reading(loaded, list(problems))
    tree = loaded.tree
    reading.names("", tree, _FIELDS)
    platform = reading.word("platform")
    if platform not in PLATFORMS or not PLATFORMS[platform].has_live:
        known = ", ".join(one.name for one in PLATFORMS.values() if one.has_live)
        reading.wrong("platform", "live.no_platform", known=known)
    own_zone = reading.word("zone")
    starts_at = _start(reading, own_zone or zone)
    minutes = tree.get("minutes")
    if type(minutes) is not int or not 1 <= minutes <= _LONGEST_SESSION:
        reading.wrong("minutes", "live.no_minutes", most=_LONGEST_SESSION)
        minutes = _LONGEST_SESSION
    named = _named(reading)
    products = _products(reading)
    script = _script(reading, minutes)
    booking = _booking(reading)
    about = reading.words(tree, "about")
    if header is not None and not is_slug(f"live-{header.slug}-email"):
        reading.wrong("slug", "live.slug_too_long")
    if reading.problems or header is None:
        return tuple(reading.problems)
    return LiveSession(
        header.slug, header.name, header.note, platform, starts_at, own_zone, minutes, dump(tree),
        about=about, products=products, script=script, booking=booking, **named,
    )  # fmt: skip


@lru_cache(maxsize=512)
def live_session(source: str, zone: str) -> LiveSession:
    """Return the session of a stored source, which was checked when it was published."""
    found = parse_live_session(source, zone)
    assert not isinstance(found, tuple)
    return found


def _named(reading: _Reading) -> Mapping[str, str]:
    """Return the short texts: who, where people watch, and what the session names."""
    found = {
        "account": reading.word("account"), "host": reading.word("host"),
        "assignee": reading.word("assignee"), "brief": reading.word("brief"),
        "audience": reading.word("audience"), "room": reading.word("room", _LONGEST),
        "code": reading.word("code"), "shop": reading.word("shop", 200),
    }  # fmt: skip
    if found["room"] and not is_address(found["room"]):
        reading.wrong("room", "content.no_address")
    if found["code"] and not CODE.fullmatch(found["code"]):
        reading.wrong("code", "content.no_code")
    for name in ("brief", "audience"):
        if found[name] and not is_slug(found[name]):
            reading.wrong(name, "live.no_slug", found=found[name])
    if found["shop"] and not all(found["shop"].partition("/")[::2]):
        reading.wrong("shop", "live.no_shop")
    return found


def _start(reading: _Reading, zone: str) -> int:
    """Return when it begins."""
    written = reading.loaded.tree.get("starts_at")
    try:
        found = as_instant(written, zone) if isinstance(written, str) else None
    except (KeyError, ValueError, OSError):
        reading.wrong("zone", "live.no_zone", zone=zone)
        return 0
    if found is None or found <= 0:
        reading.wrong("starts_at", "live.no_start")
    return found or 0


def _products(reading: _Reading) -> tuple[str, ...]:
    """Return the products that it shows."""
    written = reading.loaded.tree.get("products", [])
    if not isinstance(written, list) or len(written) > _MOST_PRODUCTS:
        reading.wrong("products", "live.want_products", most=_MOST_PRODUCTS)
        return ()
    for at, one in enumerate(written):
        if not _is_product(one):
            reading.wrong(f"products[{at}]", "live.want_product")
    return tuple(dict.fromkeys(str(one) for one in written))


def _script(reading: _Reading, minutes: int) -> tuple[Cue, ...]:
    """Return the script, by minute."""
    written = reading.loaded.tree.get("script", [])
    if not isinstance(written, list) or len(written) > _MOST_CUES:
        reading.wrong("script", "live.want_script", most=_MOST_CUES)
        return ()
    found: list[Cue] = []
    for nth, raw in enumerate(written):
        path = f"script[{nth}]"
        if not isinstance(raw, dict):
            reading.wrong(path, "live.want_cue")
            continue
        reading.names(path, raw, frozenset({"at", "do", "say", "product"}))
        at, do, product = raw.get("at"), raw.get("do", "talk"), raw.get("product")
        say = raw.get("say", "")
        if type(at) is not int or not 0 <= at < minutes:
            reading.wrong(f"{path}.at", "live.want_minute", most=minutes - 1)
            continue
        if do not in DEEDS:
            reading.wrong(f"{path}.do", "live.want_deed", known=", ".join(DEEDS))
        if product is not None and not _is_product(product):
            reading.wrong(f"{path}.product", "live.want_product")
        if not isinstance(say, str) or len(say) > _LONGEST:
            reading.wrong(f"{path}.say", "live.want_word", most=_LONGEST)
        if any(one.at == at for one in found):
            reading.wrong(f"{path}.at", "live.minute_twice", at=at)
        found.append(Cue(at, str(do), str(say).strip(), "" if product is None else str(product)))
    return tuple(sorted(found, key=lambda one: one.at))


def _booking(reading: _Reading) -> Booking | None:
    """Return how people book; None where nobody can."""
    written = reading.loaded.tree.get("booking")
    if written is None:
        return None
    if not isinstance(written, dict):
        reading.wrong("booking", "live.want_booking")
        return None
    reading.names("booking", written, _BOOKING)
    ask = written.get("ask", ["sms"])
    if not isinstance(ask, list) or not ask or not set(map(str, ask)) <= set(_WAYS):
        reading.wrong("booking.ask", "live.want_ways", known=", ".join(_WAYS))
        ask = ["sms"]
    news = written.get("news", False)
    if not isinstance(news, bool):
        reading.wrong("booking.news", "live.want_flag")
    remind = _remind(reading, written.get("remind", [show_duration(one) for one in _REMIND]))
    ways = tuple(one for one in _WAYS if one in ask)
    return Booking(
        ways, remind, news is True, reading.words(written, "title", "booking"),
        reading.words(written, "intro", "booking"),
    )  # fmt: skip


def _remind(reading: _Reading, written: Value) -> tuple[int, ...]:
    """Return how long before the beginning reminders go."""
    listed: Sequence[Value] = written if isinstance(written, list) else ()
    found = [as_duration(one) if isinstance(one, str) else None for one in listed]
    good = [one for one in found if one is not None and 0 <= one <= 30 * DAY]
    if not 1 <= len(listed) <= 4 or len(set(good)) != len(listed):
        reading.wrong("booking.remind", "live.want_reminders")
    return tuple(sorted(set(good), reverse=True))


def _is_product(written: Value) -> bool:
    """Say whether something can be a product's id."""
    said = str(written) if type(written) is int else written
    return isinstance(said, str) and 0 < len(said) <= 200 and said.isprintable()
