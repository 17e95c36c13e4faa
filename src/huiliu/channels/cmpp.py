"""SMS over CMPP 2.0 and 3.0: straight to a gateway of China Mobile, or one that speaks like it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError
from typing import Final

from huiliu.channels.access import Access
from huiliu.channels.cmpp_link import Account, Refused
from huiliu.channels.cmpp_session import Session
from huiliu.channels.loop import LoopThread, send_batch
from huiliu.channels.provider import COMMON, BaseProvider, filled
from huiliu.ports.channel import (
    AccountField,
    Answer,
    ChannelAccount,
    Limit,
    OutboundMessage,
    Receipt,
)
from huiliu.ports.evidence import Evidence

__all__ = ["CmppProvider"]

#: A batch that takes longer is cut short: what was not begun is tried again later. In seconds.
_BATCH_FOR: Final = 60.0
_DOCUMENT: Final = "China Mobile, CMPP 3.0"


class CmppProvider(BaseProvider):
    """The Provider port over CMPP."""

    name = "cmpp"
    channel = "sms"
    #: Packets were held against those of an independent implementation; no gateway was.
    evidence = Evidence.DOCUMENTS
    fields = (
        AccountField("host"),
        AccountField("port", "number", "7890", low=1, high=65535),
        AccountField("version", "choice", "3.0", ("2.0", "3.0")),
        AccountField("sp_id", longest=6),
        AccountField("secret", "secret"),
        AccountField("source", longest=21),
        AccountField("signature", default=""),
        AccountField("service", default="", longest=10),
        AccountField("fee_user", "number", "2", low=0, high=3),
        AccountField("fee_type", default="01", longest=2),
        AccountField("fee_code", default="000000", longest=6),
        AccountField("connections", "number", "1", low=1, high=16),
        AccountField("window", "number", "16", low=1, high=100),
        AccountField("timeout", "number", "30", low=1, high=300),
        AccountField("test_every", "number", "60", low=1, high=180),
        AccountField("check_gateway", "flag", "no"),
        *COMMON,
    )
    limits = (
        Limit("window", "16", _DOCUMENT),
        Limit("length", "140", _DOCUMENT),
    )

    def __init__(self, access: Access) -> None:
        """Hold the doors; nothing is opened yet."""
        self._access = access
        self._loop = LoopThread("cmpp")
        self._sessions: dict[tuple[int, str], tuple[Mapping[str, str], Session]] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Submit messages and return an answer to each, in any order."""
        return send_batch(
            self._loop,
            messages,
            lambda done, doubt: self._send(account, messages, done, doubt),
        )

    def receipts(self, account: ChannelAccount) -> Sequence[Receipt]:
        """Return reports and replies that came since the last call; connects where it is not."""
        try:
            return self._loop.run(self._arrived(account))
        except CancelledError:
            return ()

    def close(self) -> None:
        """Let go of connections; a batch under way returns at once."""
        sessions = [session for _, session in self._sessions.values()]
        self._sessions.clear()
        self._loop.close(*(session.close for session in sessions))

    async def _send(
        self,
        account: ChannelAccount,
        messages: Sequence[OutboundMessage],
        answers: dict[bytes, Answer],
        in_doubt: set[bytes],
    ) -> None:
        """Submit messages side by side, as many as the windows take."""
        session, read = self._session(account)
        ends_at = asyncio.get_running_loop().time() + _BATCH_FOR
        waiting = iter(messages)

        async def work() -> None:
            """Submit one message after the other."""
            for message in waiting:
                answers[message.message_id] = await session.submit(message, in_doubt)
                if asyncio.get_running_loop().time() > ends_at:
                    return

        workers = [work() for _ in range(min(read.window * read.connections, len(messages)))]
        for fault in await asyncio.gather(*workers, return_exceptions=True):
            if isinstance(fault, Refused):
                left = {one.message_id for one in messages} - answers.keys() - in_doubt
                answers |= {one: _refused(one, fault) for one in left}
            elif isinstance(fault, BaseException):
                raise fault

    async def _arrived(self, account: ChannelAccount) -> list[Receipt]:
        """Empty the account's inbox."""
        session, _ = self._session(account)
        session.open_soon()
        arrived = []
        while session.inbox:
            arrived.append(session.inbox.popleft())
        return arrived

    def _session(self, account: ChannelAccount) -> tuple[Session, Account]:
        """Return the account's session; a changed account gets a new one."""
        key = account.brand_id, account.name
        read = Account.read(filled(self.fields, account.config))
        known = self._sessions.get(key)
        if known is None or known[0] != account.config:
            session = Session(account.name, read, self._access.rule, self._access.clock)
            if known is not None:
                session.inbox.extend(known[1].inbox)
                task = asyncio.ensure_future(known[1].close())
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)
            self._sessions[key] = known = (account.config, session)
        return known[1], read


def _refused(message_id: bytes, fault: Refused) -> Answer:
    """Return what it means for a message that no connection was to be had."""
    return Answer(message_id, fault.state, (), fault.response, code=fault.code)
