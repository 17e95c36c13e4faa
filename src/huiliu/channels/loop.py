"""An event loop in a thread of its own: how a synchronous `send` drives many connections."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import CancelledError
from typing import Any, TypeVar

from huiliu.ports.channel import Answer, AnswerState, OutboundMessage

__all__ = ["LoopThread", "send_batch"]

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for callers of other threads; started by the first one."""

    def __init__(self, name: str) -> None:
        """Name the thread; nothing runs yet."""
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._endings: tuple[Callable[[], Coroutine[Any, Any, None]], ...] = ()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what a coroutine returns; its caller waits."""
        return asyncio.run_coroutine_threadsafe(work, self._started()).result()

    def close(self, *endings: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Cancel what runs, let the endings close what they hold, and end the thread."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        self._endings = endings
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=5)

    def _started(self) -> asyncio.AbstractEventLoop:
        """Return the running loop."""
        with self._lock:
            if self._loop is None:
                loop = asyncio.new_event_loop()
                self._loop = loop
                self._thread = threading.Thread(
                    target=self._serve, args=(loop,), name=self._name, daemon=True
                )
                self._thread.start()
            return self._loop

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run a loop until it is stopped, then cancel what is left and close it."""
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
        finally:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            ends = [ending() for ending in self._endings]
            loop.run_until_complete(asyncio.gather(*ends, return_exceptions=True))
            # A transport that was told to close does so in the next round of the loop.
            loop.run_until_complete(asyncio.sleep(0))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()


def send_batch(
    loop: LoopThread,
    messages: Sequence[OutboundMessage],
    send: Callable[[dict[bytes, Answer], set[bytes]], Coroutine[Any, Any, None]],
) -> list[Answer]:
    """Return an answer to each message of a batch, also where the loop was stopped in it.

    What may have gone is unknown; what was not begun is put off.

    Args:
        loop: where the batch runs.
        messages: the batch.
        send: fills in answers, and which messages are in doubt at the moment.
    """
    answers: dict[bytes, Answer] = {}
    in_doubt: set[bytes] = set()
    response = "not begun in time"
    try:
        loop.run(send(answers, in_doubt))
    except CancelledError:
        response = "stopped"
    for message in messages:
        if message.message_id not in answers:
            unsure = message.message_id in in_doubt
            state = AnswerState.UNKNOWN if unsure else AnswerState.THROTTLED
            answers[message.message_id] = Answer(message.message_id, state, (), response)
    return list(answers.values())
