"""How passwords are kept: argon2id, never more than two hashed at a time."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text

__all__ = ["LEAST_LETTERS", "hash_password", "is_password", "password_problems"]

#: Source: OWASP Password Storage Cheat Sheet; the library's RFC 9106 low-memory profile.
_HASHER = PasswordHasher()
#: Each hash takes 64 MiB: a flood of sign-ins must not become a flood of memory.
_AT_ONCE = threading.BoundedSemaphore(2)
#: Verified where there is no such user, so that the answer takes as long.
_NOBODY = _HASHER.hash("nobody has this password")

LEAST_LETTERS = 10
_MOST_LETTERS = 256


def password_problems(password: str) -> tuple[Problem, ...]:
    """Return what is wrong with a new password; length is what counts."""
    if len(password) < LEAST_LETTERS:
        return (Problem("password", text("accounts.password_short", least=LEAST_LETTERS)),)
    if len(password) > _MOST_LETTERS:
        return (Problem("password", text("accounts.password_long", most=_MOST_LETTERS)),)
    return ()


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, with its own salt."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_password(password: str, password_hash: str | None) -> bool:
    """Say whether a password matches; with no hash the work is done all the same."""
    if len(password) > _MOST_LETTERS:
        return False
    with _AT_ONCE:
        try:
            _HASHER.verify(password_hash or _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None
