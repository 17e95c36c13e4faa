"""DKIM signatures (RFC 6376, RFC 8463): relaxed/relaxed, over every header that a reader trusts.

The library that signs everywhere canonicalises in pure Python and does the RSA by hand; here the
arithmetic is OpenSSL's. What it signs is verified by that library in the tests.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

__all__ = [
    "Fields",
    "Signer",
    "SigningKey",
    "canonical_body",
    "canonical_field",
    "read_key",
    "read_tags",
]

#: A letter's headers in order: (name, value), a value folded as it goes over the wire.
Fields = Sequence[tuple[bytes, bytes]]

#: Signed where they are there, once more than they are there: a second one added on the way breaks
#: the signature. Source: RFC 6376 section 5.4.1 and 8.15, RFC 8058 section 4.
_SIGNED: Final = (
    b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"mime-version",
    b"content-type", b"content-transfer-encoding", b"list-id", b"list-unsubscribe",
    b"list-unsubscribe-post",
)  # fmt: skip
#: Signed as absent where they are absent: they would change who is answered.
_NEVER_ADDED: Final = frozenset({b"from", b"reply-to", b"subject"})
_BLANKS: Final = re.compile(rb"[ \t]+")
_FOLD: Final = re.compile(rb"\r?\n(?=[ \t])")
_PER_LINE: Final = 72
#: Shorter RSA keys are not accepted as proof. Source: RFC 8301 section 3.2.
_FEWEST_BITS: Final = 1024


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of a sending domain, as its DNS record names it."""

    #: The `d=` of the signature: the From address's own domain, or one above it.
    domain: str
    #: The record is `<selector>._domainkey.<domain>`.
    selector: str
    #: PEM, PKCS#8, without a password.
    private: str = field(repr=False)

    @property
    def record_name(self) -> str:
        """The name of the TXT record that holds the public half."""
        return f"{self.selector}._domainkey.{self.domain}"


class Signer:
    """Signs letters with one key; kept, because reading a key costs more than signing."""

    def __init__(self, key: SigningKey) -> None:
        """Read the key; raise ValueError for one that cannot sign."""
        self.key = key
        private = load_pem_private_key(key.private.encode(), None)
        if isinstance(private, RSAPrivateKey):
            if private.key_size < _FEWEST_BITS:
                raise ValueError(f"an RSA key of {private.key_size} bits proves nothing")
            self.algorithm = "rsa-sha256"
        elif isinstance(private, Ed25519PrivateKey):
            self.algorithm = "ed25519-sha256"
        else:
            raise ValueError("a DKIM key is RSA or Ed25519")  # noqa: TRY004 - the PEM is wrong
        self._private: RSAPrivateKey | Ed25519PrivateKey = private

    @property
    def record(self) -> str:
        """The text of the TXT record."""
        public = self._private.public_key()
        if self.algorithm == "rsa-sha256":
            raw = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            return f"v=DKIM1; k=rsa; p={base64.b64encode(raw).decode()}"
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"

    def is_published(self, record: str) -> bool:
        """Say whether a TXT record holds this key's public half."""
        found, ours = read_tags(record), read_tags(self.record)
        return (
            found.get("v", "DKIM1") == "DKIM1"
            and found.get("k", "rsa") == ours["k"]
            and "".join(found.get("p", "").split()) == ours["p"]
        )

    def sign(self, fields: Fields, body_hash: bytes, at: int) -> tuple[bytes, bytes]:
        """Return the DKIM-Signature header of a letter.

        Args:
            fields: its headers in order.
            body_hash: SHA-256 of `canonical_body`, shared by all signatures of the letter.
            at: the second of the signature.
        """
        names, signed = _choose(fields)
        value = (
            f"v=1; a={self.algorithm}; c=relaxed/relaxed; d={self.key.domain};\r\n"
            f" s={self.key.selector}; t={at}; bh={base64.b64encode(body_hash).decode()};\r\n"
            f" h={names};\r\n b="
        ).encode("ascii")
        data = signed + canonical_field(b"dkim-signature", value)[:-2]
        written = base64.b64encode(self._sign(data))
        lines = [written[at : at + _PER_LINE] for at in range(0, len(written), _PER_LINE)]
        return b"DKIM-Signature", value + b"\r\n ".join(lines)

    def _sign(self, data: bytes) -> bytes:
        """Return the signature of the canonical headers."""
        if isinstance(self._private, RSAPrivateKey):
            return self._private.sign(data, PKCS1v15(), SHA256())
        # Source: RFC 8463 section 3: Ed25519 signs the SHA-256 hash, not the data.
        return self._private.sign(hashlib.sha256(data).digest())


def canonical_body(body: bytes) -> bytes:
    """Return a body whose lines end with CRLF as `relaxed` wants it. Source: RFC 6376 3.4.4."""
    if b"\t" in body or b"  " in body or b" \r\n" in body:
        body = _BLANKS.sub(b" ", body).replace(b" \r\n", b"\r\n")
    # A body without its last line end may close with a blank.
    body = body.rstrip(b"\r\n").removesuffix(b" ").rstrip(b"\r\n")
    return body + b"\r\n" if body else b""


def canonical_field(name: bytes, value: bytes) -> bytes:
    """Return a header as `relaxed` wants it, its line ended. Source: RFC 6376 section 3.4.2."""
    if b"\n" in value:
        value = _FOLD.sub(b"", value)
    if b"\t" in value or b"  " in value:
        value = _BLANKS.sub(b" ", value)
    return b"%b:%b\r\n" % (name.lower(), value.strip(b" \t\r\n"))


def read_tags(written: str) -> Mapping[str, str]:
    """Return the tags of `v=DKIM1; p=...`, as DKIM and DMARC records and signatures write them."""
    pairs = (part.partition("=") for part in written.split(";"))
    return {name.strip().lower(): value.strip() for name, equals, value in pairs if equals}


def _choose(fields: Fields) -> tuple[str, bytes]:
    """Return the `h=` list and the canonical headers that it names, in its order."""
    found: dict[bytes, list[bytes]] = {}
    for name, value in fields:
        found.setdefault(name.lower(), []).append(value)
    names: list[str] = []
    signed: list[bytes] = []
    for name in _SIGNED:
        values = found.get(name, [])
        # Of several the last is taken first.
        signed += [canonical_field(name, value) for value in reversed(values)]
        if values or name in _NEVER_ADDED:
            names += [name.decode()] * (len(values) + 1)
    return _folded(names), b"".join(signed)


def _folded(names: Sequence[str]) -> str:
    """Return `from:from:to` on lines that are short enough."""
    lines: list[str] = []
    line = ""
    for name in names:
        if line and len(line) + len(name) > _PER_LINE:
            lines.append(line)
            line = ""
        line += f"{name}:"
    return "\r\n  ".join([*lines, line[:-1]])


def read_key(domain: str, selector: str, private: str) -> Signer | None:
    """Return the signer of a key that someone brought along, or None where it is none."""
    try:
        return Signer(SigningKey(domain, selector, private))
    except (ValueError, TypeError, binascii.Error):
        return None
