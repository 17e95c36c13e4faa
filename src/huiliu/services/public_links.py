"""Links that stand where nobody is known: counted by day, led on with the words of a campaign.

A post, a group or a live session carries one link for everybody. Who follows it is counted, not
known; what stands behind the address as `utm_...` lets forms, pages and shops tell where somebody
came from once they say who they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import digest
from huiliu.kernel.times import DAY
from huiliu.messages.links import machine
from huiliu.ports.board import PublicLink
from huiliu.ports.store import Tx
from huiliu.ports.world import World

__all__ = ["Clicks", "count_click", "follow_public", "link_clicks", "public_code", "public_url"]

_LETTERS: Final = "23456789abcdefghijkmnpqrstuvwxyz"
_LENGTH: Final = 8
#: So many rows share the clicks of a day, for a post is followed by many at once.
_SLOTS: Final = 16


@dataclass(frozen=True, slots=True)
class Clicks:
    """How often a link was followed."""

    n_people: int = 0
    #: By programs that look at links before people do.
    n_machines: int = 0


def public_code(brand_id: int, kind: str, subject: str) -> str:
    """Return the code of a subject's link, which is always the same.

    It is no secret: everybody who reads the post has it, and it tells nothing of anybody.
    """
    number = int.from_bytes(digest("public link", brand_id, kind, subject)[:8], "big")
    letters = []
    for _ in range(_LENGTH):
        number, letter = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return "".join(letters)


def public_url(world: World, code: str) -> str:
    """Return the address of a link; "" for none."""
    return f"{world.public_url.rstrip('/')}/g/{code}" if code else ""


def follow_public(world: World, code: str) -> tuple[PublicLink, str]:
    """Return a link and where it leads.

    Raises:
        NotFound: there is no such link.
    """
    link = None
    if len(code) == _LENGTH and code.isascii() and code.isalnum():
        with world.store.system() as tx:
            link = tx.board.link(code)
    if link is None:
        raise NotFound("link", code[:80])
    return link, _led(link)


def count_click(world: World, link: PublicLink, headers: Mapping[str, str]) -> None:
    """Count that somebody, or a program, followed a link."""
    now = world.clock.now()
    what = "machine" if machine(headers, since_sent=0) else "person"
    with world.store.transaction(link.brand_id) as tx:
        tx.board.clicked(link.brand_id, link.code, now // DAY, what, now // 1000 % _SLOTS)


def link_clicks(tx: Tx, brand_id: int, code: str) -> Clicks:
    """Return how often a link was followed."""
    if not code:
        return Clicks()
    found = tx.board.clicks(brand_id, [code])
    return Clicks(found.get((code, "person"), 0), found.get((code, "machine"), 0))


def _led(link: PublicLink) -> str:
    """Return where a link leads, with what its address says of the campaign; own words stay."""
    parts = urlsplit(link.url)
    asked = parse_qsl(parts.query, keep_blank_values=True)
    known = {name for name, _ in asked}
    more = {
        "utm_source": link.source, "utm_medium": link.kind, "utm_campaign": link.campaign,
        "utm_content": link.content,
    }  # fmt: skip
    asked += [(name, said) for name, said in more.items() if said and name not in known]
    return urlunsplit(parts._replace(query=urlencode(asked)))
