"""What sending e-mail remembers; the private halves of signing keys are sealed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.messages.dkim import SigningKey
from huiliu.messages.sender_health import Finding
from huiliu.messages.soft_bounces import SoftBounces
from huiliu.ports.mail import DomainDay, SenderDomain, WaitingDomain
from huiliu.ports.vault import Secrets
from huiliu.stores.queries import query

__all__ = ["PostgresMail"]

_PURPOSE: Final = "signing keys"
_KEYS: Final = msgspec.json.Decoder(tuple[SigningKey, ...])
_FINDINGS: Final = msgspec.json.Decoder(tuple[Finding, ...])


class PostgresMail:
    """Sending domains, their days, and who asked for patience, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow], secrets: Secrets) -> None:
        """Hold the open transaction's connection."""
        self._connection = connection
        self._secrets = secrets

    def put_domain(self, domain: SenderDomain) -> None:
        """Store or replace a sending domain."""
        self._connection.execute(
            query("mail", "put_domain"),
            {
                "brand_id": domain.brand_id,
                "domain": domain.domain,
                "sealed": self._secrets.seal(msgspec.json.encode(domain.keys), _PURPOSE),
                "live": list(domain.live),
                "plan": list(domain.plan),
                "step": domain.step,
                "day": domain.day,
                "created_at": domain.created_at,
                "checked_at": domain.checked_at,
                "findings": msgspec.json.encode(domain.findings),
            },
        )

    def domains(self, brand_id: int | None = None) -> list[SenderDomain]:
        """Return the sending domains of a brand, or of all, by name."""
        rows = self._connection.execute(query("mail", "domains"), {"brand_id": brand_id})
        return [self._domain(row) for row in rows]

    def domain(self, brand_id: int, domain: str, *, lock: bool = False) -> SenderDomain:
        """Return one, locked to the end of the transaction if asked; raise NotFound."""
        name = "domain_locked" if lock else "domain"
        row = self._run(name, brand_id, domain=domain).fetchone()
        if row is None:
            raise NotFound("sending domain", domain)
        return self._domain(row)

    def remove_domain(self, brand_id: int, domain: str) -> None:
        """Forget a sending domain and its days; raise NotFound."""
        if not self._run("remove_domain", brand_id, domain=domain).rowcount:
            raise NotFound("sending domain", domain)
        self._run("remove_days", brand_id, domain=domain)

    def open_day(self, brand_id: int, domain: str, day: str) -> int:
        """Lock a domain's day and return how many letters were counted on it."""
        row = self._run("open_day", brand_id, domain=domain, day=day).fetchone()
        return int(row[0]) if row is not None else 0

    def count(
        self,
        brand_id: int,
        domain: str,
        day: str,
        *,
        sent: int = 0,
        bounced: int = 0,
        complained: int = 0,
    ) -> None:
        """Add to the figures of a domain's day."""
        self._run(
            "count", brand_id, domain=domain, day=day, sent=sent, bounced=bounced,
            complained=complained,
        )  # fmt: skip

    def days(self, brand_id: int, domain: str, limit: int) -> list[DomainDay]:
        """Return the last days of a domain, newest first."""
        return [DomainDay(*row) for row in self._run("days", brand_id, domain=domain, limit=limit)]

    def waiting(self, brand_id: int, now: int) -> list[WaitingDomain]:
        """Return the receiving domains that are left alone now."""
        return [WaitingDomain(*row) for row in self._run("waiting", brand_id, now=now)]

    def patience(
        self, brand_id: int, account: str, domains: Collection[str], *, will_wait: bool = False
    ) -> Mapping[str, WaitingDomain]:
        """Return what is remembered of receiving domains, locked.

        Those who are about to write one that is not remembered yet take turns.
        """
        if will_wait:
            self._run("take_turns", brand_id, account=account)
        rows = self._run("patience", brand_id, account=account, domains=sorted(domains))
        return {row[1]: WaitingDomain(*row) for row in rows}

    def wait(self, brand_id: int, waiting: Sequence[WaitingDomain]) -> None:
        """Leave receiving domains alone until their time."""
        for one in sorted(waiting, key=lambda each: (each.account, each.domain)):
            self._run(
                "wait", brand_id, account=one.account, domain=one.domain, n=one.n, until=one.until,
                response=one.response,
            )  # fmt: skip

    def go_on(self, brand_id: int, account: str, domains: Collection[str]) -> None:
        """Forget that receiving domains asked for patience."""
        self._run("go_on", brand_id, account=account, domains=sorted(domains))

    def soft_bounces(self, brand_id: int, address: bytes) -> SoftBounces | None:
        """Return what is remembered of an address, locked."""
        row = self._run("soft_bounces", brand_id, address=address).fetchone()
        return None if row is None else SoftBounces(*row)

    def put_soft_bounces(self, brand_id: int, address: bytes, known: SoftBounces) -> None:
        """Remember an address's soft bounces."""
        self._run(
            "put_soft_bounces", brand_id, address=address, n=known.n, first_at=known.first_at,
            last_at=known.last_at, rests_until=known.rests_until,
        )  # fmt: skip

    def keep_report(
        self, brand_id: int, account: str, message_id: bytes, *, state: str, response: str, at: int
    ) -> bool:
        """Keep what was reported of a letter; say whether that was new."""
        done = self._run(
            "keep_report", brand_id, account=account, message_id=message_id,
            provider_id=message_id.hex(), state=state, response=response, at=at,
        )  # fmt: skip
        return bool(done.rowcount)

    def _run(self, name: str, brand_id: int, **values: Any) -> Any:  # a cursor of any rows
        """Run a query of this room for a brand."""
        return self._connection.execute(query("mail", name), {"brand_id": brand_id, **values})

    def _domain(self, row: TupleRow) -> SenderDomain:
        """Return a row as a domain, its keys unsealed."""
        brand_id, name, sealed, live, plan, step, day, created_at, checked_at, findings = row
        return SenderDomain(
            brand_id=brand_id,
            domain=name,
            keys=_KEYS.decode(self._secrets.unseal(sealed, _PURPOSE)),
            live=tuple(live),
            plan=tuple(plan),
            step=step,
            day=day,
            created_at=created_at,
            checked_at=checked_at,
            findings=_FINDINGS.decode(findings),
        )
