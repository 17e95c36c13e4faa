"""Quiet hours of brands and countries: the stricter holds, on every clock, over every change."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from huiliu.kernel.calendar import zones
from huiliu.kernel.times import DAY, HOUR, MINUTE, as_instant, local_datetime, show_instant
from huiliu.messages.countries import COUNTRIES, hours_of_countries, state_of
from huiliu.messages.policy import Case, Hold, Refuse, Send, decide
from huiliu.messages.quiet import QuietHours, Where, applying, is_ever_open, quiet_until
from huiliu.messages.rules import Rules
from huiliu.messages.whereabouts import place_of_number, whereabouts

NIGHT = QuietHours(dt.time(21), dt.time(8))
CASE = Case(
    "sms", "marketing", 0, False, "+33612345678", False, False, {("sms", "marketing"): "granted"},
    "Europe/Paris", (), ("Europe/Paris",), ("FR",),
)  # fmt: skip


def at(written: str, zone: str = "UTC") -> int:
    """Return an instant."""
    found = as_instant(written, zone)
    assert found is not None
    return found


def test_a_sunday_in_france_waits_for_monday_morning():
    """No texts on Sundays, and then not before eight: one quiet time ends in another."""
    sunday = at("2026-03-15T12:00", "Europe/Paris")

    decision = decide(Rules(), CASE, sunday)

    assert isinstance(decision, Hold)
    assert decision.until == at("2026-03-16T08:00", "Europe/Paris")


def test_a_public_holiday_in_france_is_quiet_too():
    """The fourteenth of July of 2026 is a Tuesday; e-mail may go, texts wait."""
    holiday = at("2026-07-14T12:00", "Europe/Paris")
    email = replace(CASE, channel="email", consents={("email", "marketing"): "granted"})

    held = decide(Rules(), CASE, holiday)

    assert isinstance(held, Hold)
    assert held.until == at("2026-07-15T08:00", "Europe/Paris")
    assert decide(Rules(), email, holiday) == Send()


def test_a_country_is_stricter_than_the_brand_and_can_be_switched_off():
    """At half past eight in the evening a text to France waits, unless the brand says otherwise."""
    evening = at("2026-03-17T20:30", "Europe/Paris")

    assert isinstance(decide(Rules(), CASE, evening), Hold)
    assert decide(Rules(countries=False), CASE, evening) == Send()


def test_service_messages_pass_the_hours_of_countries():
    """News of one's own order are no marketing; a brand may hold them by its own rule."""
    service = replace(CASE, message_class="service")
    midnight = at("2026-03-17T00:30", "Europe/Paris")
    own = QuietHours(dt.time(23), dt.time(6), classes=frozenset({"service"}))

    assert decide(Rules(), service, midnight) == Send()
    held = decide(Rules(quiet=(own,)), service, midnight)
    assert isinstance(held, Hold)
    assert held.until == at("2026-03-17T06:00", "Europe/Paris")


def test_where_clocks_differ_it_must_be_day_on_all_of_them():
    """Somebody of Paris with a number of New York is written to when both are awake."""
    both = replace(CASE, zones=("Europe/Paris", "America/New_York"), places=("US",))
    morning = at("2026-03-17T09:00", "Europe/Paris")  # 04:00 in New York

    held = decide(Rules(), both, morning)

    assert isinstance(held, Hold)
    assert held.until == at("2026-03-17T08:00", "America/New_York")


def test_a_message_that_expires_before_the_end_is_refused_and_told_why():
    """Shifted, never dropped silently: the reason says that the night was too long."""
    late = at("2026-03-17T22:00", "Europe/Paris")

    refused = decide(Rules(), replace(CASE, expires_at=late + HOUR), late)

    assert refused == Refuse("expires_in_quiet_hours")


@given(
    zone=st.sampled_from(sorted(zones())),
    minute=st.integers(0, 366 * 24 * 60),
    start=st.integers(0, 23),
    end=st.integers(0, 23),
)
@settings(max_examples=300, deadline=None)
def test_in_every_zone_of_the_world_quiet_hours_end_on_an_open_minute(
    zone: str, minute: int, start: int, end: int
):
    """Over every change of the clocks: the end lies ahead, within two days, and is no quiet time.

    And while it is no quiet time now, nothing is held.
    """
    now = at("2026-01-01T00:00") + minute * MINUTE
    one = QuietHours(dt.time(start), dt.time(end))
    where = Where((zone,))

    until = quiet_until([one], where, now)

    clock = local_datetime(now, zone).time()
    is_quiet = start != end and (
        one.start <= clock < one.end if start < end else clock >= one.start or clock < one.end
    )
    if until is None:
        # Only where the clocks went back over the end may they show a quiet time once more.
        assert (
            not is_quiet
            or local_datetime(now - 3 * HOUR, zone).utcoffset()
            != local_datetime(now + 3 * HOUR, zone).utcoffset()
        )
    else:
        assert is_quiet
        assert now < until <= now + 2 * DAY
        assert quiet_until([one], where, until) is None


def test_what_concerns_whom_is_told_by_country_state_channel_and_class():
    """Florida has its own evening, and a rule for texts says nothing about letters."""
    hours = hours_of_countries()

    florida = applying(hours, "sms", "marketing", ("US", "US-FL"))
    ends = quiet_until(florida, Where(("America/New_York",)), at("2026-03-18T00:30"))

    assert {one.countries for one in florida} == {frozenset({"US"}), frozenset({"US-FL"})}
    assert ends is not None
    assert show_instant(ends) == "2026-03-18T12:00:00Z"
    assert applying(hours, "email", "marketing", ("US",)) == []
    assert applying(hours, "sms", "service", ("US",)) == []


def test_every_country_of_the_table_lets_something_through():
    """No row closes a country for good, and each says where it stands."""
    for one in COUNTRIES:
        assert is_ever_open([one.hours], Where(("UTC",), (one.country,)), at("2026-03-16T00:00"))
        assert one.source
        assert one.evidence in {"documents", "memory"}


@pytest.mark.parametrize(
    ("number", "country", "state", "clocks"),
    [
        ("+8613812345678", "CN", "", ("Asia/Shanghai",)),
        ("+12125550100", "US", "", ("America/New_York",)),
        ("+13055550100", "US", "US-FL", ("America/New_York",)),
        ("+14165550100", "CA", "", ("America/Toronto",)),
        ("+33612345678", "FR", "", ("Europe/Paris",)),
        ("+79161234567", "RU", "", ()),
    ],
)
def test_a_number_tells_its_country_and_clock(
    number: str, country: str, state: str, clocks: tuple[str, ...]
):
    """A number that may be in many zones tells nothing about the clock."""
    assert place_of_number(number) == (country, state, clocks)


def test_an_area_code_of_another_country_is_no_state():
    """Only numbers of North America have states."""
    assert state_of("+12065550100") == "US-WA"
    assert state_of("+8620655501000") == ""


def test_whereabouts_take_the_person_and_the_number_together():
    """The person's own zone and that of the number, each once; else the brand's."""
    said = {"zone": "Europe/Paris", "country": "fr"}

    both = whereabouts("sms", "+12125550100", said, "Asia/Shanghai")
    mail = whereabouts("email", "li@shop.example", said, "Asia/Shanghai")
    nobody = whereabouts("email", "li@shop.example", {"zone": "Moon/Crater"}, "Asia/Shanghai")
    hidden = whereabouts("sms", "", {"phone_country": "US"}, "Asia/Shanghai")

    assert both == Where(("Europe/Paris", "America/New_York"), ("US",))
    assert mail == Where(("Europe/Paris",), ("FR",))
    assert nobody == Where(("Asia/Shanghai",), ())
    assert hidden == Where(("Asia/Shanghai",), ("US",))
