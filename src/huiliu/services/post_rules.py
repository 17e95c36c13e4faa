"""What people may show of what they bought: the brand's document, or what holds without one."""

from __future__ import annotations

from huiliu.ports.store import Tx
from huiliu.rewards.post import DEFAULT, KIND, SLUG, PostRules, parsed_posts

__all__ = ["post_rules"]


def post_rules(tx: Tx, brand_id: int) -> tuple[PostRules, int]:
    """Return a brand's rules and which version they are; 0 = it wrote none."""
    held = [
        one for one in tx.documents.all(brand_id, KIND)
        if one.slug == SLUG and one.state != "archived"
    ]  # fmt: skip
    return (parsed_posts(held[0].source), held[0].version) if held else (DEFAULT, 0)
