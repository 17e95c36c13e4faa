"""What people see of posts: their own page, what they share, and the gallery of a shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import show_id
from huiliu.kernel.texts import render, text
from huiliu.ports.world import World
from huiliu.rewards.post import APPROVED, PostRules
from huiliu.services.moderate_posts import PostView, open_file, post_views
from huiliu.services.permission import permission
from huiliu.services.post_links import PostLink, public_post_url
from huiliu.services.post_people import Purchase, present_person, product_words, purchase
from huiliu.services.post_rules import post_rules
from huiliu.services.share_links import share_link

__all__ = [
    "Gallery",
    "MyPage",
    "Shared",
    "gallery",
    "my_card",
    "my_file",
    "my_page",
    "my_post",
    "public_file",
    "public_post",
    "share_post",
]

SHARE_KIND: Final = "post"
MOST: Final = 100


@dataclass(frozen=True, slots=True)
class MyPage:
    """What one person sees of one order of theirs."""

    link: PostLink
    bought: Purchase
    #: Product -> (what it is called, its page).
    products: Mapping[str, tuple[str, str]]
    rules: PostRules
    posts: Sequence[PostView]
    is_over: bool

    @property
    def n_left(self) -> int:
        """Return how many more posts may be made."""
        return max(0, self.rules.per_order - len(self.posts))

    @property
    def is_open(self) -> bool:
        """Say whether something new is taken."""
        return self.bought.is_delivered and not self.is_over and self.n_left > 0


@dataclass(frozen=True, slots=True)
class Shared:
    """A post that everybody may see who has its address."""

    brand_id: int
    view: PostView
    #: Where it leads on to; "" = nowhere.
    target: str


@dataclass(frozen=True, slots=True)
class Gallery:
    """A page of what a shop may show."""

    posts: Sequence[PostView]
    next: tuple[int, bytes] | None


def my_page(world: World, link: PostLink, locale: str) -> MyPage:
    """Return what a link's person sees; raise NotFound when they are gone."""
    brand_id, now = link.brand_id, world.clock.now()
    with world.store.transaction(brand_id) as tx:
        person = present_person(tx, brand_id, link.profile_id)
        rules, _ = post_rules(tx, brand_id)
        bought = purchase(tx, brand_id, person, link.order_id)
        ids = tx.people.histories(brand_id, [person])[person]
        rows = tx.posts.of_order(brand_id, ids, link.order_id)
        return MyPage(
            link, bought, product_words(tx, brand_id, bought.product_ids, locale), rules,
            post_views(tx, brand_id, rows, locale), link.is_over(now, rules.open_days),
        )  # fmt: skip


def my_post(world: World, link: PostLink, post_id: bytes) -> PostView:
    """Return a post of a link's person and order; raise NotFound for any other."""
    for one in my_page(world, link, "").posts:
        if one.row.post_id == post_id:
            return one
    raise NotFound("post", show_id(post_id))


def my_file(world: World, link: PostLink, post_id: bytes, name: str) -> tuple[str, bytes]:
    """Return a file of a person's own post; raise NotFound."""
    row = my_post(world, link, post_id).row
    with world.store.transaction(link.brand_id) as tx:
        return open_file(tx, world, row, name)


def share_post(world: World, link: PostLink, post_id: bytes) -> str:
    """Return the address under which a person shares their approved post; told to the log once.

    Raises:
        NotFound: there is no such post of theirs that was approved.
    """
    view = my_post(world, link, post_id)
    if view.row.state != APPROVED:
        raise NotFound("post", show_id(post_id))
    with world.store.system() as tx:
        return share_link(
            tx, world, link.brand_id, view.profile_id, SHARE_KIND, show_id(post_id),
            public_post_url(world, post_id),
        )  # fmt: skip


def my_card(world: World, link: PostLink, post_id: bytes, locale: str) -> bytes:
    """Return the PNG of a person's share card; raise NotFound."""
    url = share_post(world, link, post_id)
    view = my_post(world, link, post_id)
    _, still = my_file(world, link, post_id, view.row.files[0].still)
    with world.store.transaction(link.brand_id) as tx:
        asks = permission(tx, world, link.brand_id)
        product = product_words(tx, link.brand_id, [view.row.product_id], locale)
    brand = asks.brand.get(locale) or next(iter(asks.brand.values()), "")
    named = product.get(view.row.product_id, ("", ""))[0]
    title = text("posts.card.title_of", product=named) if named else text("posts.card.title")
    words = {
        "brand": brand, "title": render(title, locale),
        "hint": render(text("posts.card.hint"), locale),
    }  # fmt: skip
    return world.media.card(still, words, url)


def public_post(world: World, post_id: bytes, locale: str) -> Shared:
    """Return an approved post by its address; raise NotFound for every other."""
    with world.store.system() as tx:
        row = tx.posts.by_id(post_id)
        if row is None or row.state != APPROVED:
            raise NotFound("post", show_id(post_id))
        keys = tx.vault.subject_keys(row.brand_id, [row.subject], create=False)
        if row.subject not in keys:
            raise NotFound("post", show_id(post_id))
        view = post_views(tx, row.brand_id, [row], locale)[0]
        rules, _ = post_rules(tx, row.brand_id)
    return Shared(row.brand_id, view, view.link or rules.target)


def public_file(world: World, name: str) -> tuple[str, bytes]:
    """Return a file of an approved post by its name; raise NotFound for every other."""
    with world.store.system() as tx:
        row = tx.posts.by_file(name)
        if row is None or row.state != APPROVED:
            raise NotFound("file", name[:80])
        return open_file(tx, world, row, name)


def gallery(
    world: World,
    brand_id: int,
    product_id: str = "",
    before: tuple[int, bytes] | None = None,
    limit: int = MOST,
    locale: str = "",
) -> Gallery:
    """Return approved posts that may be used again, newest first; "" = of every product."""
    with world.store.transaction(brand_id) as tx:
        rows = tx.posts.gallery(brand_id, product_id, limit + 1, before)
        shown = rows[:limit]
        views = post_views(tx, brand_id, shown, locale)
    more = (shown[-1].decided_at, shown[-1].post_id) if len(rows) > limit else None
    return Gallery(views, more)
