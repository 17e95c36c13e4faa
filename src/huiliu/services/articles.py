"""Articles of official accounts: renderings of briefs that become drafts, and are published.

What a template says goes through the same gates as any message; here its pictures are given to the
platform and it is put among the account's drafts. Publishing takes its time: the platform tells of
its end by a push, and where none comes it is asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec import structs

from huiliu.kernel.errors import BadInput, Conflict, NotFound, PlatformFailed, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import MINUTE
from huiliu.messages.article import Article, article_of, pictures_of, with_pictures
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.ground import ArticleRow
from huiliu.ports.official import Publication, WrittenArticle
from huiliu.ports.outbound import HttpCall
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.apply_journey import held_document
from huiliu.services.channel_accounts import account_named
from huiliu.services.own_tasks import open_own_task
from huiliu.services.plain_rendering import rendered_for_nobody

__all__ = [
    "MOST",
    "Chosen",
    "draft_articles",
    "list_articles",
    "look_at_publishing",
    "preview_article",
    "publish_article",
    "remove_draft",
    "settle_article",
]

#: Articles in one draft.
MOST: Final = 8
#: A publishing that nothing was heard of is asked about after so long.
_ASK_AFTER: Final = 2 * MINUTE
_LARGEST_PICTURE: Final = 10 * 1024 * 1024
_LARGEST_INLINE: Final = 1024 * 1024
#: What the platform calls the states, by push: numbers as words.
_STATES: Final = {
    "0": ("published", ""), "2": ("failed", "original"), "3": ("failed", "ordinary"),
    "4": ("failed", "review"), "5": ("removed", "by_hand"), "6": ("removed", "blocked"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chosen:
    """One article of a draft: which template, in which language."""

    template: str
    #: "" = the template's own.
    locale: str = ""


def list_articles(world: World, brand_id: int) -> list[ArticleRow]:
    """Return articles, newest first."""
    with world.store.transaction(brand_id) as tx:
        return tx.ground.articles(brand_id)


def preview_article(world: World, brand_id: int, chosen: Chosen) -> Article:
    """Return what a template becomes; raise BadInput with all that the platform would refuse."""
    with world.store.transaction(brand_id) as tx:
        return _article(tx, brand_id, chosen, 0)[0]


def draft_articles(
    world: World, brand_id: int, account: str, chosen: Sequence[Chosen], by: str
) -> ArticleRow:
    """Put templates among an account's drafts, as one draft.

    Raises:
        NotFound: there is no such account.
        BadInput: with all that the platform would refuse of any of them.
        PlatformFailed: the platform refused.
    """
    where = account_named(world, brand_id, "wechat", account)
    if not 1 <= len(chosen) <= MOST:
        raise BadInput((Problem("templates", text("articles.how_many", most=MOST)),))
    articles: list[Article] = []
    versions: list[str] = []
    problems: list[Problem] = []
    with world.store.transaction(brand_id) as tx:
        for nth, one in enumerate(chosen):
            try:
                article, version = _article(tx, brand_id, one, nth)
            except BadInput as fault:
                problems += fault.problems
                continue
            articles.append(article)
            versions.append(version)
    if problems:
        raise BadInput(tuple(problems))
    written = [_with_platform(world, where, one) for one in articles]
    draft = world.official.add_draft(where, written)
    now = world.clock.now()
    row = ArticleRow(
        brand_id=brand_id, account=account, title=articles[0].title, templates=tuple(versions),
        draft=draft, made_at=now, made_by=by, changed_at=now,
    )  # fmt: skip
    with world.store.transaction(brand_id) as tx:
        return structs.replace(row, article_id=tx.ground.add_article(row))


def publish_article(world: World, brand_id: int, article_id: int) -> ArticleRow:
    """Hand a draft in for publishing.

    Raises:
        NotFound: there is no such article.
        Conflict: it is handed in already.
        PlatformFailed: the platform refused, and it stays a draft; or it did not answer, and it is
            not handed in again before somebody has looked.
    """
    with world.store.transaction(brand_id) as tx:
        row = tx.ground.article(brand_id, article_id)
        if row.state not in {"drafted", "failed"}:
            raise Conflict(f"article {article_id}", "drafted", row.state)
        # Taken under the row's lock: two who press at once do not hand it in twice.
        tx.ground.put_article(
            structs.replace(row, state="publishing", reason="", changed_at=world.clock.now())
        )
    try:
        account = account_named(world, brand_id, "wechat", row.account)
        job = world.official.publish(account, row.draft)
    except (PlatformFailed, NotFound) as fault:
        if isinstance(fault, PlatformFailed) and not fault.code:
            # It may be handed in: whoever looks at publishings says that nobody knows.
            raise
        with world.store.transaction(brand_id) as tx:
            tx.ground.put_article(row)
        raise
    done = structs.replace(
        row, state="publishing", reason="", job=job, changed_at=world.clock.now()
    )  # fmt: skip
    with world.store.transaction(brand_id) as tx:
        if tx.ground.article(brand_id, article_id).state == "publishing":
            tx.ground.put_article(done)
    return done


def remove_draft(world: World, brand_id: int, article_id: int) -> None:
    """Take a draft away; raise NotFound, Conflict where it is published, PlatformFailed."""
    with world.store.transaction(brand_id) as tx:
        row = tx.ground.article(brand_id, article_id)
    if row.state not in {"drafted", "failed"}:
        raise Conflict(f"article {article_id}", "drafted", row.state)
    world.official.remove_draft(account_named(world, brand_id, "wechat", row.account), row.draft)
    with world.store.transaction(brand_id) as tx:
        now = world.clock.now()
        tx.ground.put_article(
            structs.replace(row, state="removed", reason="by_hand", changed_at=now)
        )


def settle_article(
    tx: Tx, world: World, account: ChannelAccount, values: Mapping[str, Any]
) -> None:
    """Take in that a publishing came to its end; told again it changes nothing."""
    job = str(values.get("publish_id", ""))
    row = tx.ground.article_of(account.brand_id, account.name, job) if job else None
    state, reason = _STATES.get(str(values.get("publish_status", "")), ("", ""))
    if row is None or not state:
        return
    details = values.get("article_detail")
    items = details.get("item") if isinstance(details, Mapping) else None
    rows = items if isinstance(items, list) else [items]
    urls = tuple(
        str(one["article_url"])
        for one in rows
        if isinstance(one, Mapping) and one.get("article_url")
    )
    _settle(tx, world, row, Publication(state, reason, urls=urls))


def look_at_publishing(world: World, limit: int) -> int:
    """Ask about publishings of which nothing was heard; return how many came to their end."""
    now = world.clock.now()
    with world.store.system() as tx:
        waiting = tx.ground.publishing(now - _ASK_AFTER, limit)
    n_done = 0
    for row in waiting:
        found = Publication("publishing")
        if row.job:
            try:
                account = account_named(world, row.brand_id, "wechat", row.account)
                found = world.official.publication(account, row.job)
            except (PlatformFailed, NotFound):
                found = Publication("publishing")
        with world.store.system() as tx:
            present = tx.ground.article(row.brand_id, row.article_id)
            if present.state != "publishing":
                continue
            if not row.job:
                # Whoever handed it in died before the answer: nobody knows, a person must look.
                found = Publication("failed", "unknown")
            _settle(tx, world, present, found)
            n_done += found.state != "publishing"
    return n_done


def _settle(tx: Tx, world: World, row: ArticleRow, found: Publication) -> None:
    """Write how a publishing stands."""
    now = world.clock.now()
    tx.ground.put_article(
        structs.replace(
            row, state=found.state, reason=found.reason, urls=found.urls or row.urls, changed_at=now
        )
    )  # fmt: skip
    if found.state == "failed":
        said = text("articles.task", title=row.title, account=row.account)
        key = ("article", row.article_id, row.job)
        open_own_task(tx, row.brand_id, said, "/official/articles", *key, now=now)


def _article(tx: Tx, brand_id: int, chosen: Chosen, nth: int) -> tuple[Article, str]:
    """Return an article and which template it is; raise BadInput."""
    where = f"templates[{nth}]"
    held = held_document(tx, brand_id, "template", chosen.template)
    parts = rendered_for_nobody(tx, brand_id, chosen.template, "wechat", chosen.locale)
    if held is None or parts is None:
        said = text("articles.no_template", slug=chosen.template)
        raise BadInput((Problem(where, said),))
    found = article_of(parts)
    if not isinstance(found, Article):
        raise BadInput(tuple(Problem(f"{where}.{one.path}", one.text) for one in found))
    return found, f"{chosen.template}@{held.version} {chosen.locale}".rstrip()


def _with_platform(world: World, account: ChannelAccount, article: Article) -> WrittenArticle:
    """Return an article whose pictures lie with the platform."""
    places = {
        one: _put_picture(world, account, one, is_cover=False) for one in pictures_of(article.html)
    }
    cover = article.cover
    if cover.startswith("https://"):
        cover = _put_picture(world, account, cover, is_cover=True)
    return WrittenArticle(
        article.title, article.digest, article.author, with_pictures(article.html, places), cover,
        article.source,
    )  # fmt: skip


def _put_picture(world: World, account: ChannelAccount, url: str, *, is_cover: bool) -> str:
    """Return where a picture lies with the platform; it is given there once."""
    largest = _LARGEST_PICTURE if is_cover else _LARGEST_INLINE
    call = HttpCall(url, method="GET", timeout_s=20.0, longest=largest + 1)
    answer = world.outbound.call([call])[0]
    if not answer.is_taken or not answer.body or len(answer.body) > largest:
        cause = answer.cause or f"HTTP {answer.status}, {len(answer.body)} bytes"
        said = text("articles.no_picture", place=url[:80], cause=cause)
        raise BadInput((Problem("image" if is_cover else "html", said),))
    digest = hashlib.sha256(answer.body).digest()
    key = account.brand_id, account.name, digest
    with world.store.transaction(account.brand_id) as tx:
        place = tx.ground.picture(*key, is_cover=is_cover)
    if not place:
        name = url.partition("?")[0].rpartition("/")[2][:80]
        place = world.official.put_picture(account, name, answer.body, is_cover=is_cover)
        with world.store.transaction(account.brand_id) as tx:
            tx.ground.put_picture(*key, place, world.clock.now(), is_cover=is_cover)
    return place
