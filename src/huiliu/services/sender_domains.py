"""Domains that a brand sends letters from: keys, warm-up, and what has to be published."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from huiliu.kernel.errors import BadInput, Conflict, Problem
from huiliu.kernel.texts import text
from huiliu.messages.dkim import Signer, SigningKey, read_key
from huiliu.messages.mime import is_address, read_sender
from huiliu.messages.warm_up import DEFAULT_PLAN, read_plan
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.mail import SenderDomain
from huiliu.ports.world import World

__all__ = [
    "Record",
    "add_domain",
    "domain_name",
    "domain_of",
    "records_of",
    "remove_domain",
    "rotate_keys",
    "sending_domain",
    "set_plan",
    "sign_with",
    "signer_of",
]

_SELECTOR: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_BITS: Final = 2048
#: Beside what is in use: one that was, and one that will be.
_MOST_KEYS: Final = 6


@dataclass(frozen=True, slots=True)
class Record:
    """A DNS record to publish."""

    name: str
    kind: str
    value: str


@lru_cache(maxsize=64)
def signer_of(key: SigningKey) -> Signer:
    """Return a key's signer; reading one costs more than signing with it."""
    return Signer(key)


def add_domain(
    world: World,
    brand_id: int,
    written: str,
    *,
    selector: str = "hl1",
    private: str = "",
    plan: str = "",
) -> SenderDomain:
    """Take on a sending domain with keys of its own; nothing is signed until they are published.

    Args:
        world: where to find everything.
        brand_id: whose domain.
        written: `brand.example`.
        selector: the name of its first key.
        private: a key that is published already, PEM; "" = new ones are made, RSA and Ed25519.
        plan: letters on each day of its first weeks, `50,100,200`; `default`, or "" = no limit.

    Raises:
        BadInput: with everything that is wrong.
        Conflict: it is there already.
    """
    domain, problems = domain_name(written), list[Problem]()
    if not domain:
        problems.append(Problem("domain", text("channels.domain")))
    if not _SELECTOR.fullmatch(selector):
        problems.append(Problem("selector", text("domains.selector")))
    days = _plan(plan)
    if isinstance(days, Problem):
        problems.append(days)
        days = ()
    keys: tuple[SigningKey, ...] = ()
    if private:
        own = read_key(domain, selector, private)
        if own is None:
            problems.append(Problem("key", text("domains.key")))
        else:
            keys = (own.key,)
    if problems:
        raise BadInput(tuple(problems))
    made = SenderDomain(
        brand_id, domain, keys or _new_keys(domain, selector), plan=days,
        created_at=world.clock.now(),
    )  # fmt: skip
    with world.store.transaction(brand_id) as tx:
        if any(one.domain == domain for one in tx.mail.domains(brand_id)):
            raise Conflict(f"sending domain {domain}", "none", "one")
        tx.mail.put_domain(made)
    return made


def sending_domain(world: World, brand_id: int, written: str) -> SenderDomain:
    """Return a sending domain; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        return tx.mail.domain(brand_id, domain_name(written) or written)


def remove_domain(world: World, brand_id: int, written: str) -> None:
    """Forget a sending domain and its keys; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        tx.mail.remove_domain(brand_id, domain_name(written) or written)


def set_plan(world: World, brand_id: int, written: str, plan: str) -> SenderDomain:
    """Begin a warm-up from its first day, or end it with "".

    Raises:
        NotFound: there is no such domain.
        BadInput: the plan is none.
    """
    days = _plan(plan)
    if isinstance(days, Problem):
        raise BadInput((days,))
    return _changed(world, brand_id, written, plan=days, step=0, day="")


def sign_with(world: World, brand_id: int, written: str, selectors: Sequence[str]) -> SenderDomain:
    """Sign with these keys whatever the DNS says, or with none; the next check decides anew.

    Raises:
        NotFound: there is no such domain.
        BadInput: it has no such key.
    """
    known = {key.selector for key in sending_domain(world, brand_id, written).keys}
    wrong = [one for one in selectors if one not in known]
    if wrong:
        said = text("domains.no_key", known=", ".join(sorted(known)))
        raise BadInput(tuple(Problem(one, said) for one in wrong))
    return _changed(world, brand_id, written, live=tuple(selectors))


def rotate_keys(world: World, brand_id: int, written: str) -> SenderDomain:
    """Make new keys beside those in use; they take over when a check finds them published."""
    with world.store.transaction(brand_id) as tx:
        before = tx.mail.domain(brand_id, domain_name(written) or written, lock=True)
        taken = {key.selector for key in before.keys}
        number = next(n for n in range(1, 10_000) if not {f"hl{n}", f"hl{n}e"} & taken)
        keys = (*before.keys, *_new_keys(before.domain, f"hl{number}"))
        # What is in use is kept; of what is not, the oldest goes.
        spare = [key for key in keys if key.selector not in before.live]
        gone = {key.selector for key in spare[: max(0, len(keys) - _MOST_KEYS)]}
        after = replace(before, keys=tuple(key for key in keys if key.selector not in gone))
        tx.mail.put_domain(after)
    return after


def records_of(world: World, domain: SenderDomain, bounce_domain: str = "") -> list[Record]:
    """Return what has to be published for a domain: keys, and where bounces go."""
    found = [
        Record(key.record_name, "TXT", signer_of(key).record)
        for key in domain.keys
    ]  # fmt: skip
    if bounce_domain and world.mail_host:
        found.append(Record(bounce_domain, "MX", f"10 {world.mail_host}"))
    return found


def domain_of(domains: Sequence[SenderDomain], account: ChannelAccount) -> SenderDomain | None:
    """Return the sending domain of an account: its sender's own, or the nearest above it."""
    sender = read_sender(account.config.get("from", ""))
    if account.channel != "email" or sender is None:
        return None
    fitting = [
        one
        for one in domains
        if one.brand_id == account.brand_id
        and (sender.domain == one.domain or sender.domain.endswith(f".{one.domain}"))
    ]
    return max(fitting, key=lambda one: len(one.domain), default=None)


def domain_name(written: str) -> str:
    """Return a domain as it is kept: ASCII, lower case; "" where it is none."""
    try:
        name = written.strip().rstrip(".").lower().encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return name if "." in name and is_address(f"b@{name}") else ""


def _changed(
    world: World, brand_id: int, written: str, **fields: object
) -> SenderDomain:  # fmt: skip
    """Return a domain after some of its fields changed."""
    with world.store.transaction(brand_id) as tx:
        before = tx.mail.domain(brand_id, domain_name(written) or written, lock=True)
        after = replace(before, **fields)  # type: ignore[arg-type] # names and types are the callers'
        tx.mail.put_domain(after)
    return after


def _plan(written: str) -> tuple[int, ...] | Problem:
    """Return a plan as an operator writes it."""
    if not written.strip():
        return ()
    return DEFAULT_PLAN if written.strip() == "default" else read_plan(written)


def _new_keys(domain: str, selector: str) -> tuple[SigningKey, ...]:
    """Return a fresh RSA key, which everybody verifies, and an Ed25519 key for those who can."""
    made = (
        (selector, rsa.generate_private_key(public_exponent=65537, key_size=_BITS)),
        (f"{selector}e", Ed25519PrivateKey.generate()),
    )
    return tuple(
        SigningKey(
            domain,
            name,
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        )
        for name, key in made
    )
