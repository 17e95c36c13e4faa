"""The pages as people use them: read, search, count, draw, pause."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.console.brand import N_PEOPLE, Brand

from huiliu.services.overview import overview

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]


def test_the_start_page_shows_what_was_sent_and_why_not(sign_in: SignIn, brand: Brand) -> None:
    """Ten people agreed and spent enough: their messages went; the others' reasons are named."""
    # A campaign that another test tried on somebody counts as well.
    n_sent = overview(brand.world, 1, 7).n_handed_over
    page = sign_in()

    assert n_sent >= 10
    expect(page.locator(".kpi .kpi-value").nth(0)).to_have_text(str(n_sent))
    expect(page.locator(".bars")).to_contain_text("营销")
    expect(page.locator(".chart svg")).to_be_visible()
    expect(page.locator("#latest tbody tr").first).to_be_visible()


def test_a_number_opens_what_it_is_made_of(sign_in: SignIn) -> None:
    """The figure of messages not sent leads to exactly those messages."""
    page = sign_in()
    shown = page.locator(".kpi").nth(2).locator(".kpi-value").inner_text()

    page.locator(".kpi").nth(2).click()
    page.wait_for_url("**/messages?status=not_sent")

    assert page.locator("tbody tr").count() == int(shown)


def test_a_person_is_found_by_a_whole_phone_number(sign_in: SignIn) -> None:
    """The number is hashed and looked up; the page shows it masked."""
    page = sign_in()

    page.fill("input[name=q]", "138 0013 8003")
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile(r"/people/p_"))
    expect(page.locator("#identity")).to_contain_text("****")
    expect(page.locator("#identity")).not_to_contain_text("+8613800138003")


def test_looking_at_personal_values_is_written_down(sign_in: SignIn) -> None:
    """An administrator may see the values; the activity log says that they did."""
    page = sign_in()
    page.goto("/people?q=person3@shop.example")

    page.locator("#identity form button").click()

    expect(page.locator("#identity")).to_contain_text("person3@shop.example")
    page.goto("/actions")
    expect(page.locator("tbody tr").first).to_contain_text("查看用户明文")


def test_a_viewer_is_not_offered_personal_values(sign_in: SignIn) -> None:
    """Who may not see them does not see the button either."""
    page = sign_in("viewer")

    page.goto("/people?q=person3@shop.example")

    expect(page.locator("#identity")).to_contain_text("p***@shop.example")
    expect(page.locator("#identity form")).to_have_count(0)


def test_a_profile_tells_every_decision_and_event(sign_in: SignIn) -> None:
    """From the order to the provider's answer, and what the person did."""
    page = sign_in()

    page.goto("/people?q=u-23")

    expect(page.locator(".story").first).to_contain_text("订单已支付")
    expect(page.locator(".story").first).to_contain_text("late-apology")
    expect(page.locator(".story").first).to_contain_text("recorded")
    expect(page.locator("#timeline")).to_contain_text("Order Paid")


def test_a_non_send_is_explained_on_the_profile(sign_in: SignIn) -> None:
    """A person who never agreed is not written to, and the page says why."""
    page = sign_in()

    page.goto("/people?q=u-22")

    expect(page.locator(".story").first).to_contain_text("未发送")


def test_a_journey_is_drawn_with_its_counts(sign_in: SignIn) -> None:
    """Every node is on the canvas; all people entered, those who were written to wait again."""
    page = sign_in()

    page.goto("/journeys/order-care")

    expect(page.locator(".cstep")).to_have_count(6)
    expect(page.locator(".cstep.group-entry")).to_contain_text(f"进入 {N_PEOPLE}")
    expect(page.locator(".react-flow__node[data-id=wait-again]")).to_contain_text("等待 19")
    expect(page.locator(".react-flow__edge")).to_have_count(6)


def test_the_people_at_a_node_are_listed(sign_in: SignIn) -> None:
    """The number of those who wait opens who they are."""
    page = sign_in()
    page.goto("/journeys/order-care")

    page.locator("#node-wait-again a").click()

    expect(page.locator("tbody tr")).to_have_count(19)


def test_a_journey_is_paused_and_resumed(sign_in: SignIn) -> None:
    """The question is asked first, and the state is shown afterwards."""
    page = sign_in()
    page.goto("/journeys/order-care")
    page.on("dialog", lambda dialog: dialog.accept())

    page.get_by_role("button", name="暂停").click()
    expect(page.locator("h1")).to_contain_text("已暂停")
    page.get_by_role("button", name="恢复运行").click()

    expect(page.locator("h1")).to_contain_text("运行中")


def test_a_segment_lists_its_members(sign_in: SignIn) -> None:
    """Six of the people are of Shanghai."""
    page = sign_in()

    page.goto("/segments/shanghai-buyers")

    expect(page.locator("#members tbody tr")).to_have_count(N_PEOPLE // 4)


def test_a_key_is_shown_once(sign_in: SignIn) -> None:
    """After making it the whole key is there; afterwards only how it begins."""
    page = sign_in()
    page.goto("/keys")
    page.fill("#name", "小程序")
    page.get_by_role("button", name="新建密钥").click()
    shown = page.locator("#new-key").input_value()

    page.goto("/keys")

    assert shown.startswith("hl_c_")
    expect(page.locator("tbody tr").first).to_contain_text("小程序")
    assert shown not in page.content()


def test_a_refused_event_names_its_reason_and_can_be_opened(sign_in: SignIn) -> None:
    """The reason is in words; an administrator sees the event as it came."""
    page = sign_in()
    page.goto("/refused")

    page.locator("tbody tr").first.get_by_role("button").click()

    expect(page.locator("#unsealed pre")).to_contain_text('"userId": "u-1"')


def test_the_tracking_plan_lists_events_with_their_properties(sign_in: SignIn) -> None:
    """What was seen can be found by event or property."""
    page = sign_in()

    page.goto("/plan?q=order_id")

    expect(page.locator("tbody tr").first).to_contain_text("Order Paid")
    expect(page.locator("tbody tr").first).to_contain_text("total")


def test_an_empty_instance_shows_where_to_begin(empty_brand: Brand, sign_in: SignIn) -> None:
    """Every list says that it is empty and what would fill it."""
    page = sign_in(url=empty_brand.url)

    for path in (
        "/",
        "/people",
        "/segments",
        "/lists",
        "/journeys",
        "/messages",
        "/plan",
        "/refused",
        "/keys",
    ):
        page.goto(empty_brand.url + path)
        expect(page.locator(".empty-state").first).to_be_visible()
