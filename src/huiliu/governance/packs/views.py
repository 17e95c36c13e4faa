"""A text as the rules read it: one spelling of each letter, and nothing hidden between them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

__all__ = ["View", "plain_view", "views_of"]

#: Written between letters to get past a list of words; nobody sees them.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
#: Chinese is written without spaces; some put them around numbers and foreign words.
_SPACE: Final = re.compile(rf"(?<=[{_HAN}])[ \t]+|[ \t]+(?=[{_HAN}])")
#: Dots, stars and pictures between two Chinese characters: no sentence is written so, a
#: word that is to be hidden is. Marks that end or order sentences stay.
_BETWEEN: Final = re.compile(
    rf"(?<=[{_HAN}])(?:[ \t·•‧∙・*＊._\-‐-―|/\\~+^`'\"=#@&%$°]|[\u2190-\u2bff\ufe0f]"
    rf"|[\U0001f000-\U0001faff])+(?=[{_HAN}])"
)


@dataclass(frozen=True, slots=True)
class View:
    """A text in the spelling that rules are written in."""

    #: NFKC, lower case, without what nobody sees and without spaces beside Chinese characters.
    words: str
    #: The text it was made of.
    original: str
    #: Whether what stands between Chinese characters is left out as well.
    is_tight: bool
    #: It is the original itself.
    is_raw: bool = False

    def quote(self, start: int, end: int) -> tuple[int, int]:
        """Return where a piece of the view stands in the original; the nearest that is known."""
        if self.is_raw:
            return start, end
        places = _places(self.original, is_tight=self.is_tight)
        if not places or start >= len(places):
            return 0, 0
        last = min(max(end - 1, start), len(places) - 1)
        return places[start], places[last] + 1


def plain_view(written: str) -> View:
    """Return a text in the rules' spelling."""
    if written.isascii():
        return View(written.lower(), written, is_tight=False)
    bare = _INVISIBLE.sub("", written)
    spelled = unicodedata.normalize("NFKC", bare).lower()
    return View(_SPACE.sub("", spelled), written, is_tight=False)


def views_of(written: str) -> tuple[View, ...]:
    """Return the one or two ways in which a text is read."""
    plain = plain_view(written)
    if written.isascii():
        return (plain,)
    tight = _BETWEEN.sub("", plain.words)
    return (plain,) if tight == plain.words else (plain, View(tight, written, is_tight=True))


def _places(original: str, *, is_tight: bool) -> list[int]:
    """Return for each letter of the view where it comes from."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(original):
        if _INVISIBLE.match(letter):
            continue
        for made in unicodedata.normalize("NFKC", letter).lower():
            letters.append(made)
            places.append(place)
    for pattern in (_SPACE, _BETWEEN) if is_tight else (_SPACE,):
        gone: set[int] = set()
        for found in pattern.finditer("".join(letters)):
            gone.update(range(found.start(), found.end()))
        letters = [letter for n, letter in enumerate(letters) if n not in gone]
        places = [place for n, place in enumerate(places) if n not in gone]
    return places
