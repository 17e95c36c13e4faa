"""An SMSC that takes everything, sends receipts, and fails as it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import smpp34

from huiliu.fakes.arrivals import Arrivals, Arrived
from huiliu.messages.segments import decode_gsm7

__all__ = ["SmscSink", "answer_by_number"]

_UDH_INDICATOR: Final = 0x40
_RECEIPT: Final = 0x04
_RECEIPTED_ID: Final = 0x001E
_MESSAGE_STATE: Final = 0x0427
_STATES: Final = {"DELIVRD": 2, "EXPIRED": 3, "UNDELIV": 5}
#: The last four digits of a number choose its answer.
_SCRIPTS: Final = {
    "9058": "0x58",
    "9014": "0x14",
    "9008": "0x08",
    "9011": "0x0B",
    "9001": "undeliv",
    "9002": "expired",
    "9003": "silent",
    "9004": "hang",
    "9005": "early",
}
_STATUS: Final = re.compile(r"0x[0-9A-Fa-f]+")


def answer_by_number(number: str) -> str:
    """Return the answer that a number asks for by its last four digits; others `ok`.

    `0x..` is a command_status; `undeliv` and `expired` are accepted and reported so; `silent` is
    accepted without a receipt; `hang` is never answered; `early` is reported before the answer.
    """
    return _SCRIPTS.get(number[-4:], "ok")


@dataclass(slots=True)
class _Long:
    """A message of several parts, as they come in."""

    total: int
    parts: dict[int, str] = field(default_factory=dict)


class SmscSink:
    """An SMSC in a thread of its own."""

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        keep: bool = True,
        answer: Callable[[str], str] = answer_by_number,
        hex_ids: bool = False,
    ) -> None:
        """Prepare; `start` opens the port, 0 = any free one.

        Args:
            port: where to listen.
            host: the address to listen on.
            keep: hold messages for `take`; without it they are only counted.
            answer: number -> ok or one of the words of `answer_by_number`.
            hex_ids: answer with hexadecimal ids and report decimal ones, as many SMSCs do.
        """
        self.port = port
        self.host = host
        self.answer = answer
        self.arrivals = Arrivals(keep=keep)
        self._hex_ids = hex_ids
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._fault: smpp34.SmppError | None = None
        self._sessions: dict[str, smpp34.Esme] = {}
        self._long: dict[tuple[str, int], _Long] = {}
        self._held: list[smpp34.SubmitSmEvent] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_id = 0
        self._n_parts = 0
        self._n_receipts = 0
        self._n_due = 0

    def start(self) -> Self:
        """Listen; `port` then holds the real one.

        Raises:
            OSError: the port is taken.
        """
        with socket.socket() as seat:
            if not self.port:
                # Kept until the server sits on it: let go of, it might be another's by then.
                seat.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                seat.bind((self.host, 0))
                self.port = seat.getsockname()[1]
            self._thread = threading.Thread(target=self._serve, name="smsc-sink", daemon=True)
            self._thread.start()
            self._ready.wait()
        if self._fault is not None:
            self.stop()
            raise OSError(str(self._fault)) from self._fault
        return self

    def stop(self) -> None:
        """Close every session and end."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop = self._thread = None

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def take(self) -> list[Arrived]:
        """Return the whole messages that arrived since the last call, parts joined."""
        return self.arrivals.take()

    def report(self) -> dict[str, object]:
        """Return counts: received, duplicates (same number and text), answers, receipts."""
        return self.arrivals.report() | {
            "parts": self._n_parts,
            "receipts": self._n_receipts,
            "receipts_due": self._n_due,
        }

    @property
    def receipts_outstanding(self) -> int:
        """Return how many receipts are still on their way to the other side."""
        return self._n_due - self._n_receipts

    def reply(self, source: str, text: str, destination: str = "") -> None:
        """Send a phone's message to every session that can receive."""
        if self._loop is None:
            raise RuntimeError("the sink is not running")
        sent = self._reply(source, text, destination)
        asyncio.run_coroutine_threadsafe(sent, self._loop).result()

    async def _reply(self, source: str, text: str, destination: str) -> None:
        """Send a phone's message."""
        is_plain = all(ord(letter) < 128 for letter in text)
        data = text.encode("ascii") if is_plain else text.encode("utf-16-be")
        for session in tuple(self._sessions.values()):
            # One that was lost without a word is still in the list.
            with contextlib.suppress(smpp34.SmppError):
                await session.deliver_sm(
                    destination,
                    data,
                    source_addr=source.lstrip("+"),
                    data_coding=0 if is_plain else 8,
                )

    def _serve(self) -> None:
        """Run the server until it is stopped."""
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        self._loop = loop
        work = loop.create_task(self._work())
        try:
            loop.run_forever()
        finally:
            for task in (work, *self._tasks):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                loop.run_until_complete(work)
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    async def _work(self) -> None:
        """Answer what comes."""
        server = smpp34.Server(self.host, self.port, system_id="huiliu-sink")
        try:
            await server.start()
        except smpp34.SmppError as fault:
            self._fault = fault
            return
        finally:
            # Whoever started it is not left waiting for a server that never comes.
            self._ready.set()
        try:
            while True:
                event = await server.next()
                if isinstance(event, smpp34.Esme):
                    self._sessions[event.session_id] = event
                elif isinstance(event, smpp34.SubmitSmEvent):
                    self._submit(event)
                else:
                    self._sessions.pop(event.session_id, None)
        finally:
            for session in self._sessions.values():
                with contextlib.suppress(smpp34.SmppError, TimeoutError):
                    await asyncio.wait_for(session.unbind(), 1)
            await server.stop()

    def _submit(self, event: smpp34.SubmitSmEvent) -> None:
        """Answer one submit as its number asks."""
        answer = self.answer(event.destination_addr)
        if _STATUS.fullmatch(answer):
            self.arrivals.count(answer)
            event.reject(int(answer, 16))
            return
        self._last_id += 1
        number = self._last_id
        self._keep(event, number)
        if answer == "hang":
            self._held.append(event)
            return
        wants_receipt = bool(event.registered_delivery & 1) and answer != "silent"
        if answer == "early" and wants_receipt:
            self._later(self._early(event, number))
            return
        event.accept(self._answer_id(number))
        if wants_receipt:
            stat = {"undeliv": "UNDELIV", "expired": "EXPIRED"}.get(answer, "DELIVRD")
            self._later(self._receipt(event, number, stat))

    async def _early(self, event: smpp34.SubmitSmEvent, number: int) -> None:
        """Report a delivery before the submit is answered."""
        await self._receipt(event, number, "DELIVRD")
        event.accept(self._answer_id(number))

    async def _receipt(self, event: smpp34.SubmitSmEvent, number: int, stat: str) -> None:
        """Send one delivery receipt."""
        session = self._sessions.get(event.session_id)
        if session is None:
            return
        written = str(number)
        code = "000" if stat == "DELIVRD" else "001"
        content = (
            f"id:{written} sub:001 dlvrd:001 submit date:2611220400 done date:2611220401 "
            f"stat:{stat} err:{code} text:"
        )
        self._n_due += 1
        with contextlib.suppress(smpp34.SmppError):
            await session.deliver_sm(
                event.source_addr,
                content.encode("ascii"),
                source_addr=event.destination_addr,
                esm_class=_RECEIPT,
                tlvs=[
                    smpp34.Tlv(_RECEIPTED_ID, written.encode() + b"\0"),
                    smpp34.Tlv(_MESSAGE_STATE, bytes((_STATES[stat],))),
                ],
            )
        self._n_receipts += 1

    def _answer_id(self, number: int) -> str:
        """Return an id as the answer writes it."""
        return f"{number:X}" if self._hex_ids else str(number)

    def _later(self, work: Coroutine[object, object, None]) -> None:
        """Run a coroutine beside the others and hold it until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _keep(self, event: smpp34.SubmitSmEvent, number: int) -> None:
        """Count a part, and the whole message when its last part is there."""
        self._n_parts += 1
        data = event.short_message
        to = f"+{event.destination_addr.lstrip('+')}"
        total, nth, reference = 1, 1, -1
        if event.esm_class & _UDH_INDICATOR and len(data) > 6:
            reference, total, nth = data[3], data[4], data[5]
            data = data[data[0] + 1 :]
        text = data.decode("utf-16-be") if event.data_coding == 8 else decode_gsm7(data)
        if total > 1:
            waiting = self._long.setdefault((to, reference), _Long(total))
            waiting.parts[nth] = text
            if len(waiting.parts) < waiting.total:
                return
            text = "".join(waiting.parts[at] for at in sorted(waiting.parts))
            del self._long[to, reference]
        self.arrivals.add(f"{to} {text}", Arrived(to, self._answer_id(number), text))
