"""Letters straight to the servers of each domain: what one domain says holds for it alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.integration.people import BRAND, NOW
from tests.integration.test_email_channel import send
from tests.integration.test_mail_out import Names

from huiliu.channels import make_providers
from huiliu.fakes import SmtpSink
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount, OutboundMessage, Provider
from huiliu.stores.clock import SimulatedClock


@pytest.fixture
def names() -> Names:
    """Answer questions about names."""
    return Names()


@pytest.fixture
def smtp(names: Names) -> Iterator[Provider]:
    """Open the SMTP provider for this machine."""
    provider = make_providers(SimulatedClock(NOW), "127.0.0.1,localhost", names=names)["smtp"]
    yield provider
    provider.close()


def direct(port: int, **changed: str) -> ChannelAccount:
    """Return an account that delivers to each domain's own servers."""
    config = {
        "route": "direct", "port": str(port), "tls": "none", "timeout": "60",
        "from": "hi@brand.example", "connections": "1", **changed,
    }  # fmt: skip
    return ChannelAccount(BRAND, "email", "main", config, provider="smtp")


def test_each_domain_is_spoken_to_by_itself(smtp: Provider, names: Names):
    """One that closes, one without a server, one that takes no mail: each is its own matter."""
    with SmtpSink() as sink:
        names.given = {
            ("a.example", "MX"): ["20 nobody.invalid", "10 127.0.0.1"],
            ("b.example", "MX"): ["10 127.0.0.1"],
            ("null.example", "MX"): ["0 "],
            ("private.example", "MX"): ["10 10.0.0.1"],
        }
        answers = answered(
            smtp, direct(sink.port), "li@a.example", "421.li@b.example", "550.li@a.example",
            "li@null.example", "li@gone.example", "li@private.example", "bad address@x",
        )  # fmt: skip

        assert sink.report()["received"] == 1
    assert [(one.state, one.scope) for one in answers] == [
        (AnswerState.ACCEPTED, ""), (AnswerState.RETRY, "domain"), (AnswerState.SUPPRESS, ""),
        (AnswerState.SUPPRESS, ""), (AnswerState.SUPPRESS, ""), (AnswerState.REJECTED, ""),
        (AnswerState.REJECTED, ""),
    ]  # fmt: skip


def test_the_second_server_takes_what_the_first_cannot(smtp: Provider, names: Names):
    """Preference is an order, not a promise; and a DNS that is away is no answer."""
    with SmtpSink() as sink:
        names.given = {("a.example", "MX"): ["10 127.0.0.1", "5 localhost.invalid"]}
        named = [one.state for one in answered(smtp, direct(sink.port), "li@a.example")]
        names.away = True
        away = answered(smtp, direct(sink.port), "li@a.example")

    assert named == [AnswerState.ACCEPTED]
    assert (away[0].state, away[0].scope) == (AnswerState.RETRY, "domain")


def test_a_domain_without_mx_records_is_its_own_server(smtp: Provider, names: Names):
    """As RFC 5321 has it."""
    with SmtpSink() as sink:
        names.given = {("localhost", "A"): ["127.0.0.1"]}

        assert send(smtp, direct(sink.port), "li@localhost") == [AnswerState.ACCEPTED]


def answered(smtp: Provider, to: ChannelAccount, *addresses: str) -> list[Answer]:
    """Send a letter to each address and return the answers in order."""
    letters = [
        OutboundMessage(n.to_bytes(16, "big"), one, {"subject": "s", "text": "t"}, "service", NOW)
        for n, one in enumerate(addresses)
    ]
    given = {one.message_id: one for one in smtp.send(to, letters)}
    return [given[one.message_id] for one in letters]


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"route": "direct", "host": "x.example"}, {"host"}),
        ({"route": "direct", "password": "x"}, {"password"}),
        ({}, {"host"}),
        ({"host": "x", "tls": "offered", "password": "x"}, {"tls"}),
        ({"host": "x", "ehlo": "a b"}, {"ehlo"}),
        ({"route": "direct"}, set()),
    ],
)
def test_an_account_says_which_route_it_takes(
    smtp: Provider, changed: dict[str, str], wrong: set[str]
):
    """A relay has a host; direct delivery has none and signs in nowhere."""
    found = smtp.problems({"from": "hi@brand.example", **changed})

    assert {one.path for one in found} == wrong
