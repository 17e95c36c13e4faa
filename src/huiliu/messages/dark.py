"""Dark colours for an e-mail that has light ones only: the same hues, light and dark changed.

The colours of each element stand in its style, so a rule for each colour, in force where the
reader asks for dark, is all that is needed; whoever wrote such rules keeps their own.
"""

from __future__ import annotations

import colorsys
import re
from typing import Final

__all__ = ["darkened", "in_dark"]

_STYLE: Final = re.compile(r"(?i)\bstyle\s*=\s*\"([^\"]*)\"")
_COLOUR: Final = re.compile(
    r"(?i)(^|;\s*)(background-color|background|color)\s*:\s*"
    r"(#[0-9a-f]{6}\b|#[0-9a-f]{3}\b|white\b|black\b)"
)
_BGCOLOR: Final = re.compile(r"(?i)\bbgcolor\s*=\s*\"(#[0-9a-f]{6}|#[0-9a-f]{3}|white|black)\"")
_ASKED: Final = re.compile(
    r"(?i)@media\s*(?:screen\s+and\s*)?\(\s*prefers-color-scheme\s*:\s*dark\s*\)"
)
_NAMED: Final = {"white": "#ffffff", "black": "#000000"}
_END: Final = re.compile(r"(?i)</head\s*>")
#: The darkest that a page becomes: pure black smears on many screens.
_FLOOR: Final = 0.09
#: The brightest that text becomes.
_CEILING: Final = 0.93


def darkened(html: str) -> str:
    """Return HTML with rules for readers who ask for dark, unless it has some or has no head."""
    if _ASKED.search(html):
        return html
    rules = _rules(html)
    end = _END.search(html)
    if not rules or end is None:
        return html
    sheet = f"<style>@media (prefers-color-scheme: dark) {{ {' '.join(rules)} }}</style>"
    return html[: end.start()] + sheet + html[end.start() :]


def in_dark(html: str) -> str:
    """Return HTML as a reader sees it who asks for dark, whatever this one asks for."""
    return _ASKED.sub("@media all", html)


def _rules(html: str) -> list[str]:
    """Return one rule for each colour that elements carry."""
    found: dict[str, str] = {}
    for style in _STYLE.findall(html):
        for one in _COLOUR.finditer(style):
            before, name, written = one.groups()
            is_ground = name.lower() != "color"
            colour = _long(written)
            changed = _turned(colour, is_ground=is_ground)
            if changed == colour:
                continue
            # A selector compares the attribute letter by letter, so it quotes what is written.
            pick = f'[style{"*" if before else "^"}="{one.group()}"]'
            prop = "background-color" if is_ground else "color"
            found[pick] = f"{pick} {{ {prop}: {changed} !important; }}"
    for written in _BGCOLOR.findall(html):
        changed = _turned(_long(written), is_ground=True)
        if changed != _long(written):
            pick = f'[bgcolor="{written}"]'
            found[pick] = f"{pick} {{ background-color: {changed} !important; }}"
    return list(found.values())


def _long(written: str) -> str:
    """Return a colour as # and six digits."""
    colour = _NAMED.get(written.lower(), written.lower())
    return colour if len(colour) == 7 else "#" + "".join(2 * one for one in colour[1:])


def _turned(colour: str, *, is_ground: bool) -> str:
    """Return a colour for the dark: a light ground becomes dark, dark words become light."""
    digits = colour[1:]
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    # A ground that is dark or strong already, such as a button, and light words stay.
    if is_ground and lightness > 0.7:
        lightness = max(_FLOOR, 1 - lightness + _FLOOR)
    elif not is_ground and lightness < 0.6:
        lightness = min(_CEILING, 1 - lightness)
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, saturation)
    return "#" + "".join(f"{round(255 * one):02x}" for one in (red, green, blue))
