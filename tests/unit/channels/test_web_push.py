"""What browsers get is what the standards' own examples show."""

from __future__ import annotations

import pytest

from huiliu.channels.webpush import Subscription, encrypted
from huiliu.messages.jwt import b64, private_key, unb64
from huiliu.messages.vapid import public_key, vapid_key


def test_a_message_is_encrypted_as_the_standards_example() -> None:
    """RFC 8291, section 5: the same keys and salt give the same bytes."""
    sender = vapid_key("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    subscription = Subscription(
        "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
        unb64(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
        ),
        unb64("BTBZMqHH6r4Tts7J_aSIgg"),
    )
    assert sender is not None
    found = encrypted(
        b"When I grow up, I want to be a watermelon", subscription, key=sender,
        salt=unb64("DGv6ra1nlYgDCS1FRnbzlw"),
    )  # fmt: skip
    assert b64(found) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWA"
        "mS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxs"
        "j_Qulcy4a-fN"
    )


def test_the_public_key_is_the_private_ones() -> None:
    """RFC 8291, section 5: the sender's point."""
    key = vapid_key("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    assert key is not None
    assert public_key(key) == (
        "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
    )


@pytest.mark.parametrize("written", ["", "x", "AAAA", "A" * 43, "不是", "-----BEGIN X-----"])
def test_what_is_no_key_is_none(written: str) -> None:
    """Neither a short one, nor zero, nor words, nor half a file."""
    assert vapid_key(written) is None
    assert private_key(written) is None


@pytest.mark.parametrize(
    "written",
    ["", "[]", '"x"', "{}", '{"endpoint": "https://a.example", "keys": {}}',
     '{"endpoint": 1, "keys": {"p256dh": "x", "auth": "y"}}',
     '{"endpoint": "https://a.example", "keys": {"p256dh": "!!", "auth": "y"}}'],
)  # fmt: skip
def test_what_is_no_subscription_is_none(written: str) -> None:
    """Whatever an APP registers as a token, it is read without a fault."""
    assert Subscription.read(written) is None
