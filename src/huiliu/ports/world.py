"""World: everything that a use case may touch, wired once in bootstrap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from huiliu.kernel.events import EventNames
from huiliu.messages.channels import CHANNELS, Channel
from huiliu.messages.rules import Rules
from huiliu.ports.channel import Provider
from huiliu.ports.clock import Clock
from huiliu.ports.exports import NO_EXPORTS, Exports
from huiliu.ports.media import NO_MEDIA, Media
from huiliu.ports.official import NO_OFFICIAL, Official
from huiliu.ports.outbound import CLOSED, Outbound
from huiliu.ports.payment import Payment
from huiliu.ports.press import NO_PRESS, Press
from huiliu.ports.resolver import NO_NAMES, Resolver
from huiliu.ports.shops import Platform
from huiliu.ports.sources import Source
from huiliu.ports.store import Store
from huiliu.ports.vault import Secrets
from huiliu.ports.warehouse import Warehouse
from huiliu.ports.wecom import NO_WECOM, Wecom
from huiliu.ports.white_papers import NO_ARCHIVE, Archive

__all__ = ["Tracking", "World"]


@dataclass(frozen=True, slots=True)
class Tracking:
    """What is counted of what people do with messages, and where short links begin."""

    links: bool = True
    opens: bool = True
    #: "" = the public URL.
    short_url: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """The parts that use cases ask for; fakes in tests have the same shape."""

    clock: Clock
    store: Store
    secrets: Secrets
    warehouse: Warehouse
    #: Who can carry messages, by name; a world without any sends nothing.
    providers: Mapping[str, Provider]
    sources: Mapping[str, Source]
    #: Where people reach this instance: the start of one-click and short links.
    public_url: str
    #: The zone of a person whose own is not known, IANA.
    zone: str
    #: Quiet hours and caps in force.
    policy: Rules
    #: The ways to reach people, by name.
    channels: Mapping[str, Channel] = field(default_factory=lambda: CHANNELS)
    #: What is counted of what people do with messages.
    tracking: Tracking = Tracking()
    #: The one way to other people's servers by HTTP; a world that has none refuses every call.
    outbound: Outbound = CLOSED
    #: Asks the DNS.
    names: Resolver = NO_NAMES
    #: The name under which bounces reach this instance; "" = they do not.
    mail_host: str = ""
    #: Kinds of shops that can be connected, by name.
    shops: Mapping[str, Platform] = field(default_factory=lambda: MappingProxyType({}))
    #: Where files for other tools are written.
    exports: Exports = NO_EXPORTS
    #: Events that are not taken from those who hold a public key only.
    public_events_refused: EventNames | None = None
    #: What accounts at WeChat can do besides sending.
    official: Official = NO_OFFICIAL
    #: What a company's WeCom can do besides sending.
    wecom: Wecom = NO_WECOM
    #: Who takes money, by name.
    payments: Mapping[str, Payment] = field(default_factory=lambda: MappingProxyType({}))
    #: Photos and videos that people send.
    media: Media = NO_MEDIA
    #: Makes files of white papers.
    press: Press = NO_PRESS
    #: Where printed papers lie.
    archive: Archive = NO_ARCHIVE
