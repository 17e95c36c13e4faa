"""What is kept of accounts at WeChat besides messages: codes, menus, articles, links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

__all__ = ["ArticleRow", "GroundStore", "Lookup", "MiniLink", "ScanCode", "ShownMenu"]


class ScanCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code to scan: who scans it comes to an account, or adds an employee."""

    brand_id: int
    #: 0 = not stored yet.
    code_id: int = 0
    #: wechat or wecom.
    channel: str
    account: str
    #: The brand's word that the platform hands back.
    scene: str
    name: str
    campaign: str = ""
    store: str = ""
    #: What who comes by it is told: words, or the slug of a template for WeCom.
    answer: str = ""
    #: The employees whom a WeCom code adds.
    users: tuple[str, ...] = ()
    #: The platform's own id of it.
    ticket: str = ""
    #: What the picture says; of WeCom, where the picture lies.
    url: str = ""
    #: In seconds; 0 = it never ends.
    lives_s: int = 0
    made_at: int = 0
    made_by: str = ""
    #: 0 = never.
    expires_at: int = 0
    #: It was taken back; 0 = it was not.
    ended_at: int = 0


class ShownMenu(msgspec.Struct, frozen=True):
    """Which version of a menu an account shows."""

    brand_id: int
    slug: str
    account: str
    #: 0 = none yet.
    version: int
    #: The platform's id of a menu for some.
    menu_id: str
    tried_version: int
    tried_at: int
    #: Why the tried one is not shown; "" = it is.
    response: str


class ArticleRow(msgspec.Struct, frozen=True, kw_only=True):
    """Articles that were put among an account's drafts together."""

    brand_id: int
    article_id: int = 0
    account: str
    title: str
    #: `slug@version locale` of each.
    templates: tuple[str, ...]
    draft: str
    job: str = ""
    #: drafted, publishing, published, failed or removed.
    state: str = "drafted"
    reason: str = ""
    urls: tuple[str, ...] = ()
    made_at: int
    made_by: str
    changed_at: int


class MiniLink(msgspec.Struct, frozen=True, kw_only=True):
    """An address of ours that opens a page of a mini-program."""

    code: str
    brand_id: int
    account: str
    name: str
    page: str
    query: str
    fallback: str
    made_at: int
    made_by: str
    n_opened: int = 0
    n_refused: int = 0
    ended_at: int = 0


class Lookup(msgspec.Struct, frozen=True, gc=False):
    """Somebody of whom a platform is to be asked who they are."""

    brand_id: int
    channel: str
    account: str
    #: Keyed hash of the address.
    mark: bytes
    #: The address.
    sealed: bytes
    #: Why it may have ended; "" = it has not.
    reason: str
    due_at: int
    n_tries: int = 0


class GroundStore(Protocol):
    """The ground of accounts, inside one transaction."""

    def add_code(self, code: ScanCode, most: int = 0) -> int:
        """Keep a code and return its number.

        Args:
            code: which.
            most: so many that never end may an account have; 0 = any number.

        Raises:
            Conflict: the account has one of this scene, or as many as it may.
        """
        ...

    def made(self, code: ScanCode) -> None:
        """Write what the platform made of a code."""
        ...

    def codes(self, brand_id: int, channel: str) -> list[ScanCode]:
        """Return the codes of a channel, newest first."""
        ...

    def code(self, brand_id: int, code_id: int) -> ScanCode:
        """Return one; raise NotFound."""
        ...

    def code_of(self, brand_id: int, channel: str, account: str, scene: str) -> ScanCode | None:
        """Return the code of a scene, None where there is none in force."""
        ...

    def drop_code(self, brand_id: int, code_id: int) -> None:
        """Forget a code that the platform did not make."""
        ...

    def end_code(self, brand_id: int, code_id: int, at: int) -> None:
        """Note that a code was taken back."""
        ...

    def shown(self, brand_id: int) -> dict[str, ShownMenu]:
        """Return menu -> which version is shown."""
        ...

    def put_shown(self, shown: ShownMenu) -> None:
        """Write which version is shown."""
        ...

    def drop_shown(self, brand_id: int, slug: str) -> None:
        """Note that a menu is shown no more."""
        ...

    def add_article(self, row: ArticleRow) -> int:
        """Keep articles and return their number."""
        ...

    def articles(self, brand_id: int) -> list[ArticleRow]:
        """Return articles, newest first."""
        ...

    def article(self, brand_id: int, article_id: int) -> ArticleRow:
        """Lock and return articles; raise NotFound."""
        ...

    def put_article(self, row: ArticleRow) -> None:
        """Write how articles stand."""
        ...

    def article_of(self, brand_id: int, account: str, job: str) -> ArticleRow | None:
        """Lock and return the articles of a publishing."""
        ...

    def publishing(self, before: int, limit: int) -> list[ArticleRow]:
        """Return articles of every brand that have been in publishing since an instant."""
        ...

    def picture(self, brand_id: int, account: str, digest: bytes, *, is_cover: bool) -> str:
        """Return where a picture lies with the platform, "" = it does not."""
        ...

    def put_picture(
        self, brand_id: int, account: str, digest: bytes, place: str, at: int, *, is_cover: bool
    ) -> None:
        """Note where a picture lies."""
        ...

    def add_link(self, link: MiniLink) -> None:
        """Keep an address."""
        ...

    def links(self, brand_id: int) -> list[MiniLink]:
        """Return the addresses that are in use, newest first."""
        ...

    def link(self, code: str) -> MiniLink | None:
        """Return an address of any brand that is in use."""
        ...

    def count_link(self, code: str, *, opened: bool) -> None:
        """Count that an address was opened, or could not be."""
        ...

    def end_link(self, brand_id: int, code: str, at: int) -> None:
        """Take an address out of use; raise NotFound."""
        ...

    def look_up(self, lookups: Sequence[Lookup]) -> None:
        """Ask of people; of whom is asked already, the newer word counts."""
        ...

    def lookups(self, now: int, until: int, limit: int) -> list[Lookup]:
        """Take questions that are due, of one account; nobody else gets them before an instant."""
        ...

    def answered(self, lookups: Sequence[Lookup]) -> None:
        """Forget questions that were answered."""
        ...
