"""Ways to reach people: a channel a file, outbound and inbound together; reached by this table."""

from huiliu.channels.email import EmailChannel
from huiliu.channels.outbound import HostRule
from huiliu.channels.sms import SmsChannel
from huiliu.kernel.registry import Registry
from huiliu.ports.channel import Channel

__all__ = ["make_channels"]


def make_channels(outbound_hosts: str = "") -> Registry[Channel]:
    """Return every channel by name; close each when it is no longer needed.

    Args:
        outbound_hosts: the setting of that name: hosts that may be called, comma-separated.
    """
    rule = HostRule.parse(outbound_hosts)
    return Registry[Channel]((EmailChannel(rule), SmsChannel(rule)))
