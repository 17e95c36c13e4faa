"""One SMTP session: how it is opened, what one message becomes on it, and when nobody can say."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import aiosmtplib
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from huiliu.channels.outbound import HostRule
from huiliu.channels.provider import COMMON, filled
from huiliu.channels.smtp_reactions import Stage, reaction, without_addresses
from huiliu.kernel.errors import DeliveryFailed
from huiliu.kernel.ids import show_id
from huiliu.messages.mime import Sender, compose, is_address, on_the_wire, read_sender
from huiliu.ports.channel import AccountField, Answer, AnswerState, OutboundMessage

__all__ = ["FIELDS", "Batch", "Mailbox", "Refused", "Session"]

FIELDS: Final = (
    AccountField("host"),
    AccountField("port", "number", "587", low=1, high=65535),
    AccountField("tls", "choice", "starttls", choices=("starttls", "tls", "none")),
    AccountField("username", default=""),
    AccountField("password", "secret", ""),
    AccountField("from"),
    AccountField("reply_to", default=""),
    AccountField("bounce_domain", default=""),
    AccountField("ehlo", default=""),
    AccountField("connections", "number", "4", low=1, high=50),
    AccountField("timeout", "number", "30", low=1, high=300),
    *COMMON,
)
#: A connection is given back after so many messages: servers tire of endless ones.
_PER_CONNECTION: Final = 500
_END: Final = b".\r\n"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An account's fields, read once."""

    host: str
    port: int
    tls: str
    username: str
    password: str
    sender: Sender
    bounce_domain: str
    ehlo: str
    n_connections: int
    timeout_s: float

    @classmethod
    def read(cls, config: Mapping[str, str]) -> Mailbox:
        """Return the fields of an account that was checked when it was stored."""
        given = filled(FIELDS, config)
        sender = read_sender(given["from"], given["reply_to"])
        if sender is None:
            raise DeliveryFailed("email", permanent=True, response="the account has no sender")
        return cls(
            host=given["host"],
            port=int(given["port"]),
            tls=given["tls"],
            username=given["username"],
            password=given["password"],
            sender=sender,
            bounce_domain=given["bounce_domain"],
            ehlo=given["ehlo"] or sender.domain,
            n_connections=int(given["connections"]),
            timeout_s=float(given["timeout"]),
        )

    def return_path(self, message_id: bytes) -> str:
        """Return the envelope's sender: one a message where bounces are read (VERP)."""
        if not self.bounce_domain:
            return self.sender.address
        return f"b+{show_id(message_id)}@{self.bounce_domain}"


class Refused(Exception):
    """No connection, or none that lets us in: what that means for every message."""

    def __init__(self, state: AnswerState, response: str) -> None:
        """Say what it means, in the server's words."""
        super().__init__(response)
        self.state = state
        self.response = response


class Batch:
    """Messages on their way, and the answers so far; survives a loop that is stopped."""

    def __init__(self, messages: Sequence[OutboundMessage]) -> None:
        self._messages = messages
        self.waiting: Iterator[OutboundMessage] = iter(messages)
        self.answers: dict[bytes, Answer] = {}
        #: Handed to the server with the answer outstanding: nobody can say.
        self.in_doubt: set[bytes] = set()

    def __len__(self) -> int:
        """Return how many messages there are."""
        return len(self._messages)

    def answer(self, message: OutboundMessage, state: AnswerState, response: str) -> None:
        """Note the answer to one message."""
        self.in_doubt.discard(message.message_id)
        self.answers[message.message_id] = Answer(message.message_id, state, (), response)

    def answer_rest(self, state: AnswerState, response: str) -> None:
        """Answer for every message that has none: unknown where it was in doubt."""
        for message in self._messages:
            if message.message_id in self.in_doubt:
                self.answer(message, AnswerState.UNKNOWN, response)
            elif message.message_id not in self.answers:
                self.answer(message, state, response)


class Session:
    """One SMTP session."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._client = aiosmtplib.SMTP(
            hostname=mailbox.host,
            username=mailbox.username or None,
            password=mailbox.password or None,
            local_hostname=mailbox.ehlo,
            timeout=mailbox.timeout_s,
            use_tls=mailbox.tls == "tls",
            start_tls=mailbox.tls == "starttls",
        )
        self._n_sent = 0

    @property
    def is_usable(self) -> bool:
        """Say whether another message may go over it."""
        return self._client.is_connected and self._n_sent < _PER_CONNECTION

    async def open(self, rule: HostRule) -> None:
        """Connect, secure and sign in; raise Refused with what a failure means."""
        mailbox = self._mailbox
        try:
            address = await asyncio.to_thread(rule.resolve, mailbox.host, mailbox.port)
            link = await _connect(address, mailbox.port, mailbox.timeout_s)
        except DeliveryFailed as fault:
            state = AnswerState.PAUSE if fault.permanent else AnswerState.THROTTLED
            raise Refused(state, fault.response) from fault
        except (OSError, TimeoutError) as fault:
            raise Refused(AnswerState.THROTTLED, f"no connection: {fault}") from fault
        try:
            # The connected socket goes with the name: what was checked is what is spoken to, and
            # the certificate is still compared with the name.
            await self._client.connect(sock=link)
            await self._client.ehlo()
        except SMTPAuthenticationError as fault:
            state = reaction(Stage.SIGN_IN, fault.code, fault.message)
            raise Refused(state, without_addresses(fault.code, fault.message)) from fault
        except SMTPResponseException as fault:
            state = reaction(Stage.CONNECT, fault.code, fault.message)
            raise Refused(state, without_addresses(fault.code, fault.message)) from fault
        except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as fault:
            raise Refused(AnswerState.THROTTLED, f"no greeting: {type(fault).__name__}") from fault
        except SMTPException as fault:
            # No STARTTLS where it is asked for, no way to sign in: an operator has to look.
            raise Refused(AnswerState.PAUSE, without_addresses(0, fault.message)) from fault

    async def deliver(self, message: OutboundMessage, batch: Batch) -> None:
        """Send one message and note its answer; a lost connection is closed."""
        letter = _letter(self._mailbox, message)
        if letter is None:
            batch.answer(message, AnswerState.REJECTED, "the address cannot be used in SMTP")
            return
        self._n_sent += 1
        sender, to, content = letter
        try:
            for stage, command in (
                (Stage.MAIL, (b"MAIL", b"FROM:<%b>" % sender)),
                (Stage.RCPT, (b"RCPT", b"TO:<%b>" % to)),
                (Stage.DATA, (b"DATA",)),
            ):
                reply = await self._client.execute_command(*command)
                if reply.code >= 400:
                    await self._refuse(message, batch, stage, reply.code, reply.message)
                    return
            batch.in_doubt.add(message.message_id)
            reply = await self._content(content)
            state = reaction(Stage.DATA, reply.code, reply.message)
            batch.answer(message, state, without_addresses(reply.code, reply.message))
        except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as fault:
            self._client.close()
            # Before the last dot nothing was handed over, so it can be sent again; after it the
            # server may have taken the message without our hearing it.
            in_doubt = message.message_id in batch.in_doubt
            state = AnswerState.UNKNOWN if in_doubt else AnswerState.RETRY
            batch.answer(message, state, type(fault).__name__)

    async def _content(self, content: bytes) -> aiosmtplib.SMTPResponse:
        """Send the letter itself and return the reply to it."""
        protocol = self._client.protocol
        if protocol is None:
            raise SMTPServerDisconnected("Connection lost")
        protocol.write(content + _END)
        return await protocol.read_response(timeout=self._mailbox.timeout_s)

    async def _refuse(
        self, message: OutboundMessage, batch: Batch, stage: Stage, code: int, words: str
    ) -> None:
        """Note a refusal and make the session ready for the next message."""
        state, response = reaction(stage, code, words), without_addresses(code, words)
        batch.answer(message, state, response)
        if state in {AnswerState.PAUSE, AnswerState.THROTTLED}:
            # It would be the same for every other message.
            raise Refused(state, response)
        if self._client.is_connected:
            await self._client.execute_command(b"RSET")

    def close(self) -> None:
        """Let go of the socket."""
        self._client.close()


async def _connect(address: str, port: int, timeout_s: float) -> socket.socket:
    """Return a connected socket."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    link = socket.socket(family, socket.SOCK_STREAM)
    link.setblocking(False)
    try:
        loop = asyncio.get_running_loop()
        await asyncio.wait_for(loop.sock_connect(link, (address, port)), timeout_s)
    except BaseException:
        link.close()
        raise
    return link


def _letter(mailbox: Mailbox, message: OutboundMessage) -> tuple[bytes, bytes, bytes] | None:
    """Return envelope sender, recipient and content; None for an address that SMTP cannot take."""
    local, _, domain = message.address.rpartition("@")
    try:
        to = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return None
    if not is_address(to):
        return None
    letter = compose(
        mailbox.sender, message.message_id, message.at, to, message.parts, message.unsubscribe_url
    )
    content = on_the_wire(letter)
    return mailbox.return_path(message.message_id).encode("ascii"), to.encode("ascii"), content
