"""One SMTP session: how it is opened, what one message becomes on it, and when nobody can say."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Sequence
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
from huiliu.channels.smtp_reactions import Stage, code_of, is_of_the_domain, reaction, said
from huiliu.kernel.errors import DeliveryFailed
from huiliu.messages.dkim import Signer
from huiliu.messages.mail_addresses import answer_address, bounce_address, unsubscribe_address
from huiliu.messages.mime import Sender, compose, is_address, on_the_wire, read_sender
from huiliu.ports.channel import (
    AccountField,
    Answer,
    AnswerState,
    ChannelAccount,
    OutboundMessage,
)

__all__ = ["DOMAIN", "FIELDS", "FORBIDDEN", "Batch", "Mailbox", "Refused", "Session", "recipient"]

#: The scope of an answer that holds for one mail domain only.
DOMAIN: Final = "domain"
#: The code of a host that may not be called.
FORBIDDEN: Final = "forbidden"

FIELDS: Final = (
    AccountField("route", "choice", "relay", choices=("relay", "direct")),
    AccountField("host", default=""),
    AccountField("port", "number", "", low=1, high=65535),
    AccountField("tls", "choice", "", choices=("starttls", "tls", "offered", "none")),
    AccountField("username", default=""),
    AccountField("password", "secret", ""),
    AccountField("from"),
    AccountField("reply_to", default=""),
    AccountField("bounce_domain", default=""),
    AccountField("replies", "flag", "no"),
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

    #: "" = each letter goes to the mail servers of its own domain.
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
    signers: tuple[Signer, ...] = ()
    return_key: bytes = b""
    #: Answers to letters come back to us.
    takes_replies: bool = False

    @classmethod
    def read(cls, account: ChannelAccount) -> Mailbox:
        """Return the fields of an account that was checked when it was stored."""
        given = filled(FIELDS, account.config)
        sender = read_sender(given["from"], given["reply_to"])
        if sender is None:
            raise DeliveryFailed("email", permanent=True, response="the account has no sender")
        is_direct = given["route"] == "direct"
        letterhead = account.letterhead
        return cls(
            host="" if is_direct else given["host"],
            port=int(given["port"] or ("25" if is_direct else "587")),
            tls=given["tls"] or ("offered" if is_direct else "starttls"),
            username=given["username"],
            password=given["password"],
            sender=sender,
            bounce_domain=given["bounce_domain"],
            ehlo=given["ehlo"] or sender.domain,
            n_connections=int(given["connections"]),
            timeout_s=float(given["timeout"]),
            signers=tuple(map(Signer, letterhead.keys)) if letterhead else (),
            return_key=letterhead.return_key if letterhead else b"",
            takes_replies=given["replies"] == "yes" and not given["reply_to"],
        )

    def reply_to(self, message_id: bytes) -> str:
        """Return where answers to a letter go; "" = as the sender says."""
        if not (self.takes_replies and self.bounce_domain and self.return_key):
            return ""
        return answer_address(message_id, self.bounce_domain, self.return_key)

    def return_path(self, message_id: bytes) -> str:
        """Return the envelope's sender: one a message where bounces are read (VERP)."""
        if not self.bounce_domain:
            return self.sender.address
        return bounce_address(message_id, self.bounce_domain, self.return_key)


class Refused(Exception):
    """No connection, or none that lets us in: what that means for every message."""

    def __init__(self, state: AnswerState, response: str, code: str = "", scope: str = "") -> None:
        """Say what it means, in the server's words, and for whom."""
        super().__init__(response)
        self.state = state
        self.response = response
        self.code = code
        self.scope = scope


class Batch:
    """Messages on their way, and the answers so far; survives a loop that is stopped."""

    def __init__(self, messages: Sequence[OutboundMessage]) -> None:
        self.messages = messages
        self.waiting: Iterator[OutboundMessage] = iter(messages)
        self.answers: dict[bytes, Answer] = {}
        #: Handed to the server with the answer outstanding: nobody can say.
        self.in_doubt: set[bytes] = set()

    def __len__(self) -> int:
        """Return how many messages there are."""
        return len(self.messages)

    def part(self, messages: Sequence[OutboundMessage]) -> Batch:
        """Return some of the messages as a batch of their own whose answers are noted here."""
        some = Batch(messages)
        some.answers, some.in_doubt = self.answers, self.in_doubt
        return some

    def answer(
        self,
        message: OutboundMessage,
        state: AnswerState,
        response: str,
        code: str = "",
        scope: str = "",
    ) -> None:
        """Note the answer to one message."""
        self.in_doubt.discard(message.message_id)
        self.answers[message.message_id] = Answer(
            message.message_id, state, (), response, code=code, scope=scope
        )

    def answer_rest(
        self, state: AnswerState, response: str, code: str = "", scope: str = ""
    ) -> None:
        """Answer for every message that has none: unknown where it was in doubt."""
        for message in self.messages:
            if message.message_id in self.in_doubt:
                self.answer(message, AnswerState.UNKNOWN, response)
            elif message.message_id not in self.answers:
                self.answer(message, state, response, code, scope)


class Session:
    """One SMTP session."""

    def __init__(self, mailbox: Mailbox, host: str) -> None:
        self._mailbox = mailbox
        self._host = host
        is_demanded = mailbox.tls in {"tls", "starttls"}
        self._client = aiosmtplib.SMTP(
            hostname=host,
            username=mailbox.username or None,
            password=mailbox.password or None,
            local_hostname=mailbox.ehlo,
            timeout=mailbox.timeout_s,
            use_tls=mailbox.tls == "tls",
            # None: used where it is offered. Who need not offer it need not be who they say.
            start_tls=None if mailbox.tls == "offered" else mailbox.tls == "starttls",
            validate_certs=is_demanded,
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
            address = await asyncio.to_thread(rule.resolve, self._host, mailbox.port)
            link = await _connect(address, mailbox.port, mailbox.timeout_s)
        except DeliveryFailed as fault:
            if fault.permanent:
                raise Refused(AnswerState.PAUSE, fault.response, FORBIDDEN) from fault
            raise Refused(AnswerState.THROTTLED, fault.response) from fault
        except (OSError, TimeoutError) as fault:
            raise Refused(AnswerState.THROTTLED, f"no connection: {fault}") from fault
        try:
            # The connected socket goes with the name: what was checked is what is spoken to, and
            # the certificate is still compared with the name.
            await self._client.connect(sock=link)
            await self._client.ehlo()
        except SMTPAuthenticationError as fault:
            raise _refusal(Stage.SIGN_IN, fault.code, fault.message) from fault
        except SMTPResponseException as fault:
            raise _refusal(Stage.CONNECT, fault.code, fault.message) from fault
        except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as fault:
            raise Refused(AnswerState.THROTTLED, f"no greeting: {type(fault).__name__}") from fault
        except SMTPException as fault:
            # No STARTTLS where it is asked for, no way to sign in: an operator has to look.
            raise Refused(AnswerState.PAUSE, said(0, fault.message)) from fault

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
            batch.in_doubt.discard(message.message_id)
            if reply.code >= 400:
                await self._refuse(message, batch, Stage.DATA, reply.code, reply.message)
                return
            batch.answer(message, AnswerState.ACCEPTED, said(reply.code, reply.message))
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
        refused = _refusal(stage, code, words)
        batch.answer(message, refused.state, refused.response, refused.code, refused.scope)
        if refused.state in {AnswerState.PAUSE, AnswerState.THROTTLED} and not refused.scope:
            # It would be the same for every other message.
            raise refused
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


def _refusal(stage: Stage, code: int, words: str) -> Refused:
    """Return what a reply that is no yes means."""
    scope = DOMAIN if is_of_the_domain(stage, code, words) else ""
    return Refused(reaction(stage, code, words), said(code, words), code_of(code, words), scope)


def recipient(address: str) -> str:
    """Return an address as SMTP takes it; "" for one that it cannot take."""
    local, _, domain = address.rpartition("@")
    try:
        to = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return ""
    return to if is_address(to) else ""


def _letter(mailbox: Mailbox, message: OutboundMessage) -> tuple[bytes, bytes, bytes] | None:
    """Return envelope sender, recipient and content; None for an address that SMTP cannot take."""
    to = recipient(message.address)
    if not to:
        return None
    way_out = ""
    if message.unsubscribe_url and mailbox.bounce_domain and mailbox.return_key:
        way_out = unsubscribe_address(message.unsubscribe_url, mailbox.bounce_domain)
    letter = compose(
        mailbox.sender, message.message_id, message.at, to, message.parts, message.unsubscribe_url,
        way_out, mailbox.reply_to(message.message_id),
    )  # fmt: skip
    content = on_the_wire(letter, mailbox.signers, message.at)
    return mailbox.return_path(message.message_id).encode("ascii"), to.encode("ascii"), content
