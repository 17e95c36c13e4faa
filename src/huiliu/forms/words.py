"""Reads the parts that all of a form's document is made of: texts in languages, flags, numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from huiliu.forms.form import NO_WORDS, Words
from huiliu.kernel.documents import Loaded, join_path
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import LOCALES, text

__all__ = ["Piece", "Reading", "pieces"]

_LONGEST: Final = 5_000
_HTTPS: Final = re.compile(r"https://[A-Za-z0-9.-]+(?::\d{1,5})?/[^\s\"'<>]*")
_LINK: Final = re.compile(r"\[([^\]\n]+)\]\((https://[^\s()\"'<>]+|/[^\s()\"'<>]*)\)")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words, and where they lead; "" = nowhere."""

    words: str
    href: str = ""


def pieces(written: str) -> list[Piece]:
    """Return a text parted at its links, which are written `[words](https://...)`."""
    found: list[Piece] = []
    at = 0
    for link in _LINK.finditer(written):
        if link.start() > at:
            found.append(Piece(written[at : link.start()]))
        found.append(Piece(link[1], link[2]))
        at = link.end()
    if at < len(written):
        found.append(Piece(written[at:]))
    return found


@dataclass(slots=True)
class Reading:
    """A document being read; collects every problem."""

    loaded: Loaded
    problems: list[Problem] = field(default_factory=list)
    #: Those that the title is written in: everything else is, too.
    locales: tuple[str, ...] = ()

    def wrong(self, path: str, key: str, **arguments: object) -> None:
        """Note a problem at a path."""
        self.problems.append(self.loaded.problem(path, text(key, **arguments)))

    def names(self, path: str, given: Mapping[str, Value], known: Collection[str]) -> None:
        """Note keys that nobody understands."""
        for key in given:
            if key not in known:
                listed = ", ".join(sorted(known))
                self.wrong(join_path(path, key), "forms.unknown_key", name=key, known=listed)

    def mapping(
        self, given: Mapping[str, Value], name: str, known: Collection[str], path: str = ""
    ) -> Mapping[str, Value]:
        """Return an object below a key; {} where there is none."""
        found = given.get(name)
        place = join_path(path, name)
        if found is None:
            return {}
        if not isinstance(found, dict):
            self.wrong(place, "forms.want_mapping")
            return {}
        self.names(place, found, known)
        return found

    def items(
        self, given: Mapping[str, Value], name: str, most: int, path: str = ""
    ) -> Sequence[Mapping[str, Value]]:
        """Return a list of objects below a key."""
        found = given.get(name)
        if found is None:
            return ()
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            self.wrong(join_path(path, name), "forms.want_list")
            return ()
        if len(found) > most:
            self.wrong(join_path(path, name), "forms.too_many", most=most)
        return [one for one in found[:most] if isinstance(one, dict)]

    def words(
        self, given: Mapping[str, Value], name: str, path: str = "", *, optional: bool = False
    ) -> Words:
        """Return a text in every language of the form."""
        found = given.get(name)
        place = join_path(path, name)
        if found is None and optional:
            return NO_WORDS
        wanted = self.locales or LOCALES
        if not isinstance(found, dict) or not found:
            self.wrong(place, "forms.want_words", locales=", ".join(wanted))
            return NO_WORDS
        for locale, said in found.items():
            if locale not in wanted:
                self.wrong(f"{place}.{locale}", "forms.other_locale", locales=", ".join(wanted))
            elif not isinstance(said, str) or not said.strip() or len(said) > _LONGEST:
                self.wrong(f"{place}.{locale}", "forms.want_text", most=_LONGEST)
        for locale in self.locales:
            if locale not in found:
                self.wrong(place, "forms.missing_locale", locale=locale)
        return {one: str(found[one]).strip() for one in LOCALES if one in found}

    def word(self, given: Mapping[str, Value], name: str, path: str, shape: re.Pattern[str]) -> str:
        """Return a name of a shape."""
        found = given.get(name)
        if not isinstance(found, str) or not shape.fullmatch(found):
            self.wrong(join_path(path, name), "forms.bad_id")
            return ""
        return found

    def choice(self, given: Mapping[str, Value], name: str, known: Sequence[str]) -> str:
        """Return one of several words; the first where nothing was said."""
        found = given.get(name, known[0])
        if not isinstance(found, str) or found not in known:
            self.wrong(name, "forms.want_choice", known=", ".join(known))
            return known[0]
        return found

    def flag(self, given: Mapping[str, Value], name: str, path: str = "") -> bool:
        """Return true or false; false where nothing was said."""
        found = given.get(name, False)
        if not isinstance(found, bool):
            self.wrong(join_path(path, name), "forms.want_flag")
        return found is True

    def number(
        self,
        given: Mapping[str, Value],
        name: str,
        default: int,
        least: int,
        most: int,
        path: str = "",
    ) -> int:
        """Return a whole number within limits."""
        found = given.get(name, default)
        if type(found) is not int or not least <= found <= most:
            self.wrong(join_path(path, name), "forms.want_number", least=least, most=most)
            return default
        return found

    def address(self, given: Mapping[str, Value], name: str, path: str) -> str:
        """Return the address of a picture; "" where there is none."""
        found = given.get(name)
        if found is None:
            return ""
        if not isinstance(found, str) or not _HTTPS.fullmatch(found) or len(found) > 2_000:
            self.wrong(join_path(path, name), "forms.bad_address")
            return ""
        return found
