"""What workers share about accounts, in PostgreSQL: rates, quotas, breakers and counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from msgspec import structs
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.kernel.times import MINUTE, SECOND
from huiliu.messages.pace import PROBES, Pace
from huiliu.ports.suppliers import (
    AccountKey,
    MinuteCount,
    QuotaClaim,
    QuotaRow,
    RateClaim,
    StoppedTemplate,
)
from huiliu.stores.queries import query

__all__ = ["PostgresSuppliers"]

#: Whoever tries whether an account works again has so long before another may.
_PROBING: Final = 30 * SECOND


class PostgresSuppliers:
    """Suppliers inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Hold the open transaction's connection."""
        self._connection = connection

    def paces(self, channel: str | None = None) -> dict[AccountKey, Pace]:
        """Return what was learned of the accounts of a channel, or of all; locks nothing."""
        found = self._connection.execute(query("suppliers", "paces"), {"channel": channel})
        return {(brand, channel, name): Pace(*rest) for brand, channel, name, *rest in found}

    def claim_rates(self, claims: Sequence[RateClaim], now: int) -> dict[AccountKey, int]:
        """Take units out of each account's rate and return what each got; one statement."""
        if not claims:
            return {}
        brands, channels, accounts = _columns([one.account for one in claims])
        values = {
            "brands": brands, "channels": channels, "accounts": accounts,
            "ceilings": [one.ceiling for one in claims],
            "wanted": [one.wanted for one in claims],
            "reserves": [one.reserve for one in claims],
            "now": now, "probes": PROBES, "probing": _PROBING,
        }  # fmt: skip
        granted = self._claimed(values)
        if len(granted) < len(claims):
            self._connection.execute(query("suppliers", "make"), (brands, channels, accounts))
            granted = self._claimed(values)
        return granted

    def return_rates(self, units: Mapping[AccountKey, int]) -> None:
        """Give back what was not used; a negative number is what was used beyond the claim."""
        if units:
            columns = (*_columns(list(units)), list(units.values()))
            self._connection.execute(query("suppliers", "return_rates"), columns)

    def claim_quotas(self, claims: Sequence[QuotaClaim]) -> dict[tuple[AccountKey, str], int]:
        """Use up to so many units of each quota; return what each (account, name) granted."""
        if not claims:
            return {}
        columns = (
            *_columns([one.account for one in claims]),
            [one.name for one in claims],
            [one.window_start for one in claims],
            [one.amount for one in claims],
            [one.wanted for one in claims],
        )
        found = self._connection.execute(query("suppliers", "claim_quotas"), columns)
        return {((brand, channel, account), name): n for brand, channel, account, name, n in found}

    def return_quotas(self, claims: Sequence[QuotaClaim]) -> None:
        """Give back the `wanted` units of each, which were claimed and not used."""
        if claims:
            columns = (
                *_columns([one.account for one in claims]),
                [one.name for one in claims],
                [one.window_start for one in claims],
                [one.wanted for one in claims],
            )
            self._connection.execute(query("suppliers", "return_quotas"), columns)

    def quotas(self, brand_id: int, since: int) -> list[QuotaRow]:
        """Return the quotas of windows that began at an instant or later."""
        found = self._connection.execute(
            query("suppliers", "quotas"), {"brand_id": brand_id, "since": since}
        )
        return [
            QuotaRow((brand, channel, account), *rest) for brand, channel, account, *rest in found
        ]

    def lock_pace(self, account: AccountKey) -> Pace:
        """Lock what was learned of an account, made where there is nothing, and return it."""
        values = _named(account)
        found = self._connection.execute(query("suppliers", "lock_pace"), values).fetchone()
        if found is None:
            self._connection.execute(query("suppliers", "make"), _columns([account]))
            found = self._connection.execute(query("suppliers", "lock_pace"), values).fetchone()
        return Pace(*found) if found is not None else Pace()

    def put_pace(self, account: AccountKey, pace: Pace) -> None:
        """Write what was learned of an account that this transaction holds."""
        values = {**_named(account), **structs.asdict(pace)}
        self._connection.execute(query("suppliers", "put_pace"), values)

    def add_counts(self, counts: Sequence[MinuteCount]) -> None:
        """Add to the counts of minutes."""
        if counts:
            columns = (
                *_columns([one.account for one in counts]),
                [one.message_class for one in counts],
                [one.minute for one in counts],
                [one.name for one in counts],
                [one.n for one in counts],
            )
            self._connection.execute(query("suppliers", "add_counts"), columns)

    def count(
        self, brand_id: int, channel: str, account: str, at: int, counts: Mapping[str, int]
    ) -> None:
        """Add what was reported of an account to the counts of the minute of an instant."""
        key = brand_id, channel, account
        minute = at - at % MINUTE
        self.add_counts([MinuteCount(key, "", minute, name, n) for name, n in counts.items() if n])

    def counts(
        self, brand_id: int, since: int, until: int, step: int
    ) -> list[tuple[str, str, int, str, int]]:
        """Return (channel, account, start of a step, name, how many) of a span of time."""
        found = self._connection.execute(
            query("suppliers", "counts"),
            {"brand_id": brand_id, "since": since, "until": until, "step": step},
        )
        return [(channel, account, at, name, n) for channel, account, at, name, n in found]

    def forget(self, before: int, limit: int) -> int:
        """Drop counts and quotas older than an instant; return how many rows."""
        counts = self._connection.execute(
            query("suppliers", "forget_counts"), {"before": before, "limit": limit}
        )
        quotas = self._connection.execute(query("suppliers", "forget_quotas"), {"before": before})
        return counts.rowcount + quotas.rowcount

    def stop_template(self, stopped: StoppedTemplate) -> bool:
        """Send nothing with these versions; say whether that is new."""
        values = structs.asdict(stopped)
        return bool(self._connection.execute(query("suppliers", "stop_template"), values).rowcount)

    def stopped_templates(self, brand_id: int) -> list[StoppedTemplate]:
        """Return the templates that are stopped."""
        found = self._connection.execute(
            query("suppliers", "stopped_templates"), {"brand_id": brand_id}
        )
        return [StoppedTemplate(*row) for row in found]

    def all_stopped(self) -> list[StoppedTemplate]:
        """Return the templates that are stopped, of every brand."""
        return [
            StoppedTemplate(*row)
            for row in self._connection.execute(query("suppliers", "all_stopped"))
        ]

    def resume_template(self, brand_id: int, template: str) -> StoppedTemplate:
        """Let a template go again and return how it was stopped; raise NotFound."""
        found = self._connection.execute(
            query("suppliers", "resume_template"), {"brand_id": brand_id, "template": template}
        ).fetchone()
        if found is None:
            raise NotFound("stopped template", template)
        return StoppedTemplate(*found)

    def upgrade(self, brand_id: int, template: str, before: int, version: int, now: int) -> int:
        """Let queued messages of stopped versions go now, with this version; return how many."""
        done = self._connection.execute(
            query("suppliers", "upgrade"),
            {
                "brand_id": brand_id, "template": template, "before": before, "version": version,
                "now": now,
            },
        )  # fmt: skip
        return done.rowcount

    def drop(self, accounts: Collection[AccountKey]) -> None:
        """Forget what was learned of accounts: they were changed, resumed or removed."""
        if accounts:
            self._connection.execute(query("suppliers", "drop"), _columns(list(accounts)))

    def _claimed(self, values: Mapping[str, object]) -> dict[AccountKey, int]:
        """Claim rates and return what each account that is known got."""
        found = self._connection.execute(query("suppliers", "claim_rates"), values)
        return {(brand, channel, account): n for brand, channel, account, n in found}


def _columns(accounts: Sequence[AccountKey]) -> tuple[list[int], list[str], list[str]]:
    """Return accounts as columns."""
    return [a[0] for a in accounts], [a[1] for a in accounts], [a[2] for a in accounts]


def _named(account: AccountKey) -> dict[str, object]:
    """Return an account as a query's values."""
    return {"brand_id": account[0], "channel": account[1], "account": account[2]}
