"""Providers of SMS on their way to fakes that check as the real ones do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.conftest import BRAND, NOW

from huiliu.channels import PROVIDERS
from huiliu.channels.access import NO_TOKENS, Access
from huiliu.channels.http import HttpOutbound
from huiliu.channels.outbound import HostRule
from huiliu.fakes.providers import FAKE_CLOUDS, FakeCloud, Push
from huiliu.ports.channel import (
    Callback,
    CallbackAnswer,
    ChannelAccount,
    Filed,
    OutboundMessage,
    Provider,
    Tokens,
)
from huiliu.stores.clock import SimulatedClock

__all__ = ["CALLBACK", "TEMPLATES", "access", "account_of", "fake", "message", "pushed"]

#: Where fakes push to: whoever tests hands the pushes over by itself.
CALLBACK = "https://brand.example/callbacks/AQABabc"
TEMPLATES = {"SMS_1": "您的订单已发货", "SMS_2": "您好${name},验证码${code}"}


@contextmanager
def access(
    clock: SimulatedClock,
    *,
    tokens: Tokens = NO_TOKENS,
    callbacks: Callable[[ChannelAccount], str] | None = None,
) -> Iterator[Access]:
    """Lend the doors of a provider: only this machine may be called."""
    rule = HostRule.parse("127.0.0.1")
    outbound = HttpOutbound(rule)
    try:
        yield Access(rule, outbound, clock, tokens, callbacks or (lambda _: CALLBACK))
    finally:
        outbound.close()


@contextmanager
def fake(
    name: str, clock: SimulatedClock, templates: dict[str, str] | None = None
) -> Iterator[tuple[Provider, FakeCloud, ChannelAccount]]:
    """Lend a provider, the fake that it calls, and an account there."""
    with access(clock) as doors, FAKE_CLOUDS[name](now=clock.now, templates=templates) as cloud:
        cloud.callback_url = CALLBACK
        provider = PROVIDERS[name](doors)
        try:
            yield provider, cloud, account_of(provider, cloud)
        finally:
            provider.close()


def account_of(provider: Provider, cloud: FakeCloud) -> ChannelAccount:
    """Return an account at a fake."""
    return ChannelAccount(BRAND, provider.channel, "main", cloud.config, provider=provider.name)


def message(
    number: int,
    *,
    to: str = "",
    ends: str = "",
    code: str = "SMS_1",
    params: tuple[tuple[str, str], ...] = (),
) -> OutboundMessage:
    """Return the so-manieth message; `ends` are the last digits of its number."""
    address = to or f"+86138{number:04}{ends or f'{number:04}'}"
    return OutboundMessage(
        message_id=number.to_bytes(16, "big"), address=address,
        parts={"text": f"【青山茶铺】您的订单{number}已发货"}, message_class="service", at=NOW,
        filed=Filed("青山茶铺", code, params),
    )  # fmt: skip


def pushed(provider: Provider, account: ChannelAccount, push: Push) -> CallbackAnswer:
    """Return what a provider reads of a push."""
    headers = {name.lower(): value for name, value in push.headers.items()}
    return provider.callback(account, Callback("POST", push.url, headers, push.body))
