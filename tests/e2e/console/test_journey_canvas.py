"""The journey canvas as people use it: by mouse, by keys, as YAML, on a phone, with others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.console.brand import BRAND, JOURNEY, N_PEOPLE, Brand
from tests.e2e.console.test_console_looks import faults

from huiliu.kernel.times import show_instant
from huiliu.services.advance import advance
from huiliu.services.create_key import create_key
from huiliu.services.journey_drafts import discard_draft
from huiliu.services.project import project
from huiliu.services.publish import publish

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]

ORDER_CARE = "/journeys/edit?slug=order-care"
DESK = """\
huiliu: 1
kind: journey
slug: desk-care
name: {zh-CN: 客服跟进}
entry: {event: Care Asked, key: ticket}
start: desk
nodes:
  desk: {type: wait, for: 2d, next: done}
  done: {type: exit}
"""


@pytest.fixture(autouse=True)
def _as_it_was(brand: Brand) -> Iterator[None]:
    """Let every test begin with what is published, and leave the journey as it was."""
    for owner in ("user:1", "user:2"):
        discard_draft(brand.world, BRAND, owner, "order-care")
    yield
    publish(brand.world, BRAND, JOURNEY, "test")


def opened(page: Page, path: str = ORDER_CARE) -> Page:
    """Open the canvas and wait until it is drawn and checked."""
    page.goto(path)
    expect(page.locator(".strip-problems")).to_be_visible()
    expect(page.locator(".cstep").first).to_be_visible()
    return page


def node(page: Page, name: str) -> Locator:
    """Return a node of the graph."""
    return page.locator(f".react-flow__node[data-id='{name}']")


def kept(page: Page) -> None:
    """Wait until the draft is kept on the server."""
    expect(page.locator(".strip-saved.state-saved")).to_be_visible()


def says(page: Page, words: str) -> None:
    """Wait until the document says something, as the YAML side shows it."""
    page.locator(".view-both").click()
    expect(page.locator("#source")).to_have_value(re.compile(re.escape(words)))
    page.locator(".view-canvas").click()


def test_a_node_is_dragged_in_connected_set_and_undone(sign_in: SignIn) -> None:
    """Drag from the palette, draw a way, fill the form, undo and do again; a reload keeps it."""
    page = opened(sign_in())
    page.locator(".react-flow__controls-fitview").click()
    graph = page.locator(".graph").bounding_box()
    assert graph is not None
    page.locator(".palette-item[data-type=exit]").drag_to(
        page.locator(".graph"), target_position={"x": graph["width"] / 2, "y": 90}
    )
    expect(page.locator(".react-flow__node")).to_have_count(7)
    expect(node(page, "exit")).to_be_visible()

    begin = page.locator("[data-nodeid='big-order'].source").last
    begin.drag_to(page.locator("[data-nodeid='exit'].target"))
    expect(page.locator(".react-flow__edge[data-id='nodes.big-order.else']")).to_have_attribute(
        "aria-label", re.compile("exit")
    )
    kept(page)
    says(page, "else: exit")

    page.keyboard.press("Control+z")
    says(page, "else: done")
    page.locator(".strip-tools .tool").nth(1).click()
    says(page, "else: exit")
    kept(page)
    page.reload()
    expect(page.locator(".react-flow__node")).to_have_count(7)


def test_a_journey_is_made_and_published_by_keys_alone(sign_in: SignIn) -> None:
    """Nodes are reached, added, connected and set without a mouse; Enter publishes."""
    page = opened(sign_in(locale="en"), "/journeys/new")
    name = page.locator(".inspector input[lang=en]")
    name.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("Made by keys")
    expect(page.locator("input.mono").first).to_have_value("made-by-keys")
    page.locator(".react-flow__node").first.focus()
    page.keyboard.press("ArrowRight")
    expect(node(page, "wait")).to_be_focused()
    page.keyboard.press("a")
    expect(page.get_by_role("combobox", name="Search nodes")).to_be_focused()
    page.keyboard.type("send")
    page.keyboard.press("Enter")
    expect(node(page, "send")).to_be_focused()
    page.keyboard.press("Enter")
    box = page.get_by_role("combobox", name="Template").first
    expect(box).to_be_focused()
    page.keyboard.type("late")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".strip-problems.is-good")).to_be_visible()
    page.keyboard.press("Escape")
    expect(node(page, "send")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(node(page, "done")).to_be_focused()
    kept(page)

    page.locator(".strip .btn-primary").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("first time")
    dialog.get_by_role("button", name="Publish").focus()
    page.keyboard.press("Enter")

    page.wait_for_url("**/journeys/made-by-keys?published=1")
    expect(page.locator(".cstep")).to_have_count(4)


def test_a_node_is_deleted_and_what_led_to_it_leads_on(sign_in: SignIn) -> None:
    """Delete closes the gap; the keys' list opens with a question mark."""
    page = opened(sign_in())
    node(page, "apologise").focus()
    page.keyboard.press("Delete")
    expect(page.locator(".react-flow__node")).to_have_count(5)
    says(page, "next: wait-again")

    page.locator(".react-flow__node").first.focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Ctrl")


def test_yaml_and_canvas_are_one_document(sign_in: SignIn) -> None:
    """What is typed is drawn, also what this instance does not know; broken YAML loses nothing."""
    page = opened(sign_in())
    page.locator(".view-both").click()
    box = page.locator("#source")
    box.fill(box.input_value() + "  teleport:\n    type: teleport\n    speed: 9\n    next: done\n")
    expect(node(page, "teleport")).to_be_visible()
    expect(page.locator(".strip-problems.is-bad")).to_be_visible()
    node(page, "done").click()
    page.get_by_label("备注", exact=True).fill("终点")
    expect(box).to_have_value(re.compile(r"note: 终点"))
    expect(box).to_have_value(re.compile(r"type: teleport\n    speed: 9\n    next: done"))

    box.fill(box.input_value() + "  : [")
    expect(page.locator(".editor > .notice-warn")).to_contain_text("YAML")
    expect(page.locator(".react-flow__node")).to_have_count(7)
    page.locator(".strip-tools .tool").first.click()
    expect(page.locator(".editor > .notice-warn")).to_have_count(0)


def test_a_problem_leads_to_its_field(sign_in: SignIn) -> None:
    """The panel lists every problem with its path, and a click opens the node at the field."""
    page = opened(sign_in())
    page.locator(".palette-item[data-type=send]").click()
    expect(page.locator(".strip-problems.is-bad")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".strip-problems").click()
    page.locator(".problem-panel li", has_text="template").first.get_by_role("button").click()

    expect(page.locator(".inspector .combo input").first).to_be_focused()


def ask_for_care(brand: Brand, n_people: int) -> None:
    """Let people enter a journey of their own, so that no other test sees them leave."""
    publish(brand.world, BRAND, DESK, "test")
    _, key = create_key(brand.world, BRAND, "desk", "collect")
    calls = [
        {
            "type": "track", "userId": f"u-{n}", "event": "Care Asked", "messageId": f"care-{n}",
            "timestamp": show_instant(brand.world.clock.now()), "properties": {"ticket": f"T-{n}"},
        }
        for n in range(n_people)
    ]  # fmt: skip
    answer = httpx.post(f"{brand.url}/v1/batch", json={"batch": calls}, auth=(key, ""), timeout=120)
    answer.raise_for_status()
    while project(brand.world):
        pass
    advance(brand.world)


def test_publishing_over_people_asks_and_carries_them_over(sign_in: SignIn, brand: Brand) -> None:
    """The dialog tells what changes and who stands where; those of a gone node get a place."""
    ask_for_care(brand, 3)
    page = opened(sign_in(), "/journeys/edit?slug=desk-care")
    node(page, "desk").focus()
    page.keyboard.press("Delete")
    expect(page.locator(".react-flow__node")).to_have_count(2)
    page.locator(".strip .btn-primary").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".changes li").first).to_be_visible()
    expect(dialog).to_contain_text("3 人")
    dialog.get_by_label("迁移到新版本").check()
    dialog.locator("select").first.select_option("$exit")
    dialog.get_by_role("button", name="发布", exact=True).click()

    page.wait_for_url("**/journeys/desk-care?published=2")
    with brand.world.store.transaction(BRAND) as tx:
        assert tx.console.run_counts(BRAND)["desk-care"].get("active", 0) == 0


def test_who_published_meanwhile_is_told(sign_in: SignIn, brand: Brand) -> None:
    """A draft that began with an older version says so, shows the difference, and can go on."""
    page = opened(sign_in())
    node(page, "done").focus()
    page.keyboard.press("Shift+ArrowDown")
    kept(page)
    publish(brand.world, BRAND, JOURNEY.replace("for: 1h", "for: 3h"), "mei@shop.example")
    page.reload()

    expect(page.locator(".editor > .notice-warn")).to_contain_text("mei@shop.example")
    page.get_by_role("button", name="查看差异").click()
    expect(page.get_by_role("dialog").locator(".changes li")).to_have_count(1)
    page.get_by_role("button", name="继续编辑").click()
    page.get_by_role("button", name="放弃我的修改").click()
    expect(page.locator(".editor > .notice-warn")).to_have_count(0)
    expect(node(page, "cool-off")).to_contain_text("3 小时")


def test_two_windows_of_one_author_do_not_overwrite_each_other(sign_in: SignIn) -> None:
    """The second window that saves is told, and may keep its own."""
    first = opened(sign_in())
    second = first.context.new_page()
    opened(second)
    for page, name in ((first, "done"), (second, "apologise")):
        page.locator(f".react-flow__node[data-id='{name}']").focus()
        page.keyboard.press("Shift+ArrowDown")
        if page is first:
            kept(page)

    expect(second.get_by_role("alert")).to_contain_text("另一个窗口")
    second.get_by_role("button", name="保留这一份").click()
    kept(second)


def test_comments_are_written_settled_and_opened_again(sign_in: SignIn) -> None:
    """A node shows how many are open; a settled one can be looked up."""
    page = opened(sign_in())
    node(page, "apologise").focus()
    page.keyboard.press("m")
    page.keyboard.type("话术要不要更短？")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comment-words")).to_have_text("话术要不要更短？")
    expect(node(page, "apologise").locator(".cstep-mark")).to_have_text("1")
    page.get_by_role("button", name="标记为已解决").click()
    expect(page.locator(".comment-words")).to_have_count(0)
    page.get_by_role("button", name="查看已解决的 1 条").click()
    expect(page.locator(".comments")).to_contain_text("林晓 已解决")


def test_the_canvas_shows_what_became_of_people(sign_in: SignIn) -> None:
    """Numbers of a version on the nodes; those at a node are a click away."""
    page = opened(sign_in())
    page.get_by_label("画布数据").select_option("0")
    expect(node(page, "cool-off")).to_contain_text(f"进入 {N_PEOPLE}")
    node(page, "wait-again").click()
    waiting = page.locator(".inspector-numbers a").first
    n_waiting = int(waiting.inner_text())
    waiting.click()

    # Other tests of this brand let its time go on, and with it some who waited.
    assert 0 < n_waiting <= N_PEOPLE
    expect(page.locator("tbody tr")).to_have_count(n_waiting)


def test_a_phone_edits_the_same_journey(sign_in: SignIn) -> None:
    """From top to bottom, with the settings as a sheet; a node is added in between."""
    page = sign_in(locale="en", theme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page)
    page.locator(".chain-plus button").nth(1).click()
    page.get_by_role("option").filter(has_text=re.compile("^Wait")).first.click()
    expect(page.locator(".inspector.is-sheet")).to_be_visible()
    found = faults(page)
    page.locator(".inspector").get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".flowlist .cstep")).to_have_count(7)
    kept(page)

    assert found == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.mark.parametrize(("theme", "locale"), [("light", "zh-CN"), ("dark", "en")])
def test_every_part_of_the_canvas_can_be_read_by_everyone(
    sign_in: SignIn, theme: str, locale: str
) -> None:
    """Axe finds nothing with settings of nodes, YAML, problems and dialogs open."""
    page = opened(sign_in(locale=locale, theme=theme))
    found = faults(page)
    for name in ("$entry", "big-order", "apologise"):
        node(page, name).focus()
        page.keyboard.press("Enter")
        found += faults(page)
        page.keyboard.press("Escape")
    page.locator(".palette-item[data-type=send]").click()
    page.locator(".view-both").click()
    expect(page.locator(".strip-problems.is-bad")).to_be_visible()
    page.locator(".strip-problems").click()
    found += faults(page)
    page.locator(".react-flow__node").first.focus()
    page.keyboard.press("a")
    found += faults(page)

    assert found == []
