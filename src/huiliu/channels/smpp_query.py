"""Asks an SMSC, on a short session of its own: what became of parts, and whether it lets us in.

The library that carries messages knows no `query_sm`, and calls every bind that is refused one that
timed out (smpp34 1.5.0), whatever the SMSC said. Both questions are rare.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import struct
from collections.abc import Sequence
from typing import Final

from huiliu.channels.outbound import HostRule
from huiliu.channels.smpp_account import Account
from huiliu.kernel.errors import DeliveryFailed

__all__ = ["bind_status", "query_states"]

#: command_length, command_id, command_status, sequence_number. Source: SMPP 3.4 section 3.2.
_HEADER: Final = struct.Struct("!IIII")
#: Source: SMPP 3.4 section 5.1.2.1.
_BIND_TRANSMITTER, _QUERY_SM, _UNBIND = 0x02, 0x03, 0x06
_BIND_TRANSCEIVER, _ENQUIRE_LINK = 0x09, 0x15
_RESPONSE: Final = 0x80000000
_VERSION: Final = 0x34
_LONGEST_PDU: Final = 64 * 1024
#: message_state -> our word; others are not final. Source: SMPP 3.4 section 5.2.28.
_STATES: Final = {2: "delivered", 3: "expired", 4: "failed", 5: "failed", 8: "failed"}


async def query_states(
    account: Account, rule: HostRule, ids: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """Return id -> (our word, the SMSC's numbers) of parts whose end it knows.

    Whatever goes wrong, what was not answered is left out: it is asked again another time.
    """
    found: dict[str, tuple[str, str]] = {}
    with contextlib.suppress(OSError, DeliveryFailed, TimeoutError, EOFError, struct.error):
        async with asyncio.timeout(account.timeout_s):
            await _ask(account, rule, ids, found)
    return found


async def bind_status(account: Account, rule: HostRule) -> int:
    """Return what the SMSC answers to a bind with the account's words; 0 = it lets us in.

    Raises:
        DeliveryFailed: the host may not be called, or is not known now.
        OSError: it cannot be reached, or what answers is no SMSC.
        TimeoutError: it does not answer.
    """
    async with asyncio.timeout(account.timeout_s):
        reader, writer = await _open(account, rule)
        try:
            status = await _bind(reader, writer, account, _BIND_TRANSCEIVER)
            # Some hang up instead of answering.
            with contextlib.suppress(EOFError, OSError):
                await _call(reader, writer, 2, _UNBIND, b"")
        except EOFError as fault:
            raise ConnectionResetError("the connection was closed") from fault
        finally:
            await _close(writer)
    return status


async def _close(writer: asyncio.StreamWriter) -> None:
    """Hang up."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _open(
    account: Account, rule: HostRule
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the SMSC."""
    host = await asyncio.to_thread(rule.resolve, account.host, account.port)
    context = ssl.create_default_context() if account.tls else None
    return await asyncio.open_connection(
        host, account.port, ssl=context, server_hostname=account.host if context else None
    )


async def _bind(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, account: Account, command: int
) -> int:
    """Bind and return the status."""
    words = _text(account.system_id) + _text(account.password) + _text(account.system_type)
    status, _ = await _call(reader, writer, 1, command, words + bytes((_VERSION, 0, 0)) + _text(""))
    return status


async def _ask(
    account: Account, rule: HostRule, ids: Sequence[str], found: dict[str, tuple[str, str]]
) -> None:
    """Bind, ask about each id, and unbind."""
    reader, writer = await _open(account, rule)
    try:
        if await _bind(reader, writer, account, _BIND_TRANSMITTER):
            return
        for number, one in enumerate(ids, 2):
            source = bytes((account.source_ton, account.source_npi)) + _text(account.source)
            status, body = await _call(reader, writer, number, _QUERY_SM, _text(one) + source)
            # After the id: the final date, the state, the error code.
            rest = body.partition(b"\0")[2].partition(b"\0")[2]
            if not status and len(rest) > 1 and rest[0] in _STATES:
                found[one] = _STATES[rest[0]], f"query_sm {rest[0]} {rest[1]:03}"
        await _call(reader, writer, len(ids) + 2, _UNBIND, b"")
    finally:
        await _close(writer)


async def _call(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    number: int,
    command: int,
    body: bytes,
) -> tuple[int, bytes]:
    """Send one PDU and return the status and body of its answer."""
    writer.write(_HEADER.pack(_HEADER.size + len(body), command, 0, number) + body)
    await writer.drain()
    while True:
        length, kind, status, sequence = _HEADER.unpack(await reader.readexactly(_HEADER.size))
        if not _HEADER.size <= length <= _LONGEST_PDU:
            raise EOFError("not a PDU")
        answer = await reader.readexactly(length - _HEADER.size)
        if kind == command | _RESPONSE and sequence == number:
            return status, answer
        if kind == _ENQUIRE_LINK:
            writer.write(_HEADER.pack(_HEADER.size, kind | _RESPONSE, 0, sequence))


def _text(written: str) -> bytes:
    """Return a text as PDUs hold it."""
    return written.encode("ascii", "replace") + b"\0"
