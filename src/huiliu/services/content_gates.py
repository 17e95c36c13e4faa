"""What rule packs keep from going live, and from going out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from huiliu.governance.packs import Content, Pack
from huiliu.kernel.documents import load
from huiliu.kernel.errors import Problem
from huiliu.messages.channels import FIELD
from huiliu.messages.rendering import Rendered
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.check_content import CHECKED, check_source
from huiliu.services.packs import content_rules
from huiliu.services.read_offers import Proposal

__all__ = ["OutgoingTexts", "briefs_of", "content_allowed"]

#: What a person gets besides their own values was looked at before; so much is remembered.
_REMEMBERED: Final = 20_000
#: What people read; the HTML of a letter says what its text says.
_PARTS: Final = frozenset({"subject", "title", "text", "button"})
_LINK: Final = re.compile(r"(https?://[\w.:-]+/?)[\w./?&=%#~+:;,@!$*-]*", re.ASCII | re.IGNORECASE)


def content_allowed(
    tx: Tx, world: World, brand_id: int, one: Proposal, beside: Sequence[Proposal]
) -> Sequence[Problem]:
    """Return what rule packs keep from going live; what is live already is told elsewhere."""
    if one.kind not in CHECKED or one.before == one.source:
        return ()
    packs = [each.parsed for each in beside if isinstance(each.parsed, Pack)]
    rules = content_rules(tx, world, brand_id, packs)
    briefs = briefs_of(tx, brand_id) | {
        each.slug: each.source for each in beside if each.kind == "brief"
    }
    where = f"{one.offer.where}: " if one.offer.where else ""
    typed, stored = load(one.offer.source), load(one.source)
    return [
        Problem(
            f"{where}{found.path}", found.text,
            # As its author typed it; inside a text, lines are counted alike.
            typed.line_of(found.path) + found.line - stored.line_of(found.path),
        )
        for found in check_source(rules, one.kind, one.source, world.clock.now(), briefs)
        if found.finding.blocks
    ]  # fmt: skip


def briefs_of(tx: Tx, brand_id: int) -> dict[str, str]:
    """Return slug -> source of the briefs in use."""
    return {
        document.slug: document.source
        for document in tx.documents.all(brand_id, "brief")
        if document.state == "live"
    }


class OutgoingTexts:
    """Looks at texts on their way to people: what was filled in may say what nobody wrote."""

    def __init__(self, tx: Tx, world: World, brand_id: int, now: int) -> None:
        """Take the packs that are in force now."""
        self._rules = content_rules(tx, world, brand_id)
        self._now = now
        self._known: dict[tuple[str, str, str, str, str], bool] = {}
        #: Messages in which nothing was found when all were looked at together.
        self._clean: set[bytes] = set()

    def foresee(self, batch: Sequence[tuple[QueuedMessage, Rendered, str]]) -> None:
        """Look at many texts together: most are clean, and one look costs little more than one."""
        kinds: dict[tuple[str, str, str, str], list[tuple[bytes, Content]]] = {}
        for queued, rendered, country in batch:
            content = _content(queued, rendered, country)
            kind = (queued.channel, queued.message_class, rendered.locale, country)
            kinds.setdefault(kind, []).append((queued.message_id, content))
        for together in kinds.values():
            if self._rules.checker.are_clean([content for _, content in together]):
                self._clean.update(message_id for message_id, _ in together)

    def may_go(self, queued: QueuedMessage, rendered: Rendered, country: str) -> bool:
        """Say whether nothing in a text is blocked for a reader in a country; "" = not known."""
        if queued.message_id in self._clean:
            return True
        content = _content(queued, rendered, country)
        parts = repr(content.parts)
        key = (queued.template, country, rendered.locale, queued.message_class, parts)
        if key not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._rules.checker.check(
                content, self._rules.overrides, subject=f"template {queued.template}",
                now=self._now,
            )  # fmt: skip
            self._known[key] = not any(one.blocks for one in found)
        return self._known[key]


def _content(queued: QueuedMessage, rendered: Rendered, country: str) -> Content:
    """Return what of a message is held against packs."""
    parts = {
        # What follows the host is nobody's words: a token may well spell "No1".
        name: _LINK.sub(r"\1", words) if "://" in words else words
        for name, words in rendered.parts.items()
        if name in _PARTS or name.startswith(FIELD)
    }
    return Content(parts, queued.channel, queued.message_class, rendered.locale, country)
