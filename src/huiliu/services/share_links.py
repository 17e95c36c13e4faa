"""Links that one person shares: each tells whose it is, leads on, and counts who came.

Its code is a keyed hash of what it leads to and of who shares it: the same person has one link to
one thing, and nobody can guess another's. A visit says nothing of the visitor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from huiliu.kernel.errors import NotFound
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest
from huiliu.kernel.times import DAY, HOUR
from huiliu.messages.links import machine
from huiliu.ports.shares import ShareLink
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.message_events import internal_event

__all__ = [
    "INVITE",
    "ShareFigures",
    "count_share",
    "count_visit",
    "find_share",
    "leads_to",
    "put_share",
    "share_code",
    "share_figures",
    "share_link",
    "share_url",
]

#: The kind of links that lead to an invite's own page.
INVITE: Final = "invite"
_PURPOSE: Final = "share link"
_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#: 62 ** 11 is a little more than 64 bits.
_LENGTH: Final = 11
#: So many rows share the visits of a day, for a post is followed by many at once.
_SLOTS: Final = 16


@dataclass(frozen=True, slots=True)
class ShareFigures:
    """How a thing was shared."""

    #: People who have a link to it.
    n_shares: int
    n_visits: int
    #: Visits of programs that look at links before people do.
    n_machines: int


def share_link(  # noqa: PLR0913, PLR0917 - whose link, to what, and where it leads
    tx: Tx, world: World, brand_id: int, profile_id: int, kind: str, subject: str, url: str = ""
) -> str:
    """Return the address of a person's link to a thing; made once, and told to the log once.

    Call it last in a transaction: the log is locked from here to commit.

    Args:
        tx: the transaction that writes.
        world: the instance.
        brand_id: whose.
        profile_id: who shares.
        kind: what is shared: `post`, `product` ...
        subject: its id.
        url: where the link leads; "" = the instance's own front page.
    """
    code = share_code(world, brand_id, kind, subject, str(profile_id))
    if put_share(tx, world, brand_id, code, profile_id, kind, subject, url):
        now = world.clock.now()
        said = {"kind": kind, "subject": subject, "share": code}
        tx.log.append([internal_event(brand_id, profile_id, "Share Made", said, now, code)])
    return share_url(world, code)


def share_code(world: World, brand_id: int, kind: str, subject: str, sharer: str) -> str:
    """Return the code of a link."""
    said = digest("share", brand_id, kind, subject, sharer)
    number = int.from_bytes(world.secrets.sign(said, _PURPOSE)[:8], "big")
    letters = []
    for _ in range(_LENGTH):
        number, letter = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return "".join(reversed(letters))


def put_share(  # noqa: PLR0913, PLR0917 - as above
    tx: Tx,
    world: World,
    brand_id: int,
    code: str,
    profile_id: int,
    kind: str,
    subject: str,
    url: str = "",
) -> bool:
    """Keep a link without telling of it; True = it is new."""
    now = world.clock.now()
    return tx.shares.put(ShareLink(code, brand_id, kind, subject, profile_id, url, now))


def share_url(world: World, code: str) -> str:
    """Return the address of a link; "" for none."""
    return f"{world.public_url.rstrip('/')}/s/{code}" if code else ""


def find_share(world: World, code: str) -> ShareLink:
    """Return the link of a code.

    Raises:
        NotFound: there is no such link.
    """
    link = None
    if len(code) == _LENGTH and code.isascii() and code.isalnum():
        with world.store.system() as tx:
            link = tx.shares.link(code)
    if link is None:
        raise NotFound("share link", code[:80])
    return link


def leads_to(world: World, link: ShareLink) -> str:
    """Return where a link leads, with what its address says of the share; own words stay."""
    parts = urlsplit(link.url or f"{world.public_url.rstrip('/')}/")
    asked = parse_qsl(parts.query, keep_blank_values=True)
    known = {name for name, _ in asked}
    more = {"utm_source": "share", "utm_medium": link.kind, "utm_campaign": link.subject}
    asked += [(name, said) for name, said in more.items() if name not in known]
    return urlunsplit(parts._replace(query=urlencode(asked)))


def count_visit(
    world: World, link: ShareLink, profile_id: int, headers: Mapping[str, str], address: str
) -> None:
    """Count that somebody, or a program, came by a link, and tell it of who shared.

    Args:
        world: the instance.
        link: which.
        profile_id: who shared it; 0 = the log does not know them yet, it is only counted.
        headers: of the request, names in lower case.
        address: network address; it only keeps an hour's reloads from being many visits.
    """
    now = world.clock.now()
    why = machine(headers, since_sent=0)
    with world.store.system() as tx:
        what = "machine" if why else "visit"
        tx.shares.count(link.brand_id, link.code, now // DAY, what, now // 1000 % _SLOTS)
        if profile_id:
            visitor = world.secrets.token(link.brand_id, "share visit", address)
            said: dict[str, Value] = {
                "kind": link.kind, "subject": link.subject, "share": link.code,
                "machine": bool(why), "machine_reason": why,
            }  # fmt: skip
            tx.log.append([internal_event(
                link.brand_id, profile_id, "Share Visited", said, now,
                link.code, visitor, why, now // HOUR,
            )])  # fmt: skip


def count_share(world: World, link: ShareLink, profile_id: int, how: str) -> None:
    """Count that somebody handed a link of theirs on: `sheet`, `copy` or `card`."""
    now = world.clock.now()
    with world.store.system() as tx:
        tx.shares.count(link.brand_id, link.code, now // DAY, "share", now // 1000 % _SLOTS)
        if profile_id:
            said = {"kind": link.kind, "subject": link.subject, "share": link.code, "how": how}
            tx.log.append([internal_event(
                link.brand_id, profile_id, "Share Made", said, now, link.code, how, now // HOUR
            )])  # fmt: skip


def share_figures(tx: Tx, brand_id: int, kind: str, subject: str) -> ShareFigures:
    """Return how a thing was shared."""
    found = tx.shares.counts(brand_id, kind, subject)
    return ShareFigures(
        tx.shares.n_links(brand_id, kind, subject), found.get("visit", 0), found.get("machine", 0)
    )
