"""SMS over SMPP 3.4: one bound session an account, a window of submits, receipts and replies."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError
from typing import Final

from huiliu.channels.access import Access
from huiliu.channels.loop import LoopThread
from huiliu.channels.provider import BaseProvider, filled
from huiliu.channels.smpp_session import FIELDS, Account, Refused, Session
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount, OutboundMessage, Receipt
from huiliu.ports.evidence import Evidence

__all__ = ["SmppProvider"]

#: A batch that takes longer is cut short: what was not begun is tried again later. In seconds.
_BATCH_FOR: Final = 60.0


class SmppProvider(BaseProvider):
    """The Provider port over SMPP."""

    name = "smpp"
    channel = "sms"
    evidence = Evidence.TRIED
    fields = FIELDS

    def __init__(self, access: Access) -> None:
        """Hold which hosts may be called; nothing is opened yet."""
        self._rule = access.rule
        self._loop = LoopThread("sms")
        self._sessions: dict[tuple[int, str], tuple[Mapping[str, str], Session]] = {}

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Submit messages and return an answer to each, in any order."""
        answers: dict[bytes, Answer] = {}
        in_doubt: set[bytes] = set()
        response = "not begun in time"
        try:
            self._loop.run(self._send(account, messages, answers, in_doubt))
        except CancelledError:
            response = "stopped"
        for message in messages:
            if message.message_id not in answers:
                unsure = message.message_id in in_doubt
                state = AnswerState.UNKNOWN if unsure else AnswerState.THROTTLED
                answers[message.message_id] = Answer(message.message_id, state, (), response)
        return list(answers.values())

    def receipts(self, account: ChannelAccount) -> Sequence[Receipt]:
        """Return receipts and replies that came since the last call; binds where it is not."""
        try:
            arrived = self._loop.run(self._arrived(account))
        except CancelledError:
            return ()
        return [
            Receipt(self.channel, account.name, provider_id, state, response, address)
            for provider_id, state, response, address in arrived
        ]

    def close(self) -> None:
        """Let go of sessions; a batch under way returns at once."""
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
        """Submit messages side by side, as many as the window takes."""
        session = self._session(account)
        ends_at = asyncio.get_running_loop().time() + _BATCH_FOR
        waiting = iter(messages)

        async def work() -> None:
            """Submit one message after the other."""
            for message in waiting:
                answers[message.message_id] = await session.submit(message, in_doubt)
                if asyncio.get_running_loop().time() > ends_at:
                    return

        window = int(filled(FIELDS, account.config)["window"])
        workers = [work() for _ in range(min(window, len(messages)))]
        for fault in await asyncio.gather(*workers, return_exceptions=True):
            if isinstance(fault, Refused):
                for message in messages:
                    if message.message_id not in answers and message.message_id not in in_doubt:
                        answers[message.message_id] = Answer(
                            message.message_id, fault.state, (), fault.response
                        )

    async def _arrived(self, account: ChannelAccount) -> list[tuple[str, str, str, str]]:
        """Empty the account's inbox."""
        session = self._session(account)
        session.bind_soon()
        arrived = []
        while session.inbox:
            arrived.append(session.inbox.popleft())
        return arrived

    def _session(self, account: ChannelAccount) -> Session:
        """Return the account's session; a changed account gets a new one."""
        key = account.brand_id, account.name
        known = self._sessions.get(key)
        if known is None or known[0] != account.config:
            session = Session(Account.read(account.config), self._rule)
            if known is not None:
                session.inbox.extend(known[1].inbox)
                self._closing = asyncio.ensure_future(known[1].close())
            self._sessions[key] = known = (account.config, session)
        return known[1]
