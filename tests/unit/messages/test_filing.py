"""Texts that carriers approved: matched, valued, refused."""

from __future__ import annotations

import pytest

from huiliu.messages.carriers import carrier_of
from huiliu.messages.filing import Filing, Match, Unfiled, find_filing, placeholders

ALL = {"": "approved"}


def filing(body: str, **changed: object) -> Filing:
    """Return an approved text."""
    given = {
        "account": "main", "template": "t", "locale": "", "variant": "", "signature": "汇流",
        "body": body, "code": "C1", "longest": 0, "states": ALL, **changed,
    }  # fmt: skip
    return Filing(**given)  # type: ignore[arg-type] # names and kinds are the test's own


def found(words: str, *filings: Filing, carrier: str = "cmcc") -> object:
    """Return the values of the filing that a message is, or the reason why it is none."""
    seen = find_filing(filings, "main", "t", words, carrier)
    return seen.params if isinstance(seen, Match) else seen.reason


@pytest.mark.parametrize(
    ("body", "words", "params"),
    [
        ("新品到店，拒收请回复R", "【汇流】新品到店，拒收请回复R", ()),
        ("新品到店，拒收请回复R", "新品到店，拒收请回复R", ()),
        ("订单 ${id} 已发货", "订单 A-1 已发货", (("id", "A-1"),)),
        ("{1}您好，{2}已到", "李雷您好，包裹已到", (("1", "李雷"), ("2", "包裹"))),
        ("价格 (${p}) 元*", "价格 (9.9) 元*", (("p", "9.9"),)),
    ],
)
def test_a_message_is_the_text_with_its_values(
    body: str, words: str, params: tuple[tuple[str, str], ...]
) -> None:
    """Any way of writing placeholders, with or without the signature; other marks are plain."""
    assert found(words, filing(body)) == params


@pytest.mark.parametrize(
    ("body", "words", "reason"),
    [
        ("订单 ${id} 已发货", "订单 已发货", "filing_mismatch"),
        ("订单 ${id} 已发货", "【别家】订单 1 已发货", "filing_mismatch"),
        ("订单 ${id} 已发货", "订单 https://a.cn/x 已发货", "filing_mismatch"),
        ("订单 ${id} 已发货", "订单 1 已发货啦", "filing_mismatch"),
    ],
)
def test_what_is_not_the_text_is_refused(body: str, words: str, reason: str) -> None:
    """Another sentence, another signature, a link as a value."""
    assert found(words, filing(body)) == reason


def test_a_value_that_is_too_long_is_refused() -> None:
    """Providers take six characters of a value where they say so."""
    assert found("订单 1234567 已发货", filing("订单 ${id} 已发货", longest=6)) == "filing_mismatch"


def test_the_first_text_that_is_approved_for_the_carrier_is_taken() -> None:
    """Variants of one template are filings of their own; states are by carrier."""
    waiting = filing("新品到店", code="C0", states={"cmcc": "filed"})
    assert found("新品到店", waiting) == "filing_pending"
    assert isinstance(
        find_filing([waiting, filing("新品到店")], "main", "t", "新品到店", ""), Match
    )
    assert find_filing([], "main", "t", "x", "") == Unfiled("filing_missing")
    only = filing("新品到店", states={"cmcc": "approved"})
    assert found("新品到店", only, carrier="") == "filing_pending"


def test_placeholders_come_in_the_order_of_the_text() -> None:
    """Values are handed over in that order."""
    assert placeholders("${b} {2} ${NUM_6}") == ("b", "2", "NUM_6")


@pytest.mark.parametrize(
    ("number", "carrier"),
    [
        ("+8613800138000", "cmcc"), ("+8613000138000", "cucc"), ("+8618900138000", "ctcc"),
        ("+8619200138000", "cbn"), ("+8617010138000", "ctcc"), ("+8617050138000", "cmcc"),
        ("+8612000138000", ""), ("+12125550123", ""), ("+861380013", ""),
    ],
)  # fmt: skip
def test_a_number_tells_its_carrier(number: str, carrier: str) -> None:
    """By its first digits; abroad or unknown, nothing is told."""
    assert carrier_of(number) == carrier
