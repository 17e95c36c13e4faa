"""Secrets: keyed, sealed, and of no use with another key."""

from __future__ import annotations

import pytest

from huiliu.kernel.errors import BadInput
from huiliu.stores.secrets import InstanceSecrets

ONE = InstanceSecrets(bytes(32))
OTHER = InstanceSecrets(bytes(31) + b"\1")


def test_hashes_depend_on_key_brand_type_and_value() -> None:
    """Nothing of the five may be exchanged for another."""
    hashes = {
        ONE.identifier_key(1, 4, "+8613812345678"),
        ONE.identifier_key(2, 4, "+8613812345678"),
        ONE.identifier_key(1, 5, "+8613812345678"),
        ONE.identifier_key(1, 4, "+8613812345679"),
        OTHER.identifier_key(1, 4, "+8613812345678"),
        ONE.token(1, "phone", "+8613812345678"),
    }

    assert len(hashes) == 6
    assert {len(one) for one in hashes} == {16}
    assert ONE.identifier_hasher(1, 4)("+8613812345678") in hashes


def test_what_is_sealed_opens_for_its_purpose_only() -> None:
    """Another purpose, another key or a changed byte is refused."""
    sealed = ONE.seal("林".encode(), "refused")

    assert ONE.unseal(sealed, "refused") == "林".encode()
    assert ONE.seal("林".encode(), "refused") != sealed
    for attempt in (
        lambda: ONE.unseal(sealed, "accounts"),
        lambda: OTHER.unseal(sealed, "refused"),
        lambda: ONE.unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), "refused"),
        lambda: ONE.unseal(b"", "refused"),
    ):
        with pytest.raises(BadInput):
            attempt()


def test_subject_keys_seal_on_their_own() -> None:
    """Without its key a value is lost for ever: that is how erasure works."""
    key = ONE.new_subject_key()

    sealed = ONE.seal_with(key, b"lin@example.com")

    assert OTHER.unseal_with(key, sealed) == b"lin@example.com"
    with pytest.raises(BadInput):
        ONE.unseal_with(ONE.new_subject_key(), sealed)


def test_a_signature_is_of_one_purpose() -> None:
    """A link of one kind is no link of another."""
    assert ONE.sign(b"m", "unsubscribe") == ONE.sign(b"m", "unsubscribe")
    assert ONE.sign(b"m", "unsubscribe") != ONE.sign(b"m", "click")
    assert ONE.sign(b"m", "unsubscribe") != OTHER.sign(b"m", "unsubscribe")
