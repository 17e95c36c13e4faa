"""The pages behind links in messages, on a phone: chosen, saved, left, in both languages."""

from __future__ import annotations

import os
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.console.brand import BRAND, Brand
from tests.e2e.console.test_console_looks import faults, settle
from tests.integration.consent.asking import PERMISSION

from huiliu.kernel.ids import show_profile_id
from huiliu.ports.messages import MessageRow
from huiliu.services.opt_out import unsubscribe_url
from huiliu.services.preferences import preferences_url
from huiliu.services.project import project
from huiliu.services.publish import publish

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]
PHONE = {"width": 390, "height": 844}
SHOTS = os.environ.get("HUILIU_SHOTS", "")


@pytest.fixture(scope="module")
def sent(brand: Brand) -> MessageRow:
    """Let the brand say how it asks, and return a message that was sent."""
    publish(brand.world, BRAND, PERMISSION, "test", kind="permission")
    with brand.world.store.system() as tx:
        rows = tx.messages.recent(BRAND, 50)
    return next(row for row in rows if row.status == "sent")


def look(page: Page, name: str) -> list[str]:
    """Return what is wrong with a page: axe, and anything wider than the window."""
    settle(page)
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    found = faults(page)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(f"{page.url} scrolls sideways")
    return found


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_people_choose_on_their_phone(
    page: Page, brand: Brand, sent: MessageRow, locale: str
) -> None:
    """At 390 pixels, by keyboard or thumb; what was chosen is ticked when they come back."""
    page.set_viewport_size(PHONE)  # type: ignore[arg-type] # playwright's own shape
    path = urlsplit(preferences_url(brand.world, BRAND, sent.queued.message_id)).path
    page.goto(f"{path}?lang={locale}")
    expect(page.locator("html")).to_have_attribute("lang", locale)
    expect(page.locator("form")).to_contain_text("促销" if locale == "zh-CN" else "Sales")
    expect(page.locator("form")).not_to_contain_text("{")
    found = look(page, f"preferences-{locale}")
    page.uncheck("[name='topic.sales']")
    page.check("[name='frequency'][value='weekly']")
    page.click("button[type=submit] >> nth=0")
    expect(page.get_by_role("status")).to_be_visible()
    found += look(page, f"preferences-saved-{locale}")
    while project(brand.world):
        pass
    page.goto(f"{path}?lang={locale}")
    expect(page.locator("[name='topic.sales']")).not_to_be_checked()
    expect(page.locator("[name='frequency'][value='weekly']")).to_be_checked()
    page.check("[name='topic.sales']")
    page.click("button[type=submit] >> nth=0")
    expect(page.get_by_role("status")).to_be_visible()
    while project(brand.world):
        pass
    brand.clock.advance(1_000_000)
    page.goto(urlsplit(unsubscribe_url(brand.world, BRAND, sent.queued.message_id)).path)
    found += look(page, f"unsubscribe-{locale}")

    assert found == []


@pytest.mark.parametrize(("theme", "locale", "width"), [("dark", "en", 390)])
def test_staff_read_and_write_consent(
    sign_in: SignIn, brand: Brand, sent: MessageRow, theme: str, locale: str, width: int
) -> None:
    """A person's ledger and the settings, where they are narrowest."""
    page = sign_in(locale=locale, theme=theme)
    page.set_viewport_size({"width": width, "height": 844})
    person = show_profile_id(sent.queued.profile_id)
    page.goto(f"/people/{person}/consent")
    found = look(page, "consent-person")
    page.select_option("#state", "granted")
    page.select_option("#channel", "email")
    page.select_option("#method", "paper")
    page.click("button:has-text('Write down')")
    expect(page.locator("p.alert-success")).to_contain_text("they agree")
    page.goto("/suppression")
    page.fill("#address", "never@nowhere.example")
    page.click("button:has-text('Add') >> nth=0")
    expect(page.locator("p.alert-success")).to_contain_text("1 new")
    found += look(page, "suppression")
    page.goto("/consent")
    found += look(page, "consent")
    page.goto("/permission")
    found += look(page, "permission")

    assert found == []
