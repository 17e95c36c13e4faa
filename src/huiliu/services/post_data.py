"""Posts as JSON: the API and the command line say the same."""

from __future__ import annotations

from decimal import Decimal

from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.times import show_instant
from huiliu.ports.world import World
from huiliu.services.moderate_posts import PostView

__all__ = ["picture_url", "post_json", "shown_json", "shown_points"]


def picture_url(world: World, name: str) -> str:
    """Return where everybody gets a file of an approved post."""
    return f"{world.public_url.rstrip('/')}/pictures/{name}"


def shown_json(world: World, view: PostView) -> dict[str, object]:
    """Return a post as a shop may show it: nothing of whose it is."""
    row = view.row
    return {
        "post": show_id(row.post_id), "kind": row.kind, "product_id": row.product_id or None,
        "product": view.product or None, "words": view.words, "locale": row.locale or None,
        "approved_at": show_instant(row.decided_at) if row.decided_at else None,
        "files": [
            {"url": picture_url(world, one.name), "still": picture_url(world, one.still),
             "type": one.media_type, "width": one.width, "height": one.height,
             "seconds": float(one.seconds) or None}
            for one in row.files
        ],
    }  # fmt: skip


def post_json(world: World, view: PostView) -> dict[str, object]:
    """Return a post as the staff sees it."""
    row = view.row
    return {
        **shown_json(world, view), "state": row.state, "profile": show_profile_id(view.profile_id),
        "order_id": row.order_id, "channel": row.channel, "consent": row.consent or None,
        "made_at": show_instant(row.made_at), "decided_by": row.decided_by or None,
        "reason": row.reason or None, "points": float(row.points), "copies": view.n_copies,
    }  # fmt: skip


def shown_points(amount: Decimal | int) -> str:
    """Return points as people read them: 20, 12.5."""
    return f"{Decimal(amount):.2f}".rstrip("0").rstrip(".")
