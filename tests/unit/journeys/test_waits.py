"""Waits end when they should: by clocks that are set, in leap years, and by what happens."""

# ruff: noqa: E501 - a node a line
from __future__ import annotations

import pytest
from tests.unit.journeys.standing import NOW, did, end, facts, instant, journey, take, told

from huiliu.journeys import Journey, Stepped
from huiliu.journeys.explain import explain
from huiliu.kernel.facts import Facts
from huiliu.kernel.times import DAY, HOUR, MINUTE, show_instant

BERLIN = "Europe/Berlin"


def until(of: Journey, now: str, known: Facts | None = None, **entry: object) -> str:
    """Return until when a run rests that arrives at an instant; "" = it does not."""
    token = take(of, known, now=instant(now), entry=entry).token
    return "" if token is None else show_instant(token.due_at)


def later(of: Journey, rest: Stepped, known: Facts | None = None, **more: int) -> Stepped:
    """Step a resting run at the instant that it waits for, or another."""
    assert rest.token is not None
    now = more.get("now", rest.token.due_at)
    return take(of, known, now=now, token=rest.token, position=more.get("position", 0))


WEEKDAYS = journey(
    "{type: wait, window: {from: 09:00, to: 18:00, on: [mon, tue, wed, thu, fri], zone: Europe/Berlin}, next: x}"
)


@pytest.mark.parametrize(
    ("now", "until_"),
    [
        ("2026-11-23T07:59Z", "2026-11-23T08:00:00Z"),
        ("2026-11-23T08:00Z", ""),
        ("2026-11-23T16:59Z", ""),
        ("2026-11-23T17:00Z", "2026-11-24T08:00:00Z"),
        ("2026-11-20T17:00Z", "2026-11-23T08:00:00Z"),
        ("2026-03-27T18:00Z", "2026-03-30T07:00:00Z"),
        ("2026-10-23T18:00Z", "2026-10-26T08:00:00Z"),
    ],
)
def test_a_window_of_office_hours_opens_on_the_next_working_morning(now: str, until_: str) -> None:
    """Nine o'clock stays nine o'clock when clocks are set."""
    assert until(WEEKDAYS, now) == until_


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens() -> None:
    """Friday night lasts until Saturday morning."""
    night = journey("{type: wait, window: {from: 22:00, to: 02:00, on: [fri], zone: UTC}, next: x}")

    assert until(night, "2026-11-28T01:59Z") == ""
    assert until(night, "2026-11-28T02:00Z") == "2026-12-04T22:00:00Z"
    assert until(night, "2026-11-27T23:00Z") == ""


def test_a_window_that_opens_in_a_gap_opens_at_its_end() -> None:
    """Clocks that jump from two to three open a window from half past two at three."""
    gap = journey("{type: wait, window: {from: 02:10, to: 02:50, zone: Europe/Berlin}, next: x}")

    assert until(gap, "2026-03-29T00:00Z") == "2026-03-29T01:00:00Z"
    assert until(gap, "2026-03-29T01:00:30Z") == ""
    assert until(gap, "2026-03-29T01:01Z") == "2026-03-30T00:10:00Z"


def test_a_window_in_an_hour_that_comes_twice_opens_the_first_time() -> None:
    """Clocks that go back from three to two do not open it anew."""
    twice = journey("{type: wait, window: {from: 02:10, to: 02:50, zone: Europe/Berlin}, next: x}")

    assert until(twice, "2026-10-25T00:00Z") == "2026-10-25T00:10:00Z"
    assert until(twice, "2026-10-25T01:15Z") == "2026-10-26T01:10:00Z"


def test_working_days_know_holidays_and_weekends_that_make_up_for_them() -> None:
    """Nobody is called in the Spring Festival, but on the Saturday before."""
    work = journey("{type: wait, window: {from: 09:00, to: 18:00, workdays: CN}, next: x}")
    home = facts(zone="Asia/Shanghai")

    assert until(work, "2026-02-13T12:00Z", home) == "2026-02-14T01:00:00Z"
    assert until(work, "2026-02-14T12:00Z", home) == "2026-02-24T01:00:00Z"


def test_each_person_has_their_own_window_and_the_brands_where_theirs_is_not_known() -> None:
    """Ten in the evening in Shanghai is the afternoon in Berlin."""
    own = journey("{type: wait, window: {from: 09:00, to: 21:00}, next: x}")

    assert until(own, "2026-11-23T14:00Z", facts(zone=BERLIN)) == ""
    assert until(own, "2026-11-23T14:00Z", facts(zone="nowhere")) == "2026-11-24T01:00:00Z"
    assert own.mentions.traits == {"zone"}


def test_who_comes_late_out_of_an_outage_waits_for_the_next_window() -> None:
    """A worker that was down over night does not write to people at three."""
    rest = take(WEEKDAYS, now=instant("2026-11-23T06:00Z"))
    in_time = later(WEEKDAYS, rest)
    at_night = later(WEEKDAYS, rest, now=instant("2026-11-23T22:00Z"))

    assert end(in_time) == "x"
    assert at_night.token is not None
    assert show_instant(at_night.token.due_at) == "2026-11-24T08:00:00Z"


@pytest.mark.parametrize(
    ("written", "date", "until_"),
    [
        ("offset: -1d", "2026-12-01T10:00:00Z", "2026-11-30T10:00:00Z"),
        ("offset: -1d, at: 09:00", "2026-12-01T20:00:00Z", "2026-12-01T01:00:00Z"),
        ("offset: 2h", "2026-12-01", "2026-11-30T18:00:00Z"),
        ("at: 09:00", "2026-12-01", "2026-12-01T01:00:00Z"),
        ("at: 09:00, on: [mon]", "2026-12-01", "2026-12-07T01:00:00Z"),
        ("offset: -1d", "2026-11-23T03:00:00Z", ""),
        ("at: 09:00", "soon", ""),
        ("at: 09:00", None, ""),
        ("at: 09:00", 17, ""),
    ],
)
def test_a_date_of_the_entry_is_waited_for_with_its_offset(
    written: str, date: object, until_: str
) -> None:
    """Whole days go by the calendar where a local time is given, else by the clock."""
    of = journey(f"{{type: wait, until: {{entry: promised, {written}}}, next: x, else: y}}")

    assert until(of, "2026-11-23T02:00Z", promised=date) == until_
    if not until_:
        assert end(take(of, entry={"promised": date})) == "y"


def test_without_an_else_who_has_no_date_goes_on() -> None:
    """Nobody is stuck for want of a date, and the trace says why."""
    of = journey("{type: wait, until: {trait: renewal}, next: x}")

    stepped = take(of)

    assert end(stepped) == "x"
    assert stepped.trace[0].what == "not_waited"
    assert "no such date" in str(explain(of, "n", "not_waited", told(stepped)))


@pytest.mark.parametrize(
    ("now", "until_"),
    [
        ("2026-11-23T02:00Z", "2027-02-25T01:00:00Z"),
        ("2027-02-25T01:00Z", ""),
        ("2027-02-25T01:01Z", "2028-02-26T01:00:00Z"),
    ],
)
def test_a_day_of_the_year_comes_round_every_year_also_the_leap_day(now: str, until_: str) -> None:
    """Three days before a birthday on 29 February."""
    of = journey("{type: wait, until: {trait: b, yearly: true, offset: -3d, at: 09:00}, next: x}")

    assert until(of, now, facts(b="1992-02-29")) == until_


def test_the_end_of_a_month_is_left_and_reached_by_days_of_the_calendar() -> None:
    """Three days before the first of March, in a leap year and in another."""
    of = journey("{type: wait, until: {entry: due, offset: -3d, at: 10:00}, next: x}")

    assert until(of, "2028-02-01T00:00Z", due="2028-03-01") == "2028-02-27T02:00:00Z"
    assert until(of, "2027-02-01T00:00Z", due="2027-03-01") == "2027-02-26T02:00:00Z"


def test_the_next_local_time_is_strictly_later() -> None:
    """A loop through it lets time pass, even at the very instant."""
    of = journey("{type: wait, until: {at: 10:00, zone: brand}, next: x}")

    assert until(of, "2026-11-23T01:59Z") == "2026-11-23T02:00:00Z"
    assert until(of, "2026-11-23T02:00Z") == "2026-11-24T02:00:00Z"
    assert of.nodes["n"].takes_time


def test_a_wait_for_a_person_is_not_begun_before_the_person_is_known() -> None:
    """Where somebody lives decides, so a new run is stepped with facts."""
    own = journey("{type: wait, until: {at: 10:00}, next: x}").nodes["n"]
    brand = journey("{type: wait, until: {at: 10:00, zone: brand}, next: x}").nodes["n"]

    assert own.asks
    assert not brand.asks


PAID = journey(
    "{type: wait_for, ways: [{event: Order Shipped, next: x}, "
    "{event: Message Opened, where: [{property: template, is: t}], any_key: true, next: y}], "
    "timeout: 3d, else: z}"
)


def test_what_happens_first_leads_out_and_a_time_out_if_nothing_does() -> None:
    """Each way has its own event; the rest goes by the time-out."""
    rest = take(PAID, position=100)
    shipped = facts(did("Order Shipped", position=100, order_id="o1"))
    opened = facts(did("Message Opened", position=101, template="t"))

    assert rest.token is not None
    assert rest.token.due_at == NOW + 3 * DAY
    assert end(later(PAID, rest, shipped, now=NOW + HOUR)) == "x"
    assert end(later(PAID, rest, opened, now=NOW + HOUR)) == "y"
    early = later(PAID, rest, facts(), now=NOW + 3 * DAY - 1)
    assert early.token == rest.token
    timed_out = later(PAID, rest)
    assert end(timed_out) == "z"
    assert str(explain(PAID, "n", timed_out.trace[0].what, told(timed_out)))


def test_what_happened_before_the_arrival_does_not_count() -> None:
    """Positions of the log decide, not clocks: what arrived earlier was there already."""
    before = facts(did("Order Shipped", NOW + HOUR, 99, order_id="o1"))
    rest = take(PAID, before, position=100)

    assert rest.token is not None
    assert later(PAID, rest, before, now=NOW + HOUR).token == rest.token


def test_only_events_of_the_runs_own_key_count_unless_any_is_asked_for() -> None:
    """Order A is not shipped because order B is; a message has no order."""
    rest = take(PAID, position=100)
    other = facts(did("Order Shipped", position=100, order_id="o2"))
    wrong = facts(did("Message Opened", position=100, template="u"))

    assert later(PAID, rest, other, now=NOW + HOUR).token == rest.token
    assert later(PAID, rest, wrong, now=NOW + HOUR).token == rest.token


def test_since_the_entry_counts_what_happened_on_the_way() -> None:
    """Someone who paid while another node waited is not asked to pay."""
    of = journey(
        "{type: wait_for, since: entry, ways: [{event: Order Shipped, next: x}], "
        "timeout: 1d, else: z}"
    )
    before = facts(did("Order Shipped", NOW - 1, 5, order_id="o1"))
    after = facts(did("Order Shipped", NOW + 1, 5, order_id="o1"))

    assert take(of, before, position=100).token is not None
    assert end(take(of, after, position=100)) == "x"
    assert not of.nodes["n"].takes_time


def test_a_segment_can_be_waited_for() -> None:
    """Its entries and exits are events like others, of whatever key."""
    of = journey(
        "{type: wait_for, ways: [{segment: {entered: vip}, next: x}, "
        "{segment: {exited: vip}, next: y}], timeout: 1d, else: z}"
    )
    rest = take(of, position=100)

    entered = later(of, rest, facts(did("Segment Entered", position=100, segment="vip")), now=NOW)
    exited = later(of, rest, facts(did("Segment Exited", position=100, segment="vip")), now=NOW)
    other = later(of, rest, facts(did("Segment Entered", position=100, segment="new")), now=NOW)

    assert (end(entered), end(exited)) == ("x", "y")
    assert other.token == rest.token
    assert "vip" in str(explain(of, "n", "happened", told(entered)))


def test_what_is_waited_for_is_kept_and_wakes() -> None:
    """Facts of those events are loaded as far back as they can matter."""
    node = PAID.nodes["n"]

    assert node.wakes == {"Order Shipped", "Message Opened"}
    assert node.wakes <= PAID.fact_events
    assert node.mentions.oldest(NOW) <= NOW - 3 * DAY
    assert PAID.listens("n") >= node.wakes
    assert PAID.listens("x") == frozenset()


def test_without_a_time_out_a_run_waits_on() -> None:
    """For years, if it has to."""
    of = journey("{type: wait_for, ways: [{event: Order Shipped, next: x}]}")
    rest = take(of, position=1)

    assert rest.token is not None
    assert rest.token.due_at > NOW + 1_000 * DAY
    assert rest.token.due_at - NOW > MINUTE
    assert [way.to for way in of.nodes["n"].ways] == ["x"]


def test_a_wait_may_last_as_many_days_as_a_tag_says() -> None:
    """Each person's own rhythm; whoever has none goes the other way."""
    of = journey("{type: wait, days: {tag: repurchase-cycle}, next: x, else: y}")

    rest = take(of, facts(tags={"repurchase-cycle": 30.5}))

    assert rest.token is not None
    assert rest.token.due_at == NOW + 30 * DAY + 12 * HOUR
    assert end(later(of, rest)) == "x"
    for value in (None, 0, -1, True, "30"):
        assert end(take(of, facts(tags={"repurchase-cycle": value}))) == "y"
    assert of.mentions.tags == {"repurchase-cycle"}
