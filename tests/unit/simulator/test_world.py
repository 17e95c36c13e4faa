"""A world is posed by a file that says only what is different in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from huiliu.kernel.errors import BadInput
from huiliu.kernel.times import DAY, as_instant
from huiliu.simulator import MODEL, VirtualBrand
from huiliu.simulator.path_world import PathWorld, TouchChannel, removal_shares
from huiliu.simulator.world import World, parse_world

HEAD = "huiliu: 1\nkind: world\nslug: shipped\nname: {en: Shipped}\n"
START = as_instant("2026-08-01T16:00:00Z") or 0


def test_what_is_printed_is_read_as_the_same_world() -> None:
    """The whole document is a place to start from."""
    assert parse_world(World().source()) == World()
    other = parse_world(HEAD + "seed: 3\npeople: {buys: 0.3, promise: 2d}\n")
    assert parse_world(other.source()) == other
    assert other.people == replace(MODEL, buys=0.3, promise=2 * DAY)


def test_what_is_not_written_stays_as_it_is_shipped() -> None:
    """A file of one number is a world."""
    found = parse_world(HEAD + "days: {channels: 4, falls: []}\n")
    assert found == replace(
        World(), channels=replace(World().channels, channels=4), falls=(), slug="shipped"
    )


def test_every_problem_is_told_with_its_path_and_line() -> None:
    """What is wrong in one part hides nothing of another."""
    source = HEAD + (
        "people: {buys: 2, pay_span: [2h], nonsense: 1}\n"
        "days: {least_visits: 50000, falls: [{channel: channel-99, day: 40}]}\n"
        "cells: {dimensions: {os: [a]}}\n"
        "faults: [{name: x, step: fly, factor: 0.5}]\n"
        "experiments: [{name: a, variants: [{name: c}]}]\n"
        "buyers: {arriving: 70}\n"
    )
    with pytest.raises(BadInput) as caught:
        parse_world(source)
    assert {(one.path, one.line) for one in caught.value.problems} == {
        ("people.buys", 5), ("people.pay_span", 5), ("people.nonsense", 5),
        ("days.least_visits", 6), ("days.falls[0].channel", 6), ("days.falls[0].factor", 6),
        ("cells.dimensions", 7), ("cells.dimensions.os", 7), ("faults[0].step", 8),
        ("faults[0].where", 8), ("experiments[0].variants", 9), ("buyers.arriving", 10),
    }  # fmt: skip


def test_a_channel_that_never_sells_takes_only_those_away_who_would_have_gone_on() -> None:
    """By hand: half of touches are of each; without b, those it would have touched leave."""
    world = PathWorld(leaves=0.5, channels=(TouchChannel("a", 1, 0.4), TouchChannel("b", 1, 0.0)))
    # Whole: 0.2 / (1 - 0.5 * 0.8) = 1/3; without b: 0.2 / (1 - 0.5 * 0.3) = 4/17; without a: 0.
    lost_b = 1 - (4 / 17) / (1 / 3)
    assert removal_shares(world) == pytest.approx(
        {"a": 1 / (1 + lost_b), "b": lost_b / (1 + lost_b)}
    )


def test_people_come_more_at_weekends_and_pay_for_advertisements_by_their_place() -> None:
    """Two of seven days are busier by the model's factor; money is spent where it is shown."""
    often = replace(MODEL, weekend=3.0, season=0.0, visits_a_day=1.0, old_share=1.0)
    brand = VirtualBrand(400, 28, 3, START, often)
    days = [0.0] * 7
    while brand.next_at() < brand.ends_at:
        at = brand.next_at()
        seen = brand.step(at + DAY).calls
        for when, call in seen:
            days[(when - START) // DAY % 7] += call.get("event") == "Product Viewed"
    assert sum(days[5:]) / 2 == pytest.approx(3.0 * sum(days[:5]) / 5, rel=0.15)
    assert {channel for _, channel in brand.spend} == {"mini_program", "douyin", "h5"}
