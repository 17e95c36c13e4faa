"""Buying with one's own phone: scanned, priced, paid and shown at the exit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.console.brand import BRAND, Brand
from tests.e2e.console.test_console_looks import faults
from tests.integration.rewards.coupons import promotion, put
from tests.integration.rewards.selling import CREAM, SOAP, shop

from huiliu.services.pay_links import checkout_url
from huiliu.services.payment_accounts import put_account

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def store(empty_brand: Brand) -> str:
    """Open a store in which phones pay, and return its address.

    A brand of its own: an order more would stand in the figures that other pages are held to.
    """
    world = empty_brand.world
    shop(world)
    put(world, promotion("autumn", by="everyone"))
    put_account(world, BRAND, "trial", "trial", {})
    token = checkout_url(world, BRAND, "上海静安店").rpartition("/")[2]
    return f"{empty_brand.url}/sc/{token}"


def test_a_phone_buys_and_pays_in_a_shop(page: Page, store: str) -> None:
    """At 390 pixels, in both languages: scan, save, decline, pay, show; nothing is cut off."""
    page.set_viewport_size(PHONE)  # type: ignore[arg-type] # playwright's own shape
    found: list[str] = []

    def look() -> None:
        found.extend(faults(page))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{page.url} scrolls sideways")

    page.goto(f"{store}?lang=zh-CN")
    look()
    for code in (CREAM, CREAM, "0000", SOAP):
        page.fill("#scan-code", code)
        page.press("#scan-code", "Enter")
        expect(page.locator("#scan-code")).to_have_value("")
    expect(page.locator("[role=alert]")).to_have_count(0)
    expect(page.locator("#total")).to_have_text("280.00 CNY")
    page.get_by_role("link", name="减少一件 面霜").click()
    expect(page.locator(".checkout-next")).to_contain_text("130")
    look()
    page.get_by_role("link", name="增加一件 面霜").click()
    expect(page.locator("#total")).to_have_text("280.00 CNY")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#total")).to_have_text("280.00 CNY")
    look()
    page.get_by_role("button", name="Pay with the trial").click()
    page.get_by_role("link", name="Pay with the trial").click()
    expect(page.get_by_role("button", name="Decline")).to_be_visible()
    look()
    page.get_by_role("button", name="Decline").click()
    page.get_by_role("button", name="Pay again").click()
    page.get_by_role("link", name="Pay with the trial").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    expect(page.locator(".sale-texts")).to_contain_text("You saved")
    look()
    assert found == []
