"""Frequency caps: rolling and calendar, over channels, journeys and categories."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from huiliu.kernel.times import DAY, HOUR, MINUTE, as_instant
from huiliu.messages.caps import Cap, Kin, SentBefore, first_full, lookback

ZONE = "Asia/Shanghai"
NOON = as_instant("2026-03-18T12:00", ZONE) or 0  # a Wednesday
WEEK = Cap("week", 2, 7 * DAY)
KIN = Kin("email", "welcome", "offers")


def sent(ago: int, channel: str = "email", journey: str = "welcome", category: str = "offers",
         kind: str = "marketing") -> SentBefore:  # fmt: skip
    """Return a message that was sent so long ago."""
    return SentBefore(NOON - ago, channel, kind, journey, category)


def name_of(caps: tuple[Cap, ...], rows: list[SentBefore], kin: Kin = KIN) -> str:
    """Return the name of the cap that leaves no room, or ""."""
    full = first_full(caps, kin, rows, NOON, ZONE)
    return full.cap.name if full else ""


def test_a_calendar_day_begins_at_the_persons_midnight():
    """Two messages an hour apart count on two days where midnight lies between them."""
    daily = (Cap("day", 1, period="day"),)
    midnight = as_instant("2026-03-18T00:00", ZONE) or 0

    assert name_of(daily, [SentBefore(midnight - MINUTE, "email", "marketing")]) == ""
    assert name_of(daily, [SentBefore(midnight, "email", "marketing")]) == "day"
    # On the clock of New York it is still the day before.
    elsewhere = first_full(daily, KIN, [SentBefore(midnight - MINUTE, "email", "marketing")],
                           midnight + HOUR, "America/New_York")  # fmt: skip
    assert elsewhere is not None


def test_a_calendar_week_begins_on_monday_and_a_month_on_the_first():
    """What was sent before does not count, however near it lies."""
    week, month = (Cap("week", 1, period="week"),), (Cap("month", 1, period="month"),)

    assert name_of(week, [sent(3 * DAY)]) == ""
    assert name_of(week, [sent(2 * DAY)]) == "week"
    assert name_of(month, [sent(18 * DAY)]) == ""
    assert name_of(month, [sent(17 * DAY)]) == "month"


def test_a_cap_of_one_channel_counts_and_stops_only_that():
    """Texts have their own number; letters do not touch it."""
    texts = (Cap("texts", 1, DAY, channels=frozenset({"sms"})),)

    assert name_of(texts, [sent(HOUR, "sms")], Kin("sms")) == "texts"
    assert name_of(texts, [sent(HOUR, "email")], Kin("sms")) == ""
    assert name_of(texts, [sent(HOUR, "sms")], Kin("email")) == ""


def test_a_cap_for_each_journey_gives_each_the_whole_number():
    """One a day of each: another journey's message does not count, its own does."""
    each = (Cap("each", 1, DAY, each="journey"),)

    assert name_of(each, [sent(HOUR, journey="news")]) == ""
    assert name_of(each, [sent(HOUR)]) == "each"


def test_a_cap_of_a_category_counts_over_journeys_and_channels():
    """Offers are offers, whoever sends them."""
    offers = (Cap("offers", 1, DAY, categories=frozenset({"offers"})),)

    assert name_of(offers, [sent(HOUR, "sms", "news")]) == "offers"
    assert name_of(offers, [sent(HOUR, category="care")]) == ""


def test_service_messages_never_count():
    """News of an order takes nobody's place."""
    assert name_of((WEEK,), [sent(HOUR, kind="service")] * 9) == ""


def test_of_several_full_caps_the_one_that_lets_nothing_wait_is_told():
    """Then the one that is full for the longest."""
    waiting = Cap("waiting", 1, 30 * DAY, waits=True)
    longer = Cap("longer", 1, 9 * DAY)

    assert name_of((waiting, WEEK, longer), [sent(HOUR), sent(2 * HOUR)]) == "longer"
    assert name_of((waiting, WEEK), [sent(HOUR)]) == "waiting"


def test_there_is_room_again_when_the_oldest_that_counts_leaves_the_window():
    """Of three in a window of two, the second oldest decides."""
    rows = [sent(6 * DAY), sent(5 * DAY), sent(4 * DAY)]

    full = first_full((WEEK,), KIN, rows, NOON, ZONE)

    assert full is not None
    assert full.frees_at == NOON - 5 * DAY + 7 * DAY
    assert first_full((WEEK,), KIN, rows, full.frees_at - 1, ZONE) is not None
    assert first_full((WEEK,), KIN, rows, full.frees_at, ZONE) is None


def test_a_full_calendar_day_is_free_at_the_next_midnight():
    """By the person's clock."""
    full = first_full((Cap("day", 1, period="day"),), KIN, [sent(HOUR)], NOON, ZONE)

    assert full is not None
    assert full.frees_at == as_instant("2026-03-19T00:00", ZONE)


def test_a_cap_of_none_is_never_free():
    """Zero is a cap, not the absence of one."""
    full = first_full((Cap("none", 0, DAY, waits=True),), KIN, [], NOON, ZONE)

    assert full is not None
    assert full.frees_at == 0


def test_all_that_can_count_is_looked_back_for():
    """A month by the calendar and its time zone, a rolling window to the microsecond."""
    assert lookback(()) == 0
    assert lookback((WEEK,)) == 7 * DAY
    assert lookback((WEEK, Cap("month", 1, period="month"))) >= 32 * DAY


@given(
    gaps=st.lists(st.integers(0, 3 * DAY), min_size=1, max_size=40),
    most=st.integers(1, 4),
    days=st.integers(1, 9),
)
@settings(max_examples=200, deadline=None)
def test_no_rolling_window_anywhere_ever_holds_more_than_the_cap(
    gaps: list[int], most: int, days: int
):
    """Whatever the messages' times: sending whenever there is room never goes beyond it."""
    cap = Cap("cap", most, days * DAY)
    now, rows = NOON, list[SentBefore]()
    for gap in gaps:
        now += gap
        if first_full((cap,), KIN, rows, now, ZONE) is None:
            rows.append(SentBefore(now, "email", "marketing", "welcome", "offers"))
    for last in rows:
        inside = [one for one in rows if last.sent_at - cap.window < one.sent_at <= last.sent_at]
        assert len(inside) <= most
