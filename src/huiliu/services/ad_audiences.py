"""Audiences at ad platforms: which are live, whom they hold, and the end of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.advertising.audience import AdAudience, parse_audience
from huiliu.advertising.people import KINDS
from huiliu.advertising.platforms import PLATFORMS
from huiliu.kernel.documents import load
from huiliu.kernel.errors import NotFound, Problem
from huiliu.kernel.ids import digest
from huiliu.kernel.texts import text
from huiliu.ports.ads import AccountRow, AudienceRow, MemberCounts, MemberRow, TransferRow
from huiliu.ports.console import Action
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.read_offers import Proposal

__all__ = [
    "KIND",
    "AdAudienceView",
    "ad_audience",
    "ad_audiences",
    "audience_stands",
    "kinds_of",
    "live_audiences",
    "person_sharing",
    "put_audience_state",
    "remove_ad_audience",
    "stamp_of",
    "transfers",
]

KIND = "ad_audience"
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class AdAudienceView:
    """One audience: what its document says, and how it stands."""

    audience: AdAudience
    row: AudienceRow
    account: AccountRow | None
    counts: MemberCounts
    #: Members of the segment; 0 without one.
    n_segment: int = 0
    version: int = 0
    #: live, or archived: it is being emptied.
    state: str = "live"

    @property
    def is_full(self) -> bool:
        """Say whether everybody was looked at."""
        return self.row.fill_after < 0 and not self.counts.waiting


def live_audiences(tx: Tx, brand_id: int) -> dict[str, AdAudience]:
    """Return the live audiences of a brand by slug."""
    found = {}
    for document in tx.documents.all(brand_id, KIND):
        if document.state == "live":
            parsed = parse_audience(document.source)
            if isinstance(parsed, AdAudience):
                found[parsed.slug] = parsed
    return found


def kinds_of(audience: AdAudience, platform: str) -> tuple[str, ...]:
    """Return the identifiers that an audience shares: those it names that the platform takes."""
    taken = PLATFORMS[platform].kinds
    wanted = audience.identifiers or KINDS
    return tuple(kind for kind in taken if kind in wanted)


def stamp_of(audience: AdAudience) -> bytes:
    """Return what tells whether everybody has to be looked at anew."""
    return digest("ad audience", audience.account, audience.segment, *audience.identifiers)


def audience_stands(
    tx: Tx, world: World, brand_id: int, one: Proposal, beside: Sequence[Proposal]
) -> Sequence[Problem]:
    """Return what an audience names that is not there, or cannot be; a gate."""
    del world
    found = one.parsed
    if not isinstance(found, AdAudience):
        return ()
    loaded = load(one.offer.source)
    problems: list[Problem] = []

    def wrong(path: str, key: str, **arguments: object) -> None:
        where = f"{one.offer.where}: {path}" if one.offer.where else path
        problems.append(Problem(where, text(key, **arguments), loaded.line_of(path)))

    accounts = {each.name: each for each in tx.ads.accounts(brand_id)}
    account = accounts.get(found.account)
    if account is None:
        wrong("account", "ads.no_account", name=found.account, known=", ".join(accounts) or "-")
    elif found.identifiers and not kinds_of(found, account.platform):
        taken = ", ".join(PLATFORMS[account.platform].kinds)
        wrong("identifiers", "ads.not_taken", platform=account.platform, known=taken)
    segments = {each.slug for each in beside if each.kind == "segment"}
    segments |= {
        each.slug for each in tx.documents.all(brand_id, "segment") if each.state == "live"
    }
    if found.segment and found.segment not in segments:
        wrong("segment", "ads.no_segment", name=found.segment)
    row = tx.ads.audience(brand_id, found.slug)
    if row is not None and row.account != found.account:
        wrong("account", "ads.other_account", found=row.account)
    return problems


def put_audience_state(tx: Tx, brand_id: int, found: AdAudience, now: int) -> None:
    """Have everybody of an audience that has just gone live looked at."""
    row = tx.ads.audience(brand_id, found.slug)
    stamp = stamp_of(found)
    if row is None:
        tx.ads.put_audience(AudienceRow(brand_id, found.slug, found.account, stamp))
    elif row.stamp != stamp or row.fill_after < 0:
        tx.ads.put_audience(
            AudienceRow(
                brand_id, found.slug, row.account, stamp, row.remote, row.is_published, 0,
                last_ok_at=row.last_ok_at,
            )
        )  # fmt: skip
        tx.ads.mark_all(brand_id, found.slug, now)


def ad_audiences(world: World, brand_id: int) -> list[AdAudienceView]:
    """Return every audience of a brand, by name."""
    with world.store.transaction(brand_id) as tx:
        return _views(tx, brand_id, None)


def ad_audience(world: World, brand_id: int, slug: str) -> AdAudienceView:
    """Return one audience; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        found = _views(tx, brand_id, slug)
    if not found:
        raise NotFound("ad audience", slug)
    return found[0]


def remove_ad_audience(world: World, brand_id: int, slug: str, user_id: int = 0) -> None:
    """End an audience: everybody is taken out of it there; raise NotFound."""
    with world.store.system() as tx:
        document = tx.documents.latest(brand_id, KIND, slug)
        now = world.clock.now()
        if document.state != "archived":
            tx.documents.set_state(brand_id, KIND, slug, "archived")
        tx.ads.mark_all(brand_id, slug, now)
        if not tx.ads.member_counts(brand_id, slug).shared:
            tx.ads.forget_audience(brand_id, slug)
        tx.console.record_action(Action(brand_id, now, user_id, "ad_audience_removed", slug))


def transfers(  # noqa: PLR0913 - each narrows
    world: World,
    brand_id: int,
    *,
    audience: str = "",
    account: str = "",
    profile_id: int = 0,
    before: int | None = None,
    limit: int = _SHOWN,
) -> list[TransferRow]:
    """Return who was shared with whom, newest first."""
    with world.store.transaction(brand_id) as tx:
        ids: Sequence[int] = ()
        if profile_id:
            present = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
            ids = tx.people.histories(brand_id, [present]).get(present, [present])
        return tx.ads.transfers(
            brand_id, limit, audience=audience, account=account, profiles=ids, before=before
        )


def person_sharing(world: World, brand_id: int, profile_id: int) -> list[tuple[str, MemberRow]]:
    """Return (audience, how it stands) of everything that concerns one person."""
    with world.store.transaction(brand_id) as tx:
        return tx.ads.of_person(brand_id, [profile_id])


def _views(tx: Tx, brand_id: int, slug: str | None) -> list[AdAudienceView]:
    """Return one or all audiences."""
    accounts = {one.name: one for one in tx.ads.accounts(brand_id)}
    rows: Mapping[str, AudienceRow] = {one.slug: one for one in tx.ads.audiences(brand_id)}
    sizes = tx.segments.counts(brand_id)
    found = []
    for document in tx.documents.all(brand_id, KIND):
        parsed = parse_audience(document.source)
        is_over = document.state == "archived" and document.slug not in rows
        if slug not in {None, document.slug} or not isinstance(parsed, AdAudience) or is_over:
            continue
        row = rows.get(parsed.slug) or AudienceRow(brand_id, parsed.slug, parsed.account)
        found.append(
            AdAudienceView(
                parsed, row, accounts.get(parsed.account),
                tx.ads.member_counts(brand_id, parsed.slug), sizes.get(parsed.segment, 0),
                document.version, document.state,
            )
        )  # fmt: skip
    return found
