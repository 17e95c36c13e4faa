"""Bar codes in every form name the same product, and wrong ones name none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiliu.rewards.barcode import Barcode, read_barcode


@pytest.mark.parametrize(
    ("written", "form", "gtin"),
    [
        ("6901234567892", "ean_13", "06901234567892"),
        (" 6901234567892\n", "ean_13", "06901234567892"),
        ("96385074", "ean_8", "00000096385074"),
        ("036000291452", "upc_a", "00036000291452"),
        ("16901234567899", "gtin_14", "16901234567899"),
        ("0106901234567892", "gs1", "06901234567892"),
        ("https://shop.example/some/where/01/09506000134352?q=1", "digital_link", "09506000134352"),
    ],
)
def test_a_bar_code_names_its_product_in_whatever_form_it_comes(
    written: str, form: str, gtin: str
) -> None:
    """Fourteen digits come out of digits, element strings and addresses alike."""
    found = read_barcode(written)

    assert found is not None
    assert (found.form, found.gtin) == (form, gtin)


@pytest.mark.parametrize(
    "written",
    [
        "(01)06901234567892(17)261231(10)AB12(21)S9",
        "01069012345678921726123110AB12\x1d21S9",
        "https://id.gs1.org/01/06901234567892/10/AB12/21/S9?17=261231",
    ],
)
def test_lot_date_and_serial_come_with_the_number(written: str) -> None:
    """What a GS1 code says besides the product is kept, as it stands there."""
    found = read_barcode(written)

    assert found is not None
    assert (found.gtin, found.lot, found.expires, found.serial) == (
        "06901234567892", "AB12", "261231", "S9",
    )  # fmt: skip


@pytest.mark.parametrize(
    "written",
    ["", "6901234567893", "hello", "123", "https://shop.example/q/abc", "(01)1", "https://[x/01/1",
     "9" * 600, "]", "]X", "]Xa", "]C1", "(", "(01)", "(17)999999"],
)  # fmt: skip
def test_what_is_no_bar_code_of_a_product_names_none(written: str) -> None:
    """A wrong check digit, other codes, addresses and nonsense are not taken for a product."""
    assert read_barcode(written) is None


@given(st.integers(0, 10**12 - 1), st.integers(0, 9))
def test_only_the_right_check_digit_is_believed(number: int, last: int) -> None:
    """Of ten numbers that differ in the last digit exactly the one that GS1 means is read."""
    digits = f"{number:012d}"
    weighted = sum(int(one) * (3 if at % 2 else 1) for at, one in enumerate(digits))
    right = -weighted % 10
    found = read_barcode(f"{digits}{last}")

    assert found == (Barcode(f"0{digits}{last}", "ean_13") if last == right else None)


@given(st.text(max_size=60))
def test_nothing_that_is_scanned_makes_the_reader_fail(written: str) -> None:
    """A camera reads anything; the answer is a product or none, never an error."""
    found = read_barcode(written)

    assert found is None or (len(found.gtin) == 14 and found.gtin.isdigit())
