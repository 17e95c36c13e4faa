"""Channels are scored by what is known of them, and an unknown is never a zero."""

from __future__ import annotations

import pytest

from huiliu.planning.assessment import CRITERIA, Origin, Profile, assess, better_known
from huiliu.planning.card import Card, parse_card

CARD = """\
huiliu: 1
kind: channel_card
slug: app
name: {en: App}
channel: app
role: core
objective: conversion
features: [payment, logistics, membership, coupons, customer_service, live]
cost: {amount: 0.05, currency: CNY}
"""


def card(**changes: str) -> Card:
    """Return a card in which some lines say something else."""
    lines = [
        next((f"{k}: {said}" for k, said in changes.items() if line.startswith(f"{k}:")), line)
        for line in CARD.splitlines()
    ]  # fmt: skip
    found = parse_card("\n".join(lines))
    assert isinstance(found, Card), found
    return found


def profile(one: Card, **facts: float) -> Profile:
    """Return a card of which some figures were measured."""
    return Profile(one, {name: better_known((value, 100), None) for name, value in facts.items()})


def test_every_fault_of_a_card_is_told() -> None:
    """A role nobody knows, a share above one, a channel that is watched without a trial."""
    source = CARD.replace("core", "king").replace("channel: app", "channel: My App")
    more = "activity: 1.5\nstate: watched\nevidence: {grade: sure}\ncosts: 3\n"
    found = parse_card(source.replace("amount: 0.05, ", "") + more)

    assert isinstance(found, tuple)
    assert {one.path for one in found} == {
        "role", "channel", "activity", "state", "evidence.grade", "costs", "cost.amount",
    }  # fmt: skip


def test_the_weights_of_an_objective_are_a_whole() -> None:
    """So that a score of 100 is all there is."""
    for nth in (0, 1):
        assert sum(weights[nth] for weights in CRITERIA.values()) == pytest.approx(1)


def test_the_best_in_everything_has_all_points() -> None:
    """And what is known is all that counts."""
    best = profile(
        card(), size=1_000, activity=0.9, newness=0.9, conversion=0.5, steps=1, hours=0.2,
        cost=0.05,
    )  # fmt: skip
    [found] = assess([best])

    assert found.score == pytest.approx(100)
    assert found.known == pytest.approx(1)


def test_an_unknown_takes_its_weight_out_and_is_no_zero() -> None:
    """Half of the weight has to be known for a score at all."""
    known = {"size": 1_000.0, "activity": 0.4, "conversion": 0.2, "steps": 1.0}
    [some] = assess([profile(card(), **known)])
    [few] = assess([profile(card(), size=1_000)])

    assert some.score == pytest.approx(100)
    assert some.known == pytest.approx(0.75)
    assert few.score is None
    assert few.known < 0.5


def test_rules_are_as_the_page_says() -> None:
    """Each in its own way between 0 and 1."""

    def points(criterion: str, one: Card, others: list[Profile], **facts: float) -> float | None:
        found = assess([profile(one, **facts), *others])
        mine = next(each for each in found if each.profile.card is one)
        return next(each.points for each in mine.points if each.criterion == criterion)

    big = profile(card(slug="big"), size=999_999)
    assert points("size", card(), [big], size=999) == pytest.approx(0.5, abs=0.001)
    assert points("activity", card(), [], activity=0.1) == pytest.approx(0.25)
    assert points("conversion", card(), [], conversion=0.05) == pytest.approx(0.25)
    assert points("steps", card(), [], steps=5.5) == pytest.approx(0.5)
    assert points("steps", card(), [], steps=50) == 0
    assert points("hours", card(), [], hours=168**0.5) == pytest.approx(0.5)
    assert points("features", card(features="[payment, logistics, content]"), []) == pytest.approx(
        1 / 3
    )
    dear = profile(card(slug="dear"), cost=0.2)
    cheap = profile(card(slug="cheap"), cost=0.05)
    assert points("cost", card(), [dear, cheap], cost=0.1) == pytest.approx(0.5)


def test_the_best_comes_first_and_those_without_a_score_last() -> None:
    """Equal ones by their slug."""
    rows = [
        profile(card(slug="few")),
        profile(card(slug="slow"), size=10, activity=0.1, conversion=0.01, steps=9),
        profile(card(slug="fast"), size=10, activity=0.4, conversion=0.2, steps=1),
    ]

    assert [one.profile.card.slug for one in assess(rows)] == ["fast", "slow", "few"]


def test_what_was_measured_from_enough_stands_before_what_was_typed_in() -> None:
    """From few things what was typed in stands; where nothing was, few are better than nothing."""
    assert better_known((5.0, 30), 9.0).value == 5.0
    assert better_known((5.0, 30), 9.0).entered == 9.0
    assert better_known((5.0, 29), 9.0).origin is Origin.ENTERED
    assert better_known((5.0, 29), None).origin is Origin.MEASURED
    assert better_known((None, 0), None).value is None
