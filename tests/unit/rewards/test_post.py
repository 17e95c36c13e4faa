"""The rules of posts: what a document may say, and what holds without one."""

from __future__ import annotations

from decimal import Decimal

from huiliu.rewards.post import DEFAULT, PostRules, parse_posts

DOCUMENT = """\
huiliu: 1
kind: posts
slug: default
name: {zh-CN: 晒单, en: Show it}
open_days: 30
photos: 9
video_seconds: 0
points: {photo: 12.5}
target: https://shop.example/
consent: {zh-CN: 可以展示。, en: You may show it.}
"""


def test_a_document_says_what_is_taken_and_what_it_earns() -> None:
    """What it leaves out is as it is without one."""
    found = parse_posts(DOCUMENT)

    assert isinstance(found, PostRules)
    assert (found.open_days, found.photos, found.video_seconds) == (30, 9, 0)
    assert found.per_order == DEFAULT.per_order
    assert found.earned("photo") == Decimal("12.5")
    assert found.earned("video") == 0
    assert found.consent["en"] == "You may show it."


def test_without_a_document_people_may_post_and_earn_nothing() -> None:
    """Nobody pays for what nobody wrote down."""
    assert DEFAULT.photos > 0
    assert DEFAULT.earned("photo") == DEFAULT.earned("video") == 0


def test_every_fault_is_told_with_its_line() -> None:
    """All at once, never the first alone."""
    wrong = (
        DOCUMENT.replace("slug: default", "slug: mine")
        .replace("photos: 9", "photos: 10")
        .replace("12.5", "12.505")
        .replace("https://", "http://")
        .replace("open_days", "days_open")
    )

    found = parse_posts(wrong)

    assert isinstance(found, tuple)
    assert sorted((one.path, one.line) for one in found) == [
        ("days_open", 5), ("photos", 6), ("points.photo", 8), ("slug", 3), ("target", 9),
    ]  # fmt: skip
