"""What mail programs and readers stumble over in an e-mail."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from huiliu.kernel.texts import Text, text
from huiliu.messages.lint_findings import BLOCK, HINT, WARN
from huiliu.messages.places import Place
from huiliu.messages.rendering import Template
from huiliu.messages.runs import BLANK, runs, visible

__all__ = ["look_at_email"]

#: What a phone shows of a subject: columns, a Chinese character takes two.
_SUBJECT: Final = 60
#: Gmail cuts a letter off here and hides the way out with the rest.
_CLIPPED: Final = 102 * 1024
_IMAGE: Final = re.compile(r"(?is)<img\b[^>]*>")
_ALT: Final = re.compile(r"(?is)\balt\s*=")
_WIDTH: Final = re.compile(r"(?is)\bwidth\s*[=:]")
_SCRIPT: Final = re.compile(r"(?is)<(script|iframe|object|embed|form)\b")
_HANDLER: Final = re.compile(r"(?is)<[^>]*\son[a-z]+\s*=")
_SCHEME: Final = re.compile(r"(?i)prefers-color-scheme|name=\"color-scheme\"")
_WHOLE: Final = re.compile(r"(?i)<html\b|<head\b")
_SHOUTED: Final = re.compile(r"[A-Z]")
#: At fewer words than this a letter of pictures reads as spam.
_FEW_WORDS: Final = 40


def look_at_email(template: Template, place: Place) -> Iterator[tuple[str, str, Text]]:
    """Yield (severity, what is written, what is wrong) of one part of an e-mail."""
    del template
    if place.part == "subject":
        for run in runs(place.piece, {}):
            yield from _subject(run)
    if place.part == "html":
        yield from _markup(place)


def _subject(run: str) -> Iterator[tuple[str, str, Text]]:
    """Yield what is wrong with a subject."""
    width = sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in run)
    if width > _SUBJECT:
        yield WARN, run, text("lint.subject_long", n=width, most=_SUBJECT)
    letters = [one for one in run if one.isascii() and one.isalpha()]
    if len(letters) > 8 and sum(one.isupper() for one in letters) > 0.8 * len(letters):
        yield WARN, run, text("lint.subject_shouts")
    if run.count("!") + run.count("！") > 1:
        yield HINT, run, text("lint.subject_marks")
    if re.match(r"(?i)\s*(?:re|fwd?|回复|转发)\s*[:：]", run):
        yield BLOCK, run, text("lint.subject_reply")


def _markup(place: Place) -> Iterator[tuple[str, str, Text]]:
    """Yield what is wrong with an HTML body."""
    for run in runs(place.piece, {}):
        yield from _images(run)
        for name in _SCRIPT.findall(run):
            yield BLOCK, f"<{name}", text("lint.element", name=name.lower())
        if found := _HANDLER.search(run):
            yield BLOCK, found.group()[-12:], text("lint.handler")
        size = len(run.encode())
        if size > _CLIPPED:
            yield WARN, "", text("lint.clipped", n=size // 1024, most=_CLIPPED // 1024)
    whole = "".join(runs(place.piece, {})[:1])
    if _WHOLE.search(whole) and not _SCHEME.search(whole):
        yield HINT, "", text("lint.no_dark")


def _images(run: str) -> Iterator[tuple[str, str, Text]]:
    """Yield what is wrong with the pictures of a body, and with one that is all pictures."""
    images = _IMAGE.findall(run)
    for image in images:
        if not _ALT.search(image):
            yield WARN, image[:40], text("lint.image_alt", image=_short(image))
        if not _WIDTH.search(image):
            yield HINT, image[:40], text("lint.image_width", image=_short(image))
    words = visible(run, is_markup=True).replace(BLANK, "").split()
    if images and sum(map(len, words)) < _FEW_WORDS:
        yield WARN, "", text("lint.only_images")


def _short(image: str) -> str:
    """Return enough of a picture's mark to find it."""
    source = re.search(r"(?is)src\s*=\s*[\"']?([^\"'\s>]+)", image)
    return (source.group(1) if source else image)[-48:]
