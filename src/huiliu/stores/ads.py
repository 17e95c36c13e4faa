"""Ad accounts, audiences and the log of transfers in PostgreSQL; fields and hashes are sealed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.advertising.people import Person
from huiliu.advertising.permission import PURPOSE, Word
from huiliu.kernel.errors import NotFound
from huiliu.ports.ads import AccountRow, AudienceRow, MemberCounts, MemberRow, TransferRow
from huiliu.ports.vault import Secrets
from huiliu.stores.arrays import bigints, byteas, smallints, texts
from huiliu.stores.queries import query

__all__ = ["PostgresAds"]

_ACCOUNT: Final = "ad account"
_SHARED: Final = "ad hashes"

_encode = msgspec.json.Encoder().encode
_fields = msgspec.json.Decoder(dict[str, str]).decode
_people = msgspec.json.Decoder(tuple[Person, ...]).decode


class PostgresAds:
    """Ads, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow], secrets: Secrets) -> None:
        """Use the open transaction's connection."""
        self._connection = connection
        self._secrets = secrets

    def put_account(self, row: AccountRow) -> None:
        """Store or replace an account."""
        self._run("put_account", {
            "brand": row.brand_id, "name": row.name, "platform": row.platform,
            "sealed": self._secrets.seal(_encode(dict(row.config)), _ACCOUNT),
            "paused": row.paused, "at": row.changed_at,
        })  # fmt: skip

    def accounts(self, brand_id: int | None = None) -> list[AccountRow]:
        """Return the accounts of a brand, or of all, by name."""
        return self._accounts(brand_id, None)

    def account(self, brand_id: int, name: str) -> AccountRow:
        """Return an account; raise NotFound."""
        found = self._accounts(brand_id, name)
        if not found:
            raise NotFound(_ACCOUNT, name)
        return found[0]

    def pause_account(self, brand_id: int, name: str, reason: str) -> None:
        """Pause an account, or end its pause with ""; raise NotFound."""
        if not self._run("pause_account", (reason[:300], brand_id, name)).rowcount:
            raise NotFound(_ACCOUNT, name)

    def remove_account(self, brand_id: int, name: str) -> None:
        """Forget an account; raise NotFound."""
        if not self._run("remove_account", (brand_id, name)).rowcount:
            raise NotFound(_ACCOUNT, name)

    def brands(self) -> set[int]:
        """Return the brands that have accounts."""
        return {row[0] for row in self._run("brands", ())}

    def put_audience(self, row: AudienceRow) -> None:
        """Store or replace how an audience stands."""
        self._run("put_audience", {name: getattr(row, name) for name in AudienceRow.__slots__})

    def audiences(self, brand_id: int | None = None) -> list[AudienceRow]:
        """Return how audiences stand, by name."""
        return self._audiences(brand_id, None)

    def audience(self, brand_id: int, slug: str) -> AudienceRow | None:
        """Return how one stands; None = nothing is known of it."""
        found = self._audiences(brand_id, slug)
        return found[0] if found else None

    def forget_audience(self, brand_id: int, slug: str) -> None:
        """Forget one and its members; the log of transfers stays."""
        self._run("forget_audience", (brand_id, slug))
        self._run("forget_members", (brand_id, slug))

    def take_due(self, now: int, adds_before: int) -> AudienceRow | None:
        """Return an audience with something to do, kept from others until the end."""
        due = self._run("due", {"now": now, "adds_before": adds_before}).fetchall()
        for brand_id, slug in due:
            row = self._run("alone", (slug, brand_id)).fetchone()
            if row and row[0]:
                return self.audience(brand_id, slug)
        return None

    def served(self, brand_id: int, slug: str, at: int) -> None:
        """Write when one was served: whoever was served longest ago is next."""
        self._run("served", (at, brand_id, slug))

    def mark(self, brand_id: int, audience: str, profiles: Collection[int], at: int) -> None:
        """Have people looked at; those who were not known to the audience become so."""
        if profiles:
            ids = bigints(sorted(set(profiles)))
            said = {"brand": brand_id, "audience": audience, "profiles": ids, "at": at}
            self._run("mark", said)

    def mark_known(self, brand_id: int, profiles: Collection[int], at: int) -> int:
        """Have people looked at in every audience that knows them; return how many rows."""
        if not profiles:
            return 0
        return int(self._run("mark_known", (at, brand_id, bigints(profiles))).rowcount)

    def mark_all(self, brand_id: int, audience: str, at: int) -> None:
        """Have everybody of an audience looked at."""
        self._run("mark_all", (at, brand_id, audience))

    def join(self, brand_id: int, audience: str, profile_id: int, joined: int, at: int) -> None:
        """Write that a journey put a person in or took them out."""
        self._run("join", {
            "brand": brand_id, "audience": audience, "profile": profile_id, "joined": joined,
            "at": at,
        })  # fmt: skip

    def fold(self, brand_id: int, gone: int, into: int, at: int) -> None:
        """Let a person who was merged go on as another, with all that was shared of them."""
        self._run("lock_person", (brand_id, bigints([gone, into])))
        rows = self.of_person(brand_id, [gone, into])
        present = {slug: row for slug, row in rows if row.profile_id == into}
        for slug, row in rows:
            if row.profile_id != gone:
                continue
            mine = present.get(slug) or MemberRow(into, 0, (), 0, "new", at)
            shared = tuple(dict.fromkeys((*mine.shared, *row.shared)))
            joined = mine.joined or row.joined
            since = max(mine.shared_at, row.shared_at)
            self.join(brand_id, slug, into, joined, at)
            self.write_members(
                brand_id, slug, [MemberRow(into, joined, shared, since, mine.why, at)]
            )
        self._run("drop_person", (brand_id, gone))

    def dirty(self, brand_id: int, audience: str, adds_before: int, limit: int) -> list[MemberRow]:
        """Return people to be looked at: first those of whom something is shared."""
        said = {
            "brand": brand_id, "audience": audience, "adds_before": adds_before, "limit": limit,
        }  # fmt: skip
        return [self._member(row) for row in self._run("dirty", said)]

    def members(self, brand_id: int, audience: str, limit: int, after: int = 0) -> list[MemberRow]:
        """Return people of an audience by id."""
        rows = self._run("members", (brand_id, audience, after, limit))
        return [self._member(row) for row in rows]

    def write_members(self, brand_id: int, audience: str, rows: Sequence[MemberRow]) -> None:
        """Write what is shared of people, and why not; `dirty_at` is left as it is."""
        if rows:
            self._run("write_members", {
                "brand": brand_id, "audience": audience,
                "profiles": bigints([one.profile_id for one in rows]),
                "joined": smallints([one.joined for one in rows]),
                "shared": byteas([self._sealed(one.shared) for one in rows]),
                "at": bigints([one.shared_at for one in rows]),
                "why": texts([one.why for one in rows]),
                "dirty": bigints([one.dirty_at for one in rows]),
            })  # fmt: skip

    def settle(self, brand_id: int, audience: str, rows: Sequence[MemberRow]) -> None:
        """Note that these are as they should be, unless they were marked again since."""
        if rows:
            self._run("settle", {
                "brand": brand_id, "audience": audience,
                "profiles": bigints([one.profile_id for one in rows]),
                "dirty": bigints([one.dirty_at for one in rows]),
            })  # fmt: skip

    def drop_members(self, brand_id: int, audience: str, profiles: Collection[int]) -> None:
        """Forget people who are not in an audience any more and of whom nothing is shared."""
        if profiles:
            self._run("drop_members", (brand_id, audience, bigints(profiles)))

    def member_counts(self, brand_id: int, audience: str) -> MemberCounts:
        """Return how the people of an audience stand."""
        shared = waiting = 0
        why: dict[str, int] = {}
        for is_shared, is_dirty, reason, n in self._run("member_counts", (brand_id, audience)):
            shared += n if is_shared else 0
            waiting += n if is_dirty else 0
            if reason and not is_dirty and not is_shared:
                why[reason] = why.get(reason, 0) + n
        return MemberCounts(shared, waiting, why)

    def of_person(self, brand_id: int, profiles: Collection[int]) -> list[tuple[str, MemberRow]]:
        """Return (audience, row) of people."""
        rows = self._run("of_person", (brand_id, bigints(profiles)))
        return [(row[0], self._member(row[1:])) for row in rows]

    def record_transfers(self, brand_id: int, rows: Sequence[TransferRow]) -> None:
        """Append to the log of transfers."""
        if rows:
            self._run("record_transfers", {
                "brand": brand_id,
                "at": bigints([one.at for one in rows]),
                "profiles": bigints([one.profile_id for one in rows]),
                "platforms": texts([one.platform for one in rows]),
                "accounts": texts([one.account for one in rows]),
                "audiences": texts([one.audience for one in rows]),
                "actions": texts([one.action for one in rows]),
                "kinds": texts([",".join(one.kinds) for one in rows]),
                "reasons": texts([one.reason for one in rows]),
                "consents": bigints([one.consent for one in rows]),
                "references": texts([one.reference for one in rows]),
            })  # fmt: skip

    def transfers(
        self,
        brand_id: int,
        limit: int,
        *,
        audience: str = "",
        account: str = "",
        profiles: Collection[int] = (),
        before: int | None = None,
    ) -> list[TransferRow]:
        """Return the log, newest first, below an id."""
        rows = self._run("transfers", {
            "brand": brand_id, "audience": audience, "account": account, "before": before,
            "profiles": list(profiles) or None, "limit": limit,
        })  # fmt: skip
        return [
            TransferRow(*(*row[:6], tuple(one for one in row[6].split(",") if one), *row[7:]))
            for row in rows
        ]

    def words(self, brand_id: int, profiles: Collection[int]) -> dict[int, list[Word]]:
        """Return profile_id -> the last words on sharing with ad platforms, one a channel."""
        found: dict[int, list[Word]] = {}
        said = {"brand": brand_id, "profiles": list(profiles), "purpose": PURPOSE}
        for row in self._run("words", said):
            found.setdefault(row[0], []).append(Word(*row[1:]))
        return found

    def _accounts(self, brand_id: int | None, name: str | None) -> list[AccountRow]:
        """Return some or all accounts."""
        rows = self._run("accounts", {"brand": brand_id, "name": name})
        return [
            AccountRow(row[0], row[1], row[2], self._unsealed(row[3]), row[4], row[5], row[6])
            for row in rows
        ]

    def _audiences(self, brand_id: int | None, slug: str | None) -> list[AudienceRow]:
        """Return some or all audiences."""
        rows = self._run("audiences", {"brand": brand_id, "slug": slug})
        return [AudienceRow(*(*row[:3], bytes(row[3]), *row[4:])) for row in rows]

    def _unsealed(self, sealed: Any) -> Mapping[str, str]:  # as the driver gives it
        """Return an account's fields."""
        return _fields(self._secrets.unseal(bytes(sealed), _ACCOUNT))

    def _sealed(self, shared: tuple[Person, ...]) -> bytes:
        """Return hashes as they are kept; nothing stays nothing."""
        return self._secrets.seal(_encode(shared), _SHARED) if shared else b""

    def _member(self, row: Sequence[Any]) -> MemberRow:  # as the driver gives it
        """Return a person from the columns."""
        raw = bytes(row[2])
        shared = _people(self._secrets.unseal(raw, _SHARED)) if raw else ()
        return MemberRow(row[0], row[1], shared, *row[3:])

    def _run(self, name: str, values: Any) -> Any:  # what psycopg takes and gives
        """Run one named query."""
        return self._connection.execute(query("ads", name), values)
