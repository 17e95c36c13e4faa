"""Which words of a template one person gets: the variant, the language, the brief's facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from huiliu.messages.agreement import contradictions
from huiliu.messages.brief import Brief, brief_values
from huiliu.messages.template import Template, choose_locale, choose_variant

__all__ = ["PLAIN", "Wording", "wording"]


@dataclass(frozen=True, slots=True)
class Wording:
    """What of a template is for one person."""

    #: A segment's slug, `neutral`, or "" for everybody else.
    variant: str = ""
    #: What `brief.…` writes; None = the template tells no brief.
    facts: Mapping[str, str] | None = None
    #: Why nobody should get it as it is, a reason code; "" = nothing is wrong.
    fault: str = ""


#: What everybody gets of a template that neither varies nor tells a brief.
PLAIN: Final = Wording()


def wording(
    template: Template,
    briefs: Mapping[str, Brief],
    segments: Collection[str],
    locales: Sequence[str],
    *,
    objects: bool = False,
) -> Wording:
    """Return which words a person gets.

    Args:
        template: a version of it, perhaps an old one.
        briefs: the brand's briefs as they are now: a queued message tells today's price.
        segments: those that the person is in.
        locales: the person's, the best first.
        objects: the person objects to being profiled.
    """
    if not template.brief and not template.variants:
        return PLAIN
    variant = choose_variant(template, segments, objects=objects)
    if not template.brief:
        return Wording(variant)
    brief = briefs.get(template.brief)
    if brief is None:
        return Wording(variant, fault="brief_missing")
    if not _agrees(template, brief):
        return Wording(variant, fault="brief_contradicted")
    return Wording(variant, brief_values(brief, choose_locale(template, locales, variant)))


def _agrees(template: Template, brief: Brief) -> bool:
    """Say whether a version of a template says what its brief says; asked once for both."""
    known = _AGREED.setdefault(brief, {})
    found = known.get(template.source)
    if found is None:
        found = known[template.source] = not contradictions(template, brief)
    return found


#: A version's source, held against a version of a brief.
_AGREED: WeakKeyDictionary[Brief, dict[str, bool]] = WeakKeyDictionary()
