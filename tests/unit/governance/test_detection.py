"""Detection: values that look like a phone, an e-mail or an identity card."""

from __future__ import annotations

import json

import pytest

from huiliu.governance.detection import clean_url, find_suspects, looks_personal

PERSONAL = {
    "lin@example.com": "email",
    "write to lin.wei+shop@mail.example.co.uk please": "email",
    "a%40example.com": "email",
    "lin＠example.com": "email",
    "13812345678": "phone",
    "call 13812345678 now": "phone",
    "手机13812345678谢谢": "phone",
    "138-1234-5678": "phone",
    "138 1234 5678": "phone",
    "+86 138 1234 5678": "phone",
    "8613812345678": "phone",
    "+1 (415) 555-2671": "phone",
    "415-555-2671": "phone",
    "010-12345678": "phone",
    "+442071838750": "phone",
    "１３８１２３４５６７８": "phone",
    "13812345678 13912345678": "phone",
    "11010519491231002X": "id_card",
    "证件 110105194912310020": "id_card",
}
ORDINARY = [
    "", "Serum 30 ml", "2026-11-22", "2026-11-22 04:00:00", "2026-11-22T04:00:00.000Z",
    "20181112345678901", "1700000000000", "order 123456789012", "99.50", "1,234,567.89",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "v2.14.3-beta",
    "f19173015566f0318e6e12ea9dc36b11", "0c13812345678abf", "@handle", "a@b", "12345",
]  # fmt: skip


@pytest.mark.parametrize(("written", "kind"), PERSONAL.items())
def test_personal_values_are_recognised(written: str, kind: str) -> None:
    """A value is found out however it is written."""
    assert looks_personal(written) == kind


@pytest.mark.parametrize("written", ORDINARY)
def test_ordinary_values_are_left_alone(written: str) -> None:
    """Dates, ids, versions and amounts are not personal."""
    assert looks_personal(written) is None


def test_a_phone_written_as_a_number_is_recognised() -> None:
    """JSON senders often forget the quotes; seconds and milliseconds are no phones."""
    assert looks_personal(13_812_345_678) == "phone"
    assert looks_personal(1_700_000_000) is None
    assert looks_personal(1_700_000_000_000) is None


@pytest.mark.parametrize("written", PERSONAL)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_the_first_pass_over_bytes_misses_nothing(written: str, ascii_only: bool) -> None:
    """Whatever looks_personal finds is a suspect in JSON bytes too, escaped or not."""
    raw = json.dumps({"note_to_self": written}, ensure_ascii=ascii_only).encode()

    assert find_suspects(raw)
    # A large batch is searched by another engine, which must find the same.
    assert find_suspects(b"{}" * 1000 + raw) == [at + 2000 for at in find_suspects(raw)]


def test_the_first_pass_lets_ordinary_properties_through() -> None:
    """An ordinary event costs no closer look."""
    properties = {"product_id": "p-10001", "price": 99.5, "position": 3, "brand": "汇流"}
    raw = json.dumps(properties, ensure_ascii=False, separators=(",", ":")).encode()

    assert find_suspects(raw) == []


def test_an_address_loses_what_tells_of_a_person() -> None:
    """Personal parameters and the fragment go; those of campaigns and filters stay."""
    url = "https://shop.example/p/1?utm_source=sms&email=lin@example.com&q=serum&m=13812345678#top"

    assert clean_url(url) == "https://shop.example/p/1?utm_source=sms&q=serum"
    assert clean_url("?name=Lin") == ""
