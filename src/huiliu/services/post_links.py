"""The link that a person gets after delivery: it says whose order it is, signed, for some weeks."""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import show_id
from huiliu.kernel.letters import from_letters, to_letters
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY
from huiliu.ports.world import World

__all__ = ["MOST_DAYS", "PostLink", "post_link", "public_post_url", "read_post_link"]

_PURPOSE: Final = "post link"
_FORMAT: Final = 1
_HEAD: Final = struct.Struct(">BHQII")
_CODE_BYTES: Final = 16
_LONGEST_ORDER: Final = 100
#: How long a link holds; the brand's rules may say less, and are asked when it is opened.
MOST_DAYS: Final = 365
_LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class PostLink:
    """Whose order a link is about."""

    brand_id: int
    profile_id: int
    order_id: str
    #: When it was made, in days since 1970-01-01, and how many days it holds at most.
    day: int
    days: int
    written: str

    def is_over(self, now: int, open_days: int) -> bool:
        """Say whether its time has passed: what was posted is shown, nothing new is taken."""
        return now // DAY > self.day + min(self.days, open_days)


def post_link(
    world: World, brand_id: int, profile_id: int, order_id: str, at: int, days: int = MOST_DAYS
) -> str:
    """Return the address under which a person shows what they bought.

    Raises:
        BadInput: no order is called so.
    """
    named = order_id.encode()
    if not order_id.strip() or len(named) > _LONGEST_ORDER:
        raise BadInput((Problem("order_id", text("posts.want_order")),))
    payload = _HEAD.pack(_FORMAT, brand_id, profile_id, at // DAY, days) + named
    token = payload + world.secrets.sign(payload, _PURPOSE)[:_CODE_BYTES]
    written = to_letters(token)
    return f"{world.public_url.rstrip('/')}/show/{written}"


def read_post_link(world: World, written: str) -> PostLink:
    """Return whose order a link is about; raise NotFound for one that Huiliu did not make."""
    if len(written) > _LONGEST:
        raise NotFound(_PURPOSE, written[:80])
    try:
        token = from_letters(written)
        payload, code = token[:-_CODE_BYTES], token[-_CODE_BYTES:]
        version, brand_id, profile_id, day, days = _HEAD.unpack(payload[: _HEAD.size])
        order_id = payload[_HEAD.size :].decode()
    except (ValueError, struct.error) as fault:
        raise NotFound(_PURPOSE, written[:80]) from fault
    expected = world.secrets.sign(payload, _PURPOSE)[:_CODE_BYTES]
    if version != _FORMAT or not hmac.compare_digest(code, expected):
        raise NotFound(_PURPOSE, written[:80])
    return PostLink(brand_id, profile_id, order_id, day, days, written)


def public_post_url(world: World, post_id: bytes) -> str:
    """Return where everybody sees an approved post that its person shared."""
    return f"{world.public_url.rstrip('/')}/shown/{show_id(post_id)}"
