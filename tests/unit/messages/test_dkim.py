"""What we sign, a verifier that others wrote finds good; whatever is changed on the way shows."""

from __future__ import annotations

import hashlib

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from huiliu.messages.dkim import Signer, SigningKey, canonical_body, canonical_field, read_key
from huiliu.messages.mime import compose, on_the_wire, read_sender

AT = 1_767_225_600_000_000
_MADE: dict[str, rsa.RSAPrivateKey | Ed25519PrivateKey] = {
    "r1": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "e1": Ed25519PrivateKey.generate(),
}
SIGNERS = [
    Signer(
        SigningKey(
            "brand.example",
            name,
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        )
    )
    for name, key in _MADE.items()
]


def signed(parts: dict[str, str], url: str = "https://brand.example/u/x") -> bytes:
    """Return a signed letter as its reader gets it: dots undone."""
    sender = read_sender("汇流 <hi@brand.example>", "help@brand.example")
    assert sender is not None
    letter = compose(sender, bytes(range(16)), AT, "li@shop.example", parts, url, "u+x@b.example")
    raw = on_the_wire(letter, SIGNERS, AT)
    return raw.replace(b"\r\n..", b"\r\n.")


def verdicts(letter: bytes) -> list[bool]:
    """Return what dkimpy says of each signature."""
    records = {
        f"{one.key.record_name}.".encode(): one.record.encode() for one in SIGNERS
    }  # fmt: skip
    found = []
    for n in range(len(SIGNERS)):
        verifier = dkim.DKIM(letter)
        try:
            good = verifier.verify(idx=n, dnsfunc=lambda name, timeout=5: records.get(name, b""))
        except dkim.ValidationError:
            good = False
        found.append(bool(good))
    return found


@pytest.mark.parametrize(
    "parts",
    [
        {"subject": "a", "text": "b"},
        {"subject": "", "text": ""},
        {"subject": "你好" * 60, "text": "您好\n.\n..x", "html": "<p>您好</p>"},
        {"subject": "a  b\tc ", "text": "x  y\t\n  \n\n \n"},
        {"subject": "long " * 180, "text": "\n\n\n"},
    ],
)
def test_dkimpy_verifies_both_signatures(parts: dict[str, str]):
    """RSA and Ed25519, whatever the letter is like."""
    assert verdicts(signed(parts)) == [True, True]


@settings(deadline=None, max_examples=30)
@given(st.text(max_size=300), st.text(max_size=300))
def test_dkimpy_verifies_whatever_people_write(subject: str, text: str):
    """No character breaks a signature."""
    assert verdicts(signed({"subject": subject, "text": text})) == [True, True]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"Subject: a", b"Subject: A"),
        (b"\r\n\r\nb", b"\r\n\r\nB"),
        (b"From: ", b"From: evil@x.example\r\nFrom: "),
        (b"Subject: a", b"Subject: a\r\nSubject: b"),
        (b"Reply-To: help@brand.example", b"Reply-To: evil@x.example"),
        (b"List-Unsubscribe: <https://brand", b"List-Unsubscribe: <https://evil"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
    ],
)
def test_a_change_on_the_way_shows(was: bytes, becomes: bytes):
    """The headers that a reader trusts, the one-click ones too, and no second one beside them."""
    letter = signed({"subject": "a", "text": "b"})
    changed = letter.replace(was, becomes, 1)

    assert changed != letter
    assert verdicts(changed) == [False, False]


def test_a_header_that_relays_add_breaks_nothing():
    """Received and the like are nobody's promise."""
    letter = signed({"subject": "a", "text": "b"})

    assert verdicts(b"Received: from x\r\nX-Spam: no\r\n" + letter) == [True, True]


def test_a_relay_may_fold_and_space_headers_anew():
    """Relaxed canonicalisation forgives blanks."""
    letter = signed({"subject": "a b", "text": "b"})

    assert verdicts(letter.replace(b"Subject: a b", b"SUBJECT:  a\r\n\t b ", 1)) == [True, True]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", b""),
        (b"\r\n", b""),
        (b"\r\n\r\n", b""),
        (b" \r\n\t\r\n", b""),
        (b"a", b"a\r\n"),
        (b"a ", b"a\r\n"),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),
    ],
)
def test_a_body_is_canonical_as_rfc_6376_says(body: bytes, expected: bytes):
    """The last line is the example of section 3.4.5."""
    assert canonical_body(body) == expected


def test_a_header_is_canonical_as_rfc_6376_says():
    """The examples of section 3.4.5."""
    assert canonical_field(b"A", b" X") == b"a:X\r\n"
    assert canonical_field(b"B ", b" Y\t\r\n\tZ  ").replace(b"b :", b"b:") == b"b:Y Z\r\n"


def test_a_record_is_recognised_however_it_is_spaced():
    """Key and kind decide; the version may be left out."""
    first, second = SIGNERS
    spaced = first.record.replace("; ", " ;  ").replace("p=", "p= ").replace("v=DKIM1 ;", "")

    assert first.is_published(first.record)
    assert first.is_published(spaced)
    assert not first.is_published(second.record)
    assert not first.is_published("v=DKIM1; p=")
    assert not first.is_published("v=DKIM2; " + first.record.partition("; ")[2])


def test_what_cannot_sign_is_no_key():
    """Another curve, a short RSA key, or no PEM at all."""
    curve = ec.generate_private_key(ec.SECP256R1())
    pem = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    assert read_key("brand.example", "s", pem) is None
    assert read_key("brand.example", "s", "nothing") is None
    assert read_key("brand.example", "s", SIGNERS[0].key.private) is not None


def test_a_key_is_not_shown_when_it_is_printed():
    """A log line with a key in it would be a leak."""
    assert "PRIVATE" not in repr(SIGNERS[0].key)


def test_the_body_hash_is_shared_by_all_signatures():
    """It is computed once a letter."""
    letter = signed({"subject": "a", "text": "b"})
    body = letter.partition(b"\r\n\r\n")[2]
    import base64

    hashed = base64.b64encode(hashlib.sha256(canonical_body(body)).digest())
    assert letter.count(b"bh=" + hashed) == 2
