"""One SMPP account: bound as long as it is used, a window of submits, receipts as they come."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import smpp34

from huiliu.channels.outbound import HostRule
from huiliu.channels.smpp_account import Account
from huiliu.channels.smpp_query import bind_status
from huiliu.channels.smpp_reactions import (
    canonical_id,
    plain_text,
    reaction,
    read_report,
)
from huiliu.kernel.errors import DeliveryFailed
from huiliu.kernel.times import SECOND
from huiliu.messages.segments import Part, Segments, segment, user_data_header
from huiliu.ports.channel import Answer, AnswerState, OutboundMessage

__all__ = ["Refused", "Session"]

#: A throttled part is offered again after these times before the message is put off, in seconds.
_PAUSES_S: Final = (0.2, 0.4, 0.8)
#: After a failed bind the next is not tried before this, doubling, in seconds.
_FIRST_WAIT_S, _LAST_WAIT_S = 1.0, 60.0
_STATUS: Final = re.compile(r"\(0x([0-9A-Fa-f]{8})\)")
_ALREADY_BOUND: Final = 0x05
_UDH_INDICATOR: Final = 0x40
#: Optional parameters. Source: SMPP 3.4 section 5.3.2.
_SAR_REFERENCE, _SAR_TOTAL, _SAR_NUMBER = 0x020C, 0x020E, 0x020F
_RECEIPTED_ID, _MESSAGE_STATE, _PAYLOAD = 0x001E, 0x0427, 0x0424
_TYPE_BITS: Final = 0x3C
_MAX_INBOX: Final = 100_000
_LONGEST_VALIDITY_S: Final = 30 * 86_400 - 1
_OK: Final = "ESME_ROK"


class Refused(Exception):
    """No bind: what that means for every message."""

    def __init__(self, state: AnswerState, response: str) -> None:
        """Say what it means, in the SMSC's words."""
        super().__init__(response)
        self.state = state
        self.response = response


class Session:
    """A transceiver that binds when it is needed and again when it is lost."""

    def __init__(self, account: Account, rule: HostRule) -> None:
        """Hold the account; nothing is opened yet."""
        self._account = account
        self._rule = rule
        self._client: smpp34.Client | None = None
        self._smsc: smpp34.Smsc | None = None
        self._listener: asyncio.Task[None] | None = None
        self._background: asyncio.Task[None] | None = None
        self._binding = asyncio.Lock()
        self._window = asyncio.Semaphore(account.window)
        # Service finds room in the window however much marketing is under way.
        reserve = max(1, account.window // 5) if account.window > 1 else 0
        self._marketing = asyncio.Semaphore(account.window - reserve)
        self._next_part_at = 0.0
        self._bind_not_before = 0.0
        self._wait_s = _FIRST_WAIT_S
        self._was_bound = False
        #: Receipts and replies: (provider_id or "", state, response, sender's number).
        self.inbox: deque[tuple[str, str, str, str]] = deque(maxlen=_MAX_INBOX)

    async def ensure_bound(self) -> smpp34.Smsc:
        """Return a bound session; raise Refused with what a failure means."""
        if self._smsc is not None:
            return self._smsc
        async with self._binding:
            held = self._held()  # another caller may have bound while this one waited
            if held is not None:
                return held
            await self._drop()
            loop = asyncio.get_running_loop()
            if loop.time() < self._bind_not_before:
                raise Refused(AnswerState.THROTTLED, "waiting to bind again")
            try:
                self._smsc = await self._bind()
            except Refused:
                self._was_bound = False
                self._bind_not_before = loop.time() + self._wait_s
                self._wait_s = min(self._wait_s * 2, _LAST_WAIT_S)
                raise
            self._wait_s = _FIRST_WAIT_S
            self._listener = asyncio.ensure_future(self._listen(self._smsc))
            return self._smsc

    def bind_soon(self) -> None:
        """Bind in the background where it is not bound, so that receipts can come."""
        if self._background is None or self._background.done():
            self._background = asyncio.ensure_future(self._try_to_bind())

    async def submit(self, message: OutboundMessage, in_doubt: set[bytes]) -> Answer:
        """Send one message, part after part, and return its answer.

        `in_doubt` holds the message's id for as long as nobody could say what became of it.
        """
        try:
            segments = segment(message.parts["text"])
        except ValueError as fault:
            return Answer(message.message_id, AnswerState.REJECTED, (), str(fault))
        ids: list[str] = []
        total = len(segments.parts)
        for number, pdu in enumerate(self._pdus(message, segments), 1):
            async with self._place(message.message_class):
                smsc = await self.ensure_bound()
                in_doubt.add(message.message_id)
                state, response = await self._submit_part(smsc, pdu, ids)
            if state is not AnswerState.ACCEPTED:
                where = f"part {number} of {total}: {response}" if total > 1 else response
                # Parts that are out cannot be called back, and must not go out twice.
                known = state if not ids else AnswerState.UNKNOWN
                in_doubt.discard(message.message_id)
                return Answer(
                    message.message_id, known, tuple(ids), where, code=response, units=total
                )
        in_doubt.discard(message.message_id)
        return Answer(message.message_id, AnswerState.ACCEPTED, tuple(ids), _OK, units=total)

    async def close(self) -> None:
        """Unbind and let go."""
        async with self._binding:
            await self._drop()

    @contextlib.asynccontextmanager
    async def _place(self, message_class: str) -> AsyncIterator[None]:
        """Wait for a place in the window."""
        if message_class == "service":
            async with self._window:
                yield
        else:
            async with self._marketing, self._window:
                yield

    def _held(self) -> smpp34.Smsc | None:
        """Return the session that there is now."""
        return self._smsc

    async def _try_to_bind(self) -> None:
        """Bind; what came before a session was lost is in the inbox anyway."""
        with contextlib.suppress(Refused):
            await self.ensure_bound()

    async def _submit_part(
        self, smsc: smpp34.Smsc, pdu: _Pdu, ids: list[str]
    ) -> tuple[AnswerState, str]:
        """Submit one part, slower where the SMSC asks for it; note its id."""
        account = self._account
        for pause_s in (*_PAUSES_S, 0.0):
            if account.rate:
                await self._pace()
            try:
                async with asyncio.timeout(account.timeout_s):
                    answer = await pdu.submit(smsc, account)
            except TimeoutError:
                # Its place in the window stays taken: a session that does not answer is given up.
                await self._abandon(smsc)
                return AnswerState.UNKNOWN, "no answer in time"
            except smpp34.SmppError as fault:
                await self._abandon(smsc)
                return AnswerState.UNKNOWN, f"the session was lost: {fault}"
            state = reaction(answer.command_status)
            if state is AnswerState.ACCEPTED:
                ids.append(
                    canonical_id(answer.message_id or "", account.id_format, is_receipt=False)
                )
                return state, ""
            if state is not AnswerState.THROTTLED or not pause_s:
                break
            await asyncio.sleep(pause_s)
        return state, f"command_status 0x{answer.command_status:08X}"

    async def _pace(self) -> None:
        """Wait for this part's turn: operators count parts, not messages."""
        now = asyncio.get_running_loop().time()
        at = max(self._next_part_at, now)
        self._next_part_at = at + self._account.binds / self._account.rate
        if at > now:
            await asyncio.sleep(at - now)

    def _pdus(self, message: OutboundMessage, segments: Segments) -> list[_Pdu]:
        """Return what goes over the wire: a PDU a part, or one that the SMSC cuts itself."""
        parts = segments.parts
        if len(parts) == 1 or self._account.concatenation != "payload":
            return [self._pdu(message, segments, part, nth) for nth, part in enumerate(parts, 1)]
        encoded = [self._encoded(segments, part) for part in parts]
        whole = smpp34.Tlv(_PAYLOAD, b"".join(data for data, _ in encoded))
        to = message.address.lstrip("+")
        return [_Pdu(to, b"", encoded[0][1], 0, [whole], _validity(message))]

    def _encoded(self, segments: Segments, part: Part) -> tuple[bytes, int]:
        """Return a part's octets and their data_coding."""
        if segments.encoding != "gsm7":
            return part.data, 8
        if self._account.alphabet == "latin1":
            return part.text.encode("latin-1", "replace"), 3
        return part.data, 0

    def _pdu(self, message: OutboundMessage, segments: Segments, part: Part, number: int) -> _Pdu:
        """Return one part as it goes over the wire."""
        total = len(segments.parts)
        data, coding = self._encoded(segments, part)
        tlvs: list[smpp34.Tlv] = []
        esm_class = 0
        if total > 1 and self._account.concatenation == "sar":
            tlvs = [
                smpp34.Tlv(_SAR_REFERENCE, message.message_id[:2]),
                smpp34.Tlv(_SAR_TOTAL, bytes((total,))),
                smpp34.Tlv(_SAR_NUMBER, bytes((number,))),
            ]
        elif total > 1:
            data = user_data_header(message.message_id[0], total, number) + data
            esm_class = _UDH_INDICATOR
        to = message.address.lstrip("+")
        return _Pdu(to, data, coding, esm_class, tlvs, _validity(message))

    async def _bind(self) -> smpp34.Smsc:
        """Return a new bound session."""
        account = self._account
        try:
            host = await asyncio.to_thread(self._rule.resolve, account.host, account.port)
            # Asked for itself at first: the library would call a wrong password a timeout.
            status = 0 if self._was_bound else await bind_status(account, self._rule)
        except DeliveryFailed as fault:
            state = AnswerState.PAUSE if fault.permanent else AnswerState.THROTTLED
            raise Refused(state, fault.response) from fault
        except TimeoutError as fault:
            raise Refused(AnswerState.THROTTLED, "no answer to the bind") from fault
        except OSError as fault:
            said = fault.strerror or str(fault) or type(fault).__name__
            raise Refused(AnswerState.THROTTLED, f"no connection: {said}") from fault
        if status:
            raise Refused(_meaning(status), f"bind: command_status 0x{status:08X}")
        client = smpp34.Client(
            # TLS compares the certificate with the name, so the name is what it must get.
            account.host if account.tls else host,
            account.port,
            account.system_id,
            account.password,
            bind_type="TRX",
            system_type=account.system_type,
            tls=account.tls,
            window_size=account.window * 2,
            # Past its capacity smpp34 1.5 refuses a receipt with a response whose length is wrong,
            # and the SMSC loses the thread of the session.
            inbound_capacity=_MAX_INBOX,
            connect_timeout_ms=int(account.timeout_s * 1000),
        )
        try:
            smsc = await asyncio.wait_for(client.connect(), account.timeout_s)
        except TimeoutError as fault:
            raise Refused(AnswerState.THROTTLED, "no answer to the bind") from fault
        except smpp34.SmppError as fault:
            found = _STATUS.search(str(fault))
            raise Refused(
                _meaning(int(found[1], 16) if found else _ALREADY_BOUND), f"bind: {fault}"
            ) from fault
        self._was_bound = True
        self._client = client
        return smsc

    async def _listen(self, smsc: smpp34.Smsc) -> None:
        """Keep receipts and replies until the session ends."""
        while True:
            event = await smsc.next()
            if isinstance(event, smpp34.Disconnected):
                if self._smsc is smsc:
                    self._smsc = None
                return
            if event.esm_class & _TYPE_BITS:
                self._receipt(event)
            else:
                text = plain_text(_content(event), event.data_coding)
                self.inbox.append(("", "reply", text, f"+{event.source_addr.lstrip('+')}"))

    def _receipt(self, event: smpp34.DeliverSmEvent) -> None:
        """Keep a receipt that says something final."""
        values = {tlv.tag: tlv for tlv in event.tlvs}
        held = values.get(_RECEIPTED_ID)
        state = values.get(_MESSAGE_STATE)
        report = read_report(
            _content(event).decode("latin-1"),
            held.value.rstrip(b"\0").decode("latin-1") if held else None,
            state.as_int() if state else None,
        )
        if report is not None and report.state:
            known = canonical_id(report.provider_id, self._account.id_format, is_receipt=True)
            self.inbox.append((known, report.state, report.response, ""))

    async def _abandon(self, smsc: smpp34.Smsc) -> None:
        """Give a session up unless another one has replaced it."""
        async with self._binding:
            if self._smsc is smsc:
                await self._drop()

    async def _drop(self) -> None:
        """End the session that there is."""
        client, self._client, self._smsc = self._client, None, None
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.cancel()
        if client is not None:
            # It may be lost already.
            with contextlib.suppress(TimeoutError, smpp34.SmppError):
                await asyncio.wait_for(client.stop(), 2)


@dataclass(frozen=True, slots=True)
class _Pdu:
    """One submit."""

    to: str
    data: bytes
    coding: int
    esm_class: int
    tlvs: list[smpp34.Tlv]
    validity: str

    async def submit(self, smsc: smpp34.Smsc, account: Account) -> smpp34.SubmitSmResp:
        """Send it and return the answer."""
        return await smsc.submit_sm(
            self.to,
            self.data,
            source_addr=account.source,
            source_addr_ton=account.source_ton,
            source_addr_npi=account.source_npi,
            dest_addr_ton=1,
            dest_addr_npi=1,
            esm_class=self.esm_class,
            registered_delivery=1,
            validity_period=self.validity,
            data_coding=self.coding,
            tlvs=self.tlvs,
        )


def _meaning(status: int) -> AnswerState:
    """Return what a refused bind means: the account is refused, or it may be tried again."""
    return AnswerState.PAUSE if reaction(status) is AnswerState.PAUSE else AnswerState.THROTTLED


def _validity(message: OutboundMessage) -> str:
    """Return until when an SMSC may try, from now; "" = as it does for all.

    Source: SMPP 3.4 section 7.1.1.2: years, months, days, hours, minutes, seconds.
    """
    if not message.expires_at:
        return ""
    seconds = max(60, min((message.expires_at - message.at) // SECOND, _LONGEST_VALIDITY_S))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"0000{days:02}{hours:02}{minutes:02}{seconds:02}000R"


def _content(event: smpp34.DeliverSmEvent) -> bytes:
    """Return what a phone or the SMSC wrote, without the header that joins parts."""
    data = event.short_message
    if not data:
        return next((tlv.value for tlv in event.tlvs if tlv.tag == _PAYLOAD), b"")
    return data[data[0] + 1 :] if event.esm_class & _UDH_INDICATOR else data
