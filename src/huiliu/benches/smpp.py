"""`smpp`: messages a second that the SMS channel hands to an SMSC, beside the bare client.

In the figure: segmentation and encoding, one bound session with a window of 50 to an SMSC in
another process, an answer for each message, its receipt taken in and kept. The floor is the bare
library with the same window and payloads made before, its receipts taken and thrown away.
`details.through_dispatch` is the whole way from the outbox: policy, vault, Liquid, attempt ledger
and events as well.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

import smpp34

from huiliu.benches.frame import Measured, Place, Size
from huiliu.benches.outbox import (
    BRAND,
    NOW,
    fill,
    handed_over,
    rendered,
    send_all,
    sent_through,
    sinks,
    statuses,
)
from huiliu.channels import make_providers
from huiliu.kernel.times import Instant
from huiliu.ports.channel import ChannelAccount
from huiliu.stores.clock import SimulatedClock

__all__ = ["run"]

_SIZES: Final = {"small": 6_000, "full": 60_000}
_WINDOW: Final = 50
_PAYLOAD: Final = "【汇流】顾客，轻乳面霜 50 毫升 只要 128 元，拒收请回复R".encode("utf-16-be")


def run(size: Size, place: Place) -> Measured:
    """Return the messages a second of one worker and of the bare client."""
    n_messages = _SIZES[size]
    with place.house(SimulatedClock(Instant(NOW))) as house, sinks() as ports:
        config = {
            "host": "127.0.0.1", "port": str(ports["smpp"]), "system_id": "bench",
            "source": "1069", "window": str(_WINDOW),
        }  # fmt: skip
        account = ChannelAccount(BRAND, "sms", "sink", config, provider="smpp")
        fill(house, "sms", n_messages, account)
        bare = asyncio.run(_bare(ports["smpp"], n_messages))
        provider = make_providers(house.world.clock, "127.0.0.1")["smpp"]
        try:
            figure, n_not_accepted = handed_over(provider, account, rendered("sms", n_messages))
            seconds = send_all(sent_through(house.world, provider), "sms")
            n_receipts = len(provider.receipts(account))
        finally:
            provider.close()
        found = statuses(house)
    details = {
        "size": {"messages": n_messages, "window": _WINDOW},
        "through_dispatch": round(n_messages / seconds),
        "statuses": found,
        "not_accepted": n_not_accepted,
        "receipts_at_the_end": n_receipts,
    }
    return Measured(figure, bare, details)


async def _bare(port: int, n_messages: int) -> float:
    """Return the messages a second of the bare client."""
    client = smpp34.Client("127.0.0.1", port, "bench", "", bind_type="TRX", window_size=_WINDOW * 2)
    smsc = await client.connect()

    async def listen() -> None:
        """Throw receipts away."""
        while not isinstance(await smsc.next(), smpp34.Disconnected):
            pass

    listening = asyncio.ensure_future(listen())
    numbers = iter(range(n_messages))

    async def work() -> None:
        """Submit one message after the other."""
        for number in numbers:
            await smsc.submit_sm(
                f"86138{number:08d}", _PAYLOAD, source_addr="1069", registered_delivery=1,
                data_coding=8, dest_addr_ton=1, dest_addr_npi=1,
            )  # fmt: skip

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(_WINDOW)))
    seconds = time.perf_counter() - started
    listening.cancel()
    await client.stop()
    return n_messages / seconds
