"""What is wrong, costly or unwise in a template: told when it is saved, before anyone gets it.

`block` keeps it from going live, `warn` should be mended, `hint` is good to know.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, TypeAlias

from huiliu.kernel.documents import Loaded, load
from huiliu.kernel.texts import Text, text
from huiliu.messages.agreement import typed_facts
from huiliu.messages.brief import Brief, Words
from huiliu.messages.lint_email import look_at_email
from huiliu.messages.lint_fields import look_at_fields, look_at_wechat
from huiliu.messages.lint_findings import BLOCK, HINT, WARN, Finding
from huiliu.messages.lint_inapp import look_at_inapp
from huiliu.messages.lint_links import look_at_links
from huiliu.messages.lint_sms import look_at_sms
from huiliu.messages.places import Place, places
from huiliu.messages.rendering import Template

__all__ = ["BLOCK", "HINT", "WARN", "Finding", "Known", "lint"]

_Look: TypeAlias = Callable[[Template, Place], Iterator[tuple[str, str, Text]]]


@dataclass(frozen=True, slots=True)
class Known:
    """What the instance knows and lint asks for; empty = nothing is known, nothing is said."""

    #: Traits that were seen.
    traits: Collection[str] = ()
    #: Properties that were seen on any event.
    properties: Collection[str] = ()
    #: The brief of the template.
    brief: Brief | None = None


_NOTHING: Final = Known()


@dataclass(slots=True)
class _Looking:
    """A template being looked at."""

    template: Template
    loaded: Loaded
    found: dict[tuple[str, str, str], Finding] = field(default_factory=dict)

    def say(self, severity: str, path: str, said: Text, line: int = 0) -> None:
        """Note a finding, once."""
        where = line or self.loaded.line_of(path)
        key = path, said.key, str(sorted(said.arguments.items(), key=lambda one: one[0]))
        self.found.setdefault(key, Finding(severity, path, said, where))


#: Channel -> what is looked at in each text.
_LOOKS: Final[dict[str, Sequence[_Look]]] = {
    "email": (look_at_email, look_at_links),
    "sms": (look_at_sms, look_at_links),
    "inapp": (look_at_inapp, look_at_links),
    "wechat": (look_at_wechat, look_at_fields, look_at_links),
    "mini_program": (look_at_fields,),
    "douyin": (look_at_fields,),
}


def lint(
    template: Template, known: Known = _NOTHING, written: str | bytes | None = None
) -> list[Finding]:
    """Return what to mend in a template, the gravest first, then by line.

    Args:
        template: what is looked at.
        known: what the instance knows.
        written: the document as its author wrote it, whose lines are told; None = canonical.
    """
    looking = _Looking(template, load(written if written is not None else template.source))
    for place in places(template):
        for look in _LOOKS.get(template.channel, (look_at_links,)):
            for severity, quote, said in look(template, place):
                line = place.line_of(looking.loaded, quote)
                looking.say(severity, place.path, said, line)
    _look_at_names(looking, known)
    _look_at_languages(looking, known)
    order = (BLOCK, WARN, HINT)
    return sorted(looking.found.values(), key=lambda one: (order.index(one.severity), one.line))


def _look_at_names(looking: _Looking, known: Known) -> None:
    """Note variables that nothing has ever filled."""
    for place in places(looking.template):
        for variable in sorted(place.piece.variables):
            root, _, name = variable.partition(".")
            names = {"person": known.traits, "event": known.properties}.get(root, ())
            if not name or not names or name in names:
                continue
            near = get_close_matches(name, list(names), 1)
            said = (
                text("lint.unknown_near", variable=variable, near=f"{root}.{near[0]}")
                if near
                else text("lint.unknown", variable=variable)
            )
            line = place.line_of(looking.loaded, variable)
            looking.say(WARN, place.path, said, line)


def _look_at_languages(looking: _Looking, known: Known) -> None:
    """Note languages and channels that a brief wants and this template has not."""
    brief = known.brief
    if brief is None or brief.slug != looking.template.brief:
        return
    for place, figure in typed_facts(looking.template, brief):
        line = place.line_of(looking.loaded, figure)
        looking.say(HINT, place.path, text("lint.typed", written=figure), line)
    written = {locale.lower() for locale in looking.template.locales}
    missing = [one for one in brief.locales if one.lower() not in written]
    if missing:
        looking.say(HINT, "locales", text("lint.locale_missing", locales=", ".join(missing)))
    for name, fact in brief.facts.items():
        if isinstance(fact, Words):
            lacking = [
                locale
                for locale in looking.template.locales
                if name in looking.template.facts
                and locale.split("-")[0].lower()
                not in {tag.split("-")[0].lower() for tag in fact.by_locale}
            ]
            if lacking:
                said = text("lint.words_missing", name=name, locales=", ".join(lacking))
                looking.say(WARN, "brief", said)
