"""Ladders of members: how they are written, and who stands where."""

from __future__ import annotations

from decimal import Decimal

from huiliu.kernel.times import DAY
from huiliu.rewards.standing import Moved, benefits_due, stand
from huiliu.rewards.tiers import Occasion, Tiers, parse_tiers, parsed_tiers

LADDER = """\
huiliu: 1
kind: tiers
slug: members
name: {zh-CN: 会员等级, en: Members}
measure: spend
currency: CNY
window: 365d
period: 180d
levels:
  - id: silver
    name: {zh-CN: 银卡, en: Silver}
    from: 0
  - id: gold
    name: {zh-CN: 金卡, en: Gold}
    from: 1000
    multiplier: 1.5
    benefits:
      - {on: entry, points: 100}
      - {on: renewal, coupon: gold-gift}
      - {says: {zh-CN: 专属客服, en: A person of your own}}
  - id: black
    name: {zh-CN: 黑卡, en: Black}
    from: 5000.50
    multiplier: 2
    benefits:
      - {on: entry, points: 500}
feeds:
  - id: group-buyer
    name: {zh-CN: 团购, en: Group buys}
    event: Order Completed
    where: [{property: source, is: group_buy}]
    counts: 0.5
    points: 20
    most: 3
    in: 30d
"""
NOW = 1_800_000_000_000_000


def _ladder(source: str = LADDER) -> Tiers:
    """Return a ladder that can be read."""
    found = parse_tiers(source)
    assert isinstance(found, Tiers), found
    return found


def test_a_ladder_is_read_with_its_levels_and_rules() -> None:
    """Amounts are minor units, names of events the canonical ones."""
    ladder = _ladder()

    assert [one.floor for one in ladder.levels] == [0, 100_000, 500_050]
    assert ladder.levels[1].multiplier == Decimal("1.5")
    assert [one.on for one in ladder.levels[1].benefits] == [
        Occasion.ENTRY, Occasion.RENEWAL, Occasion.ALWAYS,
    ]  # fmt: skip
    feed = ladder.feeds[0]
    assert feed.takes("Order Paid", {"source": "group_buy"})
    assert not feed.takes("Order Paid", {"source": "app"})
    assert (feed.counts, feed.points, feed.most) == (Decimal("0.5"), Decimal(20), 3)
    assert ladder.tag == "member-tier"
    assert parsed_tiers(ladder.source) == ladder


def test_all_that_is_wrong_with_a_ladder_is_told_at_once_with_lines() -> None:
    """Levels that do not rise, gifts without an occasion, unknown fields: one look tells all."""
    broken = (
        LADDER.replace("from: 5000.50", "from: 900")
        .replace("{on: entry, points: 100}", "{points: 100}")
        .replace("window: 365d", "window: soon")
        .replace("counts: 0.5", "counts: 0.5\n    weight: 3")
        .replace("id: silver", "id: gold")
    )

    problems = parse_tiers(broken)

    assert isinstance(problems, tuple)
    assert {one.text.key for one in problems} == {
        "tiers.must_rise", "tiers.no_occasion", "tiers.want_time", "plans.unknown_field",
        "tiers.twice",
    }  # fmt: skip
    assert all(one.line for one in problems)


def test_whoever_reaches_a_level_stands_there_at_once_for_a_period() -> None:
    """Up needs no period's end, and starts a new one."""
    found = stand(_ladder(), "silver", NOW + DAY, 100_000, NOW)

    assert (found.moved, found.level and found.level.id) == (Moved.UP, "gold")
    assert found.until == NOW + 180 * DAY


def test_nobody_falls_before_the_period_ends() -> None:
    """Down waits: until then the level stands, however little counts."""
    ladder = _ladder()

    before = stand(ladder, "gold", NOW + 1, 0, NOW)
    after = stand(ladder, "gold", NOW, 0, NOW)

    assert (before.moved, before.level and before.level.id) == (Moved.STAYED, "gold")
    assert (after.moved, after.level and after.level.id) == (Moved.DOWN, "silver")


def test_a_level_that_still_holds_at_the_end_is_kept_for_another_period() -> None:
    """Keeping is not moving: nothing is told, but a renewal is given."""
    ladder = _ladder()

    found = stand(ladder, "gold", NOW, 100_000, NOW)

    assert found.moved is Moved.KEPT
    assert found.until == NOW + 180 * DAY
    assert [one.coupon for _, one in benefits_due(ladder, "gold", found)] == ["gold-gift"]


def test_whoever_passes_a_level_on_the_way_up_is_welcomed_there_too() -> None:
    """From silver to black, gold's welcome is given, its renewal is not."""
    ladder = _ladder()

    found = stand(ladder, "silver", NOW + DAY, 600_000, NOW)

    due = [
        (level.id, one.points, one.coupon) for level, one in benefits_due(ladder, "silver", found)
    ]
    assert due == [("gold", Decimal(100), ""), ("black", Decimal(500), "")]


def test_a_level_that_is_named_no_more_is_left() -> None:
    """A document may drop a level; its people go where their measure puts them."""
    ladder = _ladder(LADDER.replace("from: 0", "from: 10"))

    assert stand(ladder, "bronze", NOW + DAY, 0, NOW).moved is Moved.DOWN
    assert stand(ladder, "bronze", NOW + DAY, 0, NOW).level is None
    assert stand(ladder, "bronze", NOW + DAY, 2_000, NOW).moved is Moved.UP
    assert stand(ladder, "", 0, 0, NOW).moved is Moved.STAYED
