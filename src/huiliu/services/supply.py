"""What accounts can carry now: claimed before messages are, given back where it was not used.

Whoever dispatches first takes units out of each account's rate and quotas, in a short transaction
of its own; then it claims no more messages than fit. A worker that dies in between leaves units
that nobody used: fewer are sent than might have been, never more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

from huiliu.kernel.calendar import period
from huiliu.kernel.times import MINUTE, SECOND, Instant
from huiliu.messages.pace import Pace
from huiliu.messages.policy import Hold
from huiliu.messages.segments import segment
from huiliu.messages.suppliers import Supplier, carriers, pick, supplier_of
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.contacts import ContactPoint
from huiliu.ports.store import Store
from huiliu.ports.suppliers import AccountKey, QuotaClaim, RateClaim
from huiliu.ports.world import World

__all__ = [
    "DAY_QUOTA",
    "Room",
    "Supply",
    "give_back",
    "note_pace",
    "open_supply",
    "pace_of",
    "units_of",
]

#: How long a message waits for an operator to set an account up or resume it.
_ACCOUNT_WAIT: Final = 5 * MINUTE
#: A message for which there is no room just now is looked at again after this.
_ROOM_WAIT: Final = SECOND
#: A quota that is used up may be raised meanwhile: it is looked at this often.
_QUOTA_WAIT: Final = 15 * MINUTE
#: What marketing leaves to service, of a second's units and of a day's.
_RATE_RESERVE: Final = 0.2
_QUOTA_RESERVE: Final = 0.1
#: So many seconds' worth of an account's pace are taken at once, and no fewer messages than this.
_WORTH_S: Final = 1.0
_FEWEST: Final = 20
DAY_QUOTA: Final = "day"
#: Source: 3GPP TS 23.038: 70 code units of UCS-2, of which a character has at most two.
_SURELY_ONE: Final = 35


@dataclass(slots=True)
class Room:
    """What one account can carry in one round."""

    account: ChannelAccount
    supplier: Supplier
    #: Units that are left of what was claimed.
    left: int
    #: What was claimed of the rate; 0 = it has none to mind.
    of_rate: int = 0
    of_quotas: list[QuotaClaim] = field(default_factory=list)
    used: int = 0
    #: What was learned of it when the round began.
    pace: Pace = field(default_factory=Pace)
    #: Why there is none, and until when: `provider_busy`, `provider_down` or `quota_used_up`.
    reason: str = ""
    until: int = 0

    @property
    def key(self) -> AccountKey:
        """Return (brand_id, channel, account)."""
        return self.account.brand_id, self.account.channel, self.account.name

    @property
    def is_down(self) -> bool:
        """Say whether others should carry for it: waiting a moment will not help."""
        return self.reason in {"provider_down", "quota_used_up"}

    def fits(self, units: int) -> bool:
        """Say whether so many units may go: a quota is never passed, a rate is owed to."""
        return self.left >= units if self.of_quotas else self.left > 0

    def take(self, units: int) -> None:
        """Use units."""
        self.left -= units
        self.used += units


class Supply:
    """The accounts of one channel for messages of one class, in one round."""

    def __init__(self, message_class: str, rooms: Iterable[Room]) -> None:
        """Hold what was claimed."""
        self._class = message_class
        self._by_brand: dict[int, list[Room]] = {}
        for room in rooms:
            self._by_brand.setdefault(room.account.brand_id, []).append(room)

    @property
    def rooms(self) -> list[Room]:
        """Return all accounts."""
        return [room for rooms in self._by_brand.values() for room in rooms]

    def choose(  # noqa: PLR0913, PLR0917 - which message, where to, and who may carry it
        self,
        brand_id: int,
        message_id: bytes,
        number: int,
        address: str,
        units: int,
        point: ContactPoint | None = None,
        barred: Collection[str] = (),
    ) -> Room | Hold:
        """Return the account that carries a message, or why it waits and until when.

        Args:
            brand_id: whose message.
            message_id: decides between accounts by their weights.
            number: of the attempt.
            address: where it goes.
            units: what it counts.
            point: the contact point that it goes to, on channels that have them.
            barred: accounts that may not carry this one.
        """
        mine: Sequence[Room] = self._by_brand.get(brand_id, ())
        if point is not None:
            mine = [one for one in mine if one.supplier.reaches(*_place(point))]
        fitting = [room for room in mine if room.supplier.carries(self._class, address)]
        working = [room for room in fitting if not room.account.paused]
        if not working:
            return Hold(Instant(0), "account_paused" if fitting else "account_missing")
        if barred:
            # News of orders go by whatever carries them, should nothing else.
            allowed = [room for room in working if room.account.name not in barred]
            if not allowed and self._class != "service":
                return Hold(Instant(0), "guard_paused")
            working = allowed or working
        up = [room for room in working if not room.is_down]
        if not up:
            first = min(working, key=lambda room: room.until)
            return Hold(Instant(first.until), first.reason)
        names = {one.name for one in carriers([room.supplier for room in up])}
        offered = [room for room in up if room.supplier.name in names and room.fits(units)]
        if not offered:
            if any(room.of_quotas and room.left for room in up):
                return Hold(Instant(0), "quota_used_up")
            return Hold(Instant(0), "provider_busy")
        if len(offered) == 1:
            return offered[0]
        chosen = pick([room.supplier for room in offered], message_id, number)
        return next(room for room in offered if room.supplier is chosen)

    def wait(self, hold: Hold, now: int) -> Hold:
        """Return a hold with the time at which it is looked at again."""
        waits = {"provider_busy": _ROOM_WAIT, "quota_used_up": _QUOTA_WAIT}
        soonest = now + waits.get(hold.reason, _ACCOUNT_WAIT)
        until = min(hold.until, soonest) if hold.until > now else soonest
        return Hold(Instant(until), hold.reason)

    def full_brands(self) -> list[int]:
        """Return the brands whose accounts work and can take nothing now: claiming is useless."""
        return [
            brand_id
            for brand_id, rooms in self._by_brand.items()
            if (working := [room for room in rooms if not room.account.paused])
            and all(room.left <= 0 for room in working if self._class in room.supplier.classes)
            and any(self._class in room.supplier.classes for room in working)
        ]

    def n_messages(self, limit: int, store: Store) -> int:
        """Return how many messages are worth claiming."""
        if not self._by_brand:
            return limit
        sizes = _SIZES.get(store, {})
        open_rooms = [room for room in self.rooms if room.left > 0]
        if not open_rooms:
            return limit
        fitting = sum(max(1, int(room.left / sizes.get(room.key, 1.0))) for room in open_rooms)
        return min(limit, fitting)


def open_supply(world: World, channel: str, message_class: str, limit: int) -> Supply:
    """Claim what a channel's accounts can carry of one class, at most so many messages' worth."""
    now = world.clock.now()
    with world.store.system() as tx:
        accounts = [one for one in tx.channels.accounts() if one.channel == channel]
        paces = tx.suppliers.paces(channel) if accounts else {}
        rooms = [_room(world, account, paces, limit) for account in accounts]
        open_ = [r for r in rooms if not r.account.paused and message_class in r.supplier.classes]
        minding = [r for r in open_ if r.supplier.rate or r.pace.rate or r.pace.open_until]
        reserves = {r.key: _reserve(r, message_class) for r in open_}
        granted = tx.suppliers.claim_rates(
            [
                RateClaim(r.key, r.supplier.rate, r.left, _RATE_RESERVE * reserves[r.key])
                for r in minding
            ],
            now,
        )
        for room in minding:
            room.left = room.of_rate = granted.get(room.key, 0)
            if not room.left:
                _close(room, now)
        asking = [r for r in open_ if r.supplier.daily_quota and r.left > 0]
        asked = [_day(world, r, reserves[r.key], now) for r in asking]
        allowed = tx.suppliers.claim_quotas(asked)
        for room, claim in zip(asking, asked, strict=True):
            n = allowed.get((room.key, DAY_QUOTA), 0)
            room.of_quotas = [QuotaClaim(room.key, claim.name, claim.window_start, claim.amount, n)]
            room.left = n
            if not n:
                room.reason = "quota_used_up"
                room.until = period("today", now, world.zone).ends
    return Supply(message_class, rooms)


def _place(point: ContactPoint) -> tuple[str, str, str]:
    """Return what decides which accounts reach a contact point."""
    return point.app, point.platform, point.provider


def give_back(world: World, supply: Supply) -> None:
    """Give back what was claimed and not used; remember how large messages are."""
    rates: dict[AccountKey, int] = {}
    quotas: list[QuotaClaim] = []
    for room in supply.rooms:
        if room.of_rate and room.of_rate != room.used:
            rates[room.key] = room.of_rate - room.used
        quotas += [
            QuotaClaim(q.account, q.name, q.window_start, q.amount, q.wanted - room.used)
            for q in room.of_quotas
            if q.wanted > room.used
        ]
    if rates or quotas:
        with world.store.system() as tx:
            tx.suppliers.return_rates(rates)
            tx.suppliers.return_quotas(quotas)


def units_of(channel: str, parts: Mapping[str, str]) -> int:
    """Return what a message counts against rates and quotas: SMS segments; 1 elsewhere."""
    words = parts.get("text", "") if channel == "sms" else ""
    # Whatever the alphabet, so little fits one segment; a surrogate pair counts twice.
    if len(words) <= _SURELY_ONE:
        return 1
    try:
        return len(segment(words).parts)
    except ValueError:
        return 1


def note_pace(
    store: Store, key: AccountKey, n_messages: int, n_units: int, seconds: float
) -> float:
    """Remember how fast an account took a part and how large messages were; return the pace."""
    paces, sizes = _PACES.setdefault(store, {}), _SIZES.setdefault(store, {})
    paces[key] = n_messages / max(seconds, 0.001)
    sizes[key] = (sizes.get(key, 1.0) + n_units / max(n_messages, 1)) / 2
    return paces[key]


def pace_of(store: Store, key: AccountKey) -> float:
    """Return the messages a second that an account took lately; 0 = none yet."""
    return _PACES.get(store, {}).get(key, 0.0)


def _room(
    world: World, account: ChannelAccount, known: Mapping[AccountKey, Pace], limit: int
) -> Room:
    """Return an account's room by what it took lately."""
    key = account.brand_id, account.channel, account.name
    pace = _PACES.get(world.store, {}).get(key)
    size = _SIZES.get(world.store, {}).get(key, 1.0)
    n = limit if pace is None else min(limit, max(_FEWEST, int(pace * _WORTH_S)))
    return Room(
        account,
        supplier_of(
            account.name,
            account.config,
            account.provider,
            provider.platforms if (provider := world.providers.get(account.provider)) else (),
        ),
        max(1, round(n * size)),
        pace=known.get(key, Pace()),
    )


def _reserve(room: Room, message_class: str) -> float:
    """Return 1 where marketing leaves something to service on the same account."""
    return float(message_class != "service" and "service" in room.supplier.classes)


def _close(room: Room, now: int) -> None:
    """Say why an account's rate gave nothing."""
    if room.pace.open_until:
        room.reason = "provider_down"
        room.until = max(room.pace.open_until, now + _ROOM_WAIT)
    else:
        room.reason = "provider_busy"
        room.until = now + _ROOM_WAIT


def _day(world: World, room: Room, reserve: float, now: int) -> QuotaClaim:
    """Return the claim of an account's daily quota."""
    amount = room.supplier.daily_quota
    amount -= int(amount * _QUOTA_RESERVE * reserve)
    since = period("today", now, world.zone).since
    return QuotaClaim(room.key, DAY_QUOTA, since, amount, room.left)


#: Messages a second that each account took lately, and units a message.
_PACES: WeakKeyDictionary[Store, dict[AccountKey, float]] = WeakKeyDictionary()
_SIZES: WeakKeyDictionary[Store, dict[AccountKey, float]] = WeakKeyDictionary()
