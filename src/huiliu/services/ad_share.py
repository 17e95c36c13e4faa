"""Brings audiences at ad platforms to what they should be: takes people out, then puts people in.

What may be there is written before anything leaves, sealed; it is struck out only after the
platform took it back. So whoever dies when, nobody stays in an audience unnoticed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from msgspec import structs

from huiliu.advertising.audience import AdAudience
from huiliu.advertising.people import Person
from huiliu.advertising.platforms import Platform
from huiliu.advertising.talk import Reaction, Verdict
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import text
from huiliu.kernel.times import SECOND
from huiliu.ports.ads import AccountRow, AudienceRow, MemberRow, TransferRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.ad_audiences import live_audiences
from huiliu.services.ad_people import Wanted, wanted_of
from huiliu.services.ad_talk import Told, carry, platform_of
from huiliu.services.message_events import internal_event
from huiliu.services.own_tasks import open_own_task

__all__ = ["PATIENCE", "share_ads"]

#: People are put in together when the first of them has waited so long; nobody who is to be
#: taken out waits.
PATIENCE: Final = 10 * SECOND
#: People that one turn looks at.
_MOST: Final = 5_000
_SHORTEST: Final = 2 * SECOND
#: Whom to take out may wait for no longer than this between two tries.
_LONGEST: Final = 20 * SECOND
_THROTTLED: Final = 15 * SECOND
_DENIED: Final = 30 * SECOND
#: Whoever is out for these never comes back.
_FOR_GOOD: Final = frozenset({"erased", "ended"})
#: An audience that is not ready there is asked for again; whom to take out waits for it too.
_UNREADY: Final = _LONGEST


@dataclass(slots=True)
class _Turn:
    """One turn of one audience."""

    world: World
    row: AudienceRow
    account: AccountRow
    #: None = it has ended: everybody is taken out.
    audience: AdAudience | None
    now: int
    #: Who is to be looked at, and what should be shared of each.
    people: list[tuple[MemberRow, Wanted]] = field(default_factory=list)

    @property
    def platform(self) -> Platform:
        """Return the platform."""
        return platform_of(self.account)


def share_ads(world: World, limit: int = _MOST, patience: int = PATIENCE) -> int:
    """Serve one audience that has something to do; 0 = none has.

    Several processes do this side by side, each for another audience.
    """
    now = world.clock.now()
    with world.store.system() as alone:
        # This transaction stays open and writes nothing: its lock keeps others away.
        row = alone.ads.take_due(now, now - patience)
        if row is None:
            return 0
        n_done = _serve(world, row, min(limit, _MOST), now, patience)
    with world.store.system() as tx:
        tx.ads.served(row.brand_id, row.slug, now)
    return max(n_done, 1)


def _serve(world: World, row: AudienceRow, limit: int, now: int, patience: int) -> int:
    """Look at more of the segment, then bring some people to where they should be."""
    brand_id = row.brand_id
    with world.store.system() as tx:
        accounts = {one.name: one for one in tx.ads.accounts(brand_id)}
        audience = live_audiences(tx, brand_id).get(row.slug)
        account = accounts.get(row.account)
        if account is None:
            tx.ads.forget_audience(brand_id, row.slug)
            return 1
        if row.fill_after >= 0:
            row = _filled(tx, row, audience, limit, now)
        found = tx.ads.dirty(brand_id, row.slug, now - patience, min(limit, _batch(account)))
        turn = _Turn(world, row, account, audience, now)
        turn.people = wanted_of(tx, account, audience, found, now)
        _intend(tx, turn)
    if not turn.people:
        return _rest(turn)
    _take_out(turn)
    if audience is None:
        _end(turn)
    elif turn.row.due_at <= now and not account.paused:
        _put_in(turn)
    elif account.paused and turn.row.due_at <= now:
        # Who is to be put in waits for the account; nobody looks at them all the time.
        with world.store.system() as tx:
            tx.ads.put_audience(replace(turn.row, due_at=now + _LONGEST))
    return len(turn.people)


def _batch(account: AccountRow) -> int:
    """Return most people of one upload."""
    return platform_of(account).batch


def _filled(
    tx: Tx, row: AudienceRow, audience: AdAudience | None, limit: int, now: int
) -> AudienceRow:
    """Have more members of the segment looked at; return how far that is."""
    after = -1
    if audience is not None and audience.segment:
        found = tx.segments.members(row.brand_id, audience.segment, limit, row.fill_after)
        # They have waited long enough: a first fill gathers by itself.
        tx.ads.mark(row.brand_id, row.slug, [one for one, _ in found], now - PATIENCE)
        after = found[-1][0] if len(found) == limit else -1
    row = replace(row, fill_after=after)
    tx.ads.put_audience(row)
    return row


def _intend(tx: Tx, turn: _Turn) -> None:
    """Write what the platform may hold from now on, and why others are left out."""
    rows: list[MemberRow] = []
    adds = not turn.account.paused
    for member, wanted in turn.people:
        shared = member.shared
        if adds:
            shared = tuple(dict.fromkeys((*shared, *wanted.people)))
        # 0 = nobody answered for all of it yet: it goes again until somebody does.
        at = member.shared_at if shared == member.shared else 0
        rows.append(structs.replace(member, shared=shared, shared_at=at, why=wanted.why))
    tx.ads.write_members(turn.row.brand_id, turn.row.slug, rows)
    idle = [one for one, wanted in turn.people if not one.shared and not wanted.people]
    tx.ads.settle(turn.row.brand_id, turn.row.slug, idle)
    _drop(tx, turn, [(one, wanted) for one, wanted in turn.people if not one.shared])


def _drop(tx: Tx, turn: _Turn, people: Sequence[tuple[MemberRow, Wanted]]) -> None:
    """Forget who is outside; what a journey said of somebody outlives all but the person."""
    outside = [one.profile_id for one, wanted in people if wanted.is_out and not one.joined]
    outside += [one.profile_id for one, wanted in people if wanted.why in _FOR_GOOD]
    tx.ads.drop_members(turn.row.brand_id, turn.row.slug, outside)


def _take_out(turn: _Turn) -> None:
    """Take hashes back that nobody agrees to any more, or that are of somebody else now."""
    going = [
        (member, wanted, [one for one in member.shared if one not in wanted.people])
        for member, wanted in turn.people
    ]
    going = [one for one in going if one[2]]
    if not going:
        return
    told: Told[None] | None = None
    if turn.row.remote:
        people = [one for _, _, gone in going for one in gone]
        told = _carried(turn, people, adds=False)
        if not told.is_ok:
            _failed(turn, told.verdict)
            return
    with turn.world.store.system() as tx:
        rows, settled, transfers = [], [], []
        for member, wanted, gone in going:
            # What is about to be put in stays written, as `_intend` wrote it.
            kept = tuple(
                one for one in wanted.people if one in member.shared or not turn.account.paused
            )
            at = member.shared_at if set(kept) <= set(member.shared) else 0
            rows.append(structs.replace(member, shared=kept, shared_at=at, why=wanted.why))
            reason = wanted.why or "changed"
            transfers.append(_transfer(turn, member, "removed", gone, reason, 0))
            if not wanted.people:
                settled.append(member)
        _write(tx, turn, rows, settled, transfers)
        _drop(tx, turn, [(one, wanted) for one, wanted, _ in going])
        _works(tx, turn)


def _put_in(turn: _Turn) -> None:
    """Share those who agree and are not there yet."""
    coming = [
        (member, wanted, [one for one in wanted.people if _is_new(member, one)])
        for member, wanted in turn.people
        if wanted.people
    ]
    fresh = [one for _, _, new in coming for one in new]
    if fresh:
        told = _carried(turn, fresh, adds=True)
        if not told.is_ok:
            _failed(turn, told.verdict)
            return
    with turn.world.store.system() as tx:
        rows = [
            structs.replace(member, shared=wanted.people, shared_at=turn.now, why="")
            for member, wanted, _ in coming
        ]
        transfers = [
            _transfer(turn, member, "added", new, "", wanted.consent)
            for member, wanted, new in coming
            if new
        ]
        _write(tx, turn, rows, [member for member, _, _ in coming], transfers)
        _works(tx, turn)


def _is_new(member: MemberRow, one: Person) -> bool:
    """Say whether the platform may not have somebody's hashes: nobody answered for them."""
    return one not in member.shared or not member.shared_at


def _carried(turn: _Turn, people: Sequence[Person], *, adds: bool) -> Told[None]:
    """Upload people, or take them out, in as many calls as the platform wants."""
    platform, config = turn.platform, turn.account.config
    size = platform.batch
    name = f"huiliu {turn.row.slug}"
    if adds and not turn.row.remote:
        made = carry(turn.world, turn.account, platform.make(config, name))
        if not made.is_ok:
            return Told(made.verdict)
        _known_as(turn, made.result or "")
    for at in range(0, len(people), size):
        some = people[at : at + size]
        if not adds:
            gone = carry(turn.world, turn.account, platform.remove(config, turn.row.remote, some))
            if not gone.is_ok:
                return gone
            continue
        made = carry(turn.world, turn.account, platform.add(config, turn.row.remote, name, some))
        if not made.is_ok:
            return Told(made.verdict)
        _known_as(turn, made.result or "")
    return Told(Verdict(Reaction.OK))


def _known_as(turn: _Turn, remote: str) -> None:
    """Keep what an audience is called there, as soon as it is known."""
    if remote and remote != turn.row.remote:
        turn.row = replace(turn.row, remote=remote, is_published=False)
        with turn.world.store.system() as tx:
            tx.ads.put_audience(turn.row)


def _transfer(
    turn: _Turn, member: MemberRow, action: str, people: Sequence[Person], why: str, consent: int
) -> TransferRow:
    """Return the line of the log for one person."""
    kinds = tuple(dict.fromkeys(kind for one in people for kind in one.kinds))
    return TransferRow(
        turn.now, member.profile_id, turn.platform.name, turn.account.name, turn.row.slug, action,
        kinds, why, consent,
    )  # fmt: skip


def _write(
    tx: Tx,
    turn: _Turn,
    rows: Sequence[MemberRow],
    settled: Sequence[MemberRow],
    transfers: Sequence[TransferRow],
) -> None:
    """Write what was done, and tell the log of it."""
    brand_id, slug = turn.row.brand_id, turn.row.slug
    tx.ads.write_members(brand_id, slug, rows)
    tx.ads.settle(brand_id, slug, settled)
    tx.ads.record_transfers(brand_id, transfers)
    if events := [_event(brand_id, one) for one in transfers]:
        tx.log.append(events)


def _event(brand_id: int, one: TransferRow) -> NewEvent:
    """Return the event that tells of a transfer; the same moment is the same event."""
    name = "Ad Data Shared" if one.action == "added" else "Ad Data Withdrawn"
    said: dict[str, Value] = {
        "platform": one.platform, "account": one.account, "audience": one.audience,
        "identifiers": list(one.kinds), **({"reason": one.reason} if one.reason else {}),
        **({"consent_position": one.consent} if one.consent else {}),
    }  # fmt: skip
    return internal_event(
        brand_id, one.profile_id, name, said, one.at, one.audience, one.profile_id, one.at
    )


def _works(tx: Tx, turn: _Turn) -> None:
    """Note that the platform took it."""
    turn.row = replace(
        turn.row, n_failures=0, failing_since=0, last_error="", last_ok_at=turn.now, due_at=0
    )
    tx.ads.put_audience(turn.row)


def _failed(turn: _Turn, verdict: Verdict) -> None:
    """Note that the platform did not take it, and when it is asked again."""
    row, now = turn.row, turn.now
    pause = min(_SHORTEST << min(row.n_failures, 20), _LONGEST)
    if verdict.reaction is Reaction.THROTTLE:
        pause = _THROTTLED
    elif verdict.reaction in {Reaction.DENIED, Reaction.REFUSED}:
        pause = _DENIED
    said = f"{verdict.code} {verdict.words}".strip()[:300]
    turn.row = replace(
        row, n_failures=row.n_failures + 1, failing_since=row.failing_since or now,
        last_error=said, due_at=now + pause,
    )  # fmt: skip
    with turn.world.store.system() as tx:
        tx.ads.put_audience(turn.row)
        if verdict.reaction is Reaction.DENIED and not turn.account.paused:
            tx.ads.pause_account(row.brand_id, turn.account.name, said or "denied")
        if verdict.reaction in {Reaction.DENIED, Reaction.REFUSED}:
            open_own_task(
                tx, row.brand_id, text("ads.task_refused", audience=row.slug, words=said),
                f"/ads/audiences/{row.slug}", "ad audience", row.slug, turn.row.failing_since,
                now=now,
            )  # fmt: skip


def _end(turn: _Turn) -> None:
    """Forget an audience that has ended, once nobody is in it."""
    with turn.world.store.system() as tx:
        counts = tx.ads.member_counts(turn.row.brand_id, turn.row.slug)
        if not counts.shared and not counts.waiting:
            tx.ads.forget_audience(turn.row.brand_id, turn.row.slug)


def _rest(turn: _Turn) -> int:
    """Do what is left when nobody is to be moved: publish it, or end what has ended."""
    world, row = turn.world, turn.row
    if turn.audience is None:
        _end(turn)
        return 1
    if not row.remote or row.is_published:
        return 1
    platform = turn.platform
    told = carry(world, turn.account, platform.publish(turn.account.config, row.remote))
    if not told.is_ok:
        _failed(turn, told.verdict)
        return 1
    later = 0 if told.result else turn.now + _UNREADY
    turn.row = replace(row, is_published=bool(told.result), due_at=later)
    with world.store.system() as tx:
        tx.ads.put_audience(turn.row)
    return 1
