"""Which links of a rendering are ours to count, and whether it was a person who opened one.

Mail programs, scanners and chat previews open links and pictures that nobody looked at. What one
of them did is written down as such and counts as nobody's interest.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Final

from huiliu.kernel.times import SECOND

__all__ = ["add_pixel", "machine", "rewrite"]

_HREF: Final = re.compile(r"""(?i)(<a\b[^>]*?\bhref\s*=\s*)(["'])(https?://.*?)\2""")
#: An address in plain text ends at a blank, a bracket, CJK punctuation or letters, or at what ends
#: a sentence.
_PLAIN: Final = re.compile(
    r"https?://[^\s<>\"'\[\]{}|\\^`\u3000-\u303f\uff00-\uffef\u4e00-\u9fff]*"
    r"[^\s<>\"'\[\]{}|\\^`\u3000-\u303f\uff00-\uffef\u4e00-\u9fff.,;:!?)]"
)
_BODY_END: Final = re.compile(r"(?i)</body\s*>")
_PIXEL: Final = '<img src="{}" width="1" height="1" alt="" style="display:none">'

#: What calls itself a machine. Sources: docs/reference/links.md, machines.
_MACHINE: Final = re.compile(
    r"bot\b|bot/|crawl|spider|preview|scanner|slurp|headless|facebookexternalhit|whatsapp|"
    r"skypeuri|slackbot|telegrambot|linkedin|twitterbot|discord|embedly|bingpreview|wget|curl|"
    r"python-requests|python-httpx|aiohttp|go-http-client|java/|okhttp-scan|libwww|apache-httpclient|"
    r"barracuda|mimecast|proofpoint|safelinks|trendmicro|symantec|fireeye|forcepoint|ironport|"
    r"googleimageproxy-scan|dataprovider|expanse|censys|validator|monitor|uptime",
    re.IGNORECASE,
)
#: Apple's mail privacy fetches every picture through its own proxies, which say only this.
_APPLE_PRIVACY: Final = "Mozilla/5.0"
_PREFETCH: Final = ("purpose", "sec-purpose", "x-purpose", "x-moz")
#: Faster than anyone reads.
_TOO_FAST: Final = 2 * SECOND


def rewrite(parts: Mapping[str, str], ours: str, short: Callable[[str], str]) -> Mapping[str, str]:
    """Return a rendering whose links to others go through `short`; its words stay as they are.

    Args:
        parts: the rendered parts by name; subjects are left alone.
        ours: where our own addresses begin (ways out, preference pages): they stay as they are.
        short: link -> what stands in its place.
    """
    found = dict(parts)
    if "://" in parts.get("text", ""):

        def plain(match: re.Match[str]) -> str:
            link = match[0]
            return link if link.startswith(ours) else short(link)

        found["text"] = _PLAIN.sub(plain, parts["text"])
    if "://" in parts.get("html", ""):

        def anchored(match: re.Match[str]) -> str:
            link = html.unescape(match[3])
            if link.startswith(ours):
                return match[0]
            return f"{match[1]}{match[2]}{html.escape(short(link))}{match[2]}"

        found["html"] = _HREF.sub(anchored, parts["html"])
    return found


def add_pixel(markup: str, source: str) -> str:
    """Return an HTML body with a picture that nobody sees, at its end."""
    pixel = _PIXEL.format(html.escape(source))
    ends = [found.start() for found in _BODY_END.finditer(markup)]
    end = ends[-1] if ends else len(markup)
    return markup[:end] + pixel + markup[end:]


def machine(headers: Mapping[str, str], *, since_sent: int, is_picture: bool = False) -> str:
    """Return why it was no person, or "": prefetch, scanner, apple_privacy, too_fast.

    Args:
        headers: of the request, names in lower case.
        since_sent: microseconds since the message was handed over; 0 or less = it is not known.
        is_picture: a picture was fetched, not a link opened.
    """
    if any("fetch" in headers.get(name, "").lower() or "preview" in headers.get(name, "").lower()
           for name in _PREFETCH):  # fmt: skip
        return "prefetch"
    agent = headers.get("user-agent", "").strip()
    if not agent or _MACHINE.search(agent):
        return "scanner"
    if is_picture and agent == _APPLE_PRIVACY:
        return "apple_privacy"
    return "too_fast" if 0 < since_sent < _TOO_FAST else ""
