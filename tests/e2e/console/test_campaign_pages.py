"""Campaigns as people make and follow them, and the calendar they stand in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.console.brand import BRAND, N_PEOPLE, Brand
from tests.e2e.console.test_console_looks import faults

from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.campaigns import CampaignDraft, Variant, create_campaign
from huiliu.services.dispatch import dispatch
from huiliu.services.fill import fill
from huiliu.services.project import project
from huiliu.services.schedule import schedule
from huiliu.services.sweep import sweep

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]

#: Of each city; half of all agreed to e-mail.
PER_CITY = N_PEOPLE // 4


def work(world: World) -> None:
    """Do what the worker does until nothing is left to do.

    News that another test left unread is read before anything is sent: marketing waits for it. A
    page of another test may say its last word even now: it is looked for once more at the end.
    """
    while (
        schedule(world) or fill(world) or sweep(world) or advance(world)
        or project(world) or dispatch(world) or project(world)
    ):  # fmt: skip
        pass


def plan(brand: Brand, slug: str, once: str, segment: str = "shanghai-buyers") -> None:
    """Make a campaign that begins once."""
    draft = CampaignDraft(
        slug, {"zh-CN": f"活动 {slug}", "en": slug}, {"segment": segment},
        (Variant("late-apology"),), {"once": once},
    )  # fmt: skip
    create_campaign(brand.world, BRAND, draft, "test")


def test_a_campaign_is_made_in_one_form_and_followed(sign_in: SignIn, brand: Brand) -> None:
    """The audience is counted, messages are shown, it is sent; the page tells what became of it."""
    page = sign_in()
    page.goto("/campaigns/new")
    page.fill("input[name=name-en]", "Autumn news")
    expect(page.locator("input[name=slug]")).to_have_value("autumn-news")
    page.select_option("select[name=segment]", "shanghai-buyers")
    expect(page.locator("#audience .big-number")).to_have_text(str(PER_CITY))
    page.select_option("select[name=template-a]", "late-apology")
    expect(page.locator("#preview")).to_contain_text("李雷")
    page.get_by_role("button", name="增加对比版本").click()
    page.select_option("select[name=template-b]", "late-apology")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="立即发送").click()
    page.wait_for_url("**/campaigns/autumn-news")

    work(brand.world)
    page.reload()

    expect(page.locator(".kpi-value").first).to_have_text(str(PER_CITY))
    expect(page.locator("#progress tbody tr")).to_have_count(2)
    expect(page.locator("#progress")).to_contain_text("已全部进入")
    page.goto("/campaigns")
    expect(page.locator("tbody tr", has_text="Autumn news")).to_contain_text(str(PER_CITY))


def test_what_is_wrong_with_a_campaign_is_said_and_what_was_typed_stays(sign_in: SignIn) -> None:
    """Without a message and with a broken time nothing is made."""
    page = sign_in(locale="en")
    page.goto("/campaigns/new")
    page.fill("input[name=slug]", "no-message")
    page.fill("input[name=name-en]", "No message")
    page.get_by_label("At a time").check()
    page.get_by_role("button", name="Schedule").click()

    expect(page.locator(".problems li").first).to_be_visible()
    expect(page.locator("input[name=name-en]")).to_have_value("No message")
    expect(page.locator("input[name=once]")).to_be_visible()


def test_a_test_goes_to_one_person(sign_in: SignIn, brand: Brand) -> None:
    """A person is named by identifier; the link shows what became of the message."""
    page = sign_in()
    page.goto("/campaigns/new")
    page.select_option("select[name=template-a]", "late-apology")
    page.fill("input[name=person]", "nobody@nowhere.example")
    page.get_by_role("button", name="发送测试").click()
    expect(page.locator("#tried .notice-warn")).to_be_visible()
    page.fill("input[name=person]", "u-3")
    page.keyboard.press("Enter")
    link = page.locator("#tried .notice-good a")
    expect(link).to_be_visible()
    work(brand.world)

    page.goto(link.get_attribute("href") or "")

    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("main")).to_contain_text("已发送")


def test_a_campaign_is_paused_resumed_and_stopped(sign_in: SignIn, brand: Brand) -> None:
    """Each is one button; a stop asks first and is for good."""
    plan(brand, "winter", "2026-12-21T10:00")
    page = sign_in()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/campaigns/winter")
    page.get_by_role("button", name="暂停").click()
    expect(page.locator("h1")).to_contain_text("已暂停")
    page.get_by_role("button", name="恢复运行").click()
    expect(page.locator("h1")).to_contain_text("运行中")
    page.get_by_role("button", name="停止").click()

    expect(page.locator("h1")).to_contain_text("已停止")
    expect(page.get_by_role("button", name="恢复运行")).to_have_count(0)


def test_the_calendar_shows_festivals_and_clashes_and_moves_a_campaign(
    sign_in: SignIn, brand: Brand
) -> None:
    """Two to the same people on one day are marked; one is dragged to another day."""
    plan(brand, "warm-up", "2026-12-10T10:00")
    plan(brand, "second", "2026-12-10T15:00")
    page = sign_in()
    page.goto("/calendar?day=2026-12-01")
    expect(page.locator("td[data-day='2026-12-12']")).to_contain_text("双十二")
    line = page.locator("td[data-day='2026-12-10'] .cal[data-slug=warm-up]")
    expect(line).to_have_class(re.compile("cal-clash"))

    line.drag_to(page.locator("td[data-day='2026-12-15']"))

    moved = page.locator("td[data-day='2026-12-15'] .cal[data-slug=warm-up]")
    expect(moved).to_contain_text("10:00")
    expect(moved).not_to_have_class(re.compile("cal-clash"))


def test_a_campaign_is_moved_without_a_mouse(sign_in: SignIn, brand: Brand) -> None:
    """Its page has a form for what dragging does; a time that has passed is refused."""
    plan(brand, "spring", "2026-12-20T10:00")
    page = sign_in(locale="en")
    page.goto("/campaigns/spring")
    page.fill("input[name=once]", "2027-02-17T09:30")
    page.get_by_role("button", name="Move", exact=True).click()

    expect(page.locator(".lead")).to_contain_text("2027-02-17 09:30")


@pytest.mark.parametrize(
    ("theme", "locale", "width"), [("light", "zh-CN", 1440), ("dark", "en", 390)]
)
def test_campaigns_and_the_calendar_can_be_read_by_everyone(
    sign_in: SignIn, brand: Brand, theme: str, locale: str, width: int
) -> None:
    """Axe finds nothing, and nothing is wider than the window."""
    plan(brand, f"looks-{theme}", "2026-12-24T18:00")
    page = sign_in(locale=locale, theme=theme)
    page.set_viewport_size({"width": width, "height": 844})
    found = []
    for path in (
        "/campaigns", "/campaigns/new?once=2026-12-01T10:00", f"/campaigns/looks-{theme}",
        "/calendar?day=2026-12-01", "/calendar?view=week&day=2026-12-24", "/calendar?view=list",
        "/journeys/order-care/versions",
    ):  # fmt: skip
        page.goto(path)
        found += faults(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{path} scrolls sideways")

    assert found == []
