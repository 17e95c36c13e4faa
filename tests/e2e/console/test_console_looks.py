"""Every page, both themes and languages: no accessibility fault, no sideways scrolling."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
PAGES = (
    "/", "/people", "/people?q=u-23", "/people?q=nobody", "/segments", "/segments/shanghai-buyers",
    "/segments/new", "/segments/shanghai-buyers/edit", "/segments/shanghai-buyers/versions",
    "/lists", "/lists/import", "/tags", "/tags?q=nothing", "/tags/revenue", "/tags/new",
    "/journeys", "/journeys/order-care", "/journeys/library", "/journeys/library/signed-for",
    "/tasks", "/tasks?state=done", "/conversations", "/desk",
    "/journeys/edit?slug=order-care", "/journeys/order-care/people?node=wait-again", "/messages",
    "/messages?status=not_sent", "/plan", "/refused",
    "/keys", "/shops", "/shops/new", "/shops/new?platform=amazon", "/channels", "/users",
    "/actions", "/health", "/policy", "/policy/edit",
    "/consent", "/suppression", "/permission", "/templates", "/templates/late-apology",
    "/templates/late-apology/edit", "/templates/new?channel=sms", "/briefs", "/briefs/new",
    "/push-tokens", "/official/codes", "/official/menus/new", "/wecom",
    "/inapp", "/inapp/new?kind=popup", "/no-such-page",
    "/targets", "/targets/new", "/rollouts/new", "/channel-cards", "/figures/gmv",
    "/points", "/points/ledger", "/tiers/new", "/notices/settings", "/reports/rfm",
)  # fmt: skip


def faults(page: Page) -> list[str]:
    """Return what axe finds on the page."""
    # After a click the page may have begun and its styles may not be there.
    page.wait_for_load_state()
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{page.url} {violation['id']}: {node['html'][:120]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def settle(page: Page) -> None:
    """Wait until what the page loads behind itself is there."""
    expect(page.locator("main .loading")).to_have_count(0)


@pytest.mark.parametrize(
    ("theme", "locale", "width"), [("light", "zh-CN", 1440), ("dark", "en", 390)]
)
def test_every_page_can_be_read_by_everyone(
    sign_in: SignIn, theme: str, locale: str, width: int
) -> None:
    """Axe finds nothing of WCAG 2.1 A and AA, and nothing is wider than the window."""
    page = sign_in(locale=locale, theme=theme)
    page.set_viewport_size({"width": width, "height": 844})
    found = []
    for path in PAGES:
        page.goto(path)
        settle(page)
        found += faults(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{path} scrolls sideways")

    assert found == []


def test_the_phone_shell_opens_and_closes_its_navigation(sign_in: SignIn) -> None:
    """The button opens it, Escape closes it, and axe finds nothing meanwhile."""
    page = sign_in()
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".top button[aria-controls=side]").click()
    page.locator(".side nav a").first.wait_for(state="visible")

    found = faults(page)
    page.keyboard.press("Escape")

    assert found == []
    page.locator(".side nav a").first.wait_for(state="hidden")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_sign_in_page_has_no_accessibility_fault(page: Page, theme: str, base_url: str) -> None:
    """Also before anyone is signed in, on a phone."""
    page.context.add_cookies([{"name": "huiliu_theme", "value": theme, "url": base_url}])
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/sign-in")

    assert faults(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
