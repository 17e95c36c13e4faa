"""What is true of most platforms: audiences are usable at once, conversions of any age."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from huiliu.advertising.people import Conversion
from huiliu.advertising.platforms.base import Config, Tokens
from huiliu.advertising.talk import Call, Talk, form_call, object_of
from huiliu.kernel.texts import Text

__all__ = ["Usual", "bearer"]


class Usual:
    """What a platform's file need not say again."""

    __slots__ = ()

    longest_ago: ClassVar[int] = 0
    sends_tokens: ClassVar[bool] = True
    dedupes: ClassVar[bool] = True

    def needs(self, conversion: Conversion) -> bool:
        """Say whether there is a click or a person to match."""
        return bool(conversion.click_id or conversion.person)

    def make(self, config: Config, name: str) -> Talk[str]:
        """Make nothing: the first upload does."""
        del config, name
        yield from ()
        return ""

    def publish(self, config: Config, remote: str) -> Talk[bool]:
        """Say that it is usable."""
        del config, remote
        yield from ()
        return True

    def budget_problem(self, minor: int) -> Text | None:
        """Find nothing wrong with an amount."""
        del minor
        return None

    def refresh(self, config: Config, refresh_token: str) -> Call:
        """Return the renewal of OAuth 2.0 (RFC 6749 section 6)."""
        return form_call("/token", {
            "grant_type": "refresh_token", "refresh_token": refresh_token,
            "client_id": config["client_id"], "client_secret": config["client_secret"],
        }, host="token", is_open=True)  # fmt: skip

    def tokens(self, data: object) -> Tokens | None:
        """Return what `{access_token, refresh_token, expires_in}` says."""
        said = object_of(data)
        access = said.get("access_token")
        if not isinstance(access, str) or not access:
            return None
        lives = said.get("expires_in") or said.get("access_token_expires_in") or 3_600
        return Tokens(access, str(said.get("refresh_token") or ""), int(lives))


def bearer(token: str) -> Mapping[str, str]:
    """Return the header of a bearer token."""
    return {"Authorization": f"Bearer {token}"}
