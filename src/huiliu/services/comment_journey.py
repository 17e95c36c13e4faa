"""Remarks on the nodes of a journey: written, settled, opened again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.ports.drafts import JourneyComment
from huiliu.ports.world import World

__all__ = ["LONGEST_COMMENT", "add_comment", "comments_on", "resolve_comment"]

LONGEST_COMMENT: Final = 2_000


def comments_on(world: World, brand_id: int, journey: str) -> Sequence[JourneyComment]:
    """Return every comment on a journey or draft, oldest first."""
    with world.store.transaction(brand_id) as tx:
        return tx.drafts.comments(brand_id, journey)


def add_comment(
    world: World, brand_id: int, journey: str, node: str, words: str, author: str
) -> JourneyComment:  # fmt: skip
    """Write a comment on a node, or on the journey where the node is "".

    Raises:
        BadInput: it says nothing, or too much.
    """
    said = words.strip()
    if not said or len(said) > LONGEST_COMMENT:
        raise BadInput((Problem("words", text("journeys.comment_length", most=LONGEST_COMMENT)),))
    comment = JourneyComment(
        brand_id, 0, journey[:200], node[:200], author, world.clock.now(), said
    )
    with world.store.transaction(brand_id) as tx:
        return tx.drafts.add_comment(comment)


def resolve_comment(
    world: World, brand_id: int, comment_id: int, by: str, *, settled: bool
) -> JourneyComment:
    """Settle a comment, or open it again.

    Raises:
        NotFound: there is no such comment.
    """
    at = world.clock.now() if settled else 0
    with world.store.transaction(brand_id) as tx:
        return tx.drafts.resolve_comment(brand_id, comment_id, at, by if settled else "")
