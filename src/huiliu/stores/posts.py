"""Posts after delivery, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from msgspec import structs
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import show_id
from huiliu.ports.posts import Decision, PostFile, PostRow
from huiliu.stores.queries import query

__all__ = ["PostgresPosts"]

#: After every instant and every id.
_END: Final = ((1 << 63) - 1, b"\xff" * 16)


class PostgresPosts:
    """Posts, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def claim(self, brand_id: int, profile_id: int, order_id: str, most: int) -> bool:
        """Count one more post of an order; False = there are as many as may be."""
        given = {"brand": brand_id, "profile": profile_id, "order": order_id, "most": most}
        return self._connection.execute(query("posts", "claim"), given).rowcount == 1

    def add(self, post: PostRow) -> bool:
        """Keep a post with its files; False = it is there already."""
        done = self._connection.execute(
            query("posts", "add"),
            (
                post.brand_id, post.post_id, post.profile_id, post.order_id, post.product_id,
                post.kind, post.state, post.subject, post.words, post.consent, post.locale,
                post.channel, post.made_at,
            ),
        )  # fmt: skip
        if done.rowcount != 1:
            return False
        self._connection.cursor().executemany(
            query("posts", "add_file"),
            [
                (
                    post.brand_id, post.post_id, one.nth, one.name, one.still, one.media_type,
                    one.width, one.height, one.seconds, one.n_bytes, one.content,
                )
                for one in post.files
            ],
        )  # fmt: skip
        return True

    def get(self, brand_id: int, post_id: bytes) -> PostRow:
        """Return a post; raise NotFound."""
        rows = self._connection.execute(query("posts", "get"), (brand_id, post_id)).fetchall()
        if not rows:
            raise NotFound("post", show_id(post_id))
        return self._whole(brand_id, rows)[0]

    def decide(self, decision: Decision) -> bool:
        """Move a post on if it is in one of some states, in one statement; say whether it was."""
        given = {
            "brand": decision.brand_id, "post": decision.post_id, "states": list(decision.states),
            "state": decision.state, "at": decision.at, "by": decision.by,
            "reason": decision.reason, "points": decision.points,
        }  # fmt: skip
        return self._connection.execute(query("posts", "decide"), given).rowcount == 1

    def listed(
        self, brand_id: int, state: str, limit: int, before: tuple[int, bytes] | None = None
    ) -> Sequence[PostRow]:
        """Return posts in a state; those that wait the oldest first, others the newest first."""
        is_waiting = state == "waiting"
        at, last = before or ((0, b"") if is_waiting else _END)
        rows = self._connection.execute(
            query("posts", "listed_waiting" if is_waiting else "listed"),
            {"brand": brand_id, "state": state, "at": at, "last": last, "limit": limit},
        )
        return self._whole(brand_id, rows.fetchall())

    def counts(self, brand_id: int) -> Mapping[str, int]:
        """Return state -> how many posts are in it."""
        return dict(self._connection.execute(query("posts", "counts"), (brand_id,)).fetchall())

    def of_order(
        self, brand_id: int, profiles: Collection[int], order_id: str
    ) -> Sequence[PostRow]:
        """Return the posts that a person made of an order, newest first."""
        rows = self._connection.execute(
            query("posts", "of_order"), (brand_id, list(profiles), order_id)
        )
        return self._whole(brand_id, rows.fetchall())

    def gallery(
        self, brand_id: int, product_id: str, limit: int, before: tuple[int, bytes] | None = None
    ) -> Sequence[PostRow]:
        """Return approved posts that may be used again, newest first; "" = of every product."""
        at, last = before or _END
        rows = self._connection.execute(
            query("posts", "gallery"),
            {"brand": brand_id, "product": product_id, "at": at, "last": last, "limit": limit},
        )
        return self._whole(brand_id, rows.fetchall())

    def by_id(self, post_id: bytes) -> PostRow | None:
        """Return the post of whichever brand has it."""
        row = self._connection.execute(query("posts", "by_id"), (post_id,)).fetchone()
        return self.get(row[0], post_id) if row is not None else None

    def by_file(self, name: str) -> PostRow | None:
        """Return the post that a file or its still picture belongs to."""
        row = self._connection.execute(query("posts", "by_file"), {"name": name}).fetchone()
        return self.get(row[0], row[1]) if row is not None else None

    def seen_before(self, brand_id: int, post_ids: Collection[bytes]) -> Mapping[bytes, int]:
        """Return post -> how many posts of other people or orders hold a file of it."""
        rows = self._connection.execute(query("posts", "seen_before"), (brand_id, list(post_ids)))
        return dict(rows.fetchall())

    def known_names(self, brand_id: int, names: Collection[str]) -> set[str]:
        """Return those of some names that a post has."""
        given = {"brand": brand_id, "names": list(names)}
        rows = self._connection.execute(query("posts", "known_names"), given)
        return {name for row in rows for name in row}

    def orphans(self, brand_id: int, limit: int) -> Sequence[PostRow]:
        """Return posts whose key was destroyed."""
        rows = self._connection.execute(query("posts", "orphans"), (brand_id, limit))
        return self._whole(brand_id, rows.fetchall())

    def remove(self, brand_id: int, post_ids: Collection[bytes]) -> None:
        """Remove posts and what they say of their files."""
        for name in ("remove_files", "remove"):
            self._connection.execute(query("posts", name), (brand_id, list(post_ids)))

    def brands(self) -> Sequence[int]:
        """Return the brands that have posts."""
        return [brand for (brand,) in self._connection.execute(query("posts", "brands"))]

    def _whole(self, brand_id: int, rows: Sequence[TupleRow]) -> list[PostRow]:
        """Return posts with their files."""
        posts = [PostRow(*row) for row in rows]
        files: dict[bytes, list[PostFile]] = {}
        if posts:
            found = self._connection.execute(
                query("posts", "files"), (brand_id, [one.post_id for one in posts])
            )
            for post_id, *row in found:
                files.setdefault(post_id, []).append(PostFile(*row))
        return [structs.replace(one, files=tuple(files.get(one.post_id, ()))) for one in posts]
