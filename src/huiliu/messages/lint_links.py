"""Links that lead nowhere, over no lock, or not where they say."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from huiliu.kernel.texts import Text, text
from huiliu.messages.lint_findings import BLOCK, HINT, WARN
from huiliu.messages.places import Place
from huiliu.messages.rendering import Template
from huiliu.messages.runs import BLANK, runs

__all__ = ["look_at_links"]

_TARGETS: Final = re.compile(r"(?is)\bhref\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))")
_SOURCES: Final = re.compile(
    r"(?is)<img\b[^>]*?\bsrc\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))"
)
_ANCHOR: Final = re.compile(r"(?is)<a\b[^>]*\bhref\s*=\s*[\"']([^\"']*)[\"'][^>]*>(.*?)</a\s*>")
_BARE: Final = re.compile(r"(?i)\b(?:https?://|www\.)[^\s<>\"'，。；！）】]*")
_DOMAIN: Final = re.compile(r"(?i)^(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:[/?#]|$)")
_MARK: Final = re.compile(r"(?s)<[^>]*>")
_SHORTENERS: Final = frozenset({
    "bit.ly", "tinyurl.com", "goo.gl", "t.cn", "dwz.cn", "is.gd", "t.co", "ow.ly", "suo.im",
    "url.cn", "cutt.ly", "rb.gy",
})  # fmt: skip
_PLACEHOLDERS: Final = frozenset({"example.com", "example.org", "example.net"})
_SCHEMES: Final = frozenset({"https", "mailto", "tel", "sms"})
#: Longer ones take up half an SMS.
_LONG: Final = 40


def look_at_links(template: Template, place: Place) -> Iterator[tuple[str, str, Text]]:
    """Yield (severity, what is written, what is wrong) of the links of one text."""
    for run in runs(place.piece, {}):
        if place.part == "html":
            for groups in _TARGETS.findall(run):
                yield from _target(html.unescape("".join(groups)).strip())
            for groups in _SOURCES.findall(run):
                yield from _image(html.unescape("".join(groups)).strip())
            for target, words in _ANCHOR.findall(run):
                yield from _honest(html.unescape(target), _MARK.sub("", words).strip())
        elif place.part == "text":
            for found in _BARE.findall(run):
                shown = found if BLANK in found else found.rstrip(".,;:!?)")
                # A reader's program makes a link of it.
                yield from _target(shown if "//" in shown else f"https://{shown}")
                if template.channel == "sms" and len(found) > _LONG and BLANK not in found:
                    yield HINT, found, text("lint.link_long", link=found, n=len(found))


def _target(link: str) -> Iterator[tuple[str, str, Text]]:
    """Yield what is wrong with where a link leads."""
    if link.startswith(BLANK) or (link.startswith("#") and len(link) > 1):
        return
    if link in {"", "#"}:
        yield BLOCK, link or 'href=""', text("lint.link_empty")
        return
    try:
        parts = urlsplit(link.replace(BLANK, "x"))
        host = (parts.hostname or "").lower()
    except ValueError:
        yield BLOCK, link, text("lint.link_broken", link=link)
        return
    yield from _scheme(link, parts.scheme)
    if parts.scheme in {"http", "https"}:
        yield from _host(link, host)


def _scheme(link: str, scheme: str) -> Iterator[tuple[str, str, Text]]:
    """Yield what is wrong with the way in which a link is followed."""
    if scheme in {"javascript", "data", "vbscript"}:
        yield BLOCK, link, text("lint.link_script", link=link)
    elif not scheme:
        yield BLOCK, link, text("lint.link_relative", link=link)
    elif scheme == "http":
        yield WARN, link, text("lint.link_http", link=link)
    elif scheme not in _SCHEMES:
        yield HINT, link, text("lint.link_scheme", link=link)


def _host(link: str, host: str) -> Iterator[tuple[str, str, Text]]:
    """Yield what is wrong with the host that a link leads to."""
    authority = link.split("//", 1)[-1].split("/", 1)[0]
    if BLANK in authority:
        # A host that is filled in for each person can be anybody's.
        yield WARN, link.split(BLANK, maxsplit=1)[0], text("lint.link_host")
    elif not host or ("." not in host and host != "localhost"):
        yield BLOCK, link, text("lint.link_broken", link=link)
    elif host in _SHORTENERS:
        yield WARN, link, text("lint.link_shortener", host=host)
    elif host in _PLACEHOLDERS:
        yield WARN, link, text("lint.link_placeholder", host=host)


def _image(link: str) -> Iterator[tuple[str, str, Text]]:
    """Yield what is wrong with where a picture comes from."""
    if link.startswith(BLANK):
        return
    if link.startswith("cid:"):
        return
    if link.startswith("data:"):
        yield WARN, link[:30], text("lint.image_data")
    elif link.startswith("http://"):
        yield WARN, link, text("lint.link_http", link=link)
    elif not link.startswith("https://"):
        yield BLOCK, link, text("lint.link_relative", link=link or "src")


def _honest(target: str, words: str) -> Iterator[tuple[str, str, Text]]:
    """Yield that a link says one address and leads to another, as those of fraud do."""
    said, led = _DOMAIN.match(words), _DOMAIN.match(target)
    if said is None or led is None:
        return
    one, other = (found.group(1).lower().removeprefix("www.") for found in (said, led))
    if one != other and not other.endswith(f".{one}") and not one.endswith(f".{other}"):
        yield WARN, words, text("lint.link_other", words=one, link=other)
