"""Turns calls into events of the log and values of the vault; bad ones into problems.

The hot path of collecting: most events carry nothing personal, so their properties go into the
log as the bytes that came. One pass over a whole batch finds those that want a closer look.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, TypeVar

import msgspec

from huiliu.governance.detection import find_suspects, looks_personal
from huiliu.governance.dictionary import are_kept
from huiliu.governance.normalisation import DEFAULT_REGION
from huiliu.governance.splitting import Found, TooDeep
from huiliu.kernel.errors import Problem
from huiliu.kernel.events import Flag, Identifier, IdentifierType, Kind, NewEvent
from huiliu.kernel.texts import text
from huiliu.ports.vault import Secrets
from huiliu.services.calls import EVENT_BYTES, KINDS, Batch, Call
from huiliu.services.context import NO_CONTEXT, Context, ContextReader
from huiliu.services.look_closer import Body, look_closer
from huiliu.services.personal import tokeniser
from huiliu.services.tellers import ANYBODY, Teller
from huiliu.services.timing import EARLIEST, FURTHEST_AHEAD, as_micros

__all__ = ["Prepared", "Preparer", "VaultRow"]

_LONGEST_NAME: Final = 200
_LONGEST_IDENTIFIER: Final = 512
#: People who are remembered between requests, 200 bytes each.
_MOST_REMEMBERED: Final = 50_000
_MOST_VAULTED: Final = 500_000  # 45 MB; past it ids go to the vault again, to no effect
_TRACK: Final = Kind.TRACK
_USER: Final = IdentifierType.USER_ID
_ANONYMOUS: Final = IdentifierType.ANONYMOUS_ID
_HISTORICAL: Final = int(Flag.HISTORICAL)
_CLAMPED: Final = int(Flag.CLAMPED)
#: What a decoder raises for bytes that no reader of the log could use either.
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

T = TypeVar("T")

_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class VaultRow:
    """One raw personal value on its way into the vault."""

    #: Whose key seals it: the strongest identifier of its event.
    subject: bytes
    token: bytes
    field: str
    raw: str


@dataclass(slots=True)
class Prepared:
    """What a request becomes."""

    brand_id: int
    events: list[NewEvent] = field(default_factory=list)
    vault: list[VaultRow] = field(default_factory=list)
    #: (number in the batch, what is wrong), in the order of the batch.
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    #: Whose ids are among what goes to the vault for the first time.
    users: list[User] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Request:
    """What the calls of one request share."""

    received_at: int
    #: How far the sender's clock is behind, where it said when it sent.
    skew: int | None
    flags: int
    context: bytes
    #: What an event's properties and traits may have together.
    most_bytes: int
    teller: Teller


class User(msgspec.Struct, gc=False):
    """What a userId says."""

    #: One, or none where none was given.
    identifier: tuple[Identifier, ...]
    written: str
    #: Whether it looks like a phone, e-mail or identity card.
    personal: bool
    #: Whether the vault holds it already, as far as this process knows.
    vaulted: bool


class _Refused(Exception):
    """A call cannot be an event."""

    def __init__(self, path: str, key: str, **arguments: object) -> None:
        """Hold the problem."""
        super().__init__(key)
        self.problem = Problem(path, text(key, **arguments))


class Preparer:
    """Prepares the requests of one brand; keeps small caches between them."""

    def __init__(self, secrets: Secrets, brand_id: int, region: str = DEFAULT_REGION) -> None:
        """Derive once what every event needs."""
        self._brand_id = brand_id
        self._region = region
        self._user_key = secrets.identifier_hasher(brand_id, _USER)
        self._anonymous_key = secrets.identifier_hasher(brand_id, _ANONYMOUS)
        self._tokenise = tokeniser(secrets, brand_id)
        self._contexts = ContextReader(self._tokenise, region)
        self._users: dict[str | int | None, User] = {}
        self._vaulted: set[bytes] = set()  # the keys' first bytes: eight tell users apart
        self._anonymous: dict[str | int | None, tuple[Identifier, ...]] = {}
        # Copied for each message: cheaper than starting afresh.
        self._messages = hashlib.blake2b(b"message:%d:" % brand_id, digest_size=16)

    def prepare(
        self, batch: Batch, received_at: int, *, historical: bool = False,
        most_bytes: int = EVENT_BYTES, teller: Teller = ANYBODY,
    ) -> Prepared:  # fmt: skip
        """Return the events of a batch, in order, and the problems of those that are none."""
        prepared = Prepared(self._brand_id)
        sent_at = None if batch.sent_at is None else as_micros(batch.sent_at)
        skew = None if sent_at is None else received_at - sent_at
        flags = _HISTORICAL if historical or batch.historical else 0
        request = _Request(received_at, skew, flags, bytes(batch.context), most_bytes, teller)
        raws = [bytes(call.properties) for call in batch.batch]
        suspects = _suspects(raws)
        add = prepared.events.append
        for number, call in enumerate(batch.batch):
            try:
                suspect = number in suspects
                add(self._event(request, call, raws[number], number, prepared, suspect=suspect))
            except _Refused as refused:
                prepared.problems.append((number, refused.problem))
            except TooDeep:
                prepared.problems.append((number, Problem("", text("collect.too_deep"))))
            except _UNREADABLE:
                problem = Problem("", text("collect.unreadable"))
                prepared.problems.append((number, problem))
        return prepared

    def _event(
        self, request: _Request, call: Call, raw: bytes, number: int, prepared: Prepared, *,
        suspect: bool,
    ) -> NewEvent:  # fmt: skip
        """Return the event of one call; what is personal goes to the vault."""
        kind = KINDS.get(call.type)
        if kind is None:
            raise _Refused("type", "collect.unknown_type")
        name = _name(kind, call)
        if fault := request.teller.fault(name):
            raise _Refused("event", fault)
        context = self._context(request, call)
        traits = bytes(call.traits)
        if len(raw) + len(traits) > request.most_bytes:
            raise _Refused("", "collect.too_large", limit=request.most_bytes)
        identifiers, found = self._named(kind, call, context, prepared)
        if kind is _TRACK and not suspect and not found and not traits and _is_plain(raw):
            body = b'{"properties":%b%b}' % (raw or b"{}", context.member)
            subject = None
        else:
            made = look_closer(kind, call, raw, self._tokenise, self._region)
            if isinstance(made, Problem):
                raise _Refused(made.path, made.text.key, **made.text.arguments)
            identifiers = _joined(identifiers, made)
            subject = self._vault(prepared, identifiers, [*found, *made.found])
            body = made.written(context.member)
        if not identifiers:
            raise _Refused("", "collect.no_identifier")
        flags = _HISTORICAL if context.historical or call.historical else request.flags
        occurred_at, flags = _when(request, call, flags)
        given = call.message_id
        if given.__class__ is str and given:
            hasher = self._messages.copy()
            hasher.update(given.encode())
            key = hasher.digest()
        else:
            key = self._message_key(request, call, number, raw, traits)
        return NewEvent(
            self._brand_id, key, request.received_at, occurred_at, name, kind, identifiers,
            subject, flags, body,
        )  # fmt: skip

    def _context(self, request: _Request, call: Call) -> Context:
        """Return what the call's context says, or the batch's where it has none."""
        raw = bytes(call.context) or request.context
        if not raw and call.channel is None:
            return NO_CONTEXT
        if len(raw) > EVENT_BYTES:
            raise _Refused("context", "collect.too_large", limit=EVENT_BYTES)
        context = self._contexts.read(raw, call.channel)
        if context is None:
            raise _Refused("context", "collect.not_an_object")
        return context

    def settled(self, prepared: Prepared) -> None:
        """Remember that what was prepared is written: ids need not go to the vault again."""
        if len(self._vaulted) > _MOST_VAULTED:
            self._vaulted.clear()
        for user in prepared.users:
            user.vaulted = True
            self._vaulted.add(user.identifier[0].key[:8])

    def _named(
        self, kind: Kind, call: Call, context: Context, prepared: Prepared
    ) -> tuple[tuple[Identifier, ...], Sequence[Found]]:
        """Return the identifiers outside traits, and those of them that are to be vaulted."""
        named, found = context.identifiers, context.found
        user = self._users.get(call.user_id) or self._user(call.user_id)
        if kind is Kind.ALIAS:
            named = self._renamed(user, call)
        elif call.anonymous_id is not None:
            known = self._anonymous.get(call.anonymous_id)
            named = (*(known or self._anonymously(call.anonymous_id)), *named)
        if user.identifier:
            named = (*user.identifier, *named)
            if not user.vaulted or user.personal or kind is Kind.IDENTIFY:
                found = (*found, Found(user.identifier[0].key, _USER.word, user.written))
                prepared.users.append(user)
        return named, found

    def _user(self, given: str | int | None) -> User:
        """Return what a userId says, and remember it: people send many events in a row."""
        written = _written(given, "userId")
        key = self._user_key(written) if written else b""
        named = (Identifier(_USER, key),) if written else ()
        user = User(named, written, looks_personal(written) is not None, key[:8] in self._vaulted)
        _remember(self._users, given, user)
        return user

    def _anonymously(self, given: str | int) -> tuple[Identifier, ...]:
        """Return what an anonymousId says, and remember it."""
        written = _written(given, "anonymousId")
        named = (Identifier(_ANONYMOUS, self._anonymous_key(written)),) if written else ()
        _remember(self._anonymous, given, named)
        return named

    def _renamed(self, user: User, call: Call) -> tuple[Identifier, ...]:
        """Return the names that an alias gives up: an anonymous one, or a user's former one."""
        previous = _written(call.previous_id, "previousId")
        if not user.identifier or not previous:
            raise _Refused("", "collect.no_new_id")
        return (
            Identifier(_USER, self._user_key(previous)),
            Identifier(_ANONYMOUS, self._anonymous_key(previous)),
        )

    def _vault(
        self, prepared: Prepared, identifiers: Sequence[Identifier], found: Sequence[Found]
    ) -> bytes | None:
        """Add what was found under the strongest identifier, and return that."""
        if not identifiers or not found:
            return None
        subject = min(identifiers).key if len(identifiers) > 1 else identifiers[0].key
        prepared.vault += {
            one.token: VaultRow(subject, one.token, one.field, one.raw) for one in found
        }.values()
        return subject

    def _message_key(
        self, request: _Request, call: Call, number: int, raw: bytes, traits: bytes
    ) -> bytes:
        """Return the key by which a repeat is known.

        A call without messageId that says when it happened is known by its content; one that does
        not say is new in every request, as two clicks are two clicks.
        """
        hasher = self._messages.copy()
        given = call.message_id
        if given is not None and given != "":
            hasher.update(str(given).encode())
            return hasher.digest()
        content = (
            call.type, call.event, call.user_id, call.anonymous_id, call.previous_id,
            call.group_id, call.timestamp, call.original_timestamp, call.name, raw, traits,
        )  # fmt: skip
        hasher.update(repr(content).encode())
        if call.timestamp is None and call.original_timestamp is None:
            hasher.update(b"%d:%d" % (request.received_at, number))
        return hasher.digest()


def _suspects(raws: Sequence[bytes]) -> set[int]:
    """Return the numbers of the properties that want a closer look."""
    joined = b"\n".join(raws)
    places = find_suspects(joined)
    if not places:
        return set()
    starts = list(accumulate((len(raw) + 1 for raw in raws), initial=0))
    return {bisect_right(starts, place) - 1 for place in places}


def _is_plain(raw: bytes) -> bool:
    """Say whether properties may stand in the log as they came; their values were looked at."""
    if not raw:
        return True
    given = _decode(raw)
    if given.__class__ is not dict or not are_kept(tuple(given)):
        return False
    # Objects inside have names of their own.
    return raw.count(b"{") == 1


def _name(kind: Kind, call: Call) -> str:
    """Return the name under which an event stands in the log."""
    if kind is not _TRACK:
        return f"${call.type}"
    name = call.event
    if not name:
        raise _Refused("event", "collect.no_event_name")
    if name not in _good_names:
        _check_name(name)
        if len(_good_names) >= _MOST_NAMES:
            _good_names.clear()
        _good_names.add(name)
    return name


#: Event names that were found good: a sender has dozens, and sends each a million times.
_good_names: set[str] = set()
_MOST_NAMES: Final = 10_000


def _check_name(name: str) -> None:
    """Raise _Refused when a track event may not be called so."""
    if not name.strip():
        raise _Refused("event", "collect.no_event_name")
    if len(name) > _LONGEST_NAME:
        raise _Refused("event", "collect.long_name", limit=_LONGEST_NAME)
    if "\0" in name or looks_personal(name):
        raise _Refused("event", "collect.personal_name")
    if name.startswith("$"):
        raise _Refused("event", "collect.reserved_name")


def _written(given: str | int | None, path: str) -> str:
    """Return an identifier as text, "" where there is none."""
    written = "" if given is None else str(given).strip()
    if len(written) > _LONGEST_IDENTIFIER:
        raise _Refused(path, "collect.long_identifier", limit=_LONGEST_IDENTIFIER)
    return written


def _remember(known: dict[str | int | None, T], given: str | int | None, what: T) -> None:
    """Keep an answer; when there are too many, begin anew."""
    if len(known) >= _MOST_REMEMBERED:
        known.clear()
    known[given] = what


def _joined(identifiers: tuple[Identifier, ...], made: Body) -> tuple[Identifier, ...]:
    """Return all identifiers, each once, in order."""
    return tuple(dict.fromkeys((*identifiers, *made.identifiers)))


def _when(request: _Request, call: Call, flags: int) -> tuple[int, int]:
    """Return when an event happened by our clock, and its flags."""
    original, stamped = call.original_timestamp, call.timestamp
    skew = request.skew
    if call.sent_at is not None:
        skew = request.received_at - _instant(call.sent_at, "sentAt")
    if original is None and stamped is None:
        return request.received_at, flags
    if skew is None or flags:
        # The past is loaded as it is written; a time that says when it was sent was corrected.
        at = _instant(stamped or original or "", "timestamp")
    else:
        # Source: Segment, "Spec: Common Fields": receivedAt - (sentAt - originalTimestamp).
        at = _instant(original or stamped or "", "timestamp") + skew
    if at > request.received_at + FURTHEST_AHEAD:
        return request.received_at, flags | _CLAMPED
    if at < EARLIEST:
        raise _Refused("timestamp", "collect.bad_time")
    return at, flags


def _instant(written: str, path: str) -> int:
    """Return an instant; raise _Refused when it is none."""
    at = as_micros(written)
    if at is None:
        raise _Refused(path, "collect.bad_time")
    return at
