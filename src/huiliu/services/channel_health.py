"""How the accounts fare through which messages leave: the facts behind the channels' pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.calendar import period
from huiliu.kernel.times import HOUR
from huiliu.messages.latency import percentile
from huiliu.messages.pace import Pace, effective_rate
from huiliu.messages.suppliers import Supplier, carriers, supplier_of
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.suppliers import QuotaRow
from huiliu.ports.world import World
from huiliu.services.supply import DAY_QUOTA

__all__ = [
    "AccountHealth",
    "Hour",
    "Percentiles",
    "Quota",
    "look_at_channels",
]

_SHARES: Final = (0.5, 0.95, 0.99)
#: Whatever became of a message once it was handed over.
_HANDED: Final = (
    "accepted", "throttled", "retry", "refresh", "rejected", "suppress", "pause", "fix", "unknown",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota of an account in the window that is now."""

    name: str
    used: int
    amount: int
    #: When it is whole again; 0 = whoever keeps it says so.
    resets_at: int


@dataclass(frozen=True, slots=True)
class Percentiles:
    """How long something took; None = nothing was counted."""

    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of an account."""

    start: int
    accepted: int
    delivered: int
    failed: int


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """How one account fares."""

    account: ChannelAccount
    #: works, paused, resting (its breaker is open), standby or idle (nothing went in the span).
    state: str
    #: The provider's words that paused it or opened its breaker, or "".
    reason: str
    #: Until when it rests; 0 = it does not.
    open_until: int
    #: Units a second that it may be used with now; 0 = as fast as it answers.
    rate: float
    quotas: Sequence[Quota]
    n_handed_over: int
    n_accepted: int
    n_delivered: int
    n_failed: int
    n_bounced: int
    n_complained: int
    n_unknown: int
    #: Segments, or messages where there are none.
    n_units: int
    #: Messages of its channel and classes that wait.
    n_waiting: int
    #: How long the provider took to answer, in milliseconds.
    answer_ms: Percentiles
    #: From its answer to the delivery, in seconds.
    delivery_s: Percentiles
    hours: Sequence[Hour]

    @property
    def delivery_rate(self) -> float | None:
        """Return the share of what came to an end that was delivered; None = nothing did."""
        ended = self.n_delivered + self.n_failed + self.n_bounced
        return self.n_delivered / ended if ended else None


def look_at_channels(world: World, brand_id: int, *, hours: int = 24) -> list[AccountHealth]:
    """Return how each account of a brand fared in the last hours, by channel and name."""
    now = world.clock.now()
    since = now - now % HOUR - (hours - 1) * HOUR
    with world.store.system() as tx:
        accounts = tx.channels.accounts(brand_id)
        paces = tx.suppliers.paces()
        quotas = tx.suppliers.quotas(brand_id, period("today", now, world.zone).since)
        counts = tx.suppliers.counts(brand_id, since, now + HOUR, HOUR)
        depth = tx.messages.depth()
    by_account: dict[tuple[str, str], dict[int, Counter[str]]] = {}
    for channel, name, at, what, n in counts:
        by_account.setdefault((channel, name), {}).setdefault(at, Counter())[what] += n
    working = _working(accounts)
    return [
        _health(
            world,
            account,
            paces.get((brand_id, account.channel, account.name), Pace()),
            [q for q in quotas if q.account[1:] == (account.channel, account.name)],
            by_account.get((account.channel, account.name), {}),
            _waiting(depth, account),
            now=now,
            since=since,
            is_standby=account.name not in working.get(account.channel, set()),
        )
        for account in accounts
    ]


def _working(accounts: Sequence[ChannelAccount]) -> dict[str, set[str]]:
    """Return channel -> the names of the accounts that share its messages now."""
    found: dict[str, list[Supplier]] = {}
    for account in accounts:
        if not account.paused:
            one = supplier_of(account.name, account.config)
            found.setdefault(account.channel, []).append(one)
    return {channel: {one.name for one in carriers(mine)} for channel, mine in found.items()}


def _waiting(depth: Mapping[tuple[int, str, str, str], int], account: ChannelAccount) -> int:
    """Return how many messages wait that an account might carry."""
    classes = supplier_of(account.name, account.config).classes
    return sum(
        n
        for (brand, channel, kind, status), n in depth.items()
        if (brand, channel, status) == (account.brand_id, account.channel, "queued")
        and kind in classes
    )


def _health(  # noqa: PLR0913 - each is another noun
    world: World,
    account: ChannelAccount,
    pace: Pace,
    quotas: Sequence[QuotaRow],
    by_hour: Mapping[int, Counter[str]],
    n_waiting: int,
    *,
    now: int,
    since: int,
    is_standby: bool,
) -> AccountHealth:
    """Return how one account fares."""
    total: Counter[str] = Counter()
    for counted in by_hour.values():
        total.update(counted)
    supplier = supplier_of(account.name, account.config)
    handed = sum(total[state] for state in _HANDED)
    return AccountHealth(
        account=account,
        state=_state(account, pace, now, handed, is_standby=is_standby),
        reason=account.paused or (pace.reason if pace.open_until else ""),
        open_until=pace.open_until if pace.open_until > now else 0,
        rate=effective_rate(pace.rate, supplier.rate),
        quotas=_quotas(world, supplier, quotas, now),
        n_handed_over=handed,
        n_accepted=total["accepted"],
        n_delivered=total["delivered"],
        n_failed=_failed(total),
        n_bounced=total["bounced"],
        n_complained=total["complained"],
        n_unknown=total["unknown"],
        n_units=total["units"],
        n_waiting=n_waiting,
        answer_ms=_percentiles(total, "answer"),
        delivery_s=_percentiles(total, "delivery"),
        hours=[
            Hour(start, at["accepted"], at["delivered"], _failed(at))
            for start in range(since, now + 1, HOUR)
            for at in (by_hour.get(start, Counter()),)
        ],
    )


def _state(account: ChannelAccount, pace: Pace, now: int, handed: int, *, is_standby: bool) -> str:
    """Return the word for how an account stands."""
    if account.paused:
        return "paused"
    if pace.open_until > now:
        return "resting"
    if is_standby:
        return "standby"
    return "works" if handed else "idle"


def _failed(counted: Mapping[str, int]) -> int:
    """Return how many messages failed for good, at once or later."""
    names = ("rejected", "suppress", "fix", "failed", "expired")
    return sum(counted.get(name, 0) for name in names)


def _quotas(world: World, supplier: Supplier, rows: Sequence[QuotaRow], now: int) -> list[Quota]:
    """Return the quotas of the window that is now, the daily one among them though unused."""
    ends = period("today", now, world.zone).ends
    found = [
        Quota(row.name, row.used, supplier.daily_quota, ends)
        if row.name == DAY_QUOTA
        else Quota(row.name, row.used, row.amount, 0)
        for row in rows
        if row.name != DAY_QUOTA or supplier.daily_quota
    ]
    if supplier.daily_quota and not any(one.name == DAY_QUOTA for one in found):
        found.append(Quota(DAY_QUOTA, 0, supplier.daily_quota, ends))
    return found


def _percentiles(counted: Mapping[str, int], word: str) -> Percentiles:
    """Return how long something took."""
    buckets = {
        int(number): n
        for name, n in counted.items()
        if (parts := name.partition(":"))[0] == word and (number := parts[2])
    }
    return Percentiles(*(percentile(buckets, share) for share in _SHARES))
