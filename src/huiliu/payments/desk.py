"""What providers of payments may use: the clock, the one way out, a signature of the instance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.ports.channel import AccountField
from huiliu.ports.clock import Clock
from huiliu.ports.outbound import Outbound
from huiliu.ports.vault import Secrets

__all__ = ["Desk", "missing"]


@dataclass(frozen=True, slots=True)
class Desk:
    """The doors of a provider."""

    clock: Clock
    outbound: Outbound
    secrets: Secrets
    public_url: str


def missing(fields: Sequence[AccountField], config: Mapping[str, str]) -> list[Problem]:
    """Return the fields that must be given and are not, and those that nobody knows."""
    known = {one.name for one in fields}
    found = [Problem(name, text("pay.unknown_field", name=name)) for name in config
             if name not in known]  # fmt: skip
    found += [
        Problem(one.name, text("pay.needed"))
        for one in fields
        if one.default is None and not config.get(one.name, "").strip()
    ]
    found += [
        Problem(one.name, text("pay.too_long", most=one.longest))
        for one in fields
        if one.longest and len(config.get(one.name, "")) > one.longest
    ]
    return found
