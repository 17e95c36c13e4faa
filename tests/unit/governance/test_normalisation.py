"""Normal forms: equal values are equal, and what may be kept of them."""

from __future__ import annotations

import pytest

from huiliu.governance.normalisation import derived_from, normalise, normalise_field
from huiliu.kernel.events import IdentifierType


@pytest.mark.parametrize(
    "written",
    [
        "13812345678",
        "138 1234 5678",
        "+86 138-1234-5678",
        "86 13812345678",
        "１３８１２３４５６７８",
    ],
)
def test_a_chinese_mobile_has_one_form(written: str) -> None:
    """However it is written, it is E.164."""
    assert normalise(IdentifierType.PHONE, written) == "+8613812345678"


def test_a_foreign_number_is_read_by_its_country_code_or_region() -> None:
    """A plus sign decides; without one the region does."""
    assert normalise(IdentifierType.PHONE, "+1 (415) 555-2671") == "+14155552671"
    assert normalise(IdentifierType.PHONE, "(415) 555-2671", "US") == "+14155552671"


@pytest.mark.parametrize("written", ["", "  ", "12", "hello", "x" * 600])
def test_what_is_no_phone_is_none(written: str) -> None:
    """No hash is made of what cannot be a number."""
    assert normalise(IdentifierType.PHONE, written) is None


def test_an_email_is_compared_without_case_and_width() -> None:
    """Composed and wide letters are one form."""
    assert normalise(IdentifierType.EMAIL, " Lin@Example.COM ") == "lin@example.com"
    assert normalise(IdentifierType.EMAIL, "lin＠example.com") == "lin@example.com"
    assert normalise(IdentifierType.EMAIL, "jose\u0301@example.com") == "jos\u00e9@example.com"
    assert normalise(IdentifierType.EMAIL, "no address") is None


def test_other_identifiers_are_compared_letter_by_letter() -> None:
    """A user id keeps its case."""
    assert normalise(IdentifierType.USER_ID, " U-1 ") == "U-1"


def test_derived_values_say_little() -> None:
    """Domain, country, province and birthday without the year may be kept."""
    assert derived_from("email", "Lin@Example.com") == {"email_domain": "example.com"}
    assert derived_from("phone", "13812345678") == {"phone_country": "CN"}
    assert derived_from("phone", "+442071838750") == {"phone_country": "GB"}
    assert derived_from("birthday", "1990-02-03") == {"birth_month_day": "02-03"}
    assert derived_from("id_card", "11010519491231002X") == {
        "province": "北京",
        "birth_month_day": "12-31",
    }
    assert derived_from("name", "林") == {}


def test_a_field_that_is_no_identifier_is_trimmed_only() -> None:
    """Names and addresses are compared as they are written."""
    assert normalise_field("name", " 林 ") == "林"
    assert normalise_field("id_card", "11010519491231002x") == "11010519491231002X"
