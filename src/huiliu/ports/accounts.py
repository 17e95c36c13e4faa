"""Who may come in: write keys, users of the console and their sessions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Protocol

__all__ = ["KEY_AUTHOR", "AccountStore", "ApiKey", "Session", "User"]

#: What stands before the name of a key where it is said who wrote something.
KEY_AUTHOR: Final = "key "


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of the HTTP API; only its hash is kept."""

    brand_id: int
    key_id: int
    name: str
    #: collect, api or pos.
    scope: str
    #: The first letters, to recognise it by.
    prefix: str
    key_hash: bytes
    created_at: int
    #: 0 = in force.
    revoked_at: int


@dataclass(frozen=True, slots=True)
class User:
    """A person who signs in to the console."""

    brand_id: int
    user_id: int
    email: str
    name: str
    #: argon2 hash.
    password_hash: str
    #: admin, marketer, service or viewer.
    role: str
    locale: str
    created_at: int
    #: marketing, technology, operations or legal: whose word it is in decisions; "" = nobody's.
    department: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser; the cookie holds only a random id, of which this is the hash."""

    session_hash: bytes
    brand_id: int
    user_id: int
    csrf: str
    created_at: int
    expires_at: int


class AccountStore(Protocol):
    """Keys, users and sessions, inside one transaction."""

    def put_key(self, key: ApiKey) -> ApiKey:
        """Store a key and return it with its id."""
        ...

    def key_by_hash(self, key_hash: bytes) -> ApiKey | None:
        """Return the key in force with this hash."""
        ...

    def keys(self, brand_id: int) -> list[ApiKey]:
        """Return all keys, newest first."""
        ...

    def key_makers(self, brand_id: int, names: Collection[str]) -> set[int]:
        """Return the users who made keys of these names, of all that share one, ended ones too."""
        ...

    def revoke_key(self, brand_id: int, key_id: int, at: int) -> None:
        """End a key; raise NotFound."""
        ...

    def put_user(self, user: User) -> User:
        """Store a user and return it with its id; raise Conflict when the address is taken."""
        ...

    def user_by_email(self, email: str) -> User | None:
        """Return the user with this address, without regard to case."""
        ...

    def user(self, user_id: int) -> User | None:
        """Return the user."""
        ...

    def n_users(self) -> int:
        """Return how many users there are: 0 means that the first-run page is open."""
        ...

    def users(self, brand_id: int) -> list[User]:
        """Return all users of a brand, oldest first."""
        ...

    def put_first_user(self, user: User) -> User:
        """Store a user if there is none at all; raise Conflict when there is one."""
        ...

    def set_locale(self, user_id: int, locale: str) -> None:
        """Remember the language in which a user reads the console."""
        ...

    def set_department(self, brand_id: int, user_id: int, department: str) -> None:
        """Say for which department a user speaks; raise NotFound."""
        ...

    def put_session(self, session: Session) -> None:
        """Store a session."""
        ...

    def extend_session(self, session_hash: bytes, expires_at: int) -> None:
        """Let a session live longer; one that has ended stays ended."""
        ...

    def session(self, session_hash: bytes, now: int) -> Session | None:
        """Return the session if it has not expired."""
        ...

    def end_session(self, session_hash: bytes) -> None:
        """Sign out."""
        ...

    def failed_sign_ins(self, subject: bytes, since: int) -> int:
        """Return how many sign-ins failed for a hashed address or e-mail since an instant.

        The subject is locked to the end of the transaction, so counting and recording are one.
        """
        ...

    def record_failed_sign_in(self, subject: bytes, at: int) -> None:
        """Count one failed sign-in."""
        ...

    def forget_failed_sign_ins(self, subject: bytes, since: int) -> None:
        """Forget what was counted for a subject since an instant, and all that is a day older."""
        ...
