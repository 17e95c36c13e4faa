"""Which of a channel's accounts carries a message: by class, country and weight, then standbys."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from huiliu.kernel.buckets import share

__all__ = ["Supplier", "carriers", "pick", "supplier_of"]


class Supplier(msgspec.Struct, frozen=True):
    """What an account's fields say of the messages that it carries."""

    name: str
    #: marketing, service or both.
    classes: frozenset[str]
    #: Beginnings of numbers without the plus; () = all.
    countries: tuple[str, ...] = ()
    weight: int = 1
    #: Used only while none of the others works.
    is_standby: bool = False
    #: Units a second; 0 = no limit.
    rate: int = 0
    #: Units a calendar day; 0 = no limit.
    daily_quota: int = 0
    #: The app whose contact points it reaches; "" = of any.
    app: str = ""
    provider: str = ""
    #: The devices that its provider carries to; () = any.
    platforms: tuple[str, ...] = ()

    def reaches(self, app: str, platform: str, provider: str) -> bool:
        """Say whether a contact point is one of those that it carries to."""
        return (
            (not self.app or self.app == app)
            and (not provider or not self.provider or provider == self.provider)
            and (not self.platforms or not platform or platform in self.platforms)
        )

    def carries(self, message_class: str, address: str) -> bool:
        """Say whether a message of this class to this address may go through it."""
        if message_class not in self.classes:
            return False
        return not self.countries or address.lstrip("+").startswith(self.countries)


def supplier_of(
    name: str, config: Mapping[str, str], provider: str = "", platforms: Collection[str] = ()
) -> Supplier:
    """Return what an account's fields say; what was left out is as their defaults are."""
    return Supplier(
        name=name,
        classes=frozenset(_words(config.get("classes") or "marketing,service")),
        countries=tuple(word.lstrip("+") for word in _words(config.get("countries") or "")),
        weight=int(config.get("weight") or 1),
        is_standby=config.get("standby") == "yes",
        rate=int(config.get("rate") or 0),
        daily_quota=int(config.get("daily_quota") or 0),
        app=config.get("app") or "",
        provider=provider,
        platforms=tuple(platforms),
    )


def carriers(working: Sequence[Supplier]) -> tuple[Supplier, ...]:
    """Return those of the working accounts that share the messages: standbys only without others.

    An account of weight 0 carries nothing while another one works.
    """
    regular = [one for one in working if not one.is_standby and one.weight]
    return tuple(regular or [one for one in working if one.weight] or working)


def pick(offered: Sequence[Supplier], message_id: bytes, number: int) -> Supplier:
    """Return one of the accounts, each with the chance that its weight gives it.

    Args:
        offered: at least one.
        message_id: decides, so that a repeat decides alike.
        number: of the attempt: another one may go another way.
    """
    total = sum(one.weight for one in offered)
    if len(offered) == 1 or not total:
        return offered[0]
    at = share(f"supplier {number}", message_id) * total
    for one in offered:
        at -= one.weight
        if at < 0:
            return one
    return offered[-1]


def _words(written: str) -> list[str]:
    """Return the words between commas."""
    return [word.strip() for word in written.split(",") if word.strip()]
