"""What a consent event changes."""

from __future__ import annotations

import pytest

from huiliu.identity.consents import PURPOSES, consent_changes


def test_a_grant_says_channel_purpose_method_and_evidence():
    """Marketing is meant where no purpose is named; what is no field of its own is evidence."""
    said = {"channel": "SMS", "method": "form", "text_version": "7", "page": "/join"}
    [change] = consent_changes("Consent Granted", said, ["sms"])

    assert (change.channel, change.purpose, change.state) == ("sms", "marketing", "granted")
    assert change.method == "form"
    assert (change.text_version, change.legal_basis) == ("7", "consent")
    assert change.evidence == {"page": "/join"}


@pytest.mark.parametrize(
    "properties", [{}, {"channel": None}, {"channel": "*"}, {"channel": "all"}]
)
def test_a_withdrawal_without_a_channel_is_one_from_every_channel(properties):
    """In doubt nobody is disturbed."""
    changes = consent_changes("Consent Withdrawn", properties, {"sms", "email"})

    assert [change.channel for change in changes] == ["email", "sms"]
    assert {change.state for change in changes} == {"withdrawn"}


def test_a_withdrawal_from_all_purposes_names_each():
    """Each purpose is a consent of its own."""
    changes = consent_changes("Consent Withdrawn", {"channel": "sms", "purpose": "all"}, ())

    assert tuple(change.purpose for change in changes) == PURPOSES


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"channel": "*"},
        {"channel": "sms", "purpose": "all"},
        {"channel": "sms", "purpose": "x"},
    ],
)
def test_a_grant_that_is_not_clear_grants_nothing(properties):
    """Consent is for one channel and one purpose that exist."""
    assert consent_changes("Consent Granted", properties, ["sms"]) == []
