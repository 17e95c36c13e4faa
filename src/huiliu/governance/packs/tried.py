"""Tries a pack on the examples that its own rules bring along."""

from __future__ import annotations

from dataclasses import replace

from huiliu.governance.packs.engine import Checker
from huiliu.governance.packs.pack import Content, Pack
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text

__all__ = ["disproved"]


def disproved(pack: Pack) -> tuple[Problem, ...]:
    """Return every example that its rule judges otherwise than it is written."""
    # A pack that is switched off has to be right as well: it may be switched on.
    checker = Checker([replace(pack, is_on=True)])
    found: list[Problem] = []
    for number, rule in enumerate(pack.rules):
        channel = next(iter(sorted(rule.scope.channels)), pack.channel)
        part = next(iter(sorted(rule.parts)), "text")
        message_class = next(iter(sorted(rule.scope.classes)), pack.message_class)
        for examples, is_bad in ((rule.bad, True), (rule.good, False)):
            for place, words in enumerate(examples):
                content = Content({part: words}, channel, message_class)
                seen = checker.check(content, only=pack.slug)
                if any(one.rule.name == rule.name for one in seen) != is_bad:
                    word = "bad" if is_bad else "good"
                    said = text(f"packs.{word}_disproved", words=words, rule=rule.name)
                    found.append(Problem(f"rules[{number}].{word}[{place}]", said))
    return tuple(found)
