"""Double opt-in: a yes that waits, the message that asks for it, and the click that counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from huiliu.kernel.errors import NotFound
from huiliu.kernel.facts import Projected, Value
from huiliu.kernel.ids import digest
from huiliu.kernel.times import DAY
from huiliu.messages.permission import Permission
from huiliu.messages.shipped import confirmation_slug, confirmation_template
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.people import ConsentRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.consent import Proof, Who, Wish, grant
from huiliu.services.opt_out import owner_of
from huiliu.services.own_templates import own_template
from huiliu.services.permission import permission
from huiliu.services.signed_links import link_to, read_link

__all__ = [
    "ASKING",
    "Asked",
    "accept_waiting",
    "ask_to_confirm",
    "confirm",
    "confirm_url",
    "pending",
    "show_asked",
]

_PATH: Final = "c"
#: The node of a confirmation: no journey asked for it.
ASKING: Final = "confirm"
_CHANNELS: Final = ("email", "sms")
#: A yes that was asked for longer ago is told to be too old, and is asked for anew.
_KEPT: Final = 30 * DAY


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link to confirm is about."""

    brand_id: int
    profile_id: int
    channel: str
    asks: Permission
    #: The newest request that waits, or None: it was confirmed or withdrawn, or its time is over.
    waiting: ConsentRow | None
    #: It was confirmed already.
    is_done: bool


def ask_to_confirm(
    tx: Tx, world: World, brand_id: int, requested: Sequence[Projected], now: int
) -> int:
    """Put a message that asks for confirmation into the outbox for each yes that waits.

    Runs in the projector's transaction: the request and the question are one.
    """
    asks = permission(tx, world, brand_id)
    queued = []
    for one in requested:
        channel = str(one.properties.get("channel", ""))
        if channel not in _CHANNELS:
            continue
        source = confirmation_template(channel, asks)
        held = own_template(tx, world, brand_id, confirmation_slug(channel), source)
        number = digest("confirm", brand_id, one.event.partition, one.event.offset)
        until = one.properties.get("confirm_by")
        ends = until if type(until) is int else now + asks.confirm_within
        inputs = msgspec.json.encode({"event": {"name": one.name, "properties": {}}, "key": ""})
        queued.append(
            QueuedMessage(
                brand_id, number, one.profile_id, "", 0, number, ASKING, channel, held.slug,
                held.version, "service", now, ends, now, b"", inputs,
            )
        )  # fmt: skip
    return tx.messages.queue(queued)


def confirm_url(world: World, brand_id: int, message_id: bytes) -> str:
    """Return the address at which the yes that a message asks about is confirmed."""
    return link_to(world, _PATH, brand_id, message_id)


def show_asked(world: World, written: str) -> Asked:
    """Return what a link would confirm; changes nothing.

    Raises:
        NotFound: Huiliu did not make the link, or its person is gone.
    """
    link = read_link(world, _PATH, written)
    with world.store.system() as tx:
        return _asked(tx, world, link.brand_id, link.message_id)


def confirm(world: World, written: str, ip: str = "", user_agent: str = "") -> Asked:
    """Let a yes count, once, with the click as its proof; a repeat changes nothing.

    Raises:
        NotFound: Huiliu did not make the link, or its person is gone.
    """
    link = read_link(world, _PATH, written)
    with world.store.system() as tx:
        asked = _asked(tx, world, link.brand_id, link.message_id)
        if asked.waiting is not None:
            evidence = {"message_id": link.message_id.hex()}
            accept_waiting(tx, world, asked.profile_id, asked.waiting, evidence, ip, user_agent)
    return asked


def pending(rows: Sequence[ConsentRow], channel: str, now: int) -> ConsentRow | None:
    """Return the newest request on a channel that still waits, of a ledger newest first."""
    for row in rows:
        if row.channel != channel or row.purpose != "marketing":
            continue
        if row.state != "requested":
            return None
        until = row.evidence.get("confirm_by")
        good = now < until if isinstance(until, int) else now < row.occurred_at + _KEPT
        return row if good else None
    return None


def accept_waiting(  # noqa: PLR0913, PLR0917 - who says yes, to what, and from where
    tx: Tx,
    world: World,
    profile_id: int,
    waiting: ConsentRow,
    evidence: Mapping[str, Value],
    ip: str = "",
    user_agent: str = "",
    method: str = "double_opt_in",
) -> None:
    """Turn a request into a yes with the words, law and source that it was asked with."""
    said = {key: value for key, value in waiting.evidence.items() if key != "confirm_by"}
    proof = Proof(
        method=method, jurisdiction=waiting.jurisdiction, text_version=waiting.text_version,
        text_locale=waiting.text_locale, source=waiting.source, collected_by=waiting.collected_by,
        evidence={**said, **evidence, "requested_at": waiting.occurred_at},
        ip=ip, user_agent=user_agent,
    )  # fmt: skip
    wish = Wish(waiting.channel, waiting.purpose, key=waiting.address)
    grant(
        tx, world, waiting.brand_id, Who(profile_id), [wish], proof, "double opt-in",
        waiting.position,
    )  # fmt: skip


def _asked(tx: Tx, world: World, brand_id: int, message_id: bytes) -> Asked:
    """Return what a message's link is about."""
    row = tx.messages.message(brand_id, message_id)
    profile_id, profile = owner_of(tx, brand_id, row)
    if profile is None or row.queued.node != ASKING:
        raise NotFound("confirmation link", message_id.hex())
    channel = row.queued.channel
    rows = tx.people.consent_history(brand_id, profile_id)
    waiting = pending(rows, channel, world.clock.now())
    last = next(
        (one for one in rows if one.channel == channel and one.purpose == "marketing"), None
    )
    is_done = last is not None and last.state == "granted"
    asks = permission(tx, world, brand_id)
    return Asked(brand_id, profile_id, channel, asks, waiting, is_done)
