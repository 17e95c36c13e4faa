"""What accounts at WeChat can do besides sending: menus, codes, articles, links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from huiliu.kernel.errors import PlatformFailed
from huiliu.ports.channel import ChannelAccount

__all__ = [
    "NO_OFFICIAL",
    "Follower",
    "MadeCode",
    "Official",
    "Publication",
    "WrittenArticle",
]


@dataclass(frozen=True, slots=True)
class Follower:
    """Who follows an official account, as the platform knows them."""

    openid: str
    #: The same for all apps of the brand at the platform; "" = there is none.
    unionid: str
    is_following: bool
    #: How they came: ADD_SCENE_QR_CODE, ADD_SCENE_SEARCH ...
    scene: str = ""
    #: The brand's own word of the code that they scanned.
    scene_word: str = ""
    followed_at: int = 0


@dataclass(frozen=True, slots=True)
class MadeCode:
    """A code that the platform made: who scans it comes to the account."""

    ticket: str
    #: What the picture says.
    url: str
    #: In seconds from now; 0 = it never ends.
    lives_s: int = 0


@dataclass(frozen=True, slots=True)
class WrittenArticle:
    """One article as it is handed over."""

    title: str
    #: What is shown before it is opened.
    digest: str
    author: str
    #: HTML; pictures lie with the platform already.
    content: str
    #: The platform's id of its cover.
    cover: str
    #: Where "read the original" leads; "" = nowhere.
    source: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """What became of articles that were handed in for publishing."""

    #: publishing, published, failed or removed.
    state: str
    #: original, ordinary, review ...: why it failed; "" = it did not.
    reason: str = ""
    article_id: str = ""
    urls: tuple[str, ...] = ()


class Official(Protocol):
    """Asks the platform as an account; whatever it refuses is a PlatformFailed."""

    def followers(self, account: ChannelAccount, openids: Sequence[str]) -> list[Follower]:
        """Return who people are, up to a hundred at once; strangers are left out."""
        ...

    def list_followers(self, account: ChannelAccount, after: str) -> tuple[list[str], str]:
        """Return a page of everybody who follows, and where the next begins; "" = nowhere."""
        ...

    def make_code(self, account: ChannelAccount, scene: str, lives_s: int) -> MadeCode:
        """Make a code; 0 = one that never ends, of which there are few."""
        ...

    def put_menu(self, account: ChannelAccount, menu: Mapping[str, object]) -> str:
        """Show a menu from now on; return the platform's id of one that is for some only."""
        ...

    def remove_menu(self, account: ChannelAccount, menu_id: str = "") -> None:
        """Take a menu for some away; "" = every menu."""
        ...

    def put_picture(
        self, account: ChannelAccount, name: str, picture: bytes, *, is_cover: bool
    ) -> str:
        """Give a picture to the platform; return its id, or its address where it is no cover."""
        ...

    def add_draft(self, account: ChannelAccount, articles: Sequence[WrittenArticle]) -> str:
        """Put articles among the drafts; return the draft's id."""
        ...

    def remove_draft(self, account: ChannelAccount, draft: str) -> None:
        """Take a draft away."""
        ...

    def publish(self, account: ChannelAccount, draft: str) -> str:
        """Hand a draft in for publishing; return the id of the job."""
        ...

    def publication(self, account: ChannelAccount, job: str) -> Publication:
        """Return what became of a job."""
        ...

    def make_link(
        self,
        account: ChannelAccount,
        page: str,
        query: str,
        lives_s: int,
        *,
        is_scheme: bool,
        version: str = "release",
    ) -> str:
        """Return an address that opens a page of a mini-program for one person."""
        ...

    def daily_calls(self, account: ChannelAccount, path: str) -> tuple[int, int] | None:
        """Return (used, allowed) of a day's calls of a path; None = the platform does not say."""
        ...


class _NoOfficial:
    """Nobody to ask."""

    def __getattr__(self, name: str) -> object:
        """Refuse whatever is asked."""

        def refuse(*_: object, **__: object) -> object:
            raise PlatformFailed("WeChat", "", "not connected")

        return refuse


#: Where no platform is asked: rehearsals and tests.
NO_OFFICIAL: Final[Official] = _NoOfficial()  # type: ignore[assignment] # it refuses by name
