"""The document `kind: posts`: what people may show of what they bought, and what they get for it.

There is one of a brand; where it wrote none, people may post, and get nothing for it. Points are
for a post that was approved, whatever it says and whether or not it may be used again: a reward
for praise, or for a consent, would buy both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from huiliu.kernel.documents import HEADER, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import LOCALES

__all__ = [
    "APPROVED",
    "DEFAULT",
    "KIND",
    "KINDS",
    "PHOTO",
    "REASONS",
    "REFUSED",
    "SLUG",
    "STATES",
    "VIDEO",
    "WAITING",
    "WITHDRAWN",
    "PostRules",
    "parse_posts",
    "parsed_posts",
]

KIND: Final = "posts"
#: There is one such document of a brand.
SLUG: Final = "default"
PHOTO: Final = "photo"
VIDEO: Final = "video"
KINDS: Final = (PHOTO, VIDEO)
WAITING: Final = "waiting"
APPROVED: Final = "approved"
REFUSED: Final = "refused"
WITHDRAWN: Final = "withdrawn"
#: A post waits, then somebody of the staff decides; its person can take it back at any time.
STATES: Final = (WAITING, APPROVED, REFUSED, WITHDRAWN)
#: Why one is refused; never that it does not praise.
REASONS: Final = ("other_product", "unclear", "private", "advert", "unlawful", "copied")

_FIELDS: Final = frozenset({
    *HEADER, "open_days", "per_order", "photos", "video_seconds", "points", "title", "text",
    "consent", "target",
})  # fmt: skip
_MOST_DAYS: Final = 365
_MOST_POSTS: Final = 20
_MOST_PHOTOS: Final = 9
_LONGEST_VIDEO: Final = 180
_MOST_POINTS: Final = 100_000
_LONGEST: Final = 1_000
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PostRules:
    """What people may show of what they bought."""

    slug: str = SLUG
    name: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    note: str = ""
    #: How long a link can be used.
    open_days: int = 60
    #: How many posts one person may make of one order.
    per_order: int = 3
    #: How many photos stand in one post.
    photos: int = 6
    #: 0 = no videos are taken.
    video_seconds: int = 60
    #: What an approved post earns, by kind.
    points: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    #: What stands above the page, by language; nothing = Huiliu's own words.
    title: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    text: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: What people agree to when they let the brand use a post; nothing = Huiliu's own words.
    consent: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: Where a shared post leads on to: the shop; "" = nowhere.
    target: str = ""
    #: Canonical YAML; "" = the brand wrote none.
    source: str = ""

    def earned(self, kind: str) -> Decimal:
        """Return the points of an approved post; 0 = none."""
        return self.points.get(kind, Decimal(0))


#: What holds where a brand wrote no such document.
DEFAULT: Final = PostRules()


def parse_posts(source: str | bytes) -> PostRules | tuple[Problem, ...]:
    """Return the rules of a document, or every problem that it has."""
    loaded = load(source)
    if loaded.problems:
        return tuple(loaded.problems)
    header, problems = read_header(loaded, KIND)
    read = Fields(loaded, loaded.tree, problems=problems)
    read.only(_FIELDS)
    if header is not None and header.slug != SLUG:
        read.wrong("slug", "posts.want_slug", slug=SLUG)
    whole = [
        (read.whole("open_days", 1, _MOST_DAYS), DEFAULT.open_days),
        (read.whole("per_order", 1, _MOST_POSTS), DEFAULT.per_order),
        (read.whole("photos", 1, _MOST_PHOTOS), DEFAULT.photos),
        (read.whole("video_seconds", 0, _LONGEST_VIDEO), DEFAULT.video_seconds),
    ]
    said = [_words(read, name) for name in ("title", "text", "consent")]
    points = _points(read)
    target = read.word("target", most=_LONGEST)
    if target and not target.startswith("https://"):
        read.wrong("target", "posts.want_address")
    if header is None or problems:
        return tuple(problems)
    open_days, per_order, photos, video_seconds = (usual if n is None else n for n, usual in whole)
    return PostRules(
        SLUG, header.name, header.note, open_days, per_order, photos, video_seconds, points,
        said[0], said[1], said[2], target, dump(loaded.tree),
    )  # fmt: skip


@lru_cache(maxsize=64)
def parsed_posts(source: str) -> PostRules:
    """Return the rules of a stored source, which was checked when it was published.

    Raises:
        BadInput: it was written by a version that understood more than this one.
    """
    found = parse_posts(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _points(read: Fields) -> Mapping[str, Decimal]:
    """Return what a post earns, by kind."""
    inner = read.below("points")
    if inner is None:
        return MappingProxyType({})
    inner.only(KINDS)
    found = {kind: inner.number(kind, 0, _MOST_POINTS) for kind in KINDS}
    given = {kind: Decimal(str(n)) for kind, n in found.items() if n}
    for kind, n in given.items():
        if n != round(n, 2):
            inner.wrong(kind, "posts.want_points")
    return MappingProxyType(given)


def _words(read: Fields, name: str) -> Mapping[str, str]:
    """Return a text by language; nothing where there is none."""
    inner = read.below(name)
    if inner is None:
        return _NOTHING
    inner.only(LOCALES)
    found = {locale: inner.word(locale, most=_LONGEST) for locale in LOCALES}
    return MappingProxyType({locale: words for locale, words in found.items() if words})
