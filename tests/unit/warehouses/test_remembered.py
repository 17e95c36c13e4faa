"""A question whose shape is known gets the very letters that it would have been turned into."""

from __future__ import annotations

from dataclasses import replace

import ibis
import pytest

from huiliu.conditions.population import moment_literal
from huiliu.kernel.times import DAY, HOUR, as_instant
from huiliu.metrics import METRICS, Frame
from huiliu.warehouses.remembered import remembered
from huiliu.warehouses.views import population

_NOW = as_instant("2026-11-22T04:00:00Z") or 0
_FRAME = Frame(
    population(1, None),
    "Asia/Shanghai",
    _NOW,
    _NOW - 28 * DAY,
    _NOW + 1,
    currency="CNY",
    brand_id=1,
)


class _Turned:
    """Turns expressions into SQL, and counts how often."""

    def __init__(self) -> None:
        """Begin at 0."""
        self.times = 0

    def __call__(self, expression: ibis.Expr) -> str:
        """Return the SQL."""
        self.times += 1
        return str(ibis.to_sql(expression.as_table(), dialect="duckdb"))


@pytest.mark.parametrize("name", list(METRICS)[::4])
def test_a_later_question_of_a_known_shape_is_the_same_to_the_letter(name: str) -> None:
    """Hours and days later, the SQL is what it would be without any memory."""
    turned = _Turned()
    known = remembered(turned)
    known(METRICS[name].read(_FRAME))

    later = replace(_FRAME, now=_NOW + HOUR, until=_NOW + HOUR + 1, since=_NOW - 27 * DAY)
    expression = METRICS[name].read(later)

    assert known(expression) == _Turned()(expression)


def test_another_moment_is_another_answer_and_no_other_sql_is_made() -> None:
    """What differs in its instants alone is turned once; each keeps its own instants."""
    turned = _Turned()
    known = remembered(turned)
    events = population(1, None).events

    first = known(events.filter(events.occurred_at < moment_literal(_NOW)))
    second = known(events.filter(events.occurred_at < moment_literal(_NOW + DAY)))

    assert turned.times == 1
    assert "2026-11-22 04:00:00.000000" in first
    assert second == first.replace("2026-11-22", "2026-11-23")


def test_instants_that_were_equal_are_not_told_apart_and_different_ones_are() -> None:
    """Which instants are the same belongs to the shape."""
    known = remembered(_Turned())
    events = population(1, None).events

    def between(low: int, high: int) -> ibis.Expr:
        """Return the events of a span."""
        at = events.occurred_at
        return events.filter((at > moment_literal(low)) | (at == moment_literal(high)))

    for low, high in ((_NOW, _NOW), (_NOW, _NOW + DAY), (_NOW + DAY, _NOW), (_NOW, _NOW)):
        assert known(between(low, high)) == _Turned()(between(low, high))


@pytest.mark.parametrize(
    "text",
    ["of '2026-11-22 04:00:00.000000'", "2026-11-22 04:00:00.0000001", "\x000\x00", "'", "1"],
)
def test_a_text_that_only_looks_like_an_instant_stays_as_it_is(text: str) -> None:
    """What people write into conditions is never taken for an instant of ours."""
    known = remembered(_Turned())
    events = population(1, None).events

    for at in (_NOW, _NOW + DAY):
        rows = events.filter(events.name == text, events.occurred_at < moment_literal(at))
        assert known(rows) == _Turned()(rows)


def test_a_list_that_holds_an_instant_of_its_own_keeps_it() -> None:
    """The first question's instant may stand in it by chance."""
    known = remembered(_Turned())
    events = population(1, None).events
    names = ibis.literal(["2026-11-22 04:00:00.000000", "b"])

    for at in (_NOW, _NOW + DAY):
        rows = events.filter(names.contains(events.name), events.occurred_at < moment_literal(at))
        assert known(rows) == _Turned()(rows)


def test_numbers_of_another_kind_are_another_shape() -> None:
    """1, 1.0 and true are equal to Python, and not to an engine."""
    known = remembered(_Turned())
    events = population(1, None).events

    for number in (1, 1.0, True, 0.0, -0.0):
        rows = events.select(found=ibis.literal(number))
        assert known(rows) == _Turned()(rows)
