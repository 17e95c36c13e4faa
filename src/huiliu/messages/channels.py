"""The ways to reach people, each with what documents and policy need to know of it.

Who carries a message technically is a *provider* (`huiliu.channels`); a channel may have many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from huiliu.kernel.events import IdentifierType
from huiliu.kernel.registry import Registry

__all__ = ["CHANNELS", "FIELD", "Channel"]

#: What the parts of approved fields begin with.
FIELD: Final = "fields."


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


CHANNELS: Final = Registry((
    Channel("email", "email", IdentifierType.EMAIL, ("subject", "text", "html"), ("subject",)),
    Channel("sms", "phone", IdentifierType.PHONE, ("text",), ("text",)),
    # A server of the brand's own: it gets the profile's id and knows whom that means.
    Channel("webhook", "", None, ("subject", "text"), ("text",)),
    # The official account: template messages, customer-service messages, mass messages.
    Channel(
        "wechat", "", IdentifierType.WECHAT_OPENID,
        ("type", "template_id", "title", "text", "image", "url", "app", "page"), ("type",),
        has_contacts=True, has_fields=True,
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
        ("type", "title", "text", "image", "button", "url", "trigger"), ("type", "title"),
    ),
    Channel(
        "douyin", "", IdentifierType.DOUYIN_OPENID, ("template_id", "page"), ("template_id",),
        has_contacts=True, has_fields=True,
    ),
))  # fmt: skip
