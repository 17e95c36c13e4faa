"""Content and live sessions stand in the one calendar, and clash with what meets their people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.board.test_content import NOTE, plan
from tests.integration.board.test_live_sessions import SESSION
from tests.integration.console.visiting import signed_in
from tests.integration.outbox import HELLO, Recorder, put_template, with_providers
from tests.integration.people import BRAND
from tests.integration.warehouses import with_warehouse

from huiliu.kernel.times import as_instant
from huiliu.ports.world import World
from huiliu.services.calendar import list_calendar
from huiliu.services.content_tasks import move_piece, plan_piece
from huiliu.services.live_sessions import publish_session
from huiliu.services.publish import publish

SEGMENT = """\
huiliu: 1
kind: segment
slug: vip
name: {en: VIP}
where: {trait: tier, is: vip}
"""
CAMPAIGN = """\
huiliu: 1
kind: journey
slug: gala
name: {en: Gala}
entry: {once: "2026-11-25T10:00", zone: brand, among: {segment: vip}}
nodes:
  send: {type: send, channel: email, template: hello, next: done}
  done: {type: exit}
"""


@pytest.fixture
def house(world: World, tmp_path: Path) -> Iterator[World]:
    """Lend a world with a warehouse and a carrier."""
    with with_warehouse(world, tmp_path) as opened:
        yield with_providers(opened, Recorder())


def test_everything_that_meets_people_stands_in_one_calendar(house: World, tmp_path: Path) -> None:
    """By time, each on its page; the same people, or the same page on a day, are a clash."""
    world = house
    put_template(world, HELLO)
    publish(world, BRAND, SEGMENT, "test")
    publish(world, BRAND, CAMPAIGN, "test")
    publish_session(world, BRAND, SESSION + "audience: vip\n", "test")
    [note] = plan_piece(
        world, BRAND, {**NOTE, "platform": "kuaishou", "due": "2026-11-25T18:00"}, "test"
    )
    plan(world, title="Elsewhere", due="2026-11-26T18:00")
    gone = plan(world, title="Dropped", due="2026-11-25T18:00")
    move_piece(world, BRAND, gone.task_id, "dropped", "test")
    first = as_instant("2026-11-25", world.zone) or 0
    past = as_instant("2026-11-27", world.zone) or 0

    lines = list_calendar(world, BRAND, first, past)

    assert [(one.kind, one.page.rpartition("/")[0], list(one.clashes)) for one in lines] == [
        ("campaign", "/campaigns", ["Office skin care"]),
        ("content", "/content", ["office-skin"]),
        ("live", "/live-sessions", ["Morning care", "gala"]),
        ("content", "/content", []),
    ]  # fmt: skip
    client = signed_in(world, tmp_path)
    page = client.get("/calendar?view=list&day=2026-11-25").text
    assert f'href="/content/{note.key}"' in page
    assert 'href="/live-sessions/office-skin"' in page
    assert "Dropped" not in page
