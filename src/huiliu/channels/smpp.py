"""SMS over SMPP 3.4: bound sessions, a window of submits each, receipts and replies."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError
from typing import Final

from huiliu.channels.access import Access
from huiliu.channels.loop import LoopThread, send_batch
from huiliu.channels.provider import BaseProvider
from huiliu.channels.smpp_account import FIELDS, Account
from huiliu.channels.smpp_query import query_states
from huiliu.channels.smpp_reactions import queried_id
from huiliu.channels.smpp_session import Refused, Session
from huiliu.ports.channel import (
    Answer,
    ChannelAccount,
    Doubt,
    OutboundMessage,
    Receipt,
)
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
        self._sessions: dict[tuple[int, str], tuple[Mapping[str, str], list[Session]]] = {}
        self._closing: set[asyncio.Future[None]] = set()

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
        """Return receipts and replies that came since the last call; binds where it is not."""
        try:
            arrived = self._loop.run(self._arrived(account))
        except CancelledError:
            return ()
        return [
            Receipt(self.channel, account.name, provider_id, state, response, address)
            for provider_id, state, response, address in arrived
        ]

    def query(self, account: ChannelAccount, doubts: Sequence[Doubt]) -> Sequence[Receipt]:
        """Ask what became of the parts that have ids: of the others the SMSC knows no name."""
        read = Account.read(account.config)
        ids = {
            queried_id(known, read.id_format): known
            for doubt in doubts
            for known in doubt.provider_ids
            if not known.startswith("*")
        }
        if not ids:
            return ()
        try:
            states = self._loop.run(query_states(read, self._rule, list(ids)))
        except CancelledError:
            return ()
        return [
            Receipt(self.channel, account.name, ids[written], state, response)
            for written, (state, response) in states.items()
        ]

    def close(self) -> None:
        """Let go of sessions; a batch under way returns at once."""
        sessions = [session for _, held in self._sessions.values() for session in held]
        self._sessions.clear()
        self._loop.close(*(session.close for session in sessions))

    async def _send(
        self,
        account: ChannelAccount,
        messages: Sequence[OutboundMessage],
        answers: dict[bytes, Answer],
        in_doubt: set[bytes],
    ) -> None:
        """Submit messages side by side, as many as the windows of all sessions take."""
        sessions = self._sessions_of(account)
        ends_at = asyncio.get_running_loop().time() + _BATCH_FOR
        waiting = iter(messages)

        async def work(session: Session) -> None:
            """Submit one message after the other."""
            for message in waiting:
                answers[message.message_id] = await session.submit(message, in_doubt)
                if asyncio.get_running_loop().time() > ends_at:
                    return

        window = Account.read(account.config).window
        # In turn, so that a few messages do not all go through the first session.
        workers = [work(session) for _ in range(window) for session in sessions]
        chosen, idle = workers[: len(messages)], workers[len(messages) :]
        for unused in idle:
            unused.close()
        for fault in await asyncio.gather(*chosen, return_exceptions=True):
            if isinstance(fault, Refused):
                for message in messages:
                    if message.message_id not in answers and message.message_id not in in_doubt:
                        answers[message.message_id] = Answer(
                            message.message_id, fault.state, (), fault.response
                        )

    async def _arrived(self, account: ChannelAccount) -> list[tuple[str, str, str, str]]:
        """Empty the account's inbox."""
        arrived = []
        for session in self._sessions_of(account):
            session.bind_soon()
            while session.inbox:
                arrived.append(session.inbox.popleft())
        return arrived

    def _sessions_of(self, account: ChannelAccount) -> list[Session]:
        """Return the account's sessions; a changed account gets new ones."""
        key = account.brand_id, account.name
        known = self._sessions.get(key)
        if known is None or known[0] != account.config:
            read = Account.read(account.config)
            sessions = [Session(read, self._rule) for _ in range(read.binds)]
            for old in known[1] if known is not None else ():
                sessions[0].inbox.extend(old.inbox)
                self._closing.add(ending := asyncio.ensure_future(old.close()))
                ending.add_done_callback(self._closing.discard)
            self._sessions[key] = known = (account.config, sessions)
        return known[1]
