"""E-mail markup made ready for mail programs: MJML to HTML, rules into elements, dark colours.

Mail programs drop style sheets, so what a rule says is written into every element that it is
about. Liquid stands in the way of no parser: its marks are hidden before and put back after.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import css_inline
import mjml

from huiliu.messages.dark import darkened

__all__ = ["MarkupFailed", "html_from_mjml", "inlined"]

_LIQUID: Final = re.compile(r"\{\{.*?\}\}|\{%-?\s*(?P<tag>\w*).*?%\}", re.DOTALL)
#: Between these two a parser never looks: what stands there is data.
_COMMENT: Final = re.compile(r"<!--(?:(?!\[if|<!\[endif).)*?-->", re.DOTALL)
_HIDDEN: Final = re.compile(r"<!--hl(\d+)z-->|hl(\d+)z")
_POSITION: Final = re.compile(r" (?:in root template)?(?: at position (\d+):\d+)?$")
_RAW: Final = re.compile(r"\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\}", re.DOTALL)
#: What MJML does not know it hands on as it is.
_UNKNOWN: Final = re.compile(r"(?i)<mj-[a-z-]+")
_HEAD: Final = re.compile(r"(?i)<head\b[^>]*>")
_SCHEME: Final = (
    '<meta name="color-scheme" content="light dark">'
    '<meta name="supported-color-schemes" content="light dark">'
)

#: The only settings by which it reaches for nothing outside.
_INLINER: Final = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


class MarkupFailed(Exception):
    """Markup cannot be read; the words are for its author."""

    def __init__(self, details: str, line: int = 0) -> None:
        """Keep what is wrong and the line inside the markup, 1-based; 0 = unknown."""
        super().__init__(details)
        self.details = details
        self.line = line


@lru_cache(maxsize=512)
def html_from_mjml(source: str, *, dark: bool) -> str:
    """Return MJML as HTML that mail programs show alike, Liquid as it was.

    Args:
        source: MJML; may hold Liquid, include nothing.
        dark: give it dark colours where its author wrote none.

    Raises:
        MarkupFailed: it is no MJML.
    """
    hidden, marks = _hide(source)
    try:
        # No fonts: they would be fetched from a third party whenever somebody reads the letter.
        made = str(mjml.mjml2html(hidden, fonts={}))
    except ValueError as fault:
        raise _failed(str(fault), hidden) from fault
    if "<mj-body" not in source:
        raise MarkupFailed("mj-body")
    if unknown := _UNKNOWN.search(made):
        line = source.count("\n", 0, max(0, source.find(unknown.group()))) + 1
        raise MarkupFailed(unknown.group() + ">", line)
    made = _INLINER.inline(made)
    made = _HEAD.sub(lambda found: found.group() + _SCHEME, made, count=1)
    return _show(darkened(made) if dark else made, marks)


@lru_cache(maxsize=512)
def inlined(source: str, *, dark: bool) -> str:
    """Return HTML with its style sheets written into the elements; Liquid as it was.

    What has no style sheet, such as a few paragraphs, comes back as it is.

    Raises:
        MarkupFailed: its style sheet cannot be read.
    """
    made = source
    if "<style" in source.lower():
        hidden, marks = _hide(source)
        try:
            made = _show(_INLINER.inline(hidden), marks)
        except (css_inline.InlineError, ValueError) as fault:
            raise MarkupFailed(str(fault)) from fault
    if not dark:
        return made
    hidden, marks = _hide(made)
    return _show(darkened(_HEAD.sub(lambda f: f.group() + _SCHEME, hidden, count=1)), marks)


def _hide(source: str) -> tuple[str, list[str]]:
    """Return the source with a word or a comment for each mark of Liquid, and the marks.

    Between elements a comment may stand where a word may not, such as between a table's rows.
    """
    marks: list[str] = []
    written: list[str] = []
    done = 0
    is_inside = False
    for found in _marks(source):
        before = source[done : found[0]]
        is_inside = _ends_inside(before, is_inside=is_inside)
        mark = source[found[0] : found[1]]
        name = f"hl{len(marks)}z"
        written += [before, name if is_inside or mark.startswith("{{") else f"<!--{name}-->"]
        marks.append(mark)
        done = found[1]
    return "".join([*written, source[done:]]), marks


def _marks(source: str) -> list[tuple[int, int]]:
    """Return where Liquid's marks begin and end; what is raw is one mark."""
    found: list[tuple[int, int]] = []
    at = 0
    while one := _LIQUID.search(source, at):
        if one.group("tag") in {"raw", "comment"}:
            end = re.compile(
                rf"\{{%-?\s*end{one.group('tag')}\s*-?%\}}"
            ).search(source, one.end())  # fmt: skip
            at = end.end() if end else one.end()
        else:
            at = one.end()
        found.append((one.start(), at))
    return found


def _ends_inside(text: str, *, is_inside: bool) -> bool:
    """Say whether a text ends inside of an element's mark or of a style sheet."""
    lowered = text.lower()
    if lowered.rfind("<style") > lowered.rfind("</style"):
        return True
    opened, closed = text.rfind("<"), text.rfind(">")
    if opened == closed == -1:
        return is_inside
    return opened > closed


def _show(made: str, marks: list[str]) -> str:
    """Return made markup with Liquid's marks in their places."""
    return _HIDDEN.sub(lambda found: marks[int(found.group(1) or found.group(2))], made)


def _failed(said: str, source: str) -> MarkupFailed:
    """Return what the parser said, with the line instead of a count of characters."""
    found = _POSITION.search(said)
    if found is None:
        return MarkupFailed(said)
    at = found.group(1)
    line = source.count("\n", 0, int(at)) + 1 if at else 0
    return MarkupFailed(said[: found.start()], line)
