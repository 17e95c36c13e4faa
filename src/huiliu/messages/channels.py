"""The ways to reach people, each with what documents and policy need to know of it.

Who carries a message technically is a *provider* (`huiliu.channels`); a channel may have many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from huiliu.kernel.events import IdentifierType
from huiliu.kernel.registry import Registry

__all__ = ["CHANNELS", "Channel"]


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


CHANNELS: Final = Registry((
    Channel("email", "email", IdentifierType.EMAIL, ("subject", "text", "html"), ("subject",)),
    Channel("sms", "phone", IdentifierType.PHONE, ("text",), ("text",)),
    # A server of the brand's own: it gets the profile's id and knows whom that means.
    Channel("webhook", "", None, ("subject", "text"), ("text",)),
))  # fmt: skip
