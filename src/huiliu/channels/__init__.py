"""Ways to reach people: a channel a file, outbound and inbound together; reached by this table."""

from collections.abc import Callable, Mapping
from typing import Final

from huiliu.channels.email import EmailChannel
from huiliu.channels.outbound import HostRule
from huiliu.channels.sms import SmsChannel
from huiliu.kernel.registry import Registry
from huiliu.ports.channel import Channel

__all__ = ["CHANNELS", "make_channels"]

#: Name -> how one is made for the hosts that it may call.
CHANNELS: Final[Mapping[str, Callable[[HostRule], Channel]]] = {
    "email": EmailChannel,
    "sms": SmsChannel,
}


def make_channels(outbound_hosts: str = "") -> Registry[Channel]:
    """Return every channel by name; close each when it is no longer needed.

    Args:
        outbound_hosts: the setting of that name: hosts that may be called, comma-separated.
    """
    rule = HostRule.parse(outbound_hosts)
    return Registry(make(rule) for make in CHANNELS.values())
