"""Links of messages: written at dispatch, followed by people, counted as events.

The link of an e-mail holds brand, message and address itself, signed. Where letters are dear a
short code stands for them. Neither can be guessed, so nobody can follow or count what they were
not sent.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from huiliu.governance.detection import clean_url
from huiliu.kernel.errors import NotFound
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest
from huiliu.kernel.times import DAY, MINUTE
from huiliu.messages.links import add_pixel, machine, rewrite
from huiliu.ports.links import ShortLink, Target
from huiliu.ports.messages import MessageRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.message_events import engagement_event

__all__ = ["Followed", "Tracker", "clicked", "follow", "forget_links", "opened", "read_pixel"]

_PURPOSE: Final = "message link"
_SEALED: Final = "link target"
_PAYLOAD: Final = struct.Struct(">BH16s8s")
_FORMAT: Final = 1
_CODE_BYTES: Final = 8
_KEY_BYTES: Final = 8
_NO_TARGET: Final = bytes(_KEY_BYTES)
#: Letters of a short code: 62 ** 11 is a little more than 64 bits.
_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH: Final = 11
#: Bytes of a link that holds all itself.
_SIGNED: Final = _PAYLOAD.size + _CODE_BYTES
#: A year, and a month to look back at it.
_KEEP_FOR: Final = 400 * DAY
#: Channels in which every letter of a link is paid for.
_DEAR: Final = frozenset({"sms"})
#: Channels in which a message as a whole leads to an address that a browser opens.
_BY_URL: Final = frozenset({"wechat"})
#: Channels whose clients tell themselves what was pressed.
_TOLD: Final = frozenset({"inapp"})


@dataclass(slots=True)
class Tracker:
    """Puts our own links into renderings, and writes down at the end where they lead."""

    world: World
    brand_id: int
    now: int
    _targets: dict[bytes, Target] = field(default_factory=dict)
    _links: dict[str, ShortLink] = field(default_factory=dict)

    def track(
        self, row: MessageRow, parts: Mapping[str, str], *, is_observed: bool = True
    ) -> Mapping[str, str]:
        """Return a rendering with countable links, and a picture where it is an e-mail's.

        Args:
            row: the message.
            parts: its rendering.
            is_observed: whether the person lets us watch what they do; others get what was written.
        """
        wants = self.world.tracking
        if row.queued.channel in _TOLD or not is_observed or not (wants.links or wants.opens):
            return parts
        if wants.links:
            parts = rewrite(parts, _ours(self.world), lambda link: self._short(row, link))
            target = parts.get("url", "").strip()
            if row.queued.channel in _BY_URL and target.startswith(("https://", "http://")):
                parts = {**parts, "url": self._short(row, target)}
        if wants.opens and "html" in parts:
            source = f"{_ours(self.world)}o/{_token(self.world, row, _NO_TARGET)}.gif"
            parts = {**parts, "html": add_pixel(parts["html"], source)}
        return parts

    def write(self, tx: Tx) -> None:
        """Write down where the links lead, in the transaction that lets their messages go."""
        targets = sorted(self._targets.values(), key=lambda one: one.key)
        tx.links.put(targets, list(self._links.values()))

    def _short(self, row: MessageRow, link: str) -> str:
        """Return our link that leads to another."""
        key = self.world.secrets.token(self.brand_id, "link", link)[:_KEY_BYTES]
        if key not in self._targets:
            sealed = self.world.secrets.seal(link.encode(), _SEALED)
            self._targets[key] = Target(self.brand_id, key, sealed, self.now)
        start = f"{self.world.tracking.short_url.rstrip('/')}/" if self.world.tracking.short_url \
            else _ours(self.world)  # fmt: skip
        if row.queued.channel not in _DEAR:
            return f"{start}r/{_token(self.world, row, key)}"
        code = _short_code(self.world, row, key)
        self._links[code] = ShortLink(code, self.brand_id, row.queued.message_id, key, self.now)
        return f"{start}r/{code}"


@dataclass(frozen=True, slots=True)
class Followed:
    """What stands behind a link or picture."""

    #: None = the message is forgotten already; the link leads on all the same.
    row: MessageRow | None
    #: Where it leads; "" = a picture.
    url: str = ""


def follow(world: World, code: str) -> Followed:
    """Return where a link leads and whose it is; raise NotFound for one that is not ours."""
    with world.store.system() as tx:
        if len(code) == _LENGTH:
            link = tx.links.link(code)
            if link is None:
                raise NotFound("link", code)
            brand_id, message_id, target = link.brand_id, link.message_id, link.target
        else:
            brand_id, message_id, target = _read(world, code)
        sealed = tx.links.target(brand_id, target)
        if sealed is None:
            raise NotFound("link", code[:80])
        url = world.secrets.unseal(sealed, _SEALED).decode()
        return Followed(_message(tx, brand_id, message_id), url)


def read_pixel(world: World, code: str) -> Followed:
    """Return whose picture was fetched; raise NotFound for one that is not ours."""
    brand_id, message_id, _ = _read(world, code)
    with world.store.system() as tx:
        return Followed(_message(tx, brand_id, message_id))


def forget_links(world: World, now: int, limit: int = 5_000) -> int:
    """Drop links that are older than anyone needs; return how many, 0 = none."""
    with world.store.system() as tx:
        return tx.links.forget(now - _KEEP_FOR, limit)


def clicked(row: MessageRow, url: str, headers: Mapping[str, str], now: int) -> NewEvent:
    """Return the event of an opened link; one a minute and link, however often it is pressed."""
    link = clean_url(url)
    return _engaged("Message Clicked", row, headers, now, {"link": link}, link)


def opened(row: MessageRow, headers: Mapping[str, str], now: int) -> NewEvent:
    """Return the event of an opened e-mail; one a minute, however often it is shown."""
    return _engaged("Message Opened", row, headers, now, {}, "")


def _engaged(
    name: str,
    row: MessageRow,
    headers: Mapping[str, str],
    now: int,
    more: Mapping[str, Value],
    what: str,
) -> NewEvent:
    """Return an event of what a person, or a machine, did with a message."""
    since = now - row.sent_at if row.sent_at else 0
    why = machine(headers, since_sent=since, is_picture=name == "Message Opened")
    told: dict[str, Value] = {**more, "machine": bool(why), "machine_reason": why}
    return engagement_event(name, row, told, now, what, why, now // MINUTE)


def _message(tx: Tx, brand_id: int, message_id: bytes) -> MessageRow | None:
    """Return a message with its present person, or None where it is forgotten."""
    try:
        return tx.messages.message(brand_id, message_id)
    except NotFound:
        return None


def _ours(world: World) -> str:
    """Return where our own addresses begin."""
    return f"{world.public_url.rstrip('/')}/"


def _token(world: World, row: MessageRow, target: bytes) -> str:
    """Return all that a link says, signed."""
    payload = _PAYLOAD.pack(_FORMAT, row.queued.brand_id, row.queued.message_id, target)
    signed = payload + world.secrets.sign(payload, _PURPOSE)[:_CODE_BYTES]
    # Base 32: letters and digits only, for mail programs cut links at other signs; 35 bytes are
    # 56 letters, without any sign that fills them up.
    return base64.b32encode(signed).decode().lower()


def _read(world: World, written: str) -> tuple[int, bytes, bytes]:
    """Return what a signed link says; raise NotFound for one that we did not make."""
    try:
        token = base64.b32decode(written.upper().encode("ascii", "replace"))
    except binascii.Error as fault:
        raise NotFound("link", written[:80]) from fault
    if len(token) != _SIGNED:
        raise NotFound("link", written[:80])
    payload, code = token[: _PAYLOAD.size], token[_PAYLOAD.size :]
    expected = world.secrets.sign(payload, _PURPOSE)[:_CODE_BYTES]
    if not hmac.compare_digest(code, expected):
        raise NotFound("link", written[:80])
    version, brand_id, message_id, target = _PAYLOAD.unpack(payload)
    if version != _FORMAT:
        raise NotFound("link", written[:80])
    return brand_id, message_id, target


def _short_code(world: World, row: MessageRow, target: bytes) -> str:
    """Return a code that nobody can guess; the same message and address have the same one."""
    said = digest("short link", row.queued.brand_id, row.queued.message_id, target)
    number = int.from_bytes(world.secrets.sign(said, _PURPOSE)[:8], "big")
    letters = []
    for _ in range(_LENGTH):
        number, letter = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return "".join(reversed(letters))
