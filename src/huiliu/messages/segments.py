"""An SMS as the parts a phone gets: each as full as it may be, no character ever cut in two."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["Part", "Segments", "decode_gsm7", "segment", "segment_ucs2", "user_data_header"]

#: The default alphabet, by code. Source: 3GPP TS 23.038 section 6.2.1.
_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Its extension: each is an escape and a code. Source: 3GPP TS 23.038 section 6.2.1.1.
_EXTENSION: Final = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E,
    "|": 0x40, "€": 0x65,
}  # fmt: skip
_ESCAPE: Final = 0x1B
_CODES: Final[dict[str, bytes]] = {
    letter: bytes((code,)) for code, letter in enumerate(_BASIC) if code != _ESCAPE
} | {letter: bytes((_ESCAPE, code)) for letter, code in _EXTENSION.items()}
_EXTENSION_LETTERS: Final = {code: letter for letter, code in _EXTENSION.items()}

#: Units in a message of one part, and in each of several: the header takes six octets.
#: Source: 3GPP TS 23.040 section 9.2.3.24.1.
_GSM_SINGLE, _GSM_MANY = 160, 153
_UCS_SINGLE, _UCS_MANY = 70, 67
_MAX_PARTS: Final = 255
_JOINERS: Final = frozenset("\u200d\ufe0e\ufe0f\u20e3")
_JOINER: Final = "\u200d"


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its text, and its octets without a header."""

    text: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Segments:
    """A whole SMS."""

    #: gsm7 (one septet an octet) or ucs2 (UTF-16, big end first).
    encoding: str
    parts: Sequence[Part]
    #: Septets or UTF-16 units of the whole text: what a counter shows.
    n_units: int


def segment(text: str) -> Segments:
    """Return the parts of a text: GSM 7-bit where every character is in it, else UCS-2.

    Joined, the parts' texts are the text again. No escape pair, surrogate pair or cluster such as
    a letter with its accents, a flag or a family is divided.
    """
    if all(letter in _CODES for letter in text):
        coded = [(letter, _CODES[letter]) for letter in text]
        return _fill("gsm7", coded, 1, _GSM_SINGLE, _GSM_MANY)
    return segment_ucs2(text)


def segment_ucs2(text: str) -> Segments:
    """Return the parts of a text as UCS-2, whatever is in it: some gateways take nothing else."""
    clusters = [(cluster, _utf16(cluster)) for cluster in _clusters(text)]
    return _fill("ucs2", clusters, 2, _UCS_SINGLE, _UCS_MANY)


def user_data_header(reference: int, total: int, number: int) -> bytes:
    """Return the header that joins parts: concatenation with an 8-bit reference.

    Source: 3GPP TS 23.040 section 9.2.3.24.1.
    """
    return bytes((5, 0, 3, reference & 0xFF, total, number))


def decode_gsm7(data: bytes) -> str:
    """Return the text of unpacked septets; what is in no alphabet becomes a question mark."""
    letters: list[str] = []
    octets = iter(data)
    for code in octets:
        if code == _ESCAPE:
            # An unknown extension shows the basic character. Source: TS 23.038 section 6.2.1.1.
            following = next(octets, None)
            if following is not None:
                letters.append(_EXTENSION_LETTERS.get(following) or _basic(following))
        else:
            letters.append(_basic(code))
    return "".join(letters)


def _basic(code: int) -> str:
    """Return the character of a code of the default alphabet."""
    return _BASIC[code] if code < len(_BASIC) else "?"


def _utf16(text: str) -> bytes:
    """Return UTF-16 without a mark; half a surrogate pair becomes a question mark."""
    return text.encode("utf-16-be", "replace")


def _fill(
    encoding: str, coded: Sequence[tuple[str, bytes]], width: int, single: int, many: int
) -> Segments:
    """Return the parts, filled one after the other."""
    n_units = sum(len(data) for _, data in coded) // width
    limit = (single if n_units <= single else many) * width
    parts: list[Part] = []
    letters: list[str] = []
    octets = bytearray()
    for letter, data in coded:
        if octets and len(octets) + len(data) > limit:
            parts.append(Part("".join(letters), bytes(octets)))
            letters, octets = [], bytearray()
        letters.append(letter)
        octets += data
    parts.append(Part("".join(letters), bytes(octets)))
    if len(parts) > _MAX_PARTS:
        raise ValueError(f"{len(parts)} parts: an SMS has at most {_MAX_PARTS}")
    return Segments(encoding, tuple(parts), n_units)


def _clusters(text: str) -> Iterator[str]:
    """Yield the text in pieces that look like one character to a reader.

    An approximation of UAX 29 that covers accents, emoji sequences and flags. A cluster longer
    than a part is yielded character by character.
    """
    cluster = ""
    flags = 0
    for letter in text:
        is_flag = "\U0001f1e6" <= letter <= "\U0001f1ff"
        joins = bool(cluster) and (
            letter in _JOINERS
            or cluster[-1] == _JOINER
            or unicodedata.category(letter) in {"Mn", "Me", "Mc"}
            or "\U0001f3fb" <= letter <= "\U0001f3ff"
            or "\U000e0020" <= letter <= "\U000e007f"
            or (is_flag and flags % 2 == 1)
            or (cluster[-1] == "\r" and letter == "\n")
        )
        if joins:
            cluster += letter
        else:
            yield from _whole(cluster)
            cluster = letter
            flags = 0
        flags = flags + 1 if is_flag else 0
    yield from _whole(cluster)


def _whole(cluster: str) -> Iterator[str]:
    """Yield a cluster, or its characters where it would not fit into any part."""
    if len(_utf16(cluster)) > _UCS_MANY * 2:
        yield from cluster
    elif cluster:
        yield cluster
