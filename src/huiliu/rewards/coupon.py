"""The document `kind: coupon`: a pool of codes that unlock one promotion."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.conditions import NOWHERE, Surroundings
from huiliu.kernel.documents import HEADER, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, as_duration
from huiliu.rewards.limits import NO_LIMITS, Limits, read_limits
from huiliu.rewards.promotion import read_moment, read_zone

__all__ = [
    "ALPHABET",
    "KIND",
    "LONGEST_CODE",
    "Coupon",
    "normal_code",
    "parse_coupon",
    "stored_coupon",
]

KIND: Final = "coupon"
#: Letters and digits that are read aloud and typed without a mistake: no I, L, O, U, 0 and 1.
ALPHABET: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
LONGEST_CODE: Final = 40
_FIELDS: Final = frozenset({
    *HEADER, "owner", "promotion", "code", "codes", "from", "until", "zone", "lasts", "channels",
    "stores", "limits", "issue",
})  # fmt: skip
_CODE: Final = re.compile(r"[A-Z0-9]{3,40}")
_SEPARATORS: Final = re.compile(r"[\s\-_.]+")
_LEAST_RANDOM: Final = 8
_MOST: Final = 10**9
_LONGEST_LIFE: Final = 3_650 * DAY


@dataclass(frozen=True, slots=True)
class Coupon:
    """One pool as it is live; parsed once, never changed."""

    slug: str
    name: Mapping[str, str]
    note: str
    #: Slug of the promotion that its codes unlock.
    promotion: str
    #: Canonical YAML.
    source: str
    owner: str = ""
    #: The one code that everybody uses; "" = each has their own.
    code: str = ""
    #: How own codes begin, and how many random characters follow.
    prefix: str = ""
    length: int = 12
    #: A code is made when the pool has none left; False = there are those that were made before.
    mints: bool = True
    #: Only the person to whom a code was issued may use it.
    is_bound: bool = True
    #: Instants; 0 = ever, for ever.
    starts_at: int = 0
    ends_at: int = 0
    zone: str = ""
    #: How long a code can be used once it was issued, in microseconds; 0 = as long as the pool.
    lasts: int = 0
    #: Where its codes can be used; () = wherever the promotion can.
    channels: tuple[str, ...] = ()
    stores: frozenset[str] = frozenset()
    limits: Limits = NO_LIMITS
    #: How many are issued: at all, to one person, on one day.
    issue_total: int | None = None
    issue_per_person: int | None = None
    issue_per_day: int | None = None
    version: int = 0

    @property
    def per_code(self) -> int | None:
        """Return how often one code can be used; an own code once, where nothing else is said."""
        if self.limits.per_code is not None:
            return self.limits.per_code
        return None if self.code else 1

    def expires_at(self, issued_at: int) -> int:
        """Return until when a code issued at an instant can be used; 0 = for ever."""
        if not self.lasts:
            return self.ends_at
        return min(issued_at + self.lasts, self.ends_at or issued_at + self.lasts)


def normal_code(written: str) -> str:
    """Return a code as codes are compared; "" where it cannot be one.

    Case, width, blanks and hyphens do not matter.
    """
    if len(written) > 4 * LONGEST_CODE:
        return ""
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", written)).upper()
    return plain if _CODE.fullmatch(plain) else ""


def parse_coupon(
    source: str | bytes, around: Surroundings = NOWHERE
) -> Coupon | tuple[Problem, ...]:
    """Return the pool of a YAML source, or every problem with its path and line."""
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("plans.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    fields = Fields(loaded, loaded.tree, problems=list(problems))
    fields.only(_FIELDS)
    promotion = fields.slug("promotion")
    if "promotion" not in fields.tree:
        fields.wrong("promotion", "rewards.want_promotion")
    code = _code(fields, "code")
    if code and "codes" in fields.tree:
        fields.wrong("codes", "rewards.code_or_codes")
    prefix, length, mints, is_bound = _codes(fields.below("codes"))
    zone = read_zone(fields)
    starts_at = read_moment(fields, "from", zone or around.zone)
    ends_at = read_moment(fields, "until", zone or around.zone)
    if starts_at and ends_at and ends_at <= starts_at:
        fields.wrong("until", "plans.ends_before")
    lasts = _lasts(fields)
    issue = fields.below("issue")
    counts: tuple[int | None, ...] = (None, None, None)
    if issue is not None:
        issue.only({"total", "per_person", "per_day"})
        counts = tuple(issue.whole(name, 1, _MOST) for name in ("total", "per_person", "per_day"))
    limits = read_limits(fields.below("limits"), of_coupon=True)
    channels, stores = fields.channels("channels"), _stores(fields)
    owner = fields.word("owner")
    if fields.problems or header is None:
        return tuple(fields.problems)
    return Coupon(
        header.slug, header.name, header.note, promotion, dump(loaded.tree), owner, code, prefix,
        length, mints, is_bound and not code, starts_at, ends_at, zone, lasts, channels, stores,
        limits, counts[0], counts[1], counts[2],
    )  # fmt: skip


def stored_coupon(source: str, around: Surroundings) -> Coupon:
    """Return the pool of a stored source; raise BadInput where it is understood no more."""
    found = parse_coupon(source, around)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _code(fields: Fields, name: str) -> str:
    """Return a code as it is compared; "" where there is none."""
    found = fields.tree.get(name)
    if found is None:
        return ""
    written = str(found) if type(found) is int else found
    code = normal_code(written) if isinstance(written, str) else ""
    if not code:
        fields.wrong(name, "rewards.want_code", most=LONGEST_CODE)
    return code


def _codes(fields: Fields | None) -> tuple[str, int, bool, bool]:
    """Return prefix, length, whether codes are made at need, and whether they are bound."""
    if fields is None:
        return "", 12, True, True
    fields.only({"prefix", "length", "mint", "bound"})
    written = fields.tree.get("prefix", "")
    prefix = _SEPARATORS.sub("", written).upper() if isinstance(written, str) else "?"
    if prefix and not re.fullmatch(r"[A-Z0-9]{1,20}", prefix):
        fields.wrong("prefix", "rewards.want_prefix")
    length = fields.whole("length", _LEAST_RANDOM, 20) or 12
    flags = []
    for name in ("mint", "bound"):
        flag = fields.tree.get(name, True)
        if not isinstance(flag, bool):
            fields.wrong(name, "rewards.want_yes_no")
        flags.append(flag is True)
    return prefix, length, flags[0], flags[1]


def _lasts(fields: Fields) -> int:
    """Return the length of `lasts: 7d`; 0 where there is none."""
    written = fields.tree.get("lasts")
    if written is None:
        return 0
    found = as_duration(written) if isinstance(written, str) else None
    if not found or found > _LONGEST_LIFE:
        fields.wrong("lasts", "conditions.want_duration")
        return 0
    return found


def _stores(fields: Fields) -> frozenset[str]:
    """Return the shop's own names of stores."""
    found = fields.tree.get("stores")
    if found is None:
        return frozenset()
    words = (
        [str(one) if type(one) is int else one for one in found] if isinstance(found, list) else []
    )
    if not words or not all(isinstance(one, str) and one for one in words):
        fields.wrong("stores", "rewards.want_names", most=1_000)
        return frozenset()
    return frozenset(map(str, words))
