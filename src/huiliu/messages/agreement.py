"""Whether a rendering tells the facts of its brief: a price, date, code or claim of its own is not.

What a text says is read as a reader would, in every branch, with the brief's facts filled in. So a
figure counts whoever typed it, and a half of the brief's price is not the brief's price.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from huiliu.kernel.documents import load
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import Text, text
from huiliu.messages.brief import Brief, Code, Day, Percent, Price, Words, brief_values
from huiliu.messages.figures import Figure, Meaning, figures, plain, read_time, weekday_near
from huiliu.messages.language import Piece
from huiliu.messages.places import Place, places
from huiliu.messages.rendering import Template
from huiliu.messages.runs import runs, visible

__all__ = ["Contradiction", "contradictions", "disagreements", "typed_facts"]

_DOLLARS: Final = frozenset({"USD", "HKD", "TWD", "SGD", "AUD", "CAD", "MXN", "NZD"})
_NUMBER: Final = re.compile(r"\d[\d.,]*")
_NOT: Final = (
    r"(?:不|非|无|没有?|未|\bno |\bnot |\bnever |\bwithout |n't |\bkeine? |\bnicht |\bpas )"
)
_SHORTEST_CLAIM: Final = 2
#: Codes are told apart from model numbers by how near they are to one of the brief's.
_NEAR: Final = 0.6


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something that a rendering says and its brief does not."""

    place: Place
    #: As it is written there.
    written: str
    #: What is wrong, and what the brief says.
    said: Text


def disagreements(
    template: Template, brief: Brief, written: str | bytes | None = None
) -> list[Problem]:
    """Return what keeps a rendering from being published, with paths and lines.

    Args:
        template: the rendering.
        brief: what it has to tell.
        written: the document as its author wrote it, whose lines are told; None = canonical.
    """
    loaded = load(written if written is not None else template.source)
    problems = []
    for field in sorted(template.facts - {"*"} - set(_readable(brief))):
        known = ", ".join(brief.facts)
        said = text("briefs.no_field", name=field, brief=brief.slug, known=known)
        problems.append(loaded.problem("brief", said))
    problems += [
        Problem(one.place.path, one.said, one.place.line_of(loaded, one.written))
        for one in contradictions(template, brief)
    ]
    return problems


def contradictions(template: Template, brief: Brief) -> list[Contradiction]:
    """Return everything that a rendering says and its brief does not, in the order of its parts."""
    found: dict[tuple[str, str], Contradiction] = {}
    for place in places(template):
        allowed = _allowed(brief, place.locale)
        for shown in _shown(place.piece, place.part, brief, place.locale):
            for written, said in _against(shown, place.locale, brief, allowed):
                found.setdefault(
                    (place.path, written), Contradiction(place, written, said)
                )  # fmt: skip
    return list(found.values())


def typed_facts(template: Template, brief: Brief) -> list[tuple[Place, str]]:
    """Return the brief's facts that a rendering spells out instead of referring to them.

    They are right today, and stay as they are when the brief changes.
    """
    found: dict[tuple[str, str], Place] = {}
    for place in places(template):
        allowed = _allowed(brief, place.locale)
        for run in runs(place.piece, {}):
            shown = plain(visible(run, is_markup=place.part == "html"))
            for one in figures(shown, place.locale):
                if _figure(shown, one, place.locale, brief, allowed) is None and any(
                    meaning[0] != "shape" or meaning[1] in allowed.codes for meaning in one.meanings
                ):
                    found.setdefault((place.path, one.written), place)
    return [(place, written) for (_, written), place in found.items()]


def _readable(brief: Brief) -> Mapping[str, str]:
    """Return the names that a rendering may use."""
    return brief_values(brief, "en")


def _shown(piece: Piece, part: str, brief: Brief, locale: str) -> Iterator[str]:
    """Yield what readers see of a text, once for each of its branches."""
    known = {"brief": dict(brief_values(brief, locale))}
    for run in runs(piece, known):
        yield plain(visible(run, is_markup=part == "html"))


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What a brief says, as figures mean it."""

    meanings: frozenset[Meaning]
    #: (month, day) -> the day with its time.
    days: Mapping[tuple[int, int], Sequence[Day]]
    codes: frozenset[str]
    claims: tuple[tuple[str, Words], ...]


@lru_cache(maxsize=1_024)
def _allowed(brief: Brief, locale: str) -> _Allowed:
    """Return what may be said of a brief in a language."""
    meanings: set[Meaning] = set()
    days: dict[tuple[int, int], list[Day]] = {}
    codes: set[str] = set()
    claims = []
    for name, fact in brief.facts.items():
        if isinstance(fact, Price):
            meanings.add(("price", fact.money.major, fact.money.currency))
        elif isinstance(fact, Percent):
            meanings.add(("percent", fact.number))
            if fact.is_off:
                meanings.add(("off", fact.number))
        elif isinstance(fact, Day):
            days.setdefault((fact.day.month, fact.day.day), []).append(fact)
        elif isinstance(fact, Code):
            codes.add(fact.code)
        else:
            if fact.is_claim:
                claims.append((name, fact))
            # What a claim names may be named: "free from 99 yuan".
            words = plain(fact.in_locale(locale))
            for one in figures(words, locale):
                meanings.update(one.meanings)
                codes.update(str(m[1]) for m in one.meanings if m[0] in {"code", "shape"})
    return _Allowed(frozenset(meanings), days, frozenset(codes), tuple(claims))


def _against(
    shown: str, locale: str, brief: Brief, allowed: _Allowed
) -> Iterator[tuple[str, Text]]:  # fmt: skip
    """Yield (what is written, what is wrong) of one text as it is read."""
    claimed = [*_claims(shown, locale, allowed)]
    yield from ((written, said) for written, said, _ in claimed)
    covered = [span for _, _, span in claimed]
    for one in figures(shown, locale):
        if any(start <= one.start < end for start, end in covered):
            continue
        said = _figure(shown, one, locale, brief, allowed)
        if said is not None:
            yield one.written, said


def _figure(
    shown: str, one: Figure, locale: str, brief: Brief, allowed: _Allowed
) -> Text | None:  # fmt: skip
    """Return what is wrong with one figure, or None."""
    if one.kind == "code":
        return _code(one, brief, allowed)
    if one.kind == "date":
        return _date(shown, one, locale, brief, allowed)
    if any(_is_said(meaning, allowed.meanings) for meaning in one.meanings):
        return None
    return _wrong(one, brief, locale, Price if one.kind == "price" else Percent)


def _is_said(meaning: Meaning, allowed: frozenset[Meaning]) -> bool:
    """Say whether a brief says this."""
    if meaning in allowed:
        return True
    if meaning[0] != "price":
        return False
    _, amount, currency = meaning
    return any(
        one[0] == "price" and one[1] == amount and _may_be(str(currency), str(one[2]))
        for one in allowed
    )


def _may_be(written: str, currency: str) -> bool:
    """Say whether a sign may stand for a currency: ¥ and 元 name several, $ too."""
    return not written or not currency or written == currency


def _date(
    shown: str, one: Figure, locale: str, brief: Brief, allowed: _Allowed
) -> Text | None:  # fmt: skip
    """Return what is wrong with a date, its weekday or its time."""
    meant: list[Day] = []
    for meaning in one.meanings:
        _, year, month, day = meaning
        assert isinstance(month, int)
        assert isinstance(day, int)
        days = allowed.days.get((month, day), ())
        meant += [each for each in days if not year or each.day.year == year]
        if not meant and (
            meaning in allowed.meanings or ("date", 0, month, day) in allowed.meanings
        ):
            return None
    if not meant:
        return _wrong(one, brief, locale, Day)
    weekday, time = weekday_near(shown, one), read_time(shown, one)
    if weekday is not None and all(each.day.weekday() != weekday for each in meant):
        return text("briefs.weekday", written=one.written, day=meant[0].day.isoformat())
    timed = [each.time for each in meant if each.time is not None]
    if time is not None and timed and time not in timed:
        return text(
            "briefs.time", written=one.written, time=f"{time:%H:%M}", want=f"{timed[0]:%H:%M}"
        )
    return None


def _code(one: Figure, brief: Brief, allowed: _Allowed) -> Text | None:
    """Return what is wrong with a code; what is only shaped like one must be near to one."""
    kind, written = one.meanings[0]
    if written in allowed.codes:
        return None
    if kind == "shape" and not any(_near(str(written), code) for code in allowed.codes):
        return None
    return _wrong(one, brief, "en", Code)


def _near(one: str, other: str) -> bool:
    """Say whether a word looks like a slip or another edition of a code: SPRING25 of SPRING26."""
    one, other = one.upper(), other.upper()
    if one.rstrip("0123456789") == other.rstrip("0123456789") != "":
        return True
    same = sum(a == b for a, b in zip(one, other, strict=False))
    return abs(len(one) - len(other)) <= 1 and same >= _NEAR * max(len(one), len(other))


def _wrong(one: Figure, brief: Brief, locale: str, kind: type) -> Text:
    """Return that a figure is not the brief's, and what the brief says of its kind."""
    values = brief_values(brief, locale)
    known = [f"{{{{ brief.{name} }}}} = {values[name]}"
             for name, fact in brief.facts.items() if isinstance(fact, kind)]  # fmt: skip
    key = "briefs.not_said" if known else "briefs.not_known"
    return text(
        key, written=one.written, brief=brief.slug, known=", ".join(known),
        what=Text(f"briefs.kind.{one.kind}", {}),
    )  # fmt: skip


def _claims(
    shown: str, locale: str, allowed: _Allowed
) -> Iterator[tuple[str, Text, tuple[int, int]]]:
    """Yield (what is written, what is wrong, where) of what says the opposite of a claim."""
    for name, claim in allowed.claims:
        words = plain(claim.in_locale(locale))
        for never in _never(claim, locale):
            for found in re.finditer(_loosely(plain(never)), shown, re.IGNORECASE):
                said = text("briefs.never", written=found.group(), name=name, claim=words)
                yield found.group(), said, found.span()
        if len(words) >= _SHORTEST_CLAIM:
            for found in re.finditer(_NOT + r"\s?" + _loosely(words), shown, re.IGNORECASE):
                said = text("briefs.never", written=found.group(), name=name, claim=words)
                yield found.group(), said, found.span()
        yield from _other_numbers(shown, name, words)


def _other_numbers(
    shown: str, name: str, words: str
) -> Iterator[tuple[str, Text, tuple[int, int]]]:  # fmt: skip
    """Yield where a claim is told with other numbers: free from 199 instead of 299."""
    numbers = _NUMBER.findall(words)
    if not numbers or not re.search(r"[^\W\d]", words):
        return
    pattern = r"\s*(\d[\d.,]*)\s*".join(_loosely(part) for part in _NUMBER.split(words))
    for found in re.finditer(pattern, shown, re.IGNORECASE):
        if [_value(one) for one in found.groups()] != [_value(one) for one in numbers]:
            said = text("briefs.never", written=found.group(), name=name, claim=words)
            yield found.group(), said, found.span()


def _never(claim: Words, locale: str) -> Sequence[str]:
    """Return the words that a claim rules out in a language."""
    language = locale.lower().split("-")[0]
    return [
        one
        for tag, some in claim.never.items()
        if tag.lower().split("-")[0] == language
        for one in some
    ]  # fmt: skip


def _loosely(words: str) -> str:
    """Return a pattern of words in which gaps may be of any width."""
    return r"\s*".join(re.escape(one) for one in words.split()) if words.split() else r"\s*"


def _value(written: str) -> Decimal:
    """Return a number for comparing."""
    return Decimal(written.rstrip(".,").replace(",", "") or "0")
