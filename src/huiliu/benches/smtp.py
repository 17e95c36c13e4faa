"""`smtp`: messages a second that the e-mail channel hands to a server, beside the bare client.

In the figure: rendered messages composed to MIME with their one-click headers, four reused SMTP
connections to a server in another process, an answer for each. The floor is the bare library on
four connections with letters made before. `details.through_dispatch` is the whole way from the
outbox: policy, vault, Liquid, attempt ledger and events as well. `details.signed` is the figure
when each letter is signed with an RSA key of 2048 bits; its bar is 800.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Final

import aiosmtplib
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

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
from huiliu.kernel.ids import digest
from huiliu.kernel.times import Instant
from huiliu.messages.dkim import SigningKey
from huiliu.messages.mime import compose, on_the_wire, read_sender
from huiliu.ports.channel import ChannelAccount, Letterhead
from huiliu.stores.clock import SimulatedClock

__all__ = ["run"]

_SIZES: Final = {"small": 6_000, "full": 60_000}
_CONNECTIONS: Final = 4
_SENDER: Final = "Brand <hello@brand.example>"


def run(size: Size, place: Place) -> Measured:
    """Return the messages a second of one worker and of the bare client."""
    n_messages = _SIZES[size]
    with place.house(SimulatedClock(Instant(NOW))) as house, sinks() as ports:
        config = {
            "host": "127.0.0.1", "port": str(ports["smtp"]), "tls": "none", "from": _SENDER,
            "connections": str(_CONNECTIONS),
        }  # fmt: skip
        account = ChannelAccount(BRAND, "email", "sink", config, provider="smtp")
        fill(house, "email", n_messages, account)
        bare = asyncio.run(_bare(ports["smtp"], n_messages))
        provider = make_providers(house.world.clock, "127.0.0.1")["smtp"]
        try:
            figure, n_not_accepted = handed_over(provider, account, rendered("email", n_messages))
            signing = replace(account, name="signed", letterhead=_letterhead())
            signed, _ = handed_over(provider, signing, rendered("email", n_messages))
            seconds = send_all(sent_through(house.world, provider), "email")
        finally:
            provider.close()
        found = statuses(house)
    details = {
        "size": {"messages": n_messages, "connections": _CONNECTIONS},
        "signed": round(signed),
        "through_dispatch": round(n_messages / seconds),
        "statuses": found,
        "not_accepted": n_not_accepted,
    }
    return Measured(figure, bare, details)


def _letterhead() -> Letterhead:
    """Return a fresh RSA key of the size that everybody publishes."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Letterhead((SigningKey("brand.example", "bench", pem),))


async def _bare(port: int, n_messages: int) -> float:
    """Return the messages a second of the bare client."""
    sender = read_sender(_SENDER)
    assert sender is not None
    parts = {"subject": "您看过的面霜降价了", "text": "您好" * 40, "html": "<p>您好</p>" * 30}
    letters = iter([
        on_the_wire(
            compose(sender, digest("bare", number), NOW, f"user{number}@shop.example", parts)
        )
        for number in range(n_messages)
    ])  # fmt: skip

    async def work() -> None:
        """Send letters over one connection."""
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False)
        await client.connect()
        for number, letter in enumerate(letters):
            await client.sendmail(sender.address, [f"user{number}@shop.example"], letter)
        await client.quit()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(_CONNECTIONS)))
    return n_messages / (time.perf_counter() - started)
