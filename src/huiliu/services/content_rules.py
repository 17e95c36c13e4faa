"""What rule packs say of the words of a piece of content, as of any message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from huiliu.governance.packs import Content, Finding
from huiliu.kernel.texts import Text
from huiliu.ports.board import PieceRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.check_content import told
from huiliu.services.packs import content_rules, live_packs

__all__ = ["blocked_in", "findings_in"]

_CLASS: Final = "marketing"
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")


def findings_in(tx: Tx, world: World, row: PieceRow) -> Sequence[tuple[Finding, Text]]:
    """Return what rule packs object to in a piece's title and words."""
    parts = {name: said for name, said in (("subject", row.title), ("text", row.words)) if said}
    locale = "zh-CN" if _CHINESE.search(row.title + row.words) else "en"
    # Its channel is the platform: rules of SMS and e-mail do not hold there.
    content = Content(parts, row.platform, _CLASS, locale, platform=row.platform)
    rules, packs = content_rules(tx, world, row.brand_id), live_packs(tx, row.brand_id)
    found = rules.checker.check(
        content, rules.overrides, subject=f"content {row.key}", now=world.clock.now()
    )
    return [(one, told(packs[one.pack], one)) for one in found]


def blocked_in(tx: Tx, world: World, row: PieceRow) -> list[Text]:
    """Return why a piece must not go out as it stands."""
    return [said for one, said in findings_in(tx, world, row) if one.blocks]
