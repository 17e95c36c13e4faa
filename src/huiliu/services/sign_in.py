"""Sign a person in and out: passwords, throttling and sessions."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from huiliu.kernel.errors import Refused, Unauthorised
from huiliu.kernel.ids import digest
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.ports import Session, Tx, User, World
from huiliu.services.passwords import is_password

__all__ = [
    "PER_ACCOUNT",
    "PER_ADDRESS",
    "WINDOW",
    "SignedIn",
    "open_session",
    "prove",
    "sign_in",
    "sign_out",
    "visitor",
]

#: How many failures within the window close the door, for one account and for one address.
PER_ACCOUNT = 10
PER_ADDRESS = 30
WINDOW = 15 * MINUTE

#: A session ends when it has not been used for this long, and at the latest after a week.
_IDLE_FOR = 12 * HOUR
_AT_MOST_FOR = 7 * DAY


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person at the console, and the session that they came with."""

    user: User
    session: Session


def sign_in(world: World, email: str, password: str, address: str) -> tuple[SignedIn, str]:
    """Open a session and return it with the cookie's value, of which only the hash is kept.

    Raises:
        Unauthorised, Refused: as `prove` does.
    """
    user = prove(world, email, password, address)
    with world.store.system() as tx:
        return open_session(tx, user, world.clock.now())


def prove(world: World, email: str, password: str, address: str) -> User:
    """Return the user who has this password.

    Each try is counted before the password is looked at, so many at once cannot slip through.

    Args:
        world: the instance.
        email: who they say that they are.
        password: what proves it.
        address: where they try from.

    Raises:
        Unauthorised: no such user or not the password; which of them is not told.
        Refused: `too_many_sign_ins`, for the account or for the address, until the window ends.
    """
    now = world.clock.now()
    account = digest("sign-in account", email.strip().lower())
    place = digest("sign-in address", address)
    with world.store.system() as tx:
        # Always the account first: two tries never wait for each other in a circle.
        allowed = _count(tx, account, PER_ACCOUNT, now) and _count(tx, place, PER_ADDRESS, now)
        user = tx.accounts.user_by_email(email.strip())
    if not allowed:
        raise Refused("too_many_sign_ins")
    if not is_password(password, user.password_hash if user else None) or user is None:
        raise Unauthorised("password")
    with world.store.system() as tx:
        tx.accounts.forget_failed_sign_ins(account, now - WINDOW)
        tx.accounts.forget_failed_sign_ins(place, now)
    return user


def open_session(tx: Tx, user: User, now: int) -> tuple[SignedIn, str]:
    """Store a fresh session for a user whose identity is proven; return the cookie's value."""
    cookie = secrets.token_urlsafe(32)
    session = Session(
        session_hash=_hash(cookie),
        brand_id=user.brand_id,
        user_id=user.user_id,
        csrf=secrets.token_urlsafe(24),
        created_at=now,
        expires_at=now + _IDLE_FOR,
    )
    tx.accounts.put_session(session)
    return SignedIn(user, session), cookie


def visitor(world: World, cookie: str) -> SignedIn | None:
    """Return who holds this cookie, and keep a session alive that is being used."""
    now = world.clock.now()
    with world.store.system() as tx:
        session = tx.accounts.session(_hash(cookie), now)
        user = tx.accounts.user(session.user_id) if session else None
        if session is None or user is None:
            return None
        longest = session.created_at + _AT_MOST_FOR
        if session.expires_at - now < _IDLE_FOR // 2 and session.expires_at < longest:
            tx.accounts.extend_session(session.session_hash, min(now + _IDLE_FOR, longest))
        return SignedIn(user, session)


def sign_out(world: World, cookie: str) -> None:
    """End the session of this cookie; one that has ended already is no fault."""
    with world.store.system() as tx:
        tx.accounts.end_session(_hash(cookie))


def _count(tx: Tx, subject: bytes, most: int, now: int) -> bool:
    """Count one try and say whether it is still allowed."""
    failed = tx.accounts.failed_sign_ins(subject, now - WINDOW)
    if failed >= most:
        # Not counted further: the door opens again when the window has passed.
        return False
    tx.accounts.record_failed_sign_in(subject, now)
    return True


def _hash(cookie: str) -> bytes:
    """Return what is stored of a cookie."""
    return hashlib.sha256(cookie.encode()).digest()
