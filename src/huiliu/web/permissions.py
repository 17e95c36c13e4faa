"""Who may do what: every route names one permission, every role holds some."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

__all__ = ["PERMISSIONS", "PUBLIC", "SIGNED_IN", "may"]

#: Open to everyone; written out, so that no route is open by forgetting.
PUBLIC: Final = "public"
#: Open to every user, whatever the role.
SIGNED_IN: Final = "signed_in"

# Whoever speaks for a department may have a say, though they change nothing themselves.
_VIEWER = frozenset({
    "ads.read", "channels.read", "consent.read", "content.read", "decisions.read",
    "decisions.write", "desk.read",
    "events.read", "experiments.read", "filings.read", "forms.read", "guard.read", "health.read",
    "journeys.read", "messages.read", "overview.read", "packs.read", "people.read", "plans.read",
    "policy.read", "products.read", "reports.read", "rewards.read", "segments.read", "shops.read",
    "tags.read", "tasks.read", "templates.read",
})  # fmt: skip
_MARKETER = _VIEWER | {
    "ads.write", "consent.write", "content.write", "costs.write", "desk.write",
    "experiments.write", "filings.write", "forms.write", "guard.write", "interviews.write",
    "journeys.write", "messages.write", "packs.write", "plans.write", "products.write",
    "reports.write", "rewards.write", "segments.export", "segments.write", "tags.write",
    "tasks.write", "templates.write",
}  # fmt: skip
# Raw personal values and raw events are for administrators: each look is written down.
_ADMIN = _MARKETER | {
    "actions.read", "channels.write", "conversations.read", "conversations.write",
    "destinations.read", "destinations.write", "events.unseal", "keys.read", "keys.write",
    "people.reveal", "points.adjust", "policy.write", "shops.write", "users.read", "users.write",
}  # fmt: skip

#: Customer service reads what people write, and answers; of the rest it sees what helps to help.
_SERVICE = frozenset({
    "consent.read", "consent.write", "conversations.read", "conversations.write", "desk.read",
    "interviews.write", "messages.read", "overview.read", "people.read", "products.read",
    "rewards.read", "shops.read", "tasks.read", "tasks.write",
})  # fmt: skip

#: Role -> permissions.
PERMISSIONS: Final = MappingProxyType({
    "admin": _ADMIN, "marketer": _MARKETER, "service": _SERVICE, "viewer": _VIEWER,
})  # fmt: skip


def may(role: str, permission: str) -> bool:
    """Say whether a user of this role may enter a route that asks for this permission."""
    return permission in {PUBLIC, SIGNED_IN} or permission in PERMISSIONS.get(role, frozenset())
