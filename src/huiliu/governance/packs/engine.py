"""Looks through a text for everything that packs object to: pure, and one pass for most texts.

All patterns of all rules are one RE2 set, so a text in which nothing is found costs one look.
Patterns that brands write cannot hold a sender up either: RE2 takes time in proportion to the text.
"""

from __future__ import annotations

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
_MEMORY: Final = 256 * 1024 * 1024


def _options() -> Any:  # the library has no types
    """Return how patterns are read."""
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return options


_OPTIONS: Final = _options()


@lru_cache(maxsize=4_096)
def compiled(pattern: str) -> Any:  # the library has no types
    """Return a pattern, compiled; raise re2.error for one that is none."""
    return re2.compile(pattern, _OPTIONS)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A rule of a pack."""

    pack: Pack
    rule: Rule


class Checker:
    """Packs that are ready to look through texts; made once, never changed."""

    def __init__(self, packs: Iterable[Pack]) -> None:
        """Compile the rules of packs that are on."""
        self.packs = tuple(pack for pack in packs if pack.is_on)
        entries = [_Entry(pack, rule) for pack in self.packs for rule in pack.rules]
        finding = [one for one in entries if one.rule.find.pattern]
        self._finding = [one for one in finding if not one.rule.is_cased]
        self._cased = [one for one in finding if one.rule.is_cased]
        self._asking = [one for one in entries if one.rule.must.pattern]
        self._set: Any = None
        if self._finding:
            self._set = re2.Set.SearchSet(_OPTIONS)
            for one in self._finding:
                self._set.Add(one.rule.find.pattern)
            self._set.Compile()

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
        holding = self._holding(content, only)
        if not holding:
            return []
        views = {part: views_of(words) for part, words in content.parts.items() if words}
        whole = plain_view("\n".join(words for words in content.parts.values() if words)).words
        found: list[Finding] = []
        for part, seen in views.items():
            for index in self._matches(seen):
                entry = self._finding[index]
                if entry.pack.slug in holding and self._holds(entry.rule, content, part, whole):
                    found += _findings(entry, part, seen)
            for entry in self._cased:
                if entry.pack.slug in holding and self._holds(entry.rule, content, part, whole):
                    written = content.parts[part]
                    found += _findings(
                        entry, part, [View(written, written, is_tight=False, is_raw=True)]
                    )
        for entry in self._asking:
            if entry.pack.slug in holding:
                found += self._missing(entry, content, views, whole)
        if not found:
            return []
        order = {(one.pack.slug, one.rule.name): n for n, one in enumerate(
            one for pack in self.packs for one in (_Entry(pack, rule) for rule in pack.rules)
        )}  # fmt: skip
        found.sort(key=lambda one: (order[one.pack, one.rule.name], one.part, one.start))
        standing = [
            one
            for one in overrides
            if one.subject in {"", subject} and not (one.until and now > one.until)
        ]
        return [_judged(one, standing, content.parts[one.part]) for one in found]

    def _holding(self, content: Content, only: str) -> frozenset[str]:
        """Return the packs that hold for a text."""
        if not only:
            return frozenset(pack.slug for pack in self.packs if pack.scope.covers(content))
        asked = [pack for pack in self.packs if pack.slug == only]
        return frozenset({only, *(slug for pack in asked for slug in pack.includes)})

    def _matches(self, seen: Sequence[View]) -> list[int]:
        """Return the rules that find something, by their place; some may be excused yet."""
        if self._set is None:
            return []
        words = seen[0].words if len(seen) == 1 else f"{seen[0].words}\n{seen[1].words}"
        return sorted(self._set.Match(words) or ())

    @staticmethod
    def _holds(rule: Rule, content: Content, part: str, whole: str) -> bool:
        """Say whether a rule looks at a part of a text."""
        if rule.parts and part not in rule.parts:
            return False
        if not (rule.scope.suits(content) and rule.scope.is_about(content)):
            return False
        if rule.when.pattern and compiled(rule.when.pattern).search(whole) is None:
            return False
        return not (rule.without.pattern and compiled(rule.without.pattern).search(whole))

    def _missing(
        self, entry: _Entry, content: Content, views: Mapping[str, Sequence[View]], whole: str
    ) -> list[Finding]:
        """Return what a text lacks."""
        rule = entry.rule
        # A subject line need not say what belongs into a letter.
        wanted = rule.parts or (set(views) - {"subject"})
        parts = [part for part in views if part in wanted]
        if not parts or not self._holds(rule, content, parts[0], whole):
            return []
        pattern = compiled(rule.must.pattern)
        if any(pattern.search(views[part][0].words) for part in parts):
            return []
        return [Finding(entry.pack.slug, rule, parts[0], 0, 0, "")]


def _findings(entry: _Entry, part: str, seen: Sequence[View]) -> list[Finding]:
    """Return where a rule finds something that nothing excuses."""
    rule = entry.rule
    found: list[Finding] = []
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
            found.append(Finding(entry.pack.slug, rule, part, *place, quote))
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
