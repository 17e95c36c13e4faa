"""An account's form is no way into our own network."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from huiliu.channels.outbound import HostRule
from huiliu.kernel.errors import DeliveryFailed


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let a test say which addresses a name has; nothing asks the network."""

    def known(**addresses: str) -> None:
        def look_up(name: str, port: int, **_: object) -> list[object]:
            if name.replace(".", "_") not in addresses:
                raise OSError("unknown")
            return [(0, 0, 0, "", (one, port)) for one in addresses[name.replace(".", "_")].split()]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    return known


def test_a_public_host_may_be_called_by_anyone_who_entered_it(names: Callable[..., None]):
    """Without names in the settings every public host is allowed."""
    names(smtp_brand_example="93.184.215.14")

    assert HostRule.parse("").resolve("SMTP.brand.example.", 25) == "93.184.215.14"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "::1", "fd00::1", "0.0.0.0",
        "::ffff:10.0.0.1", "224.0.0.1", "100.64.0.1", "93.184.215.14 10.0.0.1",
        "64:ff9b::7f00:1", "2002:a00:1::", "::10.0.0.1", "64:ff9b::a9fe:a9fe",
    ],
)  # fmt: skip
def test_a_private_address_is_refused_behind_any_name(names: Callable[..., None], address: str):
    """Also when only one of several addresses is private."""
    names(sly_example=address)

    with pytest.raises(DeliveryFailed) as caught:
        HostRule.parse("").resolve("sly.example", 25)

    assert caught.value.permanent


def test_a_named_host_may_be_private_and_no_other_may_be_called(names: Callable[..., None]):
    """The setting is the whole list."""
    names(relay_lan="10.0.0.5", smtp_brand_example="93.184.215.14")
    rule = HostRule.parse("relay.lan, other.lan")

    assert rule.resolve("relay.lan", 25) == "10.0.0.5"
    with pytest.raises(DeliveryFailed):
        rule.resolve("smtp.brand.example", 25)


def test_a_name_that_nobody_knows_now_may_be_known_later(names: Callable[..., None]):
    """A look-up that fails is no reason to pause an account."""
    names()

    with pytest.raises(DeliveryFailed) as caught:
        HostRule.parse("").resolve("gone.example", 25)

    assert not caught.value.permanent
