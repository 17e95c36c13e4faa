"""Forms in a real browser: filled in on a phone, built in the console, read by everyone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.console.brand import BRAND, Brand
from tests.e2e.console.test_console_looks import faults, settle
from tests.integration.forms.filling import LANDING

from huiliu.kernel.times import SECOND
from huiliu.services.project import project
from huiliu.services.publish import publish

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def form(brand: Brand) -> str:
    """Make the landing page live and return its slug."""
    source = LANDING.replace("slug: welcome", "slug: welcome-e2e")
    publish(brand.world, BRAND, source, "test", kind="form")
    return "welcome-e2e"


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_a_phone_fills_in_a_form_that_everyone_can_read(
    page: Page, brand: Brand, form: str, locale: str
) -> None:
    """At 390 pixels nothing scrolls sideways, axe finds nothing, faults are said, thanks follow."""
    page.set_viewport_size(PHONE)  # type: ignore[arg-type] # playwright's own shape
    found: list[str] = []

    def look() -> None:
        found.extend(faults(page))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{page.url} scrolls sideways")

    page.goto(f"/l/{form}?lang={locale}&utm_source=xhs")
    expect(page.locator("html")).to_have_attribute("lang", locale)
    look()
    expect(page.locator("#q-why")).to_be_hidden()
    page.locator("[name='q.likely'][value='4']").check(force=True)
    page.fill("#f-why", "太贵了")
    page.fill("#f-email", "wang@")
    brand.clock.advance(5 * SECOND)
    page.click("button[type=submit]")
    expect(page.locator("#problems")).to_be_focused()
    expect(page.locator("#e-email")).to_be_visible()
    expect(page.locator("#f-why")).to_have_value("太贵了")
    look()
    page.fill("#f-email", f"wang-{locale}@mail.example")
    page.check("[name='c.news']")
    brand.clock.advance(5 * SECOND)
    page.click("button[type=submit]")
    expect(page.locator("[data-done=taken]")).to_contain_text("HELLO10")
    look()
    assert found == []


def test_what_was_filled_in_shows_in_the_console(sign_in: SignIn, brand: Brand, form: str) -> None:
    """The results have the views, the score and, for whoever may, the words."""
    page = sign_in()
    page.goto(f"/l/{form}?lang=zh-CN")
    page.locator("[name='q.likely'][value='4']").check(force=True)
    page.fill("#f-why", "太贵了")
    page.fill("#f-email", "li-results@mail.example")
    page.check("[name='c.news']")
    brand.clock.advance(5 * SECOND)
    page.click("button[type=submit]")
    expect(page.locator("[data-done=taken]")).to_be_visible()
    while project(brand.world):
        pass
    brand.world.warehouse.catch_up(180)
    page.goto(f"/forms/{form}")
    settle(page)
    expect(page.locator(".nps").first).to_contain_text("-100")
    page.click("text=查看原文")
    expect(page.locator(".heard")).to_contain_text("太贵了")


def test_a_form_is_built_with_its_look_beside_it_and_published(sign_in: SignIn) -> None:
    """Fields write the document; what is wrong is said at once; people see what is published."""
    page = sign_in(locale="en")
    page.goto("/forms/new?use=survey")
    look = page.frame_locator("#form-preview")
    expect(look.locator("h1")).to_contain_text("Tell us what you think")
    page.fill("[data-field='slug']", "Not A Slug")
    expect(page.locator("#builder-problems")).to_contain_text("slug")
    page.fill("[data-field='slug']", "built-here")
    expect(page.locator("#builder-problems li")).to_have_count(0)
    page.click("text=+ several choices")
    page.fill("[data-field='questions[2].label.en']", "What do you like?")
    expect(look.locator("legend").nth(1)).to_contain_text("What do you like?")
    page.click("#form-apply button[type=submit]")
    page.wait_for_url("**/forms/built-here?applied=1")
    settle(page)
    page.goto("/f/built-here?lang=en")
    expect(page.locator("h1")).to_have_text("Tell us what you think")


@pytest.mark.parametrize(
    ("theme", "locale", "width"), [("light", "zh-CN", 1440), ("dark", "en", 390)]
)
def test_the_pages_of_forms_can_be_read_by_everyone(
    sign_in: SignIn, form: str, theme: str, locale: str, width: int
) -> None:
    """Axe finds nothing of WCAG 2.1 A and AA, and nothing is wider than the window."""
    page = sign_in(locale=locale, theme=theme)
    page.set_viewport_size({"width": width, "height": 844})
    found = []
    for path in (
        "/forms",
        f"/forms/{form}",
        f"/forms/{form}/edit",
        "/forms/new?use=pop_up",
        "/interviews",
    ):
        page.goto(path)
        settle(page)
        found += faults(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{path} scrolls sideways")
    assert found == []
