"""The catalogue says of every metric what it means, in both languages and on one page."""

from __future__ import annotations

from collections import Counter

import pytest

from huiliu.kernel.texts import LOCALES, Text, catalogue, render
from huiliu.metrics import GROUPS, METRICS, Adds, Unit
from huiliu.metrics.definition import define


def test_every_metric_stands_in_one_group() -> None:
    """None is left out of the page, and none stands there twice."""
    shown = Counter(name for names in GROUPS.values() for name in names)

    assert shown == Counter(list(METRICS))


@pytest.mark.parametrize("name", METRICS)
def test_a_definition_names_its_parts_in_both_languages(name: str) -> None:
    """Formula, numerator, denominator of what is a ratio, window and grain."""
    metric = METRICS[name]
    found = define(metric)

    assert (found.denominator is not None) == (metric.adds in {Adds.RATIO, Adds.STAND})
    for locale in LOCALES:
        for said in (f"metrics.{name}", f"metrics.{name}.what"):
            assert catalogue(locale)[said]
        top = render(found.numerator, locale)
        assert top in render(found.formula, locale)
        if found.denominator is not None:
            assert render(found.denominator, locale) in render(found.formula, locale)
        told = (found.window, found.grain, found.better, found.unit, found.settles)
        for part in (one for one in told if isinstance(one, Text)):
            assert part.key in catalogue(locale)
    assert (found.settles is not None) == (metric.settles_after > 0)


def test_what_needs_costs_says_so_and_what_is_a_share_is_counted() -> None:
    """Money over money has no interval of a share; every share is one count among another."""
    assert {one.name for one in METRICS.values() if one.costed} == {
        "total_cost", "roas", "roi", "cac",
    }  # fmt: skip
    shares = [one for one in METRICS.values() if one.unit is Unit.SHARE]
    assert len(shares) >= 16
    assert all(one.adds in {Adds.RATIO, Adds.STAND} and not one.costed for one in shares)
