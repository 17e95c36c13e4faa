"""Which hosts a channel may call: an account's form must not become a way into our own network."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import DeliveryFailed

__all__ = ["HostRule"]


#: Networks whose addresses end in one of IPv4. Source: RFC 6052 section 2.1, RFC 4291 2.5.5.
_CARRIERS: Final = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))


@dataclass(frozen=True, slots=True)
class HostRule:
    """The hosts named in the settings; without any, every public host and no private one."""

    named: frozenset[str]

    @classmethod
    def parse(cls, written: str) -> HostRule:
        """Return the rule of the `outbound_hosts` setting."""
        return cls(frozenset(name.strip().lower() for name in written.split(",") if name.strip()))

    def resolve(self, host: str, port: int) -> str:
        """Return an address of the host that may be called; raise as `addresses` does."""
        return self.addresses(host, port)[0]

    def addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of the host, all of which may be called.

        What was checked is what is called: the name is looked up once, so an answer that changes
        between check and call changes nothing.

        Raises:
            DeliveryFailed: it may not be called (permanent), or its name is not known now.
        """
        name = host.strip().lower().rstrip(".")
        if self.named and name not in self.named:
            raise DeliveryFailed(
                "outbound", permanent=True, response=f"{name} is not in outbound_hosts"
            )
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as fault:
            raise DeliveryFailed(
                "outbound", permanent=False, response=f"{name} cannot be looked up"
            ) from fault
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if name in self.named:
            return addresses
        for address in addresses:
            if not _is_public(address):
                raise DeliveryFailed(
                    "outbound",
                    permanent=True,
                    response=f"{name} is a private address: name it in outbound_hosts to allow it",
                )
        return addresses


def _is_public(address: str) -> bool:
    """Say whether an address belongs to the public internet."""
    found = ipaddress.ip_address(address.partition("%")[0])
    inside = _inside(found) if isinstance(found, ipaddress.IPv6Address) else None
    return (inside or found).is_global and not found.is_multicast


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address to which one of IPv6 leads, if it is written inside."""
    if any(address in network for network in _CARRIERS):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
