"""What comes back from a platform becomes JSON, or a fault with its reason, and never a crash."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.unit.sources.shops.golden import connection

from huiliu.kernel.errors import ShopFailed, ShopFault
from huiliu.kernel.facts import Value
from huiliu.kernel.times import HOUR, MINUTE, SECOND
from huiliu.ports.outbound import HttpAnswer, HttpCall, Reach
from huiliu.ports.shops import Session
from huiliu.services.ask_shop import pause_of
from huiliu.sources.shops.calling import ask, base_url

ANSWERED = Reach.ANSWERED


class Canned:
    """A way out that gives one answer and keeps what was asked."""

    def __init__(self, answer: HttpAnswer) -> None:
        """Hold the answer."""
        self.answer = answer
        self.calls: list[HttpCall] = []

    def call(self, calls: Sequence[HttpCall]) -> list[HttpAnswer]:
        """Give it to every call."""
        self.calls += calls
        return [self.answer for _ in calls]

    def problem(self, url: str) -> str:
        """Find nothing wrong."""
        del url
        return ""

    def close(self) -> None:
        """Hold nothing."""


def asked(answer: HttpAnswer) -> Value:
    """Ask something that is answered so."""
    session = Session(connection("shopify"), Canned(answer), 0)
    return ask(session, "https://shop.example/admin/orders.json?token=secret")


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (HttpAnswer(ANSWERED, 429, body=b"slow down"), ShopFault.BUSY),
        (HttpAnswer(ANSWERED, 401, body=b"{}"), ShopFault.EXPIRED),
        (HttpAnswer(ANSWERED, 403, body=b"{}"), ShopFault.REFUSED),
        (HttpAnswer(ANSWERED, 302, body=b""), ShopFault.REFUSED),
        (HttpAnswer(ANSWERED, 500, body=b"<html>"), ShopFault.DOWN),
        (HttpAnswer(ANSWERED, 408, body=b""), ShopFault.DOWN),
        (HttpAnswer(ANSWERED, 200, body=b"<html>"), ShopFault.DOWN),
        (HttpAnswer(ANSWERED, 200, body=b"\xff\xfe"), ShopFault.DOWN),
        (HttpAnswer(ANSWERED, 200, body=b"[" * 100_000), ShopFault.DOWN),
        (HttpAnswer(ANSWERED, 200, body=b"1" * (16 << 20)), ShopFault.DOWN),
        (HttpAnswer(Reach.UNREACHED, cause="no such name"), ShopFault.DOWN),
        (HttpAnswer(Reach.UNKNOWN, cause="timed out"), ShopFault.DOWN),
        (HttpAnswer(Reach.REFUSED, cause="a private address"), ShopFault.REFUSED),
    ],
)
def test_an_answer_that_is_none_says_whose_fault_it_is(
    answer: HttpAnswer, fault: ShopFault
) -> None:
    """A redirect is not followed; what was cut off is not half an order."""
    with pytest.raises(ShopFailed) as caught:
        asked(answer)

    assert caught.value.fault is fault


def test_what_is_not_there_is_none() -> None:
    """404 and an empty body are answers."""
    assert asked(HttpAnswer(ANSWERED, 404, body=b"<html>")) is None
    assert asked(HttpAnswer(ANSWERED, 200, body=b" ")) is None
    assert asked(HttpAnswer(ANSWERED, 200, body=b'{"a":1}')) == {"a": 1}


def test_the_platforms_words_are_shown_without_persons_and_tokens() -> None:
    """An operator reads why; no buyer, and nothing of the query, stands there."""
    body = b"no order of ada@example.com, phone +1 415 555 0101"
    with pytest.raises(ShopFailed) as caught:
        asked(HttpAnswer(ANSWERED, 403, body=body))

    assert caught.value.response == "/admin/orders.json: 403 no order of …, phone …"


@pytest.mark.parametrize(("written", "micros"), [
    ("2", 2 * SECOND), ("0.5", SECOND // 2), ("-1", 0), ("", 0), ("nan", 0), ("1e9", HOUR),
    ("Wed, 21 Oct 2026 07:28:00 GMT", 0),
])  # fmt: skip
def test_a_platform_says_how_long_to_wait(written: str, micros: int) -> None:
    """Up to an hour; what makes no sense is left to our own pauses."""
    with pytest.raises(ShopFailed) as caught:
        asked(HttpAnswer(ANSWERED, 429, {"retry-after": written}, b""))

    assert caught.value.retry_after == micros


def test_pauses_double_up_to_ten_minutes() -> None:
    """What an operator must mend is asked every ten minutes."""
    down = ShopFailed("main", ShopFault.DOWN, "x")
    pauses = [pause_of(down, n) for n in range(12)]

    assert pauses[:3] == [5 * SECOND, 10 * SECOND, 20 * SECOND]
    assert max(pauses) == pauses[-1] == 10 * MINUTE
    assert pause_of(ShopFailed("main", ShopFault.REFUSED, "x"), 0) == 10 * MINUTE
    told = ShopFailed("main", ShopFault.BUSY, "x", retry_after=7)
    assert pause_of(told, 9) == 7


def test_a_gateways_address_goes_before_the_platforms() -> None:
    """Without a slash at its end."""
    plain = Session(connection("x"), Canned(HttpAnswer(ANSWERED)), 0)
    own = Session(connection("x", base_url="http://gw/"), Canned(HttpAnswer(ANSWERED)), 0)

    assert base_url(plain, "https://api.example/") == "https://api.example"
    assert base_url(own, "https://api.example") == "http://gw"
