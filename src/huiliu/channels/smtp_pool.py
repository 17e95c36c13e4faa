"""A few SMTP connections to one host, used again over batches."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from huiliu.channels.outbound import HostRule
from huiliu.channels.smtp_session import Batch, Mailbox, Refused, Session
from huiliu.ports.channel import AnswerState

__all__ = ["BATCH_FOR", "Pool"]

#: A batch that takes longer is cut short: what was not begun is tried again later. In seconds.
BATCH_FOR: Final = 60.0


class Pool:
    """The connections to one host, kept between batches."""

    def __init__(self, mailbox: Mailbox, rule: HostRule, host: str) -> None:
        self._mailbox = mailbox
        self._rule = rule
        self._host = host
        self._idle: deque[Session] = deque()

    async def send(self, batch: Batch) -> None:
        """Send a batch over as many connections as the account allows."""
        refused = await self.work_off(batch)
        if refused is not None:
            batch.answer_rest(refused.state, refused.response, refused.code)
        batch.answer_rest(AnswerState.THROTTLED, "not begun in time")

    async def work_off(self, batch: Batch) -> Refused | None:
        """Send what can be sent, and return why the rest was refused, if it was."""
        ends_at = asyncio.get_running_loop().time() + BATCH_FOR
        n_workers = min(self._mailbox.n_connections, len(batch))
        workers = [self._work(batch, ends_at) for _ in range(n_workers)]
        results = await asyncio.gather(*workers, return_exceptions=True)
        refused = next((fault for fault in results if isinstance(fault, Refused)), None)
        for fault in results:
            if isinstance(fault, BaseException) and not isinstance(fault, Refused):
                batch.answer_rest(AnswerState.RETRY, type(fault).__name__)
        return refused

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
        connection = Session(self._mailbox, self._host)
        await connection.open(self._rule)
        return connection
