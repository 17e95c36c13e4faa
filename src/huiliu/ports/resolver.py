"""Names of the internet: what their records say now."""

from __future__ import annotations

from typing import Final, Protocol

from huiliu.kernel.errors import Unavailable

__all__ = ["NO_NAMES", "Resolver"]


class Resolver(Protocol):
    """Asks the DNS."""

    def records(self, name: str, kind: str) -> tuple[str, ...]:
        """Return the records of a name, () where it has none or does not exist.

        MX records are `<preference> <host>`; a name at the end of one has no dot.

        Args:
            name: without the dot at its end.
            kind: TXT, MX, A, AAAA or PTR (then the name is an IP address).

        Raises:
            Unavailable: nobody answers.
        """
        ...


class _NoNames:
    """Nobody to ask."""

    def records(self, name: str, kind: str) -> tuple[str, ...]:
        """Raise Unavailable."""
        raise Unavailable("DNS", f"{name} {kind}")


#: Where nothing is looked up.
NO_NAMES: Final = _NoNames()
