"""E-mail over SMTP: a few connections that are used again, and an answer for every message."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError
from typing import Final

from huiliu.channels.access import Access
from huiliu.channels.loop import LoopThread
from huiliu.channels.outbound import HostRule
from huiliu.channels.provider import BaseProvider
from huiliu.channels.smtp_session import FIELDS, Batch, Mailbox, Refused, Session
from huiliu.kernel.errors import DeliveryFailed, Problem
from huiliu.kernel.texts import text
from huiliu.messages.mime import is_address, read_sender
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount, OutboundMessage
from huiliu.ports.evidence import Evidence

__all__ = ["SmtpProvider"]

#: A batch that takes longer is cut short: what was not begun is tried again later. In seconds.
_BATCH_FOR: Final = 60.0


class SmtpProvider(BaseProvider):
    """The Provider port over SMTP."""

    name = "smtp"
    channel = "email"
    evidence = Evidence.TRIED
    fields = FIELDS

    def __init__(self, access: Access) -> None:
        """Hold which hosts may be called; nothing is opened yet."""
        self._rule = access.rule
        self._loop = LoopThread("email")
        self._pools: dict[tuple[int, str], tuple[Mapping[str, str], _Pool]] = {}

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Hand messages to the server and return an answer to each, in any order."""
        batch = Batch(messages)
        try:
            pool = self._pool(account)
            self._loop.run(pool.send(batch))
        except DeliveryFailed as fault:
            state = AnswerState.PAUSE if fault.permanent else AnswerState.THROTTLED
            batch.answer_rest(state, fault.response)
        except CancelledError:
            batch.answer_rest(AnswerState.THROTTLED, "stopped")
        return list(batch.answers.values())

    def more_problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return what is wrong with senders, domains and a password in the clear."""
        found = []
        if config.get("from") and read_sender(config["from"]) is None:
            found.append(Problem("from", text("channels.sender")))
        if config.get("reply_to") and not is_address(config["reply_to"]):
            found.append(Problem("reply_to", text("channels.address")))
        if config.get("bounce_domain") and not is_address(f"b@{config['bounce_domain']}"):
            found.append(Problem("bounce_domain", text("channels.domain")))
        if config.get("password") and config.get("tls") == "none":
            found.append(Problem("tls", text("channels.password_in_clear")))
        return found

    def close(self) -> None:
        """Let go of connections; a batch under way returns at once."""
        pools = [pool for _, pool in self._pools.values()]
        self._pools.clear()
        self._loop.close(*(pool.close for pool in pools))

    def _pool(self, account: ChannelAccount) -> _Pool:
        """Return the account's connections; a changed account gets new ones."""
        key = account.brand_id, account.name
        known = self._pools.get(key)
        if known is None or known[0] != account.config:
            pool = _Pool(Mailbox.read(account.config), self._rule)
            self._pools[key] = known = (account.config, pool)
        return known[1]


class _Pool:
    """One account's connections, kept between batches."""

    def __init__(self, mailbox: Mailbox, rule: HostRule) -> None:
        self._mailbox = mailbox
        self._rule = rule
        self._idle: deque[Session] = deque()

    async def send(self, batch: Batch) -> None:
        """Send a batch over as many connections as the account allows."""
        ends_at = asyncio.get_running_loop().time() + _BATCH_FOR
        n_workers = min(self._mailbox.n_connections, len(batch))
        workers = [self._work(batch, ends_at) for _ in range(n_workers)]
        results = await asyncio.gather(*workers, return_exceptions=True)
        refused = next((fault for fault in results if isinstance(fault, Refused)), None)
        if refused is not None:
            batch.answer_rest(refused.state, refused.response)
        for fault in results:
            if isinstance(fault, BaseException) and not isinstance(fault, Refused):
                batch.answer_rest(AnswerState.RETRY, type(fault).__name__)
        batch.answer_rest(AnswerState.THROTTLED, "not begun in time")

    async def close(self) -> None:
        """Let go of every connection."""
        while self._idle:
            self._idle.popleft().close()

    async def _work(self, batch: Batch, ends_at: float) -> None:
        """Send messages one after the other over one connection, a new one when it is lost."""
        loop = asyncio.get_running_loop()
        connection: Session | None = None
        try:
            while loop.time() < ends_at:
                # The message is taken only when there is a connection: a refusal answers for
                # those that nobody took.
                if connection is None:
                    if batch.waiting.__length_hint__() == 0:  # type: ignore[attr-defined] # list iterators have it
                        return
                    connection = await self._take()
                message = next(batch.waiting, None)
                if message is None:
                    return
                await connection.deliver(message, batch)
                if not connection.is_usable:
                    connection.close()
                    connection = None
        finally:
            if connection is not None:
                self._idle.append(connection)

    async def _take(self) -> Session:
        """Return an idle connection, or open one."""
        while self._idle:
            connection = self._idle.popleft()
            if connection.is_usable:
                return connection
            connection.close()
        connection = Session(self._mailbox)
        await connection.open(self._rule)
        return connection
