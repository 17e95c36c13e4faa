"""Looks through a text for everything that packs object to: pure, and one pass for most texts.

All patterns of all rules are one RE2 set, so a text in which nothing is found costs one look.
Patterns that brands write cannot hold a sender up either: RE2 takes time in proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import re2

from huiliu.governance.packs.pack import Content, Finding, Override, Pack, Rule
from huiliu.governance.packs.views import View, plain_view, views_of

__all__ = ["Checker", "compiled"]

#: For one rule in one part: who wrote it mends what is told, then asks again.
_MOST: Final = 5
_LONGEST_QUOTE: Final = 60
#: Kinds of texts that are kept ready: channel, class, language and country.
_MOST_PLANS: Final = 500
_MEMORY: Final = 256 * 1024 * 1024


def _options() -> Any:  # the library has no types
    """Return how patterns are read."""
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return options


_OPTIONS: Final = _options()


#: The very beginning or end of a text, whatever lines it has.
_ENDS: Final = re.compile(r"\\[Az]")


@lru_cache(maxsize=4_096)
def compiled(pattern: str) -> Any:  # the library has no types
    """Return a pattern, compiled; raise re2.error for one that is none."""
    return re2.compile(pattern, _OPTIONS)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A rule of a pack."""

    pack: Pack
    rule: Rule
    #: Its place among all rules.
    order: int

    @property
    def pattern(self) -> str:
        """Return what is looked for, whether it must be there or must not."""
        return self.rule.must.pattern or self.rule.find.pattern


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a kind of text is held against."""

    #: All patterns in one; None = there are none.
    patterns: Any
    entries: Sequence[_Entry]
    #: Those that read a text as it was typed.
    cased: Sequence[_Entry]
    #: Places among the entries of those that ask for something.
    asking: Sequence[int]
    #: All patterns, for several texts that stand below each other; None = some could miss one.
    together: Any


class _Whole:
    """All parts of a text in one, put together when somebody asks."""

    def __init__(self, parts: Mapping[str, str]) -> None:
        """Keep the parts."""
        self._parts = parts
        self._words: str | None = None

    def has(self, pattern: str) -> bool:
        """Say whether a pattern is found."""
        if self._words is None:
            self._words = plain_view("\n".join(one for one in self._parts.values() if one)).words
        return compiled(pattern).search(self._words) is not None


class Checker:
    """Packs that are ready to look through texts; made once, never changed."""

    def __init__(self, packs: Iterable[Pack]) -> None:
        """Take the rules of packs that are on."""
        self.packs = tuple(pack for pack in packs if pack.is_on)
        rules = [(pack, rule) for pack in self.packs for rule in pack.rules]
        self._entries = [_Entry(pack, rule, n) for n, (pack, rule) in enumerate(rules)]
        #: Kind of text -> what it is held against: most texts are of a few kinds.
        self._plans: dict[tuple[str, ...], _Plan] = {}

    def check(
        self,
        content: Content,
        overrides: Sequence[Override] = (),
        *,
        only: str = "",
        subject: str = "",
        now: int = 0,
    ) -> list[Finding]:
        """Return what is wrong with a text, in the order of packs and rules.

        Args:
            content: the text, and how it would be seen.
            overrides: what somebody answers for.
            only: the pack to look with, whoever the reader is; "" = all that hold.
            subject: what the text is of: `template some-slug`.
            now: which overrides are still in force.
        """
        plan = self._plan(content, only)
        if not plan.entries and not plan.cased:
            return []
        found: list[tuple[int, Finding]] = []
        whole = _Whole(content.parts)
        present: dict[str, set[int]] = {}
        looks = {part: views_of(written) for part, written in content.parts.items() if written}
        if _is_clean(plan, looks.values()):
            return []
        for part, seen in looks.items():
            written = content.parts[part]
            matched = present[part] = _matched(plan, seen)
            for index in matched:
                entry = plan.entries[index]
                if entry.rule.find.pattern and _looks_at(entry.rule, part, whole):
                    found += _findings(entry, part, seen)
            for entry in plan.cased:
                if _looks_at(entry.rule, part, whole):
                    raw = View(written, written, is_tight=False, is_raw=True)
                    found += _findings(entry, part, [raw])
        for index in plan.asking:
            found += _missing(plan.entries[index], index, present, whole)
        if not found:
            return []
        found.sort(key=lambda one: (one[0], one[1].part, one[1].start))
        standing = [
            one
            for one in overrides
            if one.subject in {"", subject} and not (one.until and now > one.until)
        ]
        return [_judged(one, standing, content.parts[one.part]) for _, one in found]

    def are_clean(self, contents: Sequence[Content]) -> bool:
        """Say whether surely nothing is found in texts of one kind: one look for all of them.

        Args:
            contents: alike in everything but their words.
        """
        if not contents:
            return True
        plan = self._plan(contents[0], "")
        if not plan.entries and not plan.cased:
            return True
        looks = (views_of(written) for one in contents for written in one.parts.values() if written)
        return _is_clean(plan, looks)

    def _plan(self, content: Content, only: str) -> _Plan:
        """Return what a text is held against."""
        key = (only, content.channel, content.message_class, content.locale, content.country,
               content.platform)  # fmt: skip
        known = self._plans.get(key)
        if known is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            known = self._plans[key] = self._made(content, only)
        return known

    def _made(self, content: Content, only: str) -> _Plan:
        """Compile what a kind of text is held against."""
        holding = self._holding(content, only)
        entries = [
            one
            for one in self._entries
            if one.pack.slug in holding
            and one.rule.scope.suits(content)
            and one.rule.scope.is_about(content)
        ]
        plain = [one for one in entries if not one.rule.is_cased]
        patterns = _set(one.pattern for one in plain)
        # Where a line begins or ends counts for where a text does: never less is found.
        lines = [f"(?m){one.pattern}" for one in plain if not _ENDS.search(one.pattern)]
        together = _set(lines) if len(lines) == len(plain) else None
        asking = [n for n, one in enumerate(plain) if one.rule.must.pattern]
        cased = [one for one in entries if one.rule.is_cased]
        return _Plan(patterns, plain, cased, asking, together)

    def _holding(self, content: Content, only: str) -> frozenset[str]:
        """Return the packs that hold for a text."""
        if not only:
            return frozenset(pack.slug for pack in self.packs if pack.scope.covers(content))
        asked = [pack for pack in self.packs if pack.slug == only]
        return frozenset({only, *(slug for pack in asked for slug in pack.includes)})


def _set(patterns: Iterable[str]) -> Any:  # the library has no types
    """Return patterns as one; None = there are none."""
    found = list(patterns)
    if not found:
        return None
    made = re2.Set.SearchSet(_OPTIONS)
    for pattern in found:
        made.Add(pattern)
    made.Compile()
    return made


def _is_clean(plan: _Plan, looks: Iterable[Sequence[View]]) -> bool:
    """Say whether nothing can be found in any part of a text; most are so.

    One call for all parts: each lets other threads go first, which costs more than the look. What
    is found in a part is found in all of them together.
    """
    if plan.asking or plan.cased or plan.together is None:
        return False
    words = "\n".join(view.words for seen in looks for view in seen)
    return not plan.together.Match(words)


def _matched(plan: _Plan, seen: Sequence[View]) -> set[int]:
    """Return the places of the rules that find something; some may be excused yet."""
    if plan.patterns is None:
        return set()
    words = seen[0].words if len(seen) == 1 else f"{seen[0].words}\n{seen[1].words}"
    return set(plan.patterns.Match(words) or ())


def _looks_at(rule: Rule, part: str, whole: _Whole) -> bool:
    """Say whether a rule looks at a part of a text."""
    if rule.parts and part not in rule.parts:
        return False
    if rule.when.pattern and not whole.has(rule.when.pattern):
        return False
    return not (rule.without.pattern and whole.has(rule.without.pattern))


def _missing(
    entry: _Entry, index: int, present: Mapping[str, set[int]], whole: _Whole
) -> list[tuple[int, Finding]]:
    """Return what a text lacks."""
    rule = entry.rule
    # A subject line need not say what belongs into a letter.
    wanted = rule.parts or (set(present) - {"subject"})
    parts = [part for part in present if part in wanted]
    if not parts or any(index in present[part] for part in parts):
        return []
    if not _looks_at(rule, parts[0], whole):
        return []
    return [(entry.order, Finding(entry.pack.slug, rule, parts[0], 0, 0, ""))]


def _findings(entry: _Entry, part: str, seen: Sequence[View]) -> list[tuple[int, Finding]]:
    """Return where a rule finds something that nothing excuses."""
    rule = entry.rule
    found: list[tuple[int, Finding]] = []
    known: set[tuple[int, int]] = set()
    for view in seen:
        excused = _spans(rule.unless.pattern, view.words)
        for start, end in _spans(rule.find.pattern, view.words):
            if any(first <= start and end <= last for first, last in excused):
                continue
            place = view.quote(start, end)
            if place in known or len(found) >= _MOST:
                continue
            known.add(place)
            quote = view.original[place[0] : place[1]].strip()[:_LONGEST_QUOTE]
            found.append((entry.order, Finding(entry.pack.slug, rule, part, *place, quote)))
    return found


def _spans(pattern: str, words: str) -> list[tuple[int, int]]:
    """Return where a pattern is found; nothing that is empty."""
    if not pattern:
        return []
    return [
        (one.start(), one.end())
        for one in compiled(pattern).finditer(words)
        if one.end() > one.start()
    ]


def _judged(finding: Finding, overrides: Sequence[Override], written: str) -> Finding:
    """Return a finding with the override that lets it pass, if one does."""
    for one in overrides:
        if (one.pack, one.rule) != (finding.pack, finding.rule.name):
            continue
        if not one.phrase or _stands_in(finding, one.phrase, written):
            return replace(finding, allowed_by=one.override_id)
    return finding


def _stands_in(finding: Finding, phrase: str, written: str) -> bool:
    """Say whether what was found is a piece of a phrase where it stands."""
    wanted = plain_view(phrase).words
    for view in views_of(written):
        at = view.words.find(wanted)
        while at >= 0:
            first, last = view.quote(at, at + len(wanted))
            if first <= finding.start and finding.end <= last:
                return True
            at = view.words.find(wanted, at + 1)
    return False
