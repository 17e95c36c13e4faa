"""Looks at a sending domain as receivers do, and signs with the keys that they can check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from huiliu.kernel.errors import Unavailable
from huiliu.kernel.times import DAY
from huiliu.messages.sender_health import FAIL, OK, UNKNOWN, WARN, Ask, Sending, examine
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.mail import SenderDomain
from huiliu.ports.world import World
from huiliu.services.sender_domains import domain_name, domain_of, signer_of

__all__ = ["bounce_domain_of", "check_domain", "check_domains_due", "state_of"]

#: Records change without telling us: each domain is looked at so often.
_EVERY: Final = DAY
_WORST_FIRST: Final = (FAIL, WARN, UNKNOWN, OK)


def check_domain(world: World, brand_id: int, written: str) -> SenderDomain:
    """Return a sending domain with what its DNS says now; raise NotFound."""
    name = domain_name(written) or written
    with world.store.transaction(brand_id) as tx:
        domain = tx.mail.domain(brand_id, name)
        accounts = [
            one
            for one in tx.channels.accounts(brand_id)
            if (its := domain_of([domain], one)) is not None and its.domain == name
        ]
    # Nothing is locked while strangers are asked.
    findings = tuple(examine(_sending(world, domain, accounts), _ask(world)))
    published = _published(world, domain)
    with world.store.transaction(brand_id) as tx:
        locked = tx.mail.domain(brand_id, name, lock=True)
        live = locked.live if published is None else published
        checked = replace(locked, findings=findings, live=live, checked_at=world.clock.now())
        tx.mail.put_domain(checked)
    return checked


def check_domains_due(world: World, limit: int) -> int:
    """Look at domains that nobody has looked at for a day; return how many."""
    now = world.clock.now()
    with world.store.system() as tx:
        due = [one for one in tx.mail.domains() if one.checked_at and one.checked_at < now - _EVERY]
    for one in due[:limit]:
        check_domain(world, one.brand_id, one.domain)
    return len(due[:limit])


def state_of(domain: SenderDomain) -> str:
    """Return the worst state of a domain's findings, or "" before its first check."""
    found = {one.state for one in domain.findings}
    return next((state for state in _WORST_FIRST if state in found), "")


def bounce_domain_of(accounts: Sequence[ChannelAccount]) -> str:
    """Return where the bounces of accounts go, or ""."""
    found = (one.config.get("bounce_domain", "").lower() for one in accounts)
    return next((one for one in found if one), "")


def _sending(world: World, domain: SenderDomain, accounts: Sequence[ChannelAccount]) -> Sending:
    """Return how a brand sends from a domain."""
    greetings = {
        one.config.get("ehlo", "").lower()
        for one in accounts
        # Through a relay it is the relay's address that receivers see.
        if one.config.get("route") == "direct"
    }
    return Sending(
        domain.domain,
        bounce_domain_of(accounts),
        tuple(sorted(greetings - {""})),
        tuple(signer_of(key) for key in domain.keys),
        world.mail_host,
    )


def _published(world: World, domain: SenderDomain) -> tuple[str, ...] | None:
    """Return the selectors whose keys receivers can see, or None where the DNS does not answer."""
    ask = _ask(world)
    try:
        return tuple(
            key.selector
            for key in domain.keys
            if len(texts := ask(key.record_name, "TXT")) == 1
            and signer_of(key).is_published(texts[0])
        )
    except LookupError:
        return None


def _ask(world: World) -> Ask:
    """Return how to ask the DNS: LookupError where nobody answers."""

    def ask(name: str, kind: str) -> Sequence[str]:
        """Return the records of a name."""
        try:
            return world.names.records(name, kind)
        except Unavailable as fault:
            raise LookupError(name) from fault

    return ask
