"""Hashes are the platforms' own: their published examples come out letter by letter."""

from __future__ import annotations

import pytest

from huiliu.advertising.hashing import (
    email_canonical,
    email_plain,
    md5,
    phone_digits,
    phone_e164,
    phone_mainland,
    sha256,
)
from huiliu.advertising.platforms import PLATFORMS


@pytest.mark.parametrize(
    ("kind", "written", "published"),
    [
        # Marketing API, "Customer file custom audiences", section "Hashing".
        (
            "email",
            " Mary@Example.com",
            "f1904cf1a9d73a55fa5de0ac823c4403ded71afd4c3248d00bdcd0866552bb79",
        ),
        (
            "phone",
            "+1 (555) 987-6543",
            "1ef970831d7963307784fa8688e8fce101a15685d62aa765fed23f3a2c576a4e",
        ),
        # Conversions API, "Customer information parameters".
        (
            "email",
            "John_Smith@gmail.com",
            "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
        ),
        (
            "phone",
            "+1 (650)555-1212",
            "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176",
        ),
    ],
)
def test_meta_hashes_are_those_of_its_documents(kind: str, written: str, published: str) -> None:
    """Both pages of Meta give the same rules, and we hit all four of their examples."""
    assert PLATFORMS["meta"].hashed({}, kind, written) == published


@pytest.mark.parametrize(
    ("kind", "written", "published"),
    [
        # Data Manager API, "Format user data", and its client libraries' own tests.
        (
            "phone",
            "+1 (800) 555-0100",
            "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30",
        ),
        (
            "email",
            "alexz@example.com",
            "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a",
        ),
        (
            "email",
            "cloudy.sanfrancisco+shopping@gmail.com",
            "223ebda6f6889b1494551ba902d9d381daf2f642bae055888e96343d53e9f9c4",
        ),
    ],
)
def test_google_hashes_are_those_of_its_documents(kind: str, written: str, published: str) -> None:
    """A number keeps its plus; Gmail loses dots and what follows a plus."""
    assert PLATFORMS["google_ads"].hashed({}, kind, written) == published


@pytest.mark.parametrize(
    "written", ["+86 138 ００13 8000", "１３８００１３８０００", "＋86(138)00138000"]
)
def test_digits_of_another_width_are_the_same_number(written: str) -> None:
    """A Chinese keyboard types them so; hashed as they stand they would be another person."""
    assert phone_e164(written) == "+8613800138000"
    assert phone_digits(written) == "8613800138000"
    assert phone_mainland(written) == "13800138000"
    assert phone_mainland("1380013800٠") is None
    assert email_plain("Ａda@Example.com") == email_canonical("Ａda@Example.com")
    assert email_plain("Ａda@Example.com") == "ada@example.com"


def test_only_gmail_loses_its_dots() -> None:
    """Elsewhere a dot makes another mailbox."""
    assert email_canonical("user.name+NYC@Example.com") == "user.name+nyc@example.com"
    assert email_canonical(" a.b @googlemail.com") == "ab@googlemail.com"


@pytest.mark.parametrize(
    ("written", "published"),
    [
        # Tencent Marketing API, "Customer file audiences": examples of its MD5.
        ("a000002c9060f7", "f2d5a650733ca8c27d502b1c08da14e5"),
        ("020000000000", "e3f5536a141811db40efd6400f1d0a4e"),
    ],
)
def test_md5_is_that_of_tencents_documents(written: str, published: str) -> None:
    """The hexadecimal letters are small, as in their examples."""
    assert md5(written) == published


def test_chinese_platforms_hash_eleven_digits_without_a_country() -> None:
    """`md5(13500000000)` stands in Tencent's documents for `hash_phone`; so do the others."""
    number, digits = "+8613500000000", "13500000000"
    assert PLATFORMS["tencent_ads"].hashed({}, "phone", number) == md5(digits)
    sha = {"id_type": "SHA256_MOBILE_PHONE"}
    assert PLATFORMS["tencent_ads"].hashed(sha, "phone", number) == sha256(digits)
    assert PLATFORMS["kuaishou"].hashed({}, "phone", number) == md5(digits)
    assert PLATFORMS["ocean_engine"].hashed({}, "phone", number) == sha256(digits)


def test_tiktok_keeps_the_plus_and_meta_does_not() -> None:
    """One digit more or less is another person to them."""
    assert PLATFORMS["tiktok"].hashed({}, "phone", "+442071838750") == sha256("+442071838750")
    assert PLATFORMS["meta"].hashed({}, "phone", "+442071838750") == sha256("442071838750")


@pytest.mark.parametrize("written", ["", "12345", "a@b", "+0123456789", "138 0000", "@example.com"])
def test_what_is_no_address_is_not_hashed(written: str) -> None:
    """A hash of rubbish would never match, and would look like a person."""
    assert email_plain(written) is None
    assert phone_digits(written) is None
    assert phone_mainland(written) is None


def test_a_number_abroad_is_none_for_mainland_platforms() -> None:
    """Ocean Engine, Kuaishou and Tencent know numbers of the mainland only."""
    assert phone_mainland("+85251234567") is None
    assert phone_e164("13800138000") == "+8613800138000"
