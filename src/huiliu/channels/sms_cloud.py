"""What SMS providers with an HTTP API share: calls of several messages, and who is who in them.

A call that carries several messages carries a *ticket* of each in the field that the provider
hands back: our id and twelve bits of a hash of the number. So a receipt finds its message by what
the receipt itself says, even of a call whose answer was lost, and nothing that names a person is
stored for it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from huiliu.channels.access import Access
from huiliu.channels.provider import BaseProvider
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import text
from huiliu.kernel.times import SECOND
from huiliu.ports.channel import (
    Answer,
    AnswerState,
    ChannelAccount,
    OutboundMessage,
    Receipt,
)
from huiliu.ports.outbound import HttpAnswer, HttpCall, Reach

__all__ = [
    "AT_ONCE",
    "CHINA",
    "SPLIT",
    "Batch",
    "SmsCloud",
    "by_status",
    "digits",
    "first_eight",
    "form_of",
    "full",
    "instant",
    "json_of",
    "mark",
    "national",
    "rows_of",
    "same",
    "ticket",
    "ticket_of",
    "told",
    "unknown",
    "without_numbers",
]

#: Messages that go in one call, none of them to the same mark.
Batch = tuple[OutboundMessage, ...]

#: Calls side by side: as many as go to one host at a time (channels/http.py).
AT_ONCE: Final = 8
#: `read` says: nothing of this call was sent, because of one of its messages; ask for each alone.
SPLIT: Final = ()
#: China has one time zone, without summer time.
CHINA: Final = timezone(timedelta(hours=8))
_DIGITS: Final = re.compile(r"\D+")
_NUMBERS: Final = re.compile(r"\+?\d[\d*-]{6,}")
_TICKET: Final = 24
_LONGEST_WORDS: Final = 300


class SmsCloud(BaseProvider):
    """A provider of SMS by HTTP; a subclass says how a call is written and an answer read."""

    channel = "sms"
    pushes = True
    #: Most messages in one call.
    largest: int = 1
    #: Takes only texts that were approved beforehand.
    needs_filed: bool = True

    def __init__(self, access: Access) -> None:
        """Hold the doors."""
        self._access = access

    # -- what a subclass says -------------------------------------------------------------------

    def alike(self, message: OutboundMessage) -> Hashable:
        """Return what messages of one call must have in common."""
        del message
        return None

    def request(self, account: ChannelAccount, batch: Batch, now: int) -> HttpCall:
        """Return the call that hands messages over."""
        raise NotImplementedError

    def read(self, batch: Batch, answer: HttpAnswer, now: int) -> Sequence[Answer]:
        """Return what an answer means for each message, or SPLIT."""
        raise NotImplementedError

    def more_problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return why the address of the API can never be called."""
        fault = self._access.http.problem(config["endpoint"]) if config.get("endpoint") else ""
        return [Problem("endpoint", text("channels.bad_url", cause=fault))] if fault else []

    # -- what all do ----------------------------------------------------------------------------

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Hand messages over, as many in a call as may be, and return an answer to each."""
        answers = [
            Answer(one.message_id, AnswerState.FIX, response="no approved text", code="not_filed")
            for one in messages
            if self.needs_filed and one.filed is None
        ]
        ready = [one for one in messages if not self.needs_filed or one.filed is not None]
        alone: list[Batch] = []
        for batch, found in self._call(account, self.batches(ready)):
            if found:
                answers.extend(found)
            else:
                alone.extend((one,) for one in batch)
        for batch, found in self._call(account, alone):
            answers.extend(found or unknown(batch, "no clear answer"))
        return answers

    def batches(self, messages: Iterable[OutboundMessage]) -> list[Batch]:
        """Return the messages as calls: alike, not too many, and no two that could be confused."""
        open_ones: dict[Hashable, dict[str, OutboundMessage]] = {}
        done: list[Batch] = []
        for message in messages:
            key = self.alike(message)
            together = open_ones.setdefault(key, {})
            marked = mark(message.address)
            if len(together) == self.largest or marked in together:
                done.append(tuple(together.values()))
                together = open_ones[key] = {}
            together[marked] = message
        done.extend(tuple(together.values()) for together in open_ones.values())
        return done

    def _call(
        self, account: ChannelAccount, batches: Sequence[Batch]
    ) -> Iterator[tuple[Batch, Sequence[Answer]]]:
        """Make the calls side by side and yield what became of each."""
        for at in range(0, len(batches), AT_ONCE):
            # Signed when it goes, and with its whole time before it: a call that waited behind
            # others would be cut off on its way, and nobody would know what became of it.
            now = self._access.clock.now()
            some = batches[at : at + AT_ONCE]
            calls = [self.request(account, batch, now) for batch in some]
            for batch, answer in zip(some, self._access.http.call(calls), strict=True):
                yield batch, self._outcome(batch, answer, now)

    def _outcome(self, batch: Batch, answer: HttpAnswer, now: int) -> Sequence[Answer]:
        """Return what an answer means; SPLIT is for several only."""
        if answer.reach is Reach.ANSWERED:
            return self.read(batch, answer, now)
        if answer.reach is Reach.UNKNOWN:
            return unknown(batch, answer.cause)
        # Nothing has left: it may be tried again.
        refused = answer.reach is Reach.REFUSED
        state = AnswerState.PAUSE if refused else AnswerState.THROTTLED
        return same(batch, state, answer.cause)


def same(
    batch: Batch, state: AnswerState, response: str, *, code: str = "", retry_after: int = 0
) -> list[Answer]:
    """Return the same answer to every message."""
    words = without_numbers(response)
    return [
        Answer(one.message_id, state, response=words, code=code, retry_after=retry_after)
        for one in batch
    ]


def unknown(batch: Batch, cause: str) -> list[Answer]:
    """Return that nobody can say what became of the messages."""
    return same(batch, AnswerState.UNKNOWN, cause)


def by_status(batch: Batch, answer: HttpAnswer, code: str = "", words: str = "") -> list[Answer]:
    """Return what an answer means whose code is not known: its HTTP status decides.

    After an error of the server nobody knows how far it came, except where it says that it did
    not begin (429, 503).
    """
    said = " ".join(part for part in (f"HTTP {answer.status}", code, words) if part)
    if answer.status in {429, 503}:
        wait = answer.headers.get("retry-after", "")
        after = int(wait) * SECOND if wait.isascii() and wait.isdecimal() else 0
        return same(batch, AnswerState.THROTTLED, said, code=code, retry_after=after)
    if answer.status >= 500 or 200 <= answer.status < 400:
        return same(batch, AnswerState.UNKNOWN, said, code=code)
    if answer.status in {401, 403, 404}:
        return same(batch, AnswerState.PAUSE, said, code=code)
    return same(batch, AnswerState.REJECTED, said, code=code)


def digits(number: str) -> str:
    """Return the digits of a number, country code first."""
    return _DIGITS.sub("", number)


def national(number: str) -> str:
    """Return a number as China's providers want it: a Chinese one without its country code."""
    found = digits(number)
    return found[2:] if found.startswith("86") and len(found) == 13 else found


def full(number: str, country: str = "86") -> str:
    """Return a number with + and country code, which Chinese ones are sent without."""
    found = digits(number)
    is_chinese = len(found) == 11 and found.startswith("1")
    return f"+{country}{found}" if is_chinese else f"+{found}"


def mark(number: str) -> str:
    """Return two letters that tell the numbers of one call apart: twelve bits of a hash."""
    hashed = hashlib.sha256(digits(number)[-10:].encode()).digest()
    return base64.urlsafe_b64encode(hashed)[:2].decode()


def ticket(batch: Batch) -> str:
    """Return what stands for the messages of a call, 24 letters each."""
    return "".join(
        base64.urlsafe_b64encode(one.message_id)[:22].decode() + mark(one.address) for one in batch
    )


def ticket_of(written: str, number: str) -> bytes:
    """Return the id of the message to a number, from the ticket of its call; b"" = not ours."""
    wanted = mark(number)
    for at in range(0, len(written) - _TICKET + 1, _TICKET):
        one = written[at : at + _TICKET]
        if one[22:] == wanted:
            try:
                found = base64.b64decode(one[:22] + "==", b"-_", validate=True)
            except (binascii.Error, ValueError):
                return b""
            return found if len(found) == 16 else b""
    return b""


def without_numbers(words: str) -> str:
    """Return a provider's words without what may be a phone number, and not too many."""
    return _NUMBERS.sub("…", words)[:_LONGEST_WORDS]


def first_eight(now: int) -> int:
    """Return how long it is until the next eight o'clock in China, in microseconds."""
    here = datetime.fromtimestamp(now // SECOND, CHINA)
    eight = here.replace(hour=8, minute=0, second=0, microsecond=0)
    if eight <= here:
        eight += timedelta(days=1)
    return int((eight - here).total_seconds()) * SECOND


def instant(written: str, form: str = "%Y-%m-%d %H:%M:%S") -> int:
    """Return an instant that a Chinese provider wrote; 0 = it is none."""
    try:
        found = datetime.strptime(written, form)  # noqa: DTZ007 - the zone is put on below
    except ValueError:
        return 0
    zone = found.tzinfo or CHINA
    return int(found.replace(tzinfo=zone).timestamp()) * SECOND


def json_of(body: bytes) -> Mapping[str, Value]:
    """Return the object of a JSON body; an empty one where there is none."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def rows_of(body: bytes) -> list[Mapping[str, Value]] | None:
    """Return the objects of a JSON array, or a lone object as one; None = it is neither."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    rows = found if isinstance(found, list) else [found]
    return rows if all(isinstance(one, dict) for one in rows) else None


def form_of(body: bytes) -> dict[str, str]:
    """Return the fields of a form; of a name that stands twice the last."""
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def told(receipts: Iterable[Receipt | None]) -> tuple[Receipt, ...]:
    """Return the receipts that say something final."""
    return tuple(one for one in receipts if one is not None and one.state)
