"""What kind of message each maker of Android phones is told that it carries.

Makers limit marketing to a few a day and punish what is passed off as something else. So the kind
follows from the template's class alone: no account and no page can say otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.ports.channel import ChannelAccount, OutboundMessage

__all__ = ["VENDOR_FIELDS", "getui_options", "jpush_channels"]

#: (marketing, service) in each maker's words. Source: docs/reference/channels-push.md
_HUAWEI: Final = ("MARKETING", "EXPRESS")
_HONOR: Final = ("LOW", "NORMAL")
_OPPO: Final = ("MARKETING", "ORDER")
_VIVO: Final = ("MARKETING", "ORDER")
#: Names of an account's fields: Xiaomi and OPPO want a channel that was applied for.
VENDOR_FIELDS: Final = (
    "xiaomi_marketing", "xiaomi_service", "oppo_marketing", "oppo_service",
)  # fmt: skip


def jpush_channels(account: ChannelAccount, message: OutboundMessage) -> dict[str, object]:
    """Return `third_party_channel` of JPush."""
    is_service = message.message_class == "service"
    found: dict[str, dict[str, object]] = {
        "huawei": {
            "category": _HUAWEI[is_service],
            "importance": "NORMAL" if is_service else "LOW",
        },
        "honor": {"importance": _HONOR[is_service]},
        "oppo": {"category": _OPPO[is_service]},
        "vivo": {"category": _VIVO[is_service], "classification": int(is_service)},
    }
    for maker in ("xiaomi", "oppo"):
        if channel := _channel(account.config, maker, is_service=is_service):
            found.setdefault(maker, {})["channel_id"] = channel
    return dict(found)


def getui_options(account: ChannelAccount, message: OutboundMessage) -> dict[str, object]:
    """Return `ups.options` of Getui: the makers' codes in the makers' own words."""
    is_service = message.message_class == "service"
    found: dict[str, dict[str, object]] = {
        "HW": {
            "/message/android/category": _HUAWEI[is_service],
            "/message/android/notification/importance": "NORMAL" if is_service else "LOW",
        },
        "HO": {"/android/notification/importance": _HONOR[is_service]},
        "OP": {"/category": _OPPO[is_service]},
        "VV": {"/category": _VIVO[is_service], "/classification": int(is_service)},
    }
    if channel := _channel(account.config, "xiaomi", is_service=is_service):
        found["XM"] = {"/extra.channel_id": channel}
    if channel := _channel(account.config, "oppo", is_service=is_service):
        found["OP"]["/channel_id"] = channel
    return dict(found)


def _channel(config: Mapping[str, str], maker: str, *, is_service: bool) -> str:
    """Return the maker's channel for the class."""
    return config.get(f"{maker}_{'service' if is_service else 'marketing'}", "")
