"""Looks at live content again when packs, overrides or the content itself changed.

What a changed pack newly objects to becomes a task of the staff, and so does a pack whose review
is overdue: each once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from huiliu.governance.packs import BLOCK
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, HOUR, local_datetime
from huiliu.ports.content import ContentCheck, FoundLine
from huiliu.ports.documents import Document
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.check_content import CHECKED, ContentFinding, check_source
from huiliu.services.content_gates import briefs_of
from huiliu.services.own_tasks import open_own_task
from huiliu.services.packs import ContentRules, content_rules, packs_digest

__all__ = ["CONTENT_PAGE", "recheck_content"]

#: Dates pass and overrides end without anybody changing anything.
_AGAIN: Final = 1 * HOUR
#: Half of a digest is the source's, half that of the rules it was held against.
_HALF: Final = 16
#: How long the staff has for what a changed pack objects to, and for an overdue review.
_PATIENCE: Final = 3 * DAY
CONTENT_PAGE: Final = "/packs/content"


def recheck_content(world: World, limit: int) -> int:
    """Look at what has to be looked at again; return how many documents were."""
    del limit
    with world.store.system() as tx:
        brands = sorted({1, *tx.documents.brands()})
    return sum(_brand(world, brand_id) for brand_id in brands)


def _brand(world: World, brand_id: int) -> int:
    """Look at one brand's content."""
    now = world.clock.now()
    with world.store.system() as tx:
        stamp = tx.documents.stamp(brand_id)
        seen, told, due_at = tx.content.round(brand_id)
        overrides = tx.content.overrides(brand_id)
        marks = [f"{one.override_id} {one.until and one.until < now}" for one in overrides]
        if (seen, told[_HALF:]) == (stamp, _half("\n".join(marks))) and now < due_at:
            return 0
        rules = content_rules(tx, world, brand_id)
        digest = _half(packs_digest(rules.packs).hex()) + _half("\n".join(marks))
        n_looked = _look(tx, brand_id, rules, digest, now)
        _remind(tx, world, brand_id, rules, now)
        tx.content.put_round(brand_id, stamp, digest, now + _AGAIN)
        return n_looked


def _look(tx: Tx, brand_id: int, rules: ContentRules, digest: bytes, now: int) -> int:
    """Look at every live document that was not held against these rules yet."""
    known = dict(tx.content.checks(brand_id))
    briefs = briefs_of(tx, brand_id)
    n_looked = 0
    for document in _live(tx, brand_id):
        before = known.pop((document.kind, document.slug), None)
        told = briefs.values() if document.kind == "template" else ()
        mark = _half(document.source + "".join(told)) + _half(digest.hex())
        if before is not None and before.digest == mark:
            continue
        found = check_source(rules, document.kind, document.source, now, briefs)
        check = _checked(document, mark, found, now)
        tx.content.put_check(check)
        n_looked += 1
        _ask_for(tx, check, before)
    for kind, slug in known:
        tx.content.forget_check(brand_id, kind, slug)
    return n_looked


def _live(tx: Tx, brand_id: int) -> Iterable[Document]:
    """Yield the documents that people may get to read."""
    for kind in CHECKED:
        for document in tx.documents.all(brand_id, kind):
            if document.state != "archived":
                yield document


def _checked(
    document: Document, mark: bytes, found: Sequence[ContentFinding], now: int
) -> ContentCheck:
    """Return a document as it was found."""
    lines = tuple(
        FoundLine(
            one.path, one.finding.pack, one.finding.rule.name, one.finding.rule.severity,
            one.finding.quote, one.finding.allowed_by,
        )
        for one in found
    )  # fmt: skip
    n_block = sum(one.finding.blocks for one in found)
    n_warn = sum(one.severity != BLOCK and not one.allowed_by for one in lines)
    return ContentCheck(
        document.brand_id, document.kind, document.slug, mark, now, n_block, n_warn, lines
    )


def _ask_for(tx: Tx, check: ContentCheck, before: ContentCheck | None) -> None:
    """Open a task for what is newly objected to; what its author was told at publishing is not."""
    known = {(one.pack, one.rule, one.quote) for one in before.findings} if before else set()
    is_same = before is not None and before.digest[:_HALF] == check.digest[:_HALF]
    fresh = [
        one
        for one in check.findings
        if not one.allowed_by
        and (one.pack, one.rule, one.quote) not in known
        and (is_same or one.severity == BLOCK)
    ]
    if not fresh:
        return
    packs = sorted({one.pack for one in fresh})
    said = text(
        "packs.task.content", kind=check.kind, slug=check.slug, n=len(fresh),
        packs=", ".join(packs), quote=fresh[0].quote or fresh[0].rule,
    )  # fmt: skip
    open_own_task(
        tx, check.brand_id, said, CONTENT_PAGE, "content", check.kind, check.slug, check.digest,
        now=check.checked_at, due_at=check.checked_at + _PATIENCE,
    )  # fmt: skip


def _remind(tx: Tx, world: World, brand_id: int, rules: ContentRules, now: int) -> None:
    """Open a task for every pack whose review is overdue."""
    today = local_datetime(now, world.zone).date()
    for pack in rules.packs:
        if pack.is_overdue(today):
            due = pack.review_due.isoformat()
            said = text("packs.task.review", pack=pack.slug, due=due, owner=pack.owner)
            open_own_task(
                tx, brand_id, said, f"/packs/{pack.slug}", "pack review", pack.slug, due,
                now=now, due_at=now + _PATIENCE, assignee=pack.owner,
            )  # fmt: skip


def _half(words: str) -> bytes:
    """Return what stands for some words."""
    return hashlib.sha256(words.encode()).digest()[:_HALF]
