"""What all push services share: one message to all devices of a person, one answer for it.

A message that reached one of them was sent. What a service says of a single address (that nobody is
there any more) ends that contact point, whatever became of the others.
"""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from huiliu.channels.access import Access
from huiliu.channels.provider import BaseProvider
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import HOUR, SECOND
from huiliu.ports.channel import (
    AccountField,
    Answer,
    AnswerState,
    ChannelAccount,
    Dead,
    OutboundMessage,
    Target,
)
from huiliu.ports.outbound import HttpAnswer, HttpCall, Outbound, Reach

__all__ = [
    "COMMON_PUSH",
    "NO_ADDRESS",
    "TOO_LARGE",
    "Piece",
    "PushProvider",
    "Said",
    "expiry",
    "part",
    "push_id",
    "retry_after",
    "targets_of",
    "unanswered",
]

#: Fields that every account of push has.
COMMON_PUSH: Final = (
    #: The APP whose installations it reaches; as the client registers them.
    AccountField("app", default="", longest=128),
    #: How long a service keeps a message for a phone that is away, in hours.
    AccountField("keep_hours", "number", "24", low=1, high=672),
)
#: So many addresses of the last hundred may be strangers before the configuration is to blame.
_WINDOW: Final = 100
_ENOUGH: Final = 10
_SHARE: Final = 0.2
_UNANSWERED: Final = {
    Reach.REFUSED: AnswerState.PAUSE,
    Reach.UNREACHED: AnswerState.THROTTLED,
    Reach.UNKNOWN: AnswerState.UNKNOWN,
}
#: Of what several addresses said, the first of these that was said is the message's answer.
_ORDER: Final = (
    AnswerState.ACCEPTED, AnswerState.UNKNOWN, AnswerState.PAUSE, AnswerState.FIX,
    AnswerState.REFRESH, AnswerState.THROTTLED, AnswerState.RETRY, AnswerState.REJECTED,
    AnswerState.SUPPRESS,
)  # fmt: skip
_LONGEST_WORDS: Final = 300


class Said(NamedTuple):
    """What a service said of one piece."""

    state: AnswerState
    code: str = ""
    words: str = ""
    provider_id: str = ""
    #: When to try again, in microseconds from now; 0 = we choose.
    retry_after: int = 0
    #: The address is dead if it was registered no later than this; 0 = whenever.
    since: int = 0
    #: It calls the address a stranger: dead, unless it says so of too many.
    is_stranger: bool = False
    #: Addresses of a piece of several that are dead.
    dead: tuple[str, ...] = ()


class Piece(NamedTuple):
    """A message to those of its addresses that share one call."""

    message: OutboundMessage
    targets: tuple[Target, ...]


class PushProvider(BaseProvider):
    """A push service; a subclass says how a call is written and an answer read."""

    channel = "push"
    #: A piece whose answer was lost is asked again, once: a repeat takes the first one's place.
    asks_again: bool = False
    #: Most bytes of a payload.
    largest: int = 4096

    def __init__(self, access: Access) -> None:
        """Hold the doors."""
        self._access = access
        self._strangers: dict[tuple[int, str], deque[bool]] = {}
        self._lock = threading.Lock()

    # -- what a subclass says --------------------------------------------------------------------

    def token(self, account: ChannelAccount, now: int) -> str | None:
        """Return what signs in, "" = nothing is needed, None = there is none."""
        del account, now
        return ""

    def renewed(self, account: ChannelAccount, spent: str, now: int) -> str:
        """Return another token than the one that was refused; "" = there is none."""
        del account, spent, now
        return ""

    def request(
        self, account: ChannelAccount, piece: Piece, token: str, now: int
    ) -> HttpCall | Said:
        """Return the call for one piece, or what is to be said of it without one."""
        raise NotImplementedError

    def read(self, piece: Piece, answer: HttpAnswer, now: int) -> Said:
        """Return what an answer of the service means."""
        raise NotImplementedError

    def pieces(self, message: OutboundMessage) -> list[Piece]:
        """Return a message as calls: one for each address."""
        return [Piece(message, (target,)) for target in targets_of(message)]

    @property
    def out(self) -> Outbound:
        """Return the way that calls go."""
        return self._access.http2

    # -- what all do -----------------------------------------------------------------------------

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Hand messages over and return an answer to each."""
        now = self._access.clock.now()
        token = self.token(account, now)
        if token is None:
            return [
                Answer(one.message_id, AnswerState.REFRESH, response="no access token")
                for one in messages
            ]
        pieces = [piece for message in messages for piece in self.pieces(message)]
        said = self._ask(account, pieces, token, now)
        spent = [at for at, one in enumerate(said) if one.state is AnswerState.REFRESH]
        if spent and (fresh := self.renewed(account, token, now)):
            self._replace(said, spent, self._ask(account, [pieces[at] for at in spent], fresh, now))
            token = fresh
        lost = [at for at, one in enumerate(said) if one.state is AnswerState.UNKNOWN]
        if lost and self.asks_again:
            self._replace(said, lost, self._ask(account, [pieces[at] for at in lost], token, now))
        said = self._without_strangers(account, said)
        by_message: dict[bytes, list[tuple[Piece, Said]]] = {}
        for piece, one in zip(pieces, said, strict=True):
            by_message.setdefault(piece.message.message_id, []).append((piece, one))
        return [_answer(one, by_message.get(one.message_id, [])) for one in messages]

    def more_problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return why the address of the service can never be called."""
        fault = self.out.problem(config["endpoint"]) if config.get("endpoint") else ""
        return [Problem("endpoint", text("channels.bad_url", cause=fault))] if fault else []

    def close(self) -> None:
        """Let go of connections."""
        self._access.http2.close()

    def _ask(
        self, account: ChannelAccount, pieces: Sequence[Piece], token: str, now: int
    ) -> list[Said]:
        """Make the calls and return what each was answered."""
        made = [self.request(account, piece, token, now) for piece in pieces]
        calls = [one for one in made if isinstance(one, HttpCall)]
        answers = iter(self.out.call(calls) if calls else ())
        return [
            one if isinstance(one, Said) else self._outcome(piece, next(answers), now)
            for piece, one in zip(pieces, made, strict=True)
        ]

    def _outcome(self, piece: Piece, answer: HttpAnswer, now: int) -> Said:
        """Return what an answer, or none, means."""
        return (
            self.read(piece, answer, now) if answer.reach is Reach.ANSWERED else unanswered(answer)
        )

    @staticmethod
    def _replace(said: list[Said], at: Sequence[int], newer: Sequence[Said]) -> None:
        """Put newer answers in the place of older ones."""
        for place, one in zip(at, newer, strict=True):
            said[place] = one

    def _without_strangers(self, account: ChannelAccount, said: Sequence[Said]) -> list[Said]:
        """Return the answers; where too many addresses are strangers, we came to the wrong door.

        A wrong environment or bundle makes every good token a stranger's. So one is believed dead
        only where the same account proved lately that most are known; otherwise the account stops.
        """
        news = [
            one.is_stranger
            for one in said
            if one.is_stranger
            or (one.state in {AnswerState.ACCEPTED, AnswerState.SUPPRESS} and one is not NO_ADDRESS)
        ]
        if not news:
            return list(said)
        with self._lock:
            key = account.brand_id, account.name
            seen = self._strangers.setdefault(key, deque(maxlen=_WINDOW))
            seen.extend(news)
            n, n_strangers = len(seen), sum(seen)
            is_wrong = n >= _ENOUGH and n_strangers > _SHARE * n
            if is_wrong:
                # Whoever resumes the account has mended it: it begins anew.
                seen.clear()
        if is_wrong:
            words = f"{n_strangers} of the last {n} tokens are unknown there: check the app and "
            words += "whether it is the test or the real environment"
            return [
                Said(AnswerState.PAUSE, one.code, words) if one.is_stranger else one for one in said
            ]
        if n < _ENOUGH:
            return [
                one._replace(state=AnswerState.REJECTED) if one.is_stranger else one for one in said
            ]
        return list(said)


#: An address that cannot be one: dead at once, without asking and without counting as a stranger.
NO_ADDRESS: Final = Said(AnswerState.SUPPRESS, "no address")
TOO_LARGE: Final = Said(AnswerState.FIX, "PayloadTooLarge")


def targets_of(message: OutboundMessage) -> tuple[Target, ...]:
    """Return where a message goes."""
    return message.targets or (Target(message.address),)


def unanswered(answer: HttpAnswer) -> Said:
    """Return what it means that there is no answer."""
    return Said(_UNANSWERED[answer.reach], words=answer.cause)


def push_id(message: OutboundMessage, address: str) -> str:
    """Return the id of a message to one address, the same whenever it is asked for."""
    made = sha256(message.message_id + address.encode()).digest()[:16]
    return str(uuid.UUID(bytes=made, version=4))


def part(message: OutboundMessage, name: str) -> str:
    """Return a part of a message without blanks around it; "" = it has none."""
    return message.parts.get(name, "").strip()


def expiry(account: ChannelAccount, message: OutboundMessage, now: int) -> int:
    """Return until when a service is to keep a message, in microseconds."""
    kept = int(account.config.get("keep_hours") or 24) * HOUR
    return min(message.expires_at or now + kept, now + kept)


def retry_after(answer: HttpAnswer, header: str = "retry-after") -> int:
    """Return how long a service asks us to wait, in microseconds; 0 = it does not say."""
    wait = answer.headers.get(header, "")
    return int(wait) * SECOND if wait.isascii() and wait.isdecimal() and len(wait) < 9 else 0


def _answer(message: OutboundMessage, said: Sequence[tuple[Piece, Said]]) -> Answer:
    """Return the one answer to a message that went to several addresses."""
    dead = tuple(
        Dead(target.address, one.code, one.since)
        for piece, one in said
        for target in piece.targets
        if one.state is AnswerState.SUPPRESS or target.address in one.dead
    )
    states = {one.state: one for _, one in reversed(said)}
    state = next((state for state in _ORDER if state in states), AnswerState.REJECTED)
    chosen = states.get(state, Said(state, words="no address"))
    return Answer(
        message.message_id, state,
        tuple(one.provider_id for _, one in said if one.provider_id),
        " ".join(word for word in (chosen.code, chosen.words) if word)[:_LONGEST_WORDS],
        chosen.retry_after, chosen.code, dead=dead,
    )  # fmt: skip
