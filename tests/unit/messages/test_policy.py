"""The policy has an answer for every combination, and the reason it gives is the strongest one."""

from __future__ import annotations

import datetime as dt
from itertools import product

import pytest
from msgspec.structs import replace

from huiliu.kernel.errors import BadSetting
from huiliu.kernel.texts import catalogue
from huiliu.kernel.times import DAY, HOUR, Instant, as_instant, show_instant
from huiliu.messages.policy import (
    REASONS,
    Case,
    Hold,
    Refuse,
    Rules,
    Send,
    SentBefore,
    decide,
    plain_rules,
    quiet_for,
    rules_from,
)

NOON = as_instant("2026-11-22T04:00:00Z") or 0  # 12:00 in Shanghai
NIGHT = as_instant("2026-11-22T15:00:00Z") or 0  # 23:00 in Shanghai
RULES = plain_rules(cap=2)
CASE = Case(
    channel="email",
    message_class="marketing",
    expires_at=0,
    cancelled=False,
    address="li@shop.example",
    address_is_wrong=False,
    suppressed=False,
    consents={("email", "marketing"): "granted"},
    zone="Asia/Shanghai",
    sent_before=(),
)


def but(**changed: object) -> Case:
    """Return the plain case with some facts changed."""
    return replace(CASE, **changed)


def test_a_welcome_message_at_noon_goes():
    """Consent, an address, daytime and no earlier message: nothing stands against it."""
    assert decide(RULES, CASE, NOON) == Send()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"cancelled": True}, "cancelled"),
        ({"expires_at": NOON - 1}, "expired"),
        ({"address": ""}, "address_missing"),
        ({"address": "", "address_is_wrong": True}, "address_invalid"),
        ({"suppressed": True}, "suppressed"),
        ({"consents": {}}, "consent_missing"),
        ({"consents": {("email", "marketing"): "withdrawn"}}, "consent_withdrawn"),
        ({"consents": {("sms", "marketing"): "granted"}}, "consent_missing"),
        ({"cancelled": True, "address": "", "consents": {}}, "cancelled"),
        ({"suppressed": True, "consents": {("email", "marketing"): "withdrawn"}},
         "consent_withdrawn"),
    ],
)  # fmt: skip
def test_each_fact_that_stands_against_it_has_its_reason(changed: dict[str, object], reason: str):
    """Where several stand against it, the one that lasts longest is told."""
    assert decide(RULES, but(**changed), NOON) == Refuse(reason)


def test_a_message_that_expires_this_very_instant_still_goes():
    """expires_at is the last instant at which it is of use."""
    assert decide(RULES, but(expires_at=NOON), NOON) == Send()


def test_marketing_at_night_waits_for_the_persons_morning():
    """23:00 in Shanghai is held until 08:00 the next day there."""
    decision = decide(RULES, CASE, NIGHT)

    assert isinstance(decision, Hold)
    assert decision.reason == "quiet_hours"
    assert show_instant(decision.until) == "2026-11-23T00:00:00Z"


def test_the_same_instant_is_day_for_someone_elsewhere():
    """23:00 in Shanghai is 16:00 in Paris: a person there is written to."""
    assert decide(RULES, but(zone="Europe/Paris"), NIGHT) == Send()


def test_a_message_that_would_be_stale_by_morning_is_refused_at_night():
    """It is not held beyond the instant at which it expires."""
    refused = decide(RULES, but(expires_at=NIGHT + HOUR), NIGHT)

    assert refused == Refuse("expires_in_quiet_hours")


def test_a_service_message_passes_quiet_hours_caps_and_missing_marketing_consent():
    """News of one's own order is not marketing."""
    many = tuple(SentBefore(NOON - HOUR, "email", "marketing") for _ in range(9))

    case = but(message_class="service", consents={}, sent_before=many)

    assert decide(RULES, case, NIGHT) == Send()


def test_a_service_message_respects_a_withdrawn_service_consent_and_suppression():
    """Who wants none of them gets none of them."""
    withdrawn = but(message_class="service", consents={("email", "service"): "withdrawn"})

    assert decide(RULES, withdrawn, NOON) == Refuse("consent_withdrawn")
    assert decide(RULES, but(message_class="service", suppressed=True), NOON) == Refuse(
        "suppressed"
    )


def test_a_cap_of_two_stops_the_third_message():
    """Marketing of the last seven days counts, on whichever channel; service does not."""
    sent = [SentBefore(NOON - DAY, "sms", "marketing"), SentBefore(NOON - HOUR, "email", "service")]
    assert decide(RULES, but(sent_before=sent), NOON) == Send()

    sent.append(SentBefore(NOON - 7 * DAY + 1, "email", "marketing"))
    assert decide(RULES, but(sent_before=sent), NOON) == Refuse("frequency_cap")


def test_a_message_of_exactly_seven_days_ago_no_longer_counts():
    """The window is open at its far end."""
    sent = [SentBefore(NOON - 7 * DAY, "email", "marketing")] * 2

    assert decide(RULES, but(sent_before=sent), NOON) == Send()


def test_a_cap_of_none_sends_no_marketing_at_all():
    """Zero is a cap, not the absence of one."""
    assert decide(plain_rules(cap=0), CASE, NOON) == Refuse("frequency_cap")


@pytest.mark.parametrize("reason", ["conversation_open", "dispute_open"])
def test_marketing_waits_while_somebody_is_helped_and_asks_again_soon(reason: str):
    """Never longer than the desk says; what would be stale by then is refused."""
    held = but(held=reason, held_until=NOON + HOUR)

    assert decide(RULES, held, NOON) == Hold(Instant(NOON + HOUR // 4), reason)
    assert decide(RULES, held, NOON + HOUR - 1) == Hold(Instant(NOON + HOUR), reason)
    assert decide(RULES, replace(held, expires_at=NOON + HOUR // 5), NOON) == Refuse(reason)
    assert decide(RULES, replace(held, message_class="service"), NOON) == Send()
    assert decide(RULES, replace(held, consents={}), NOON) == Refuse("consent_missing")


def test_every_combination_of_facts_has_an_answer_with_a_known_reason():
    """Decide is total: 2 to the 10th cases, no exception, no unknown code."""
    flags = product((False, True), repeat=10)
    for cancelled, expired, no_address, wrong, dead, none, service, night, capped, held in flags:
        case = but(
            cancelled=cancelled,
            expires_at=1 if expired else 0,
            address="" if no_address else "li@shop.example",
            address_is_wrong=wrong,
            suppressed=dead,
            consents={} if none else {("email", "marketing"): "granted"},
            message_class="service" if service else "marketing",
            sent_before=[SentBefore(NOON, "email", "marketing")] * 2 if capped else (),
            held="dispute_open" if held else "",
            held_until=NOON + DAY if held else 0,
        )
        decision = decide(RULES, case, NIGHT if night else NOON)
        assert isinstance(decision, Send) or decision.reason in REASONS


def test_every_reason_is_told_in_both_languages():
    """A code that a person cannot read is no reason."""
    for locale in ("en", "zh-CN"):
        assert {f"reason.{code}" for code in REASONS} <= set(catalogue(locale))


@pytest.mark.parametrize(
    ("at", "zone", "until"),
    [
        # Spring forward in New York on 2026-03-08: 02:00 becomes 03:00.
        ("2026-03-08T06:30:00Z", "America/New_York", "2026-03-08T12:00:00Z"),  # 01:30 to 08:00
        # Fall back in New York on 2026-11-01: 02:00 becomes 01:00.
        ("2026-11-01T05:30:00Z", "America/New_York", "2026-11-01T13:00:00Z"),  # 01:30 to 08:00
        # The half-hour zone of Adelaide: 22:00 there.
        ("2026-11-22T11:30:00Z", "Australia/Adelaide", "2026-11-22T21:30:00Z"),
    ],
)
def test_quiet_hours_end_when_the_clock_on_the_wall_says_so(at: str, zone: str, until: str):
    """A night in which the clocks change is an hour shorter or longer."""
    ends = quiet_for(Rules(), but(zone=zone), as_instant(at) or 0)

    assert ends is not None
    assert show_instant(ends) == until


def test_quiet_hours_that_end_inside_a_gap_end_at_the_next_valid_instant():
    """02:30 does not exist in New York on 2026-03-08: quiet until 03:00 there."""
    rules = plain_rules(quiet_start=dt.time(23), quiet_end=dt.time(2, 30))

    ends = quiet_for(rules, but(zone="America/New_York"), as_instant("2026-03-08T06:30:00Z") or 0)

    assert ends is not None
    assert show_instant(ends) == "2026-03-08T07:00:00Z"


def test_the_same_start_and_end_means_no_quiet_hours():
    """An operator switches them off so."""
    rules = plain_rules(quiet_start=dt.time(0), quiet_end=dt.time(0))

    assert quiet_for(rules, CASE, NIGHT) is None


def test_quiet_hours_within_one_day_are_understood_too():
    """A siesta from 13:00 to 15:00 holds at 14:00 and not at noon."""
    rules = plain_rules(quiet_start=dt.time(13), quiet_end=dt.time(15))

    assert quiet_for(rules, CASE, NOON) is None
    assert quiet_for(rules, CASE, NOON + 2 * HOUR) == NOON + 3 * HOUR


def test_rules_come_from_the_settings_words():
    """The three settings are read once, at start-up."""
    assert rules_from(3, "22:00", "07:30") == plain_rules(
        cap=3, quiet_start=dt.time(22), quiet_end=dt.time(7, 30)
    )


@pytest.mark.parametrize(
    ("cap", "start", "end"),
    [(-1, "21:00", "08:00"), (4, "late", "08:00"), (4, "21:00", "08:00+01:00")],
)
def test_settings_that_cannot_work_are_refused_at_start_up(cap: int, start: str, end: str):
    """A word that is no time is told, with the setting's name."""
    with pytest.raises(BadSetting):
        rules_from(cap, start, end)
