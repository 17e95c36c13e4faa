"""Addresses of ours that open a page of a mini-program, for as many people as like.

What WeChat makes for that opens for one person only and counts against a quota of the day. So it is
made when somebody presses the button, never for a whole campaign beforehand: the address in a
message leads to a page of ours, and the page asks.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, PlatformFailed, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, HOUR, SECOND
from huiliu.ports.ground import MiniLink
from huiliu.ports.suppliers import QuotaClaim
from huiliu.ports.world import World
from huiliu.services.channel_accounts import account_named

__all__ = [
    "NewLink",
    "Opened",
    "end_link",
    "link_address",
    "list_links",
    "make_link",
    "open_link",
    "see_link",
    "used_today",
]

_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH: Final = 10
_QUOTA: Final = "mini_links"
#: Both kinds of address count against it. Source: minigame/dev/api-backend/open-api/url-link.
_A_DAY: Final = 500_000
#: The day of quotas is China's.
_EIGHT_HOURS: Final = 8 * HOUR
#: One that was made is used at once: the shortest life there is.
_LIVES_S: Final = DAY // SECOND
_PAGE: Final = re.compile(r"[A-Za-z0-9_\-./]{1,512}")
#: Source: as above: what a query may hold.
_QUERY: Final = re.compile(r"[A-Za-z0-9!#$&'()*+,/:;=?@\-._~%]{0,900}")
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class NewLink:
    """An address as somebody asks for it."""

    #: The mini-program's name among the channel accounts.
    account: str
    name: str
    page: str
    query: str = ""
    #: Where those go for whom it cannot be opened.
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """Where a person is led."""

    #: "" = nowhere but the fallback.
    url: str
    fallback: str
    #: quota, refused; "" = it was made.
    reason: str = ""


def make_link(world: World, brand_id: int, new: NewLink, by: str) -> MiniLink:
    """Keep an address.

    Raises:
        BadInput: with everything that is wrong.
    """
    problems = []
    try:
        account_named(world, brand_id, "mini_program", new.account)
    except NotFound:
        problems.append(Problem("account", text("mini_links.no_account", name=new.account)))
    if not 0 < len(new.name.strip()) <= _LONGEST_NAME:
        problems.append(Problem("name", text("codes.name", longest=_LONGEST_NAME)))
    if not _PAGE.fullmatch(new.page) or new.page.startswith("/"):
        problems.append(Problem("page", text("mini_links.page")))
    if not _QUERY.fullmatch(new.query):
        problems.append(Problem("query", text("mini_links.query")))
    if new.fallback and not new.fallback.startswith("https://"):
        problems.append(Problem("fallback", text("mini_links.fallback")))
    if problems:
        raise BadInput(tuple(problems))
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    link = MiniLink(
        code=code, brand_id=brand_id, account=new.account, name=new.name.strip(), page=new.page,
        query=new.query, fallback=new.fallback, made_at=world.clock.now(), made_by=by,
    )  # fmt: skip
    with world.store.transaction(brand_id) as tx:
        tx.ground.add_link(link)
    return link


def list_links(world: World, brand_id: int) -> list[MiniLink]:
    """Return the addresses that are in use, newest first."""
    with world.store.transaction(brand_id) as tx:
        return tx.ground.links(brand_id)


def end_link(world: World, brand_id: int, code: str) -> None:
    """Take an address out of use; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        tx.ground.end_link(brand_id, code, world.clock.now())


def link_address(world: World, link: MiniLink) -> str:
    """Return what stands in messages."""
    return f"{world.public_url.rstrip('/')}/w/{link.code}"


def see_link(world: World, code: str) -> MiniLink:
    """Return what an address stands for; raise NotFound."""
    with world.store.system() as tx:
        found = tx.ground.link(code) if len(code) == _LENGTH else None
    if found is None:
        raise NotFound("mini-program link", code[:_LENGTH])
    return found


def open_link(world: World, code: str, *, is_scheme: bool = False) -> Opened:
    """Have an address made for one person who pressed the button; raise NotFound.

    Where the day's quota is spent, or the platform refuses, they are led to the fallback.
    """
    link = see_link(world, code)
    try:
        account = account_named(world, link.brand_id, "mini_program", link.account)
    except NotFound:
        return Opened("", link.fallback, "refused")
    amount = int(account.config.get("links_a_day") or _A_DAY)
    claim = QuotaClaim(
        (link.brand_id, "mini_program", link.account), _QUOTA, _day(world.clock.now()), amount, 1
    )
    with world.store.system() as tx:
        granted = tx.suppliers.claim_quotas([claim]).get((claim.account, _QUOTA), 0)
    if not granted:
        return _refused(world, link, "quota")
    try:
        url = world.official.make_link(
            account, link.page, link.query, _LIVES_S, is_scheme=is_scheme
        )  # fmt: skip
    except PlatformFailed:
        with world.store.system() as tx:
            tx.suppliers.return_quotas([claim])
        return _refused(world, link, "refused")
    with world.store.system() as tx:
        tx.ground.count_link(code, opened=True)
    return Opened(url, link.fallback)


def used_today(world: World, brand_id: int) -> dict[str, tuple[int, int]]:
    """Return mini-program -> (made today, may be made)."""
    with world.store.transaction(brand_id) as tx:
        rows = tx.suppliers.quotas(brand_id, _day(world.clock.now()))
    return {row.account[2]: (row.used, row.amount) for row in rows if row.name == _QUOTA}


def _refused(world: World, link: MiniLink, reason: str) -> Opened:
    """Count that somebody could not be led in."""
    with world.store.system() as tx:
        tx.ground.count_link(link.code, opened=False)
    return Opened("", link.fallback, reason)


def _day(now: int) -> int:
    """Return when the day began in China."""
    return (now + _EIGHT_HOURS) // DAY * DAY - _EIGHT_HOURS
