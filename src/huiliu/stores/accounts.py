"""Keys, users and sessions in PostgreSQL; only hashes of what a visitor holds are kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from huiliu.kernel.errors import Conflict, NotFound
from huiliu.ports.accounts import ApiKey, Session, User
from huiliu.stores.queries import query

__all__ = ["PostgresAccounts"]


class PostgresAccounts:
    """The AccountStore of one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on the open transaction's connection."""
        self._connection = connection

    def put_key(self, key: ApiKey) -> ApiKey:
        """Store a key and return it with its id."""
        row = self._connection.execute(query("accounts", "put_key"), asdict(key)).fetchone()
        assert row is not None
        return replace(key, key_id=row[0])

    def key_by_hash(self, key_hash: bytes) -> ApiKey | None:
        """Return the key in force with this hash."""
        with self._connection.cursor(row_factory=class_row(ApiKey)) as cursor:
            cursor.execute(query("accounts", "key_by_hash"), {"key_hash": key_hash})
            return cursor.fetchone()

    def keys(self, brand_id: int) -> list[ApiKey]:
        """Return all keys, newest first."""
        with self._connection.cursor(row_factory=class_row(ApiKey)) as cursor:
            return cursor.execute(query("accounts", "keys"), {"brand_id": brand_id}).fetchall()

    def key_makers(self, brand_id: int, names: Collection[str]) -> set[int]:
        """Return the users who made keys of these names."""
        values = {"brand_id": brand_id, "names": list(names)}
        rows = self._connection.execute(query("accounts", "key_makers"), values).fetchall()
        return {int(row[0]) for row in rows}

    def revoke_key(self, brand_id: int, key_id: int, at: int) -> None:
        """End a key, once; raise NotFound."""
        found = self._connection.execute(
            query("accounts", "revoke_key"), {"brand_id": brand_id, "key_id": key_id, "at": at}
        ).fetchone()
        if found is None:
            raise NotFound("key", str(key_id))

    def put_user(self, user: User) -> User:
        """Store a user and return it with its id; raise Conflict when the address is taken."""
        row = self._connection.execute(query("accounts", "put_user"), asdict(user)).fetchone()
        if row is None:
            raise Conflict("user", "a new address", user.email)
        return replace(user, user_id=row[0])

    def put_first_user(self, user: User) -> User:
        """Store a user if there is none at all; raise Conflict when there is one."""
        # Two browsers on the first-run page: the second waits here and then finds a user.
        self._connection.execute(query("accounts", "lock_first_user"))
        if self.n_users():
            raise Conflict("first user", "no users", "users")
        return self.put_user(user)

    def user_by_email(self, email: str) -> User | None:
        """Return the user with this address, without regard to case."""
        with self._connection.cursor(row_factory=class_row(User)) as cursor:
            cursor.execute(query("accounts", "user_by_email"), {"email": email})
            return cursor.fetchone()

    def user(self, user_id: int) -> User | None:
        """Return the user."""
        with self._connection.cursor(row_factory=class_row(User)) as cursor:
            cursor.execute(query("accounts", "user"), {"user_id": user_id})
            return cursor.fetchone()

    def users(self, brand_id: int) -> list[User]:
        """Return all users of a brand, oldest first."""
        with self._connection.cursor(row_factory=class_row(User)) as cursor:
            return cursor.execute(query("accounts", "users"), {"brand_id": brand_id}).fetchall()

    def n_users(self) -> int:
        """Return how many users there are: 0 means that the first-run page is open."""
        row = self._connection.execute(query("accounts", "n_users")).fetchone()
        assert row is not None
        return int(row[0])

    def set_locale(self, user_id: int, locale: str) -> None:
        """Remember the language in which a user reads the console."""
        self._connection.execute(
            query("accounts", "set_locale"), {"user_id": user_id, "locale": locale}
        )

    def set_department(self, brand_id: int, user_id: int, department: str) -> None:
        """Say for which department a user speaks; raise NotFound."""
        asked = {"brand_id": brand_id, "user_id": user_id, "department": department}
        if self._connection.execute(query("accounts", "set_department"), asked).rowcount == 0:
            raise NotFound("user", str(user_id))

    def put_session(self, session: Session) -> None:
        """Store a session, and sweep away those that have expired."""
        self._connection.execute(query("accounts", "sweep_sessions"), {"now": session.created_at})
        self._connection.execute(query("accounts", "put_session"), asdict(session))

    def session(self, session_hash: bytes, now: int) -> Session | None:
        """Return the session if it has not expired."""
        with self._connection.cursor(row_factory=class_row(Session)) as cursor:
            cursor.execute(query("accounts", "session"), {"session_hash": session_hash, "now": now})
            return cursor.fetchone()

    def extend_session(self, session_hash: bytes, expires_at: int) -> None:
        """Let a session live longer; one that has ended stays ended."""
        self._connection.execute(
            query("accounts", "extend_session"),
            {"session_hash": session_hash, "expires_at": expires_at},
        )

    def end_session(self, session_hash: bytes) -> None:
        """Sign out."""
        self._connection.execute(query("accounts", "end_session"), {"session_hash": session_hash})

    def failed_sign_ins(self, subject: bytes, since: int) -> int:
        """Return how many sign-ins failed for a subject since an instant, locking the subject.

        The lock makes counting and recording one step for tries that come at once.
        """
        self._connection.execute(query("accounts", "lock_subject"), {"subject": subject})
        row = self._connection.execute(
            query("accounts", "failed_sign_ins"), {"subject": subject, "since": since}
        ).fetchone()
        assert row is not None
        return int(row[0])

    def record_failed_sign_in(self, subject: bytes, at: int) -> None:
        """Count one failed sign-in."""
        self._connection.execute(
            query("accounts", "record_failed_sign_in"), {"subject": subject, "at": at}
        )

    def forget_failed_sign_ins(self, subject: bytes, since: int) -> None:
        """Forget what was counted for a subject since an instant, and all that is a day older."""
        self._connection.execute(
            query("accounts", "forget_failed_sign_ins"), {"subject": subject, "since": since}
        )
