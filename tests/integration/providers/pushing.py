"""Push services on their way to fakes that check as the real ones do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from tests.conftest import NOW
from tests.integration.providers.carrying import account_of

from huiliu.channels import PROVIDERS
from huiliu.channels.access import NO_TOKENS, Access
from huiliu.channels.http import HttpOutbound
from huiliu.channels.http2 import Http2Outbound
from huiliu.channels.outbound import HostRule
from huiliu.fakes.providers import FAKE_CLOUDS, FakeCloud
from huiliu.ports.channel import ChannelAccount, OutboundMessage, Provider, Target, Tokens
from huiliu.stores.clock import SimulatedClock

__all__ = ["doors", "pushing", "to"]

F = TypeVar("F", bound=FakeCloud)


@contextmanager
def doors(clock: SimulatedClock, tokens: Tokens = NO_TOKENS) -> Iterator[Access]:
    """Lend the doors of a push provider: only this machine may be called."""
    rule = HostRule.parse("127.0.0.1")
    plain = HttpOutbound(rule)
    fast = Http2Outbound(rule, plain)
    try:
        yield Access(rule, plain, clock, tokens, http2=fast)
    finally:
        fast.close()
        plain.close()


@contextmanager
def pushing(
    kind: type[F], clock: SimulatedClock, tokens: Tokens = NO_TOKENS
) -> Iterator[tuple[Provider, F, ChannelAccount]]:
    """Lend a provider, the fake that it calls, and an account there."""
    assert FAKE_CLOUDS[kind.name] is kind
    with doors(clock, tokens) as access, kind(now=clock.now) as cloud:
        provider = PROVIDERS[kind.name](access)
        yield provider, cloud, account_of(provider, cloud)


def to(
    number: int, *tokens: str, message_class: str = "marketing", **parts: str
) -> OutboundMessage:
    """Return the so-manieth message, to these tokens."""
    targets = tuple(Target(one) for one in tokens)
    return OutboundMessage(
        message_id=number.to_bytes(16, "big"), address=tokens[0],
        parts={"title": "降价了", "text": f"第 {number} 条", **parts}, message_class=message_class,
        at=NOW, targets=targets,
    )  # fmt: skip
