"""The ground of accounts at WeChat in PostgreSQL: codes, menus, articles, links, questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import structs
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import Conflict, NotFound
from huiliu.ports.ground import ArticleRow, Lookup, MiniLink, ScanCode, ShownMenu
from huiliu.stores.queries import query

__all__ = ["PostgresGround"]


class PostgresGround:
    """Codes, menus, articles and links, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def add_code(self, code: ScanCode, most: int = 0) -> int:
        """Keep a code and return its number."""
        if most and not code.lives_s:
            # Counted under a lock, so that two who come at once do not both take the last.
            of = f"codes {code.brand_id} {code.channel} {code.account}"
            self._run("lock_account", (of,))
            key = code.brand_id, code.channel, code.account
            row = self._run("count_permanent", key).fetchone()
            if row is not None and row[0] >= most:
                raise Conflict("permanent codes", f"fewer than {most}", row[0])
        row = self._run("add_code", _values(code)).fetchone()
        if row is None:
            raise Conflict(f"code {code.scene}", "none", "one of this scene")
        return int(row[0])

    def made(self, code: ScanCode) -> None:
        """Write what the platform made of a code."""
        self._run("made", _values(code))

    def codes(self, brand_id: int, channel: str) -> list[ScanCode]:
        """Return the codes of a channel, newest first."""
        return [_code(row) for row in self._run("codes", (brand_id, channel))]

    def code(self, brand_id: int, code_id: int) -> ScanCode:
        """Return one; raise NotFound."""
        row = self._run("code", (brand_id, code_id)).fetchone()
        if row is None:
            raise NotFound("code", str(code_id))
        return _code(row)

    def code_of(self, brand_id: int, channel: str, account: str, scene: str) -> ScanCode | None:
        """Return the code of a scene."""
        row = self._run("code_of", (brand_id, channel, account, scene)).fetchone()
        return None if row is None else _code(row)

    def drop_code(self, brand_id: int, code_id: int) -> None:
        """Forget a code that the platform did not make."""
        self._run("drop_code", (brand_id, code_id))

    def end_code(self, brand_id: int, code_id: int, at: int) -> None:
        """Note that a code was taken back."""
        self._run("end_code", {"brand_id": brand_id, "code_id": code_id, "at": at})

    def shown(self, brand_id: int) -> dict[str, ShownMenu]:
        """Return menu -> which version is shown."""
        found = [ShownMenu(*row) for row in self._run("shown", (brand_id,))]
        return {one.slug: one for one in found}

    def put_shown(self, shown: ShownMenu) -> None:
        """Write which version is shown."""
        self._run("put_shown", structs.asdict(shown))

    def drop_shown(self, brand_id: int, slug: str) -> None:
        """Note that a menu is shown no more."""
        self._run("drop_shown", (brand_id, slug))

    def add_article(self, row: ArticleRow) -> int:
        """Keep articles and return their number."""
        found = self._run("add_article", _values(row)).fetchone()
        assert found is not None
        return int(found[0])

    def articles(self, brand_id: int) -> list[ArticleRow]:
        """Return articles, newest first."""
        return [_article(row) for row in self._run("articles", (brand_id,))]

    def article(self, brand_id: int, article_id: int) -> ArticleRow:
        """Lock and return articles; raise NotFound."""
        row = self._run("article", (brand_id, article_id)).fetchone()
        if row is None:
            raise NotFound("article", str(article_id))
        return _article(row)

    def put_article(self, row: ArticleRow) -> None:
        """Write how articles stand."""
        self._run("put_article", _values(row))

    def article_of(self, brand_id: int, account: str, job: str) -> ArticleRow | None:
        """Lock and return the articles of a publishing."""
        row = self._run("article_of", (brand_id, account, job)).fetchone()
        return None if row is None else _article(row)

    def publishing(self, before: int, limit: int) -> list[ArticleRow]:
        """Return articles that have been in publishing since an instant."""
        return [_article(row) for row in self._run("publishing", (before, limit))]

    def picture(self, brand_id: int, account: str, digest: bytes, *, is_cover: bool) -> str:
        """Return where a picture lies with the platform."""
        row = self._run("picture", (brand_id, account, digest, is_cover)).fetchone()
        return "" if row is None else str(row[0])

    def put_picture(
        self, brand_id: int, account: str, digest: bytes, place: str, at: int, *, is_cover: bool
    ) -> None:
        """Note where a picture lies."""
        self._run("put_picture", (brand_id, account, digest, is_cover, place, at))

    def add_link(self, link: MiniLink) -> None:
        """Keep an address."""
        self._run("add_link", structs.asdict(link))

    def links(self, brand_id: int) -> list[MiniLink]:
        """Return the addresses that are in use, newest first."""
        return [_link(row) for row in self._run("links", (brand_id,))]

    def link(self, code: str) -> MiniLink | None:
        """Return an address of any brand that is in use."""
        row = self._run("link", (code,)).fetchone()
        return None if row is None else _link(row)

    def count_link(self, code: str, *, opened: bool) -> None:
        """Count that an address was opened, or could not be."""
        self._run("count_opened" if opened else "count_refused", (code,))

    def end_link(self, brand_id: int, code: str, at: int) -> None:
        """Take an address out of use; raise NotFound."""
        done = self._run("end_link", {"brand_id": brand_id, "code": code, "at": at})
        if not done.rowcount:
            raise NotFound("mini-program link", code)

    def look_up(self, lookups: Sequence[Lookup]) -> None:
        """Ask of people."""
        # In one order, so that two who ask of the same do not wait for each other.
        for one in sorted(lookups, key=lambda each: each.mark):
            self._run("look_up", structs.asdict(one))

    def lookups(self, now: int, until: int, limit: int) -> list[Lookup]:
        """Take questions that are due, of one account."""
        values = {"now": now, "until": until, "limit": limit}
        return [
            Lookup(**dict(zip(Lookup.__struct_fields__, row, strict=True)))
            for row in self._run("lookups", values)
        ]

    def answered(self, lookups: Sequence[Lookup]) -> None:
        """Forget questions that were answered."""
        by_account: dict[tuple[int, str, str], list[bytes]] = {}
        for one in lookups:
            by_account.setdefault((one.brand_id, one.channel, one.account), []).append(one.mark)
        for key, marks in by_account.items():
            self._run("answered", (*key, marks))

    def _run(self, name: str, values: Any) -> Any:  # psycopg's parameters and cursor
        """Execute a named query."""
        return self._connection.execute(query("ground", name), values)


def _values(row: ScanCode | ArticleRow) -> dict[str, Any]:
    """Return a row's values; tuples are arrays."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in structs.asdict(row).items()
    }


def _code(row: TupleRow) -> ScanCode:
    """Return a code of a row."""
    values = dict(zip(ScanCode.__struct_fields__, row, strict=True))
    return ScanCode(**{**values, "users": tuple(values["users"])})


def _article(row: TupleRow) -> ArticleRow:
    """Return articles of a row."""
    values = dict(zip(ArticleRow.__struct_fields__, row, strict=True))
    lists = {name: tuple(values[name]) for name in ("templates", "urls")}
    return ArticleRow(**{**values, **lists})


def _link(row: TupleRow) -> MiniLink:
    """Return an address of a row."""
    return MiniLink(**dict(zip(MiniLink.__struct_fields__, row, strict=True)))
