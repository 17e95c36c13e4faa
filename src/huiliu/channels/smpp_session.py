"""One SMPP account: bound as long as it is used, a window of submits, receipts as they come."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import smpp34

from huiliu.channels.outbound import HostRule
from huiliu.channels.provider import COMMON, filled
from huiliu.channels.smpp_reactions import (
    canonical_id,
    plain_text,
    reaction,
    read_report,
)
from huiliu.kernel.errors import DeliveryFailed
from huiliu.messages.segments import Part, Segments, segment, user_data_header
from huiliu.ports.channel import AccountField, Answer, AnswerState, OutboundMessage

__all__ = ["FIELDS", "Account", "Refused", "Session"]

#: Lengths are those of the bind, without their end. Source: SMPP 3.4 section 4.1.1.
FIELDS: Final = (
    AccountField("host"),
    AccountField("port", "number", "2775", low=1, high=65535),
    AccountField("tls", "choice", "none", choices=("none", "tls")),
    AccountField("system_id", longest=15),
    AccountField("password", "secret", "", longest=8),
    AccountField("system_type", default="", longest=12),
    AccountField("source", default="", longest=20),
    AccountField("source_ton", "number", "", low=0, high=6),
    AccountField("source_npi", "number", "", low=0, high=18),
    AccountField("window", "number", "20", low=1, high=500),
    AccountField("timeout", "number", "30", low=1, high=300),
    AccountField("concatenation", "choice", "udh", choices=("udh", "sar")),
    AccountField("alphabet", "choice", "gsm7", choices=("gsm7", "latin1")),
    AccountField("id_format", "choice", "same", choices=("same", "hex-decimal", "decimal-hex")),
    *COMMON,
)
#: A throttled part is offered again after these times before the message is put off, in seconds.
_PAUSES_S: Final = (0.2, 0.4, 0.8)
#: After a failed bind the next is not tried before this, doubling, in seconds.
_FIRST_WAIT_S, _LAST_WAIT_S = 1.0, 60.0
_STATUS: Final = re.compile(r"\(0x([0-9A-Fa-f]{8})\)")
_UDH_INDICATOR: Final = 0x40
#: Optional parameters. Source: SMPP 3.4 section 5.3.2.
_SAR_REFERENCE, _SAR_TOTAL, _SAR_NUMBER = 0x020C, 0x020E, 0x020F
_RECEIPTED_ID, _MESSAGE_STATE = 0x001E, 0x0427
_TYPE_BITS: Final = 0x3C
_MAX_INBOX: Final = 100_000


@dataclass(frozen=True, slots=True)
class Account:
    """An account's fields, read once."""

    host: str
    port: int
    tls: bool
    system_id: str
    password: str
    system_type: str
    source: str
    source_ton: int
    source_npi: int
    window: int
    #: Parts a second; 0 = as fast as the window allows.
    rate: int
    timeout_s: float
    concatenation: str
    alphabet: str
    id_format: str

    @classmethod
    def read(cls, config: Mapping[str, str]) -> Account:
        """Return the fields of an account that was checked when it was stored."""
        given = filled(FIELDS, config)
        is_word = bool(given["source"]) and not given["source"].isdecimal()
        return cls(
            host=given["host"],
            port=int(given["port"]),
            tls=given["tls"] == "tls",
            system_id=given["system_id"],
            password=given["password"],
            system_type=given["system_type"],
            source=given["source"],
            # 5 is alphanumeric. Source: SMPP 3.4 section 5.2.5.
            source_ton=int(given["source_ton"] or (5 if is_word else 0)),
            source_npi=int(given["source_npi"] or (0 if is_word else 1)),
            window=int(given["window"]),
            rate=int(given["rate"]),
            timeout_s=float(given["timeout"]),
            concatenation=given["concatenation"],
            alphabet=given["alphabet"],
            id_format=given["id_format"],
        )


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
        self._next_part_at = 0.0
        self._bind_not_before = 0.0
        self._wait_s = _FIRST_WAIT_S
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
        for number, part in enumerate(segments.parts, 1):
            async with self._window:
                smsc = await self.ensure_bound()
                in_doubt.add(message.message_id)
                pdu = self._pdu(message, segments, part, number)
                state, response = await self._submit_part(smsc, pdu, ids)
            if state is not AnswerState.ACCEPTED:
                where = f"part {number} of {total}: {response}" if total > 1 else response
                # Parts that are out cannot be called back, and must not go out twice.
                known = state if not ids else AnswerState.UNKNOWN
                in_doubt.discard(message.message_id)
                return Answer(message.message_id, known, tuple(ids), where)
        in_doubt.discard(message.message_id)
        return Answer(message.message_id, AnswerState.ACCEPTED, tuple(ids), "ESME_ROK")

    async def close(self) -> None:
        """Unbind and let go."""
        async with self._binding:
            await self._drop()

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
        self._next_part_at = at + 1 / self._account.rate
        if at > now:
            await asyncio.sleep(at - now)

    def _pdu(self, message: OutboundMessage, segments: Segments, part: Part, number: int) -> _Pdu:
        """Return one part as it goes over the wire."""
        total = len(segments.parts)
        data = part.data
        coding = 8
        if segments.encoding == "gsm7":
            coding = 0
            if self._account.alphabet == "latin1":
                data, coding = part.text.encode("latin-1", "replace"), 3
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
        return _Pdu(message.address.lstrip("+"), data, coding, esm_class, tlvs)

    async def _bind(self) -> smpp34.Smsc:
        """Return a new bound session."""
        account = self._account
        try:
            host = await asyncio.to_thread(self._rule.resolve, account.host, account.port)
        except DeliveryFailed as fault:
            state = AnswerState.PAUSE if fault.permanent else AnswerState.THROTTLED
            raise Refused(state, fault.response) from fault
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
            status = int(found[1], 16) if found else 0x05
            state = reaction(status)
            if state not in {AnswerState.PAUSE, AnswerState.THROTTLED}:
                state = AnswerState.THROTTLED
            raise Refused(state, f"bind: {fault}") from fault
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
                text = plain_text(_without_header(event), event.data_coding)
                self.inbox.append(("", "reply", text, f"+{event.source_addr.lstrip('+')}"))

    def _receipt(self, event: smpp34.DeliverSmEvent) -> None:
        """Keep a receipt that says something final."""
        values = {tlv.tag: tlv for tlv in event.tlvs}
        held = values.get(_RECEIPTED_ID)
        state = values.get(_MESSAGE_STATE)
        report = read_report(
            event.short_message.decode("latin-1"),
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
            data_coding=self.coding,
            tlvs=self.tlvs,
        )


def _without_header(event: smpp34.DeliverSmEvent) -> bytes:
    """Return a phone's message without the header that joins parts."""
    data = event.short_message
    if event.esm_class & _UDH_INDICATOR and data:
        return data[data[0] + 1 :]
    return data
