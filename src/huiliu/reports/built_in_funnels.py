"""Funnels that come along: a message's way to an order, an order's own, and the six stages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.kernel.texts import LOCALES, render, text
from huiliu.kernel.times import DAY
from huiliu.reports.funnel_document import ANY, Funnel, Step

__all__ = ["BUILT_IN", "MESSAGE", "MESSAGE_STEPS"]

MESSAGE: Final = "message"
#: What becomes of a message, and of who followed it.
MESSAGE_STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "sent": ("Message Sent", "Message Unknown"),
    "delivered": ("Message Delivered",),
    "opened": ("Message Opened",),
    "clicked": ("Message Clicked", "Message Replied"),
    "cart": ("Product Added",),
    "paid": ("Order Paid",),
}
_PURCHASE: Final[Mapping[str, tuple[str, ...]]] = {
    "viewed": ("Product Viewed",),
    "cart": ("Product Added",),
    "placed": ("Order Created",),
    "paid": ("Order Paid",),
}
#: The mobile shopping life cycle; people come to a stage by any of its events.
_STAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "pre_buy": (
        "Message Clicked", "Message Opened", "Article Read", "Live Viewed", "Products Searched",
        "Product List Viewed", "Page Opened", "App Opened", "$page", "$screen",
    ),
    "in_transit": ("Place Entered", "Place Left"),
    "on_location": ("QR Scanned", "Store Entered"),
    "selection": ("Product Viewed", "Product Added", "Product Scanned", "Coupon Reserved"),
    "purchase": ("Order Paid",),
    "post_purchase": ("Review Posted", "Share Made", "Post Made", "Invite Opened"),
}  # fmt: skip


def _built(
    slug: str, steps: Mapping[str, tuple[str, ...]], window: int, order: str, by: tuple[str, ...]
) -> Funnel:
    """Return a funnel with its words in both languages."""

    def words(key: str) -> Mapping[str, str]:
        """Return a text in every language."""
        return {locale: render(text(key), locale) for locale in LOCALES}

    return Funnel(
        slug, words(f"funnels.built_in.{slug}"), "",
        tuple(Step(words(f"funnels.step.{name}"), events) for name, events in steps.items()),
        window, order, by=by,
    )  # fmt: skip


BUILT_IN: Final[Mapping[str, Funnel]] = {
    one.slug: one for one in (
        _built(MESSAGE, MESSAGE_STEPS, 7 * DAY, "message", ("channel", "template", "journey")),
        _built("purchase", _PURCHASE, 7 * DAY, "strict", ("channel", "os")),
        _built("six-stages", _STAGES, 30 * DAY, ANY, ("channel", "os")),
    )
}  # fmt: skip
