"""Providers: who carries messages, outbound and inbound together; reached by this table."""

from collections.abc import Callable, Mapping
from typing import Final

from huiliu.channels.access import NO_TOKENS, Access, no_callbacks
from huiliu.channels.aliyun import AliyunProvider
from huiliu.channels.apns import ApnsProvider
from huiliu.channels.cmpp import CmppProvider
from huiliu.channels.douyin_mini import DouyinMiniProvider
from huiliu.channels.fcm import FcmProvider
from huiliu.channels.getui import GetuiProvider
from huiliu.channels.http import HttpOutbound
from huiliu.channels.http2 import Http2Outbound
from huiliu.channels.huawei import HuaweiProvider
from huiliu.channels.inapp import InAppProvider
from huiliu.channels.jpush import JpushProvider
from huiliu.channels.outbound import HostRule
from huiliu.channels.smpp import SmppProvider
from huiliu.channels.smtp import SmtpProvider
from huiliu.channels.tencent import TencentProvider
from huiliu.channels.twilio import TwilioProvider
from huiliu.channels.webhook import WebhookProvider
from huiliu.channels.webpush import WebPushProvider
from huiliu.channels.wechat import WechatProvider
from huiliu.channels.wechat_api import WechatApi
from huiliu.channels.wechat_ground import WechatGround
from huiliu.channels.wechat_mini import WechatMiniProvider
from huiliu.channels.wecom import WecomProvider
from huiliu.channels.wecom_api import WecomApi
from huiliu.channels.wecom_ground import WecomGround
from huiliu.kernel.registry import Registry
from huiliu.ports.channel import ChannelAccount, Provider, Tokens
from huiliu.ports.clock import Clock
from huiliu.ports.inapp import NO_CARDS, CardBox
from huiliu.ports.outbound import Outbound
from huiliu.ports.resolver import NO_NAMES, Resolver

__all__ = ["PROVIDERS", "Access", "make_grounds", "make_providers"]

#: Name -> how one is made with the doors that it may use.
PROVIDERS: Final[Mapping[str, Callable[[Access], Provider]]] = {
    "smtp": SmtpProvider,
    "smpp": SmppProvider,
    "cmpp": CmppProvider,
    "aliyun": AliyunProvider,
    "tencent": TencentProvider,
    "huawei": HuaweiProvider,
    "twilio": TwilioProvider,
    "webhook": WebhookProvider,
    "webpush": WebPushProvider,
    "getui": GetuiProvider,
    "jpush": JpushProvider,
    "fcm": FcmProvider,
    "apns": ApnsProvider,
    "wechat": WechatProvider,
    "wechat_mini": WechatMiniProvider,
    "douyin_mini": DouyinMiniProvider,
    "inapp": InAppProvider,
    "wecom": WecomProvider,
}


def make_providers(  # noqa: PLR0913, PLR0917 - each is another door
    clock: Clock,
    outbound_hosts: str = "",
    http: Outbound | None = None,
    tokens: Tokens = NO_TOKENS,
    names: Resolver = NO_NAMES,
    callbacks: Callable[[ChannelAccount], str] = no_callbacks,
    cards: CardBox = NO_CARDS,
) -> Registry[Provider]:
    """Return every provider by name; close each when it is no longer needed.

    Args:
        clock: what time it is.
        outbound_hosts: the setting of that name: hosts that may be called, comma-separated.
        http: the one way out by HTTP; None = one of its own for the same hosts.
        tokens: access tokens that all processes share.
        names: asks the DNS where mail goes.
        callbacks: where a provider reaches an account of ours.
        cards: where in-app messages are laid out.
    """
    rule = HostRule.parse(outbound_hosts)
    plain = http or HttpOutbound(rule)
    access = Access(rule, plain, clock, tokens, callbacks, names, Http2Outbound(rule, plain), cards)
    return Registry(make(access) for make in PROVIDERS.values())


def make_grounds(
    clock: Clock, outbound_hosts: str, http: Outbound, tokens: Tokens
) -> tuple[WechatGround, WecomGround]:
    """Return what accounts at WeChat and WeCom can do besides sending."""
    access = Access(HostRule.parse(outbound_hosts), http, clock, tokens)
    return WechatGround(WechatApi(access)), WecomGround(WecomApi(access))
