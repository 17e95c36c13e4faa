"""Carries a talk with an ad platform: signs each call, renews the token once, tells what came.

One process renews a token at a time (compare and swap): platforms that change the key of renewals
with each would else lock everybody out.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import msgspec

from huiliu.advertising.platforms import PLATFORMS, Platform
from huiliu.advertising.talk import Call, Reaction, Reply, Talk, Verdict
from huiliu.kernel.times import MINUTE, SECOND
from huiliu.ports.ads import AccountRow
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.outbound import HttpAnswer, HttpCall, Reach
from huiliu.ports.world import World

__all__ = ["Told", "carry", "platform_of"]

_T = TypeVar("_T")
_TIMEOUT_S: Final = 30.0
_LONGEST: Final = 4 << 20
_LEASE: Final = MINUTE
_EARLY: Final = 2 * MINUTE
_REST: Final = 5 * SECOND
#: How long one waits for another's renewal, and how often it looks.
_PATIENCE_S: Final = 10.0
_LOOK_S: Final = 0.05
_CHANNEL: Final = "ads"
#: The fields by which an account proves itself to the platform.
_PROOF: Final = frozenset({
    "app_id", "secret", "client_id", "client_secret", "refresh_token", "endpoint",
})  # fmt: skip


class _Held(msgspec.Struct, frozen=True):
    """An access token, and the key of the next renewal."""

    access: str
    refresh: str


@dataclass(frozen=True, slots=True)
class Told(Generic[_T]):
    """What came of a talk."""

    #: The verdict that ended it: of the last call, good or bad.
    verdict: Verdict
    #: What the talk returned; None where a call was refused.
    result: _T | None = None
    #: A call may have arrived although no answer came.
    is_unknown: bool = False
    #: Calls that were taken before one was refused.
    n_done: int = 0

    @property
    def is_ok(self) -> bool:
        """Say whether everything was taken."""
        return self.verdict.is_ok


def platform_of(account: AccountRow) -> Platform:
    """Return the platform of an account."""
    return PLATFORMS[account.platform]


def carry(world: World, account: AccountRow, talk: Talk[_T]) -> Told[_T]:
    """Carry a talk to its end, or to the first call that is not taken."""
    n_done, data = 0, None
    try:
        call = next(talk)
        while True:
            verdict, is_unknown = _asked(world, account, call)
            if not verdict.is_ok:
                talk.close()
                return Told(verdict, None, is_unknown, n_done)
            n_done, data = n_done + 1, verdict.data
            call = talk.send(data)
    except StopIteration as end:
        return Told(Verdict(Reaction.OK, data), end.value, n_done=n_done)


def _asked(world: World, account: AccountRow, call: Call) -> tuple[Verdict, bool]:
    """Ask once, and once more with a new token where the old one had ended."""
    token = "" if call.is_open else _token(world, account, "")
    if isinstance(token, Verdict):
        return token, False
    verdict, is_unknown = _ask(world, account, call, token)
    if verdict.reaction is not Reaction.REFRESH:
        return verdict, is_unknown
    fresh = _token(world, account, token)
    if isinstance(fresh, Verdict):
        return fresh, False
    verdict, is_unknown = _ask(world, account, call, fresh)
    if verdict.reaction is Reaction.REFRESH:
        return Verdict(Reaction.DENIED, None, verdict.code, verdict.words), False
    return verdict, is_unknown


def _ask(world: World, account: AccountRow, call: Call, token: str) -> tuple[Verdict, bool]:
    """Make one call; say whether it may have arrived without an answer."""
    platform = platform_of(account)
    headers, query = platform.signed(
        account.config, call, token, world.clock.now(), secrets.token_hex(16)
    )
    host = account.config.get("endpoint") or platform.hosts[call.host]
    url = host.rstrip("/") + call.target(query)
    typed = {"Content-Type": call.content_type} if call.body else {}
    answer = world.outbound.call([
        HttpCall(url, call.method, {**typed, **headers}, call.body, _TIMEOUT_S, _LONGEST)
    ])[0]  # fmt: skip
    return _read(platform, call, answer), answer.reach is Reach.UNKNOWN


def _read(platform: Platform, call: Call, answer: HttpAnswer) -> Verdict:
    """Read an answer; where there is none, say why in our own words."""
    if answer.reach is Reach.REFUSED:
        return Verdict(Reaction.DENIED, None, answer.reach.value, answer.cause[:300])
    if answer.reach is not Reach.ANSWERED:
        return Verdict(Reaction.RETRY, None, answer.reach.value, answer.cause[:300])
    return platform.read(call, Reply(answer.status, answer.body, answer.headers))


def _token(world: World, account: AccountRow, spent: str) -> str | Verdict:
    """Return a token that is good and not the spent one, or why none can be had."""
    platform = platform_of(account)
    if not platform.sends_tokens:
        fixed = account.config.get("access_token", "")
        return fixed if fixed and not spent else Verdict(Reaction.DENIED, code="no_token")
    # Bound to what it was got with, and to nothing else: whoever changes another field of the
    # account must not lose the key of the next renewal.
    proof = {key: value for key, value in account.config.items() if key in _PROOF}
    as_channel = ChannelAccount(
        account.brand_id, _CHANNEL, account.name, proof, provider=account.platform
    )
    ends_at = time.monotonic() + _PATIENCE_S
    while True:
        with world.store.system() as tx:
            held = tx.tokens.held(as_channel)
        now = world.clock.now()
        kept = msgspec.json.decode(held.value, type=_Held) if held.value else _Held("", "")
        if kept.access and kept.access != spent and held.expires_at > now:
            return kept.access
        if held.rests_until > now:
            return Verdict(Reaction.RETRY, code="token_rests")
        if held.leased_until <= now:
            with world.store.system() as tx:
                claimed = tx.tokens.claim(as_channel, held.version, now, now + _LEASE)
            if claimed:
                return _renewed(world, account, as_channel, claimed, kept)
        if time.monotonic() >= ends_at:
            return Verdict(Reaction.RETRY, code="token_busy")
        time.sleep(_LOOK_S)


def _renewed(
    world: World, account: AccountRow, as_channel: ChannelAccount, claimed: int, kept: _Held
) -> str | Verdict:
    """Ask for a new token and keep it, with the key of the next renewal, for all."""
    platform = platform_of(account)
    refresh = kept.refresh or account.config.get("refresh_token", "")
    verdict, _ = _ask(world, account, platform.refresh(account.config, refresh), "")
    made = platform.tokens(verdict.data) if verdict.is_ok else None
    now = world.clock.now()
    with world.store.system() as tx:
        if made is None:
            tx.tokens.fail(as_channel, claimed, now + _REST)
            later = verdict.reaction in {Reaction.RETRY, Reaction.THROTTLE}
            reaction = Reaction.RETRY if later else Reaction.DENIED
            return Verdict(reaction, None, verdict.code or "no_token", verdict.words)
        value = msgspec.json.encode(_Held(made.access, made.refresh or refresh)).decode()
        lives = made.lives_s * SECOND
        tx.tokens.put(as_channel, claimed, value, now + lives - min(_EARLY, lives // 5))
    return made.access
