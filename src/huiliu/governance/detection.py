"""Values that look like a phone, an e-mail or an identity card, whatever they are called."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import unquote

import re2

__all__ = ["clean_url", "find_suspects", "looks_personal"]

_EMAIL: Final = re.compile(r"[^\s@\"'<>,;:=?&/()\[\]{}]+@[^\s@\"'<>,;:=?&/()\[\]{}]+\.[^\s@.]{2,}")
_RUN: Final = re.compile(r"[+(]?\d[\d\s().\-‐-―−]{5,26}\d[Xx]?")
_NOT_DIGIT: Final = re.compile(r"\D")
#: What a table adds to whole numbers when a cell of their column is empty.
_NO_FRACTION: Final = re.compile(r"\.0+$")
_ID_CARD: Final = re.compile(
    r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
)
#: A mobile number of mainland China, with or without its country code.
_CHINESE_MOBILE: Final = re.compile(r"(?:0{0,2}86)?1[3-9]\d{9}")
#: Written as only telephone numbers are: area code, then three or four, then four digits.
_WRITTEN: Final = re.compile(r"\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}|\(?0\d{2,3}\)?[- ]\d{7,8}")
_HASH: Final = re.compile(r"[0-9A-Fa-f-]{16,}")
_INTEGERS: Final = range(13_000_000_000, 20_000_000_000)

_BYTES: Final = re2.Options()
_BYTES.encoding = re2.Options.Encoding.LATIN1
#: Everything that looks_personal could object to, and more: one pass over a whole batch. Also
#: what else must not stay in the log as it came: query strings, escapes that could hide such
#: values or hold NUL, numbers that no engine can hold.
_SUSPECT_PATTERN: Final = (
    rb"@|%40|\?[^\"]*=|#[^\"]*=|[eE][+]?\d{3}"
    # Eleven of what numbers are written with: the shortest that is personal without a plus. (To
    # count the digits alone makes an automaton that does not fit its memory: 60 times slower.)
    rb"|[\d ().\-]{11}|\+[\d ().\-]{8}"
    rb"|\\u00[0-7]|\\u[fF][fF][01256]|\\u20|\xef\xbc|\xef\xb9|\d\xe2"
    rb"|\\u[0-9a-fA-F]{4}[^\":,]*\"\s*:|\"\s+:"
)
_SUSPECT: Final = re2.compile(_SUSPECT_PATTERN, _BYTES)
#: RE2 lets other threads run while it searches, and a few hundred bytes take less than to get the
#: interpreter back: those are searched without it.
_SUSPECT_IN_FEW: Final = re.compile(_SUSPECT_PATTERN)
_FEW_BYTES: Final = 1024

_HIDDEN_PARAMETER: Final = re.compile(
    r"mail|phone|mobile|tel|name|pass|pwd|token|secret|auth|code|address|birth|card|openid|unionid"
    r"|session|sign|user",
    re.IGNORECASE,
)
_LONGEST_NUMBER: Final = 15


def looks_personal(written: str | int) -> str | None:
    """Return email, phone or id_card when the value holds one anywhere, else None."""
    if isinstance(written, int):
        return "phone" if written in _INTEGERS or _is_id_card(written) else None
    plain = written if written.isascii() else unicodedata.normalize("NFKC", written)
    if "%" in plain:
        plain = unquote(plain)
    if "@" in plain and _EMAIL.search(plain):
        return "email"
    for run in _RUN.finditer(plain):
        found = _number(run[0])
        if found is not None and not _is_in_hash(plain, run.start(), run.end()):
            return found
    return None


def find_suspects(joined: bytes) -> list[int]:
    """Return where in JSON bytes something stands that wants a closer look.

    Bytes without any hold nothing that `looks_personal` would find; the reverse is not so.
    """
    pattern = _SUSPECT if len(joined) > _FEW_BYTES else _SUSPECT_IN_FEW
    return [found.start() for found in pattern.finditer(joined)]


def clean_url(url: str) -> str:
    """Return an address without its fragment and without parameters that could tell of a person."""
    head, _, query = url.partition("#")[0].partition("?")
    kept = [
        part
        for part in query.split("&")
        if part and not _HIDDEN_PARAMETER.search(part.partition("=")[0])
        and looks_personal(part) is None
    ]  # fmt: skip
    return f"{head}?{'&'.join(kept)}" if kept else head


def _is_in_hash(plain: str, start: int, end: int) -> bool:
    """Say whether a run of digits is a part of a hexadecimal id: 3 in 2,000 hashes hold one."""
    return any(
        found.start() <= start and end <= found.end() and found[0].strip("0123456789-")
        for found in _HASH.finditer(plain)
    )


def _number(run: str) -> str | None:
    """Return what a run of digits and separators is, if it is personal."""
    for part in _parts(run):
        digits = _NOT_DIGIT.sub("", _NO_FRACTION.sub("", part))
        if _ID_CARD.search(part) or _ID_CARD.fullmatch(_NOT_DIGIT.sub("", part[:-1]) + part[-1:]):
            return "id_card"
        if _CHINESE_MOBILE.fullmatch(digits) or _WRITTEN.search(part):
            return "phone"
        if part.startswith("+") and 8 <= len(digits) <= _LONGEST_NUMBER:
            return "phone"
    return None


def _parts(run: str) -> list[str]:
    """Return the run, and the pieces that white space cuts it into: two numbers in a row."""
    pieces = run.split()
    return [run] if len(pieces) == 1 else [run, *pieces]


def _is_id_card(number: int) -> bool:
    """Say whether an integer is written as an identity card number."""
    return number > 10**17 and _ID_CARD.fullmatch(str(number)) is not None
