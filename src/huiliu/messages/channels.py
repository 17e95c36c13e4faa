"""The ways to reach people, each with what documents and policy need to know of it.

Who carries a message technically is a *provider* (`huiliu.channels`); a channel may have many.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from huiliu.kernel.events import IdentifierType
from huiliu.kernel.registry import Registry

__all__ = ["CHANNELS", "FIELD", "Channel"]

#: What the parts of approved fields begin with.
FIELD: Final = "fields."
_ANYTHING: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach people."""

    #: The word that documents use.
    name: str
    #: The trait that holds a person's address; "" = the profile itself is the address.
    address_trait: str
    #: The identifier that an address also is; None = it is no identifier.
    identifier: IdentifierType | None
    #: The parts that a rendering may have.
    parts: tuple[str, ...]
    #: Those of them that it must have.
    needed: tuple[str, ...]
    #: Its addresses are contact points: one person may have many, each of one app.
    has_contacts: bool = False
    #: A rendering may fill named fields of a form that the platform approved: `fields.thing1`.
    has_fields: bool = False
    #: People come upon it in the brand's own APP or page: a no ends it, but it needs no yes
    #: beforehand, and it wakes nobody.
    is_met: bool = False
    #: Part -> what it may say, where that is one of a few words.
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _ANYTHING)


CHANNELS: Final = Registry((
    Channel("email", "email", IdentifierType.EMAIL, ("subject", "text", "html"), ("subject",)),
    Channel("sms", "phone", IdentifierType.PHONE, ("text",), ("text",)),
    # A server of the brand's own: it gets the profile's id and knows whom that means.
    Channel("webhook", "", None, ("subject", "text"), ("text",)),
    # The official account: template messages, customer-service messages, mass messages.
    Channel(
        "wechat", "", IdentifierType.WECHAT_OPENID,
        (
            "type", "template_id", "title", "text", "image", "media", "url", "app", "page", "html",
        ),
        ("type",),
        has_contacts=True, has_fields=True,
        choices=MappingProxyType({"type": ("template", "service", "mass", "article")}),
    ),
    # One message for each time that the person agreed to one.
    Channel(
        "mini_program", "", IdentifierType.WECHAT_OPENID, ("template_id", "page"),
        ("template_id",), has_contacts=True, has_fields=True,
    ),
    # An employee sends it to those who added them.
    Channel(
        "wecom", "", IdentifierType.WECOM_USERID,
        ("type", "text", "title", "image", "url", "app", "page"), ("text",), has_contacts=True,
    ),
    Channel(
        "push", "", IdentifierType.DEVICE_TOKEN, ("title", "text", "image", "url", "collapse"),
        ("title", "text"), has_contacts=True,
    ),
    # The profile itself is the address: whichever APP or page it opens next shows it.
    Channel(
        "inapp", "", None,
        (
            "type", "title", "text", "image", "button", "url", "slot", "trigger", "frequency",
            "priority", "start", "end",
        ),
        ("type", "title"), is_met=True,
        choices=MappingProxyType({"type": ("inbox", "card", "popup", "banner")}),
    ),
    Channel(
        "douyin", "", IdentifierType.DOUYIN_OPENID, ("template_id", "page"), ("template_id",),
        has_contacts=True, has_fields=True,
    ),
))  # fmt: skip
