"""One CMPP account: connections that are kept, a window of submits each, reports as they come."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import Final

from huiliu.channels.carrier_codes import state_of
from huiliu.channels.cmpp_link import Account, Link, Refused
from huiliu.channels.outbound import HostRule
from huiliu.channels.sms_cloud import full, instant, national, without_numbers
from huiliu.messages.cmpp import Command, Deliver, Report, Submit, read_result
from huiliu.messages.segments import segment_ucs2, user_data_header
from huiliu.ports.channel import Answer, AnswerState, OutboundMessage, Receipt
from huiliu.ports.clock import Clock

__all__ = ["Session"]

#: Result of a submit -> what it means; all others refuse one message.
#: Source: docs/reference/channels-sms.md, from memory of the protocol's document.
_REACTIONS: Final = {
    0: AnswerState.ACCEPTED,
    1: AnswerState.FIX,  # structure
    2: AnswerState.FIX,  # command
    3: AnswerState.RETRY,  # a sequence that was used
    4: AnswerState.FIX,  # length
    5: AnswerState.PAUSE,  # fee code
    6: AnswerState.FIX,  # too long
    7: AnswerState.PAUSE,  # service code
    8: AnswerState.THROTTLED,  # flow control
    9: AnswerState.PAUSE,  # not served here
    10: AnswerState.PAUSE,  # source number
    11: AnswerState.PAUSE,  # enterprise code
    12: AnswerState.PAUSE,  # fee number
    13: AnswerState.SUPPRESS,  # no such receiver
}
#: A part that met flow control is offered again after these times, in seconds.
_PAUSES_S: Final = (0.04, 0.08, 0.16, 0.32)
#: After a failed connect the next is not tried before this, doubling, in seconds.
_FIRST_WAIT_S, _LAST_WAIT_S = 1.0, 60.0
#: Codings of a text.
_UCS2, _GB = 8, 15
#: Source: the protocol's document, Msg_Length of a submit.
_LONGEST_ASCII: Final = 159
_MAX_INBOX: Final = 100_000


class Session:
    """The connections of an account, opened when they are needed and again when they are lost."""

    def __init__(self, name: str, account: Account, rule: HostRule, clock: Clock) -> None:
        """Hold the account; nothing is opened yet."""
        self._name = name
        self._account = account
        self._rule = rule
        self._clock = clock
        self._links: list[Link] = []
        self._opening = asyncio.Lock()
        self._not_before = 0.0
        self._wait_s = _FIRST_WAIT_S
        self._turn = 0
        self._background: asyncio.Task[None] | None = None
        self.inbox: deque[Receipt] = deque(maxlen=_MAX_INBOX)

    async def submit(self, message: OutboundMessage, in_doubt: set[bytes]) -> Answer:
        """Send one message, part after part, and return its answer.

        `in_doubt` holds the message's id for as long as nobody could say what became of it.
        """
        try:
            bodies = self._bodies(message)
        except ValueError as fault:
            return Answer(message.message_id, AnswerState.REJECTED, (), str(fault))
        ids: list[str] = []
        total = len(bodies)
        for number, body in enumerate(bodies, 1):
            link = await self._link()
            async with link.window:
                in_doubt.add(message.message_id)
                state, response, code = await self._part(link, body, ids)
            if state is not AnswerState.ACCEPTED:
                # Parts that are out cannot be called back, and must not go out twice.
                known = state if not ids else AnswerState.UNKNOWN
                in_doubt.discard(message.message_id)
                where = f"part {number} of {total}: {response}" if total > 1 else response
                return Answer(message.message_id, known, tuple(ids), where, code=code)
        in_doubt.discard(message.message_id)
        return Answer(message.message_id, AnswerState.ACCEPTED, tuple(ids), "0", units=total)

    def open_soon(self) -> None:
        """Connect in the background, so that reports can come."""
        if self._background is None or self._background.done():
            self._background = asyncio.ensure_future(self._try_to_open())

    async def close(self) -> None:
        """Say goodbye on every connection and let go."""
        links, self._links = self._links, []
        for link in links:
            await link.close()

    async def _try_to_open(self) -> None:
        """Connect; what a failure means is told to whoever sends."""
        with contextlib.suppress(Refused):
            await self._link()

    async def _link(self) -> Link:
        """Return a connection with room, one more where there may be; raise Refused."""
        self._links = [one for one in self._links if not one.is_lost]
        if len(self._links) < self._account.connections:
            async with self._opening:
                self._links = [one for one in self._links if not one.is_lost]
                if len(self._links) < self._account.connections:
                    await self._open()
        self._turn += 1
        free = [one for one in self._links if not one.window.locked()]
        return (free or self._links)[self._turn % len(free or self._links)]

    async def _open(self) -> None:
        """Open one more connection; without any that works raise Refused."""
        loop = asyncio.get_running_loop()
        is_early = loop.time() < self._not_before
        # Fewer connections than wished for still carry.
        if is_early and self._links:
            return
        if is_early:
            raise Refused(AnswerState.THROTTLED, "waiting to connect again")
        link = Link(self._account, self._take)
        try:
            await link.open(self._rule, self._clock)
        except Refused:
            self._not_before = loop.time() + self._wait_s
            self._wait_s = min(self._wait_s * 2, _LAST_WAIT_S)
            if not self._links:
                raise
            return
        self._wait_s = _FIRST_WAIT_S
        self._links.append(link)

    async def _part(self, link: Link, body: bytes, ids: list[str]) -> tuple[AnswerState, str, str]:
        """Submit one part, slower where the gateway asks for it; note its id."""
        for pause_s in (*_PAUSES_S, 0.0):
            try:
                async with asyncio.timeout(self._account.timeout_s):
                    answer = await link.ask(Command.SUBMIT, body)
            except TimeoutError:
                # Its place in the window stays taken: a connection that is silent is given up.
                await link.close()
                return AnswerState.UNKNOWN, "no answer in time", ""
            except ConnectionError as fault:
                return AnswerState.UNKNOWN, f"the connection was lost: {fault}", ""
            message_id, status = read_result(answer)
            state = _REACTIONS.get(status, AnswerState.REJECTED)
            if state is AnswerState.ACCEPTED:
                ids.append(str(message_id))
            if state is not AnswerState.THROTTLED or not pause_s:
                return state, f"result {status}", str(status)
            await asyncio.sleep(pause_s)
        raise AssertionError("the last pause is none")

    def _signed(self, text: str) -> str:
        """Return a text under the account's signature, where it has none and the gateway adds none.

        It counts for the length, so it is put on before the text is divided.
        """
        signature = self._account.signature
        has_one = text.startswith("【") or text.endswith("】")
        return text if has_one or not signature else f"【{signature}】{text}"

    def _bodies(self, message: OutboundMessage) -> list[bytes]:
        """Return a message's parts as they go over the wire; raise ValueError when it has too many.

        Short ASCII goes as it is, all else as UCS-2: about other codings gateways do not agree.
        """
        text = self._signed(message.parts["text"])
        if text.isascii() and len(text) <= _LONGEST_ASCII:
            return [self._submit(message, text.encode(), 0, 1, 1)]
        parts = segment_ucs2(text).parts
        total = len(parts)
        return [
            self._submit(message, (
                user_data_header(message.message_id[0], total, number) if total > 1 else b""
            ) + part.data, _UCS2, total, number)
            for number, part in enumerate(parts, 1)
        ]  # fmt: skip

    def _submit(
        self, message: OutboundMessage, content: bytes, coding: int, total: int, number: int
    ) -> bytes:
        """Return the body of one part."""
        account = self._account
        return Submit(
            to=national(message.address), content=content, coding=coding, source=account.source,
            source_number=account.source_number, service=account.service, total=total,
            number=number, has_header=total > 1, fee_user=account.fee_user,
            fee_type=account.fee_type, fee_code=account.fee_code,
        ).body(account.version)  # fmt: skip

    def _take(self, found: Deliver) -> None:
        """Keep what a gateway brought: a report that is final, or a phone's message."""
        if not found.is_report:
            content = found.content
            if found.has_header and content:
                content = content[content[0] + 1 :]
            self.inbox.append(Receipt(
                "sms", self._name, str(found.message_id), "reply", _plain(content, found.coding),
                address=full(found.sender), to=found.to,
            ))  # fmt: skip
            return
        report = Report.read(found.content)
        state = state_of(report.state)
        if state:
            self.inbox.append(Receipt(
                "sms", self._name, str(report.message_id), state, without_numbers(report.state),
                code=report.state, at=_instant(report.done), address=full(report.to),
            ))  # fmt: skip


def _plain(content: bytes, coding: int) -> str:
    """Return the text of a phone's message."""
    if coding == _UCS2:
        return content.decode("utf-16-be", "replace")
    return content.decode("gb18030" if coding == _GB else "latin-1", "replace")


def _instant(written: str) -> int:
    """Return an instant that a report names as YYMMDDhhmm; 0 = it is none."""
    return instant(written, "%y%m%d%H%M")
