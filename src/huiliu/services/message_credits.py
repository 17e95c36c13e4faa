"""Credits for single messages, as the log tells: granted, refused, windows opened by people.

A subscription message goes once for each time that its person agreed; a customer-service message
goes only for a while after its person did something. Both are credits: rows that a message takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from huiliu.kernel.bodies import Body
from huiliu.kernel.events import Event
from huiliu.kernel.times import DAY, HOUR, SECOND
from huiliu.messages.channels import CHANNELS
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.credits import WINDOW, Grant
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.contact_points import addressed

__all__ = ["GRANTED", "REFUSED", "CreditChanges", "Window", "service_window"]

GRANTED: Final = "Message Credit Granted"
REFUSED: Final = "Message Credit Refused"
#: Channels whose messages go by agreement to each.
_BY_AGREEMENT: Final = frozenset({"mini_program", "douyin", "wechat"})
#: Event -> which window it opens.
_OPENS: Final = {
    "WeChat Message Received": "message",
    "WeChat Menu Clicked": "menu",
    "WeChat Followed": "follow",
    "WeChat Scanned": "scan",
}
#: A menu's button that only shows a page opens none. Source: Service_Center_messages.
_OPENING_BUTTONS: Final = frozenset({"click", "scan", ""})
_HEARD: Final = frozenset({GRANTED, REFUSED, *_OPENS})
_LONGEST: Final = 128
#: What is spent or over is shown for so long.
_KEPT: Final = 90 * DAY
#: What WeChat allows where no account says otherwise: messages and seconds.
_REPLY: Final = (5, 48 * HOUR)
_TOUCH: Final = (3, 60 * SECOND)


@dataclass(frozen=True, slots=True)
class Window:
    """A person's customer-service window as it stands."""

    #: When the last place in it ends.
    until: int
    #: Messages that may still go.
    left: int


@dataclass(frozen=True, slots=True)
class _Heard:
    """What one event says of credits."""

    name: str
    channel: str
    app: str
    key: bytes
    profile_id: int
    position: int
    at: int
    given: Mapping[str, Any]


class CreditChanges:
    """What a batch of events says of credits; written at its end, after contact points."""

    def __init__(self, brand_id: int) -> None:
        """Hear nothing yet."""
        self._brand_id = brand_id
        self._heard: list[_Heard] = []

    def hear(self, event: Event, body: Body, came_with: int, position: int) -> None:
        """Take in what one event says."""
        if event.name not in _HEARD:
            return
        given = body.properties
        name = _word(given, "channel") or ("wechat" if event.name in _OPENS else "")
        channel = CHANNELS.get(name)
        if channel is None or name not in _BY_AGREEMENT:
            return
        if event.name in _OPENS and name != "wechat":
            return
        for key in sorted(addressed(event, given, channel)) or [b""]:
            self._heard.append(
                _Heard(
                    event.name, name, _word(given, "app"), key, came_with, position,
                    event.occurred_at, given,
                )
            )  # fmt: skip

    def write(self, tx: Tx, world: World) -> None:
        """Write down what was heard."""
        if not self._heard:
            return
        now = world.clock.now()
        accounts = tx.channels.accounts(self._brand_id)
        for one in self._heard:
            key = one.key or _known(tx, self._brand_id, one)
            if one.name == REFUSED:
                tx.credits.void(
                    self._brand_id, one.channel, one.app, key, one.profile_id,
                    _templates(one.given),
                )  # fmt: skip
            elif one.name == GRANTED:
                tx.credits.grant(list(self._granted(one, key)))
            elif key and (grant := self._opened(one, key, accounts)) and grant.until > now:
                tx.credits.grant([grant])
        tx.credits.forget(self._brand_id, now - _KEPT)

    def _granted(self, one: _Heard, key: bytes) -> Iterator[Grant]:
        """Yield what an agreement gives: one message for each template."""
        for template in _templates(one.given):
            yield Grant(
                self._brand_id, one.channel, one.app, key, one.profile_id, template, one.position,
                1, one.at, lasting=one.given.get("lasting") is True,
                source=_word(one.given, "source") or "client",
            )  # fmt: skip

    def _opened(self, one: _Heard, key: bytes, accounts: Sequence[ChannelAccount]) -> Grant | None:
        """Return the window that an act opens, None = it opens none."""
        kind = _OPENS[one.name]
        if kind == "menu" and _word(one.given, "kind") not in _OPENING_BUTTONS:
            return None
        n, lasts = _size(kind, one.app, accounts)
        return Grant(
            self._brand_id, one.channel, one.app, key, one.profile_id, WINDOW + kind, one.position,
            n, one.at, one.at + lasts, replaces=True,
        )  # fmt: skip


def service_window(tx: Tx, world: World, brand_id: int, profile_id: int, now: int) -> Window | None:
    """Return a person's customer-service window at the official account; None = it is closed."""
    del world
    open_ = [
        row
        for row in tx.credits.of_person(brand_id, profile_id, now)
        if row.channel == "wechat" and row.subject.startswith(WINDOW)
    ]
    if not open_:
        return None
    return Window(max(row.until for row in open_), sum(row.n for row in open_))


def _size(kind: str, app: str, accounts: Sequence[ChannelAccount]) -> tuple[int, int]:
    """Return how many messages a window takes, and how long it is open."""
    mine = [one for one in accounts if one.channel == "wechat"]
    fitting = [one for one in mine if one.config.get("app", "") in {app, ""}]
    config = fitting[0].config if fitting else {}
    if kind == "message":
        n, lasts = _REPLY
        return _number(config, "reply_messages", n), _number(
            config, "reply_hours", 0
        ) * HOUR or lasts
    n, lasts = _TOUCH
    return _number(config, "touch_messages", n), _number(
        config, "touch_seconds", 0
    ) * SECOND or lasts


def _number(config: Mapping[str, str], name: str, usual: int) -> int:
    """Return a number of an account."""
    written = config.get(name, "")
    return int(written) if written.isascii() and written.isdecimal() else usual


def _known(tx: Tx, brand_id: int, one: _Heard) -> bytes:
    """Return the address that a person was last seen at in an app, b"" = none is known yet."""
    points = tx.contacts.of_people(brand_id, one.channel, [one.profile_id])
    fitting = (
        point.key
        for point in points.get(one.profile_id, ())
        if not one.app or not point.app or point.app == one.app
    )
    return next(fitting, b"")


def _templates(given: Mapping[str, Any]) -> list[str]:
    """Return the templates that an event names."""
    listed = given.get("template_ids")
    several = listed[:10] if isinstance(listed, list) else []
    found = [given.get("template_id"), *several]
    return list(dict.fromkeys(one[:_LONGEST] for one in found if isinstance(one, str) and one))


def _word(given: Mapping[str, Any], name: str) -> str:
    """Return a short plain text, or ""."""
    found = given.get(name)
    return found[:_LONGEST] if isinstance(found, str) else ""
