"""Tells ad platforms of orders: once each, of people who agreed, as long as they are fresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from huiliu.advertising.people import NOBODY, Conversion
from huiliu.advertising.permission import permit
from huiliu.advertising.platforms import Platform
from huiliu.advertising.talk import Reaction, Verdict
from huiliu.kernel.times import DAY, HOUR, MINUTE, SECOND
from huiliu.ports.ad_results import ClickRow, ConversionRow
from huiliu.ports.ads import AccountRow, TransferRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.ad_people import Agreed, agreed_people
from huiliu.services.ad_talk import carry, platform_of

__all__ = ["ConversionsView", "ad_conversions", "convert_ads"]

#: A conversion is given up when it was tried for so long.
_PATIENCE: Final = 2 * DAY
_SHORTEST: Final = 5 * SECOND
_LONGEST: Final = HOUR
_THROTTLED: Final = MINUTE
#: Only a click so long before an order may have led to it.
_CLICK: Final = 30 * DAY
_SHOWN: Final = 100
#: A margin before the age at which a platform refuses, for the call itself.
_MARGIN: Final = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class ConversionsView:
    """How the conversions of an account fare."""

    #: (state, reason) -> how many.
    counts: Mapping[tuple[str, str], int]
    rows: Sequence[ConversionRow]


@dataclass(frozen=True, slots=True)
class _Ready:
    """One conversion as it goes, or why it does not."""

    row: ConversionRow
    conversion: Conversion | None
    agreed: Agreed
    reason: str = ""


def ad_conversions(world: World, brand_id: int, account: str, state: str = "") -> ConversionsView:
    """Return how the conversions of an account fare; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        tx.ads.account(brand_id, account)
        return ConversionsView(
            tx.ad_results.conversion_counts(brand_id, account),
            tx.ad_results.conversions(brand_id, account, _SHOWN, state),
        )


def convert_ads(world: World, limit: int = 1_000) -> int:
    """Tell one platform of some conversions; return how many were looked at."""
    now = world.clock.now()
    with world.store.system() as alone:
        # This transaction stays open and writes nothing: its lock keeps others away.
        account = alone.ad_results.take_account_due(now)
        if account is None:
            return 0
        platform = platform_of(account)
        with world.store.system() as tx:
            size = min(limit, platform.events)
            rows = tx.ad_results.due_conversions(account.brand_id, account.name, now, size)
            ready = _ready(tx, account, platform, rows, now)
            _begin(tx, account, ready, now)
        going = [one for one in ready if one.conversion is not None]
        if going:
            _send(world, account, platform, going, now)
    return max(len(rows), 1)


def _ready(
    tx: Tx, account: AccountRow, platform: Platform, rows: Sequence[ConversionRow], now: int
) -> list[_Ready]:
    """Return conversions as they go: with what the people agree to, as they are now."""
    brand_id = account.brand_id
    present = tx.people.present(brand_id, {one.profile_id for one in rows})
    ids = sorted(set(present.values()))
    there = set(tx.people.standing(brand_id, ids)) if ids else set()
    agreed = agreed_people(tx, account, sorted(there), platform.kinds, now)
    words = tx.ads.words(brand_id, sorted(there)) if there else {}
    clicks = tx.ad_results.clicks(brand_id, platform.name, ids, now - platform_age(platform))
    found = []
    for row in rows:
        me = present.get(row.profile_id, row.profile_id)
        mine = agreed.get(me) or Agreed((), 0, "erased")
        said = permit(words.get(me, ()), "click", platform.name, now)
        click = clicks.get(me) if said.may else None
        if click is not None and not 0 <= row.at - click.at <= _CLICK:
            click = None
        made = _conversion(row, mine, click)
        reason = _reason(platform, row, made, mine, now)
        consent = mine.consent or said.position
        mine = Agreed(mine.people, consent, mine.why)
        found.append(_Ready(row, None if reason else made, mine, reason))
    return found


def platform_age(platform: Platform) -> int:
    """Return how old a click may be: a platform that takes old orders may know older ones."""
    return _CLICK + platform.longest_ago


def _conversion(row: ConversionRow, agreed: Agreed, click: ClickRow | None) -> Conversion:
    """Return a conversion with all that may be told of its person."""
    person = agreed.people[0] if agreed.people else NOBODY
    return Conversion(
        row.event_id, row.event, row.at, row.value, row.currency, row.order_id, person,
        click.click if click else "", click.name if click else "", click.at if click else 0,
    )  # fmt: skip


def _reason(
    platform: Platform, row: ConversionRow, made: Conversion, agreed: Agreed, now: int
) -> str:
    """Return why a conversion does not go; "" = it does."""
    if platform.longest_ago and row.at < now - platform.longest_ago + _MARGIN:
        return "too_old"
    if row.state == "sending" and not platform.dedupes:
        return "unknown"
    if not made.person and not made.click_id:
        return agreed.why or "no_identifier"
    return "" if platform.needs(made) else "no_click"


def _begin(tx: Tx, account: AccountRow, ready: Sequence[_Ready], now: int) -> None:
    """Write what is skipped, and that the others are on their way, before they are."""
    rows = []
    for one in ready:
        if one.conversion is not None:
            rows.append(structs.replace(one.row, state="sending", n_tries=one.row.n_tries + 1))
        elif one.reason == "unknown":
            rows.append(structs.replace(one.row, state="unknown", reason="", due_at=0))
        else:
            rows.append(structs.replace(one.row, state="skipped", reason=one.reason, sent_at=now))
    tx.ad_results.write_conversions(account.brand_id, rows)


def _send(
    world: World, account: AccountRow, platform: Platform, going: Sequence[_Ready], now: int
) -> None:
    """Tell the platform; where it refuses many at once, find out which it means."""
    conversions = [one.conversion for one in going if one.conversion is not None]
    told = carry(world, account, platform.convert(account.config, conversions))
    if told.verdict.reaction is Reaction.REFUSED and len(going) > 1:
        half = len(going) // 2
        _send(world, account, platform, going[:half], now)
        _send(world, account, platform, going[half:], now)
        return
    with world.store.system() as tx:
        rows = [_after(one.row, platform, told.verdict, told.is_unknown, now) for one in going]
        tx.ad_results.write_conversions(account.brand_id, rows)
        if told.is_ok:
            tx.ads.record_transfers(
                account.brand_id, [_transfer(account, one, now) for one in going]
            )
        elif told.verdict.reaction is Reaction.DENIED:
            words = f"{told.verdict.code} {told.verdict.words}".strip()
            tx.ads.pause_account(account.brand_id, account.name, words or "denied")


def _after(
    row: ConversionRow, platform: Platform, verdict: Verdict, is_unknown: bool, now: int
) -> ConversionRow:
    """Return a conversion as an answer leaves it."""
    row = structs.replace(row, n_tries=row.n_tries + 1)
    if verdict.is_ok:
        return structs.replace(row, state="sent", reason="", sent_at=now)
    if verdict.reaction is Reaction.REFUSED:
        return structs.replace(row, state="refused", reason=verdict.code[:80], sent_at=now)
    if is_unknown and not platform.dedupes:
        return structs.replace(row, state="unknown", reason=verdict.code[:80], sent_at=now)
    if now - row.at > _PATIENCE + platform.longest_ago:
        return structs.replace(row, state="refused", reason=verdict.code[:80], sent_at=now)
    pause = min(_SHORTEST << min(row.n_tries, 20), _LONGEST)
    if verdict.reaction is Reaction.THROTTLE:
        pause = max(pause, _THROTTLED)
    return structs.replace(row, state="waiting", reason=verdict.code[:80], due_at=now + pause)


def _transfer(account: AccountRow, one: _Ready, now: int) -> TransferRow:
    """Return the line of the log of one conversion."""
    made = one.conversion
    kinds = [*made.person.kinds, *(["click"] if made.click_id else [])] if made else []
    return TransferRow(
        now, one.row.profile_id, account.platform, account.name, "", "converted", tuple(kinds), "",
        one.agreed.consent, one.row.event_id,
    )  # fmt: skip
