"""How each ad platform wants a person's number or address written before it is hashed.

A hash of another spelling is another person to the platform, so every rule is the platform's own
word by word. Values come in as the vault normalised them: e-mail in small letters, E.164 numbers.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

__all__ = [
    "email_canonical",
    "email_plain",
    "md5",
    "phone_digits",
    "phone_e164",
    "phone_mainland",
    "sha256",
]

_SPACE: Final = re.compile(r"\s+")
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_MAINLAND: Final = re.compile(r"(?:\+?86)?(1[3-9][0-9]{9})")
_BETWEEN: Final = re.compile(r"[\s().\-]+")
#: Whose mailboxes are the same with and without dots, and whatever stands behind a plus.
_DOTLESS: Final = frozenset({"gmail.com", "googlemail.com"})


def sha256(normal: str) -> str:
    """Return the SHA-256 of a normalised value, in small hexadecimal letters."""
    return hashlib.sha256(normal.encode()).hexdigest()


def md5(normal: str) -> str:
    """Return the MD5 of a normalised value: what Chinese platforms ask for, no protection."""
    return hashlib.md5(normal.encode(), usedforsecurity=False).hexdigest()


def email_plain(written: str) -> str | None:
    """Return an e-mail address without spaces around it, in small letters; None = it is none."""
    plain = _narrow(written).strip().lower()
    return plain if _is_mail(plain) else None


def email_canonical(written: str) -> str | None:
    """Return an e-mail address as Google wants it.

    Spaces go wherever they stand; of gmail.com and googlemail.com dots before the @ go too, and
    what follows a plus. Source: Google Data Manager API, "Format user data".
    """
    plain = email_plain(_SPACE.sub("", _narrow(written)))
    if plain is None:
        return None
    name, _, domain = plain.rpartition("@")
    if domain in _DOTLESS:
        name = name.partition("+")[0].replace(".", "")
    return f"{name}@{domain}" if name else None


def phone_e164(written: str) -> str | None:
    """Return a number as Google and TikTok want it: a plus, the country, digits only."""
    plain = _BETWEEN.sub("", _narrow(written))
    if not plain.startswith("+") and (found := _MAINLAND.fullmatch(plain)):
        plain = f"+86{found[1]}"
    return plain if _E164.fullmatch(plain) else None


def phone_digits(written: str) -> str | None:
    """Return a number as Meta wants it: the country and the number, digits only."""
    found = phone_e164(written)
    return None if found is None else found[1:]


def phone_mainland(written: str) -> str | None:
    """Return the eleven digits of a mobile number of mainland China; None = it is no such number.

    Ocean Engine, Kuaishou and Tencent know no others, and none with a country code.
    """
    found = _MAINLAND.fullmatch(_BETWEEN.sub("", _narrow(written)))
    return None if found is None else found[1]


def _narrow(written: str) -> str:
    """Return a word with the letters and digits of other widths as their plain ones."""
    return written if written.isascii() else unicodedata.normalize("NFKC", written)


def _is_mail(plain: str) -> bool:
    """Say whether a word can be an e-mail address."""
    name, at, domain = plain.rpartition("@")
    return bool(at and name and "." in domain) and not _SPACE.search(plain)
