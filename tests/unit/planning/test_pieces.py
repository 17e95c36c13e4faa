"""A piece of content says all that is wrong with it, moves as it may, and knows whom it meets."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from huiliu.kernel.times import HOUR, as_instant
from huiliu.planning.pieces import NEXT, STATES, Piece, advice, clashes, kept_back, read_piece
from huiliu.planning.platforms import PLATFORMS

ZONE = "Asia/Shanghai"
EVENING = as_instant("2026-12-01T20:00", ZONE) or 0


@dataclass(frozen=True)
class Thing:
    """Something with a day."""

    key: str
    due_at: int = EVENING
    platform: str = "douyin"
    account: str = ""
    group: str = ""
    audience: str = ""


def everything(_kind: str, _slug: str) -> bool:
    """Know every name."""
    return True


def wrong(**given: object) -> dict[str, str]:
    """Return path -> key of all that is wrong."""
    found = read_piece(given, ZONE, lambda _kind, _slug: False)
    assert isinstance(found, tuple)
    return {one.path: one.text.key for one in found}


def test_a_piece_is_read_with_its_date_in_the_brands_zone() -> None:
    """What a marketer types in Shanghai is a time in Shanghai."""
    found = read_piece(
        {"title": " Note ", "platform": "xiaohongshu", "due": "2026-12-01T20:00", "brief": "b"},
        ZONE, everything,
    )  # fmt: skip

    assert found == Piece("Note", "xiaohongshu", brief="b", due_at=EVENING)


def test_everything_wrong_is_said_at_once() -> None:
    """Nobody sends a form eight times."""
    assert wrong(
        title=" ", platform="myspace", brief="none", audience="Bad Slug", group="g",
        target="javascript:alert(1)", code="a b", due="tomorrow", colour="red", words=7,
    ) == {
        "colour": "content.unknown", "words": "content.no_text", "title": "content.no_title",
        "platform": "content.no_platform", "due": "content.no_date",
        "brief": "content.no_brief", "audience": "content.no_audience",
        "group": "content.no_group", "target": "content.no_address", "code": "content.no_code",
    }  # fmt: skip


@pytest.mark.parametrize(
    "address",
    ["https://u:p@bank.example/", "ftp://x.example", "https://", "https://a b", "//x.example",
     "https://[::1", "https://x.example:99999999/"],
)  # fmt: skip
def test_an_address_that_people_cannot_be_sent_to_is_refused(address: str) -> None:
    """Neither other schemes nor names that hide where one goes."""
    assert wrong(title="t", platform="douyin", target=address) == {"target": "content.no_address"}


def test_advice_warns_of_what_the_platform_cannot_do() -> None:
    """A long title, a link that nobody can press, nothing that tells what it sold."""
    long = Piece("字" * 21, "xiaohongshu", target="https://shop.example/")
    bare = Piece("t", "wechat_group")

    assert {one.text.key for one in advice(long)} == {"content.long", "content.not_pressed"}
    assert {one.text.key for one in advice(bare)} == {"content.untracked", "content.which_group"}


def test_a_piece_goes_on_only_with_what_its_next_state_needs() -> None:
    """Nothing is published that is not made, and nothing measured without figures."""
    assert kept_back("planned", "made", has_something=False, is_measured=False) == (
        "content.nothing_made"
    )
    assert not kept_back("planned", "made", has_something=True, is_measured=False)
    assert kept_back("published", "measured", has_something=True, is_measured=False) == (
        "content.nothing_measured"
    )
    assert kept_back("planned", "measured", has_something=True, is_measured=True) == (
        "content.no_way"
    )


def test_every_state_can_be_left_and_reached() -> None:
    """No piece is ever stuck."""
    reached = {after for ways in NEXT.values() for after in ways}

    assert set(NEXT) == reached == set(STATES)


def test_two_things_clash_for_the_same_people_on_the_same_day_and_page() -> None:
    """Another platform, account, day or audience is no clash; everybody clashes with anybody."""
    things = [
        Thing("a", audience="vip"), Thing("b", audience="vip"), Thing("c"),
        Thing("new", audience="new"), Thing("other-page", account="two"),
        Thing("other-day", due_at=EVENING + 24 * HOUR), Thing("elsewhere", platform="weibo"),
        Thing("undated", due_at=0),
    ]  # fmt: skip

    found = {key: set(others) for key, others in clashes(things, ZONE).items()}

    assert found == {"a": {"b", "c"}, "b": {"a", "c"}, "c": {"a", "b", "new"}, "new": {"c"}}


def test_a_day_is_one_of_the_brands_clocks() -> None:
    """Half past eleven at night and half an hour after midnight are two days in Shanghai."""
    late = as_instant("2026-12-01T23:30", ZONE) or 0
    things = [Thing("late", due_at=late), Thing("early", due_at=late + HOUR)]

    assert not clashes(things, ZONE)
    assert clashes(things, "Europe/Berlin").keys() == {"late", "early"}


def test_communities_are_platforms_of_their_own() -> None:
    """A group never holds a live session, and says that it is a group."""
    groups = [one for one in PLATFORMS.values() if one.is_group]

    assert {one.name for one in groups} >= {"wechat_group", "wecom_group"}
    assert not any(one.has_live for one in groups)
