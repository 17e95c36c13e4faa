"""The DNS, asked by dnspython: nothing is kept longer than its records say."""

from __future__ import annotations

from typing import Final

import dns.exception
import dns.nameserver
import dns.rdatatype
import dns.resolver
import dns.reversename

from huiliu.kernel.errors import BadSetting, Unavailable
from huiliu.kernel.texts import text

__all__ = ["DnsResolver"]

#: A question that nobody answers is given up; a mail round must not hang on it. In seconds.
_PATIENCE_S: Final = 4.0
_CACHED: Final = 10_000


class DnsResolver:
    """The Resolver port."""

    def __init__(self, servers: str = "") -> None:
        """Ask these servers, `127.0.0.1:5353,10.0.0.2`; "" = those of the machine.

        Raises:
            BadSetting: they cannot be read.
        """
        self._servers = servers
        self._asked: dns.resolver.Resolver | None = None

    def records(self, name: str, kind: str) -> tuple[str, ...]:
        """Return the records of a name, () where it has none or does not exist.

        Raises:
            Unavailable: nobody answers.
        """
        try:
            asked = dns.reversename.from_address(name).to_text() if kind == "PTR" else name
            found = self._resolver().resolve(asked, kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.SyntaxError, ValueError, UnicodeError):
            # What cannot be a name has no records.
            return ()
        except dns.exception.DNSException as fault:
            # A name of no more than 255 characters, said by an operator or a letter's address.
            cause = f"{type(fault).__name__}: {name[:100]} {kind}"
            raise Unavailable("DNS", cause) from fault
        return tuple(_written(record, kind) for record in found)

    def _resolver(self) -> dns.resolver.Resolver:
        """Return what asks, made at the first question."""
        if self._asked is None:
            try:
                made = dns.resolver.Resolver(configure=not self._servers)
                if self._servers:
                    made.nameservers = [_server(one) for one in self._servers.split(",")]
            except dns.exception.DNSException as fault:
                raise Unavailable("DNS", type(fault).__name__) from fault
            except ValueError as fault:
                said = text("setting.dns_servers")
                raise BadSetting("dns_servers", self._servers, said) from fault
            made.lifetime = _PATIENCE_S
            made.cache = dns.resolver.LRUCache(_CACHED)
            self._asked = made
        return self._asked


def _server(written: str) -> dns.nameserver.Nameserver:
    """Return the server of `10.0.0.2` or `127.0.0.1:5353`; raise ValueError."""
    address, colon, port = written.strip().rpartition(":")
    if not colon or "]" in port or (written.count(":") > 1 and not written.startswith("[")):
        address, port = written.strip(), "53"
    return dns.nameserver.Do53Nameserver(address.strip("[]"), int(port))


def _written(record: object, kind: str) -> str:
    """Return a record as the port writes it."""
    if kind == "TXT":
        strings: tuple[bytes, ...] = getattr(record, "strings", ())
        return b"".join(strings).decode("utf-8", "replace")
    return str(record).removesuffix(".")
