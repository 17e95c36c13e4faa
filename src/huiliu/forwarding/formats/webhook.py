"""A signed webhook for each fact, after the Standard Webhooks specification."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from huiliu.forwarding.formats.base import Outgoing, Parcel
from huiliu.forwarding.signing import is_secret, signed_headers
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import SECOND, show_instant

__all__ = ["WebhookFormat"]


class WebhookFormat:
    """`POST` of `{type, timestamp, data}`; the id is the same at every try."""

    name = "webhook"
    batch = 1

    def problems(self, url: str, secret: str, former_secret: str) -> Sequence[Problem]:
        """Return what is wrong with address and secrets."""
        found = [] if url else [Problem("url", text("destinations.no_url"))]
        for name, value in (("secret", secret), ("former_secret", former_secret)):
            if (value or name == "secret") and not is_secret(value):
                found.append(Problem(name, text("destinations.not_a_secret")))
        return found

    def pack(
        self, url: str, secrets: Sequence[str], facts: Sequence[Outgoing], now: int
    ) -> list[Parcel]:
        """Return a request for each fact."""
        return [self._parcel(url, secrets, one, at, now) for at, one in enumerate(facts)]

    def _parcel(
        self, url: str, secrets: Sequence[str], one: Outgoing, place: int, now: int
    ) -> Parcel:
        """Return the request of one fact."""
        data = {"profile_id": one.profile or None, **one.names, **one.data}
        if one.type.startswith("profile.") and one.type != "profile.merged":
            data = {"profile_id": one.profile, "fields": {**one.names, **one.data}}
        if one.event:
            data |= {"event": one.event, "kind": one.kind}
        said = {"type": one.type, "timestamp": show_instant(one.at), "data": data}
        body = msgspec.json.encode(said)
        headers = {
            "content-type": "application/json",
            **signed_headers(secrets, one.id, now // SECOND, body),
        }
        return Parcel(url, headers, body, [place])
