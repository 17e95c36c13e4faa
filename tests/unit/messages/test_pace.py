"""What answers teach of an account: how fast it may be used, and when it is left alone."""

from __future__ import annotations

import pytest

from huiliu.kernel.times import MINUTE, SECOND
from huiliu.messages.latency import bucket, percentile
from huiliu.messages.pace import Outcome, Pace, after, effective_rate

NOW = 1_000 * MINUTE


def part(*, taken: int = 0, throttled: int = 0, failed: int = 0, seconds: float = 1.0) -> Outcome:
    """Return what came of one part."""
    return Outcome(taken, throttled, failed + throttled, seconds, works=taken > 0, response="words")


def test_too_fast_halves_the_rate_that_was_used():
    """The configured rate where nothing was learned, else the one in force, else what went."""
    assert after(Pace(), part(taken=40, throttled=1), 100, NOW).rate == 20
    assert after(Pace(rate=30), part(taken=60, throttled=1), 100, NOW).rate == 15
    assert after(Pace(), part(taken=80, throttled=2), 0, NOW).rate == 40


def test_parts_that_were_under_way_together_halve_once():
    """Within a second it is the same news."""
    once = after(Pace(), part(taken=80, throttled=1), 100, NOW)
    again = after(once, part(taken=80, throttled=1), 100, NOW + SECOND // 2)
    later = after(once, part(taken=40, throttled=1), 100, NOW + SECOND)

    assert again.rate == once.rate == 40
    assert later.rate == 20


def test_the_rate_grows_back_to_what_is_configured_and_is_forgotten_there():
    """A twentieth of what was too fast in each second without a complaint."""
    pace = after(Pace(), part(taken=100, throttled=1), 100, NOW)
    seconds = 0
    while pace.rate:
        seconds += 1
        pace = after(pace, part(taken=50), 100, NOW + seconds * SECOND)
        assert seconds < 60

    assert 8 <= seconds <= 12
    assert effective_rate(pace.rate, 100) == 100


def test_a_rate_never_falls_to_nothing():
    """However often it is too fast, one message goes now and then and can bring better news."""
    pace = Pace()
    for second in range(100):
        pace = after(pace, part(throttled=3), 10, NOW + second * SECOND)

    assert pace.rate > 0


def test_a_learned_rate_never_passes_the_configured_one():
    """The lower of both is in force."""
    assert effective_rate(50, 20) == 20
    assert effective_rate(5, 20) == 5
    assert effective_rate(5, 0) == 5
    assert effective_rate(0, 0) == 0


def test_the_breaker_opens_after_ten_failures_in_a_row_and_not_before():
    """One that was taken in between begins the count anew."""
    pace = after(Pace(), part(failed=9), 0, NOW)
    assert not pace.open_until
    pace = after(pace, part(taken=1, failed=5), 0, NOW)
    assert pace.failures == 0
    pace = after(pace, part(failed=10), 0, NOW)

    assert pace.open_until == NOW + 5 * SECOND
    assert pace.reason == "words"


def test_each_failed_try_doubles_the_rest_up_to_five_minutes():
    """What was still under way when it opened tells nothing new."""
    pace = after(Pace(), part(failed=10), 0, NOW)
    assert after(pace, part(failed=20), 0, NOW + SECOND).open_until == pace.open_until
    rests = []
    at = NOW
    for _ in range(9):
        at = pace.open_until
        pace = after(pace, part(failed=1), 0, at)
        rests.append((pace.open_until - at) // SECOND)

    assert rests == [10, 20, 40, 80, 160, 300, 300, 300, 300]
    mended = after(pace, part(taken=1), 0, pace.open_until)
    assert mended.is_plain or mended.rate
    assert not mended.open_until


def test_a_refusal_shows_that_the_provider_works():
    """A number that does not exist is no fault of the way to it."""
    broken = Pace(failures=9)
    told = Outcome(0, 0, 0, 1.0, works=True)

    assert after(broken, told, 0, NOW).failures == 0


@pytest.mark.parametrize("milliseconds", [1, 2, 10, 99, 1_000, 60_000, 3_600_000])
def test_a_percentile_is_never_too_short_and_at_most_a_quarter_too_long(milliseconds: int):
    """Buckets grow by a quarter."""
    counts = {bucket(milliseconds): 7}
    found = percentile(counts, 0.95)

    assert found is not None
    assert milliseconds <= found * 1.000001
    assert found <= milliseconds * 1.2500001


def test_a_percentile_counts_from_the_shortest():
    """Half of them, then nearly all; of nothing there is none."""
    counts = {bucket(10): 50, bucket(100): 45, bucket(1_000): 5}

    assert percentile(counts, 0.5) == pytest.approx(10, rel=0.25)
    assert percentile(counts, 0.95) == pytest.approx(100, rel=0.25)
    assert percentile(counts, 0.99) == pytest.approx(1_000, rel=0.25)
    assert percentile({}, 0.5) is None
