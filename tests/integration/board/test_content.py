"""Content is planned, made, published and measured in one place, and tells the log of each step."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.integration.warehouses import rows, settle, with_warehouse

from huiliu.kernel.errors import BadInput, NotFound, Overtaken
from huiliu.ports.board import PieceRow
from huiliu.ports.world import World
from huiliu.services.content_board import board, content_report, piece_as_given, show_piece
from huiliu.services.content_materials import add_material, read_material
from huiliu.services.content_outcomes import import_outcomes, note_outcome
from huiliu.services.content_tasks import change_piece, move_piece, plan_piece
from huiliu.services.groups import put_group, remove_group, show_group
from huiliu.services.public_links import count_click, follow_public
from huiliu.services.publish import publish
from huiliu.services.staff_tasks import list_tasks

BRAND = 1
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
NOTE = {
    "title": "Morning care", "platform": "xiaohongshu", "words": "三步搞定",
    "assignee": "lin", "code": "AM20", "target": "https://shop.example/p?x=1",
    "due": "2026-12-01T20:00",
}  # fmt: skip
PERSON = {"user-agent": "Mozilla/5.0 (iPhone) MicroMessenger"}


def plan(world: World, **other: str) -> PieceRow:
    """Plan one piece."""
    return plan_piece(world, BRAND, {**NOTE, **other}, "test")[0]


@pytest.fixture
def house(world: World, tmp_path: Path) -> Iterator[World]:
    """Lend a world with a warehouse."""
    with with_warehouse(world, tmp_path) as opened:
        yield opened


def test_a_piece_goes_from_plan_to_results_and_the_log_hears_of_it(house: World) -> None:
    """Each step once, about nobody, and whoever makes it has a task until then."""
    row = plan(house)
    move_piece(house, BRAND, row.task_id, "made", "test")
    out = move_piece(
        house, BRAND, row.task_id, "published", "test", post_url="https://xhs.example/1"
    )
    note_outcome(
        house, BRAND, row.task_id, {"views": "1.2万", "likes": 600}, source="form", by="test"
    )
    settle(house)

    [task] = list_tasks(house, BRAND)
    assert (task.assignee, task.link) == ("lin", f"/content/{row.key}")
    assert out.published_at == house.clock.now()
    found = show_piece(house, BRAND, row.task_id, "en")
    assert (found.row.state, found.engagement) == ("measured", 0.05)
    told = rows(house, "select event, profile_id from events order by position")
    assert [(one["event"], one["profile_id"]) for one in told] == [
        ("Content Planned", None), ("Content Made", None), ("Content Published", None),
        ("Content Measured", None),
    ]  # fmt: skip


def test_what_is_not_made_is_not_published(world: World) -> None:
    """Neither is what nobody measured called measured."""
    row = plan(world, words="")

    for state in ("made", "published", "measured", "lost"):
        with pytest.raises(BadInput):
            move_piece(world, BRAND, row.task_id, state, "test")
    add_material(world, BRAND, row.task_id, "cover.png", PNG, "test")
    assert move_piece(world, BRAND, row.task_id, "made", "test").state == "made"


def test_words_that_a_rule_pack_blocks_are_not_published(world: World) -> None:
    """The advertising law holds for posts as it does for messages."""
    row = plan(world, words="顶级面霜")

    with pytest.raises(BadInput) as fault:
        move_piece(world, BRAND, row.task_id, "made", "test")

    assert {one.path for one in fault.value.problems} == {"words"}
    assert show_piece(world, BRAND, row.task_id, "en").findings


def test_nobody_overwrites_what_they_did_not_see(world: World) -> None:
    """Of two who change the same version the second is told."""
    row = plan(world)
    change_piece(world, BRAND, row.task_id, {**NOTE, "title": "First"}, "test", row.version)

    with pytest.raises(Overtaken):
        change_piece(world, BRAND, row.task_id, {**NOTE, "title": "Second"}, "test", row.version)
    with pytest.raises(Overtaken):
        move_piece(world, BRAND, row.task_id, "made", "test", version=row.version)
    kept = show_piece(world, BRAND, row.task_id, "en").row
    assert piece_as_given(kept, world.zone)["title"] == "First"
    assert piece_as_given(kept, world.zone)["due"] == NOTE["due"]


def test_of_many_who_move_a_card_one_does(world: World) -> None:
    """The row's lock decides, and the log hears of one step."""
    row = plan(world)

    def move(_: int) -> str:
        """Try to move it."""
        try:
            return move_piece(world, BRAND, row.task_id, "made", "t", version=row.version).state
        except Overtaken:
            return "overtaken"

    with ThreadPoolExecutor(8) as pool:
        ended = list(pool.map(move, range(8)))

    assert sorted(ended) == ["made"] + ["overtaken"] * 7


def test_the_link_of_a_piece_leads_on_with_its_campaign_and_is_counted(world: World) -> None:
    """People and programs apart; what the address said itself stays."""
    row = plan(world)
    link, url = follow_public(world, row.link)
    for headers in (PERSON, PERSON, {"user-agent": "curl/8"}):
        count_click(world, link, headers)

    assert url == (
        "https://shop.example/p?x=1&utm_source=xiaohongshu&utm_medium=content&utm_content=AM20"
    )
    clicks = show_piece(world, BRAND, row.task_id, "en").clicks
    assert (clicks.n_people, clicks.n_machines) == (2, 1)
    for code in ("zzzzzzzz", "../..", "", row.link + "x"):
        with pytest.raises(NotFound):
            follow_public(world, code)


def test_files_are_what_their_bytes_say(world: World) -> None:
    """A page that claims to be a picture is not kept, and a path is no name."""
    row = plan(world)

    kept = add_material(world, BRAND, row.task_id, "..\\..\\<b>cover</b>.exe", PNG, "test")
    again = add_material(world, BRAND, row.task_id, "other.png", PNG, "test")
    assert (kept.type, kept.name) == ("image/png", "b_.png")
    assert again.material_id == kept.material_id
    assert len(show_piece(world, BRAND, row.task_id, "en").materials) == 1
    assert read_material(world, BRAND, row.task_id, kept.material_id)[1] == PNG
    for bad in (b"", b"<svg onload=alert(1)>", b"<html>", b"#!/bin/sh", b"MZ" + bytes(60)):
        with pytest.raises(BadInput):
            add_material(world, BRAND, row.task_id, "x.png", bad, "test")


def test_a_table_finds_its_pieces_by_address_code_or_title(world: World) -> None:
    """What fits nothing, or several, is told and changes nothing; saying it again adds nothing."""
    first, second = plan(world), plan(world, title="Evening care", code="PM20")
    plan(world, title="Twice", code=""), plan(world, title="Twice", code="")
    for row in (first, second):
        move_piece(
            world, BRAND, row.task_id, "published", "t", post_url=f"https://x.example/{row.code}"
        )
    data = (
        "链接,口令,标题,阅读量,收藏\n"
        "https://x.example/AM20,,,1万,20\n,PM20,,500,5\n,,Twice,9,1\n,,Nobody,9,1\n"
    ).encode("gb18030")

    noted = import_outcomes(world, BRAND, "content", data, "test")
    again = import_outcomes(world, BRAND, "content", data, "test")

    assert list(noted.subjects) == list(again.subjects) == [first.key, second.key]
    assert [said for _, said in noted.strangers] == ["Twice", "Nobody"]
    [line] = content_report(world, BRAND, 30)
    assert (line.platform, line.n_pieces, line.figures["views"]) == ("xiaohongshu", 2, 10_500)
    found = show_piece(world, BRAND, first.task_id, "en")
    assert (found.row.state, len(found.outcomes)) == ("measured", 1)


def test_a_table_with_a_bad_line_writes_nothing_down(world: World) -> None:
    """Half a table is worse than none."""
    row = plan(world)

    with pytest.raises(BadInput):
        import_outcomes(world, BRAND, "content", b"code,likes\nAM20,3\nAM20,lots\n", "test")

    assert show_piece(world, BRAND, row.task_id, "en").outcomes == []


def test_the_board_shows_clashes_even_with_what_it_leaves_out(world: World) -> None:
    """Two posts on one page on one day, whoever of them is looked at."""
    mine = plan(world, assignee="lin")
    plan(world, assignee="wei", title="The other")

    found = board(world, BRAND, {"assignee": "lin"})

    assert [row.key for row in found.columns["planned"]] == [mine.key]
    assert len(found.clashes[mine.key]) == 1
    assert found.counts == {"planned": 1}


def test_a_plan_for_communities_is_a_piece_for_each_owner(world: World) -> None:
    """Each with its own link, on the platform of the community."""
    for slug, owner in (("vip-1", "an"), ("vip-2", "bo")):
        put_group(world, BRAND, {
            "slug": slug, "name": slug, "platform": "wechat_group", "owner": owner, "size": "180",
        })  # fmt: skip
    given = {**NOTE, "assignee": ""}

    made = plan_piece(world, BRAND, given, "test", ["vip-1", "vip-2"])

    assert [(one.assignee, one.platform, one.group) for one in made] == [
        ("an", "wechat_group", "vip-1"), ("bo", "wechat_group", "vip-2"),
    ]  # fmt: skip
    assert len({one.link for one in made}) == 2
    with pytest.raises(BadInput):
        plan_piece(world, BRAND, given, "test", ["vip-1", "nobody"])
    assert len(board(world, BRAND, {}).columns["planned"]) == 2


def test_a_community_keeps_its_size_by_day(world: World) -> None:
    """Said twice on a day, the last counts; forgotten, what was posted in it stays."""
    given = {"slug": "vip", "name": "VIP", "platform": "qq_group", "size": "100"}
    put_group(world, BRAND, given)
    put_group(world, BRAND, {**given, "size": "120"})
    world.clock.advance(24 * 3_600_000_000)  # type: ignore[attr-defined] # the simulated clock's own
    put_group(world, BRAND, {**given, "size": "130"})
    [row] = plan_piece(world, BRAND, NOTE, "test", ["vip"])

    assert show_group(world, BRAND, "vip").sizes == [("2026-11-22", 120), ("2026-11-23", 130)]
    remove_group(world, BRAND, "vip")
    assert show_piece(world, BRAND, row.task_id, "en").row.group == "vip"
    with pytest.raises(BadInput):
        put_group(world, BRAND, {"slug": "A b", "platform": "douyin", "size": "-1", "state": "x"})


def test_another_brand_sees_nothing_of_it(world: World) -> None:
    """Neither the board nor a piece that it knows the id of."""
    row = plan(world)

    assert board(world, 2, {}).counts == {}
    with pytest.raises(NotFound):
        show_piece(world, 2, row.task_id, "en")
    with pytest.raises(NotFound):
        move_piece(world, 2, row.task_id, "made", "test")


def test_a_piece_shows_the_facts_of_its_brief(world: World) -> None:
    """Price and dates are the same here as in every message."""
    publish(world, BRAND, (
        "huiliu: 1\nkind: brief\nslug: spring\nname: {en: Spring}\n"
        "facts:\n  price: {price: 99, currency: CNY}\n"
    ), "test")  # fmt: skip
    row = plan(world, brief="spring")

    assert "99" in show_piece(world, BRAND, row.task_id, "en").facts["price"]
