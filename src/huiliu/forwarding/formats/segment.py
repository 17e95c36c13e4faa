"""Segment's HTTP tracking API, `POST /v1/batch`: understood by Segment and by many that copy it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import msgspec

from huiliu.forwarding.formats.base import Outgoing, Parcel
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant

__all__ = ["SegmentFormat"]

#: Source: Segment, "HTTP Tracking API Source": 500 KB a batch, 32 KB a call.
_MOST_BYTES = 450_000
_PATH = "/v1/batch"
_TRACKS = {
    "profile.erased": "Person Erased",
    "tag.changed": "Tag Changed",
    "suppression.changed": "Suppression Changed",
    "test": "Huiliu Test",
}
#: Segment's calls that an event of ours goes as.
_PAGES = {"page": "page", "screen": "screen"}


class SegmentFormat:
    """Profiles go as identify, merges as alias, everything else as track."""

    name = "segment"
    batch = 100

    def problems(self, url: str, secret: str, former_secret: str) -> Sequence[Problem]:
        """Return what is wrong with address and write key."""
        del former_secret
        found = [] if url else [Problem("url", text("destinations.no_url"))]
        if not secret or not secret.isascii() or ":" in secret:
            found.append(Problem("secret", text("destinations.no_write_key")))
        return found

    def pack(
        self, url: str, secrets: Sequence[str], facts: Sequence[Outgoing], now: int
    ) -> list[Parcel]:
        """Return as few requests as their limits allow."""
        key = base64.b64encode(f"{secrets[0]}:".encode()).decode()
        headers = {"content-type": "application/json", "authorization": f"Basic {key}"}
        address = url if url.rstrip("/").endswith(_PATH) else url.rstrip("/") + _PATH
        parcels: list[Parcel] = []
        calls: list[bytes] = []
        first = 0
        for at, one in enumerate([*facts, None]):
            raw = b"" if one is None else msgspec.json.encode(_call(one))
            size = sum(map(len, calls)) + len(raw)
            if calls and (one is None or len(calls) == self.batch or size > _MOST_BYTES):
                sent_at = msgspec.json.encode(show_instant(now))
                body = b'{"batch":[' + b",".join(calls) + b'],"sentAt":' + sent_at + b"}"
                parcels.append(Parcel(address, headers, body, list(range(first, at))))
                calls, first = [], at
            calls.append(raw)
        return parcels


def _call(one: Outgoing) -> dict[str, Any]:
    """Return one fact as Segment's call; a person without an id of the brand's goes by ours."""
    known = one.identifiers or {}
    user = known.get("user_id") or one.profile
    call: dict[str, Any] = {"messageId": one.id, "timestamp": show_instant(one.at)}
    if user:
        call["userId"] = user
    else:
        call["anonymousId"] = known.get("anonymous_id") or "huiliu"
    said = {**one.names, **one.data}
    if one.type in {"profile.created", "profile.changed"}:
        return call | {"type": "identify", "traits": said}
    if one.type == "profile.merged":
        return call | {"type": "alias", "previousId": said.get("from")}
    if one.type == "consent.changed":
        granted = said.get("state") == "granted"
        event = "Consent Granted" if granted else "Consent Withdrawn"
        return call | {"type": "track", "event": event, "properties": said}
    if one.type != "event":
        return call | {"type": "track", "event": _TRACKS[one.type], "properties": said}
    properties = said.get("properties", {})
    if one.kind in _PAGES:
        return call | {"type": _PAGES[one.kind], "properties": properties}
    return call | {"type": "track", "event": one.event, "properties": properties}
