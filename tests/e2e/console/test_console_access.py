"""Getting in, and what keeps others out: first run, sign-in, roles, policy."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.console.brand import PASSWORD, Brand

from huiliu.services.set_up import setup_token

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]


def test_the_first_administrator_is_made_once(new_instance: Brand, page: Page) -> None:
    """The printed link opens the form; once there is a user it leads to sign-in."""
    url, token = new_instance.url, setup_token(new_instance.world)
    page.goto(f"{url}/first-run?token={token}")
    page.fill("#name", "林晓")
    page.fill("#email", "lin@shop.example")
    page.fill("#password", PASSWORD)

    page.click("button[type=submit]")

    expect(page.locator("h1")).to_have_text("概览")
    page.context.clear_cookies()
    page.goto(f"{url}/first-run?token={token}")
    expect(page).to_have_url(re.compile("/sign-in$"))


def test_a_wrong_password_says_so_and_keeps_the_address(page: Page) -> None:
    """Nothing tells whether the address exists."""
    page.goto("/sign-in")
    page.fill("#email", "nobody@shop.example")
    page.fill("#password", "not the password")

    page.click("button[type=submit]")

    expect(page.get_by_role("alert")).to_contain_text("邮箱或密码不正确")
    expect(page.locator("#email")).to_have_value("nobody@shop.example")


def test_a_page_behind_sign_in_is_returned_to(page: Page) -> None:
    """Who is sent to sign in lands where they wanted to go."""
    page.goto("/segments")
    page.fill("#email", "viewer@shop.example")
    page.fill("#password", PASSWORD)

    page.click("button[type=submit]")

    expect(page).to_have_url(re.compile("/segments$"))


def test_signing_out_ends_the_session(sign_in: SignIn) -> None:
    """The old cookie opens nothing any more."""
    page = sign_in("viewer")
    cookies = page.context.cookies()
    page.locator(".avatar").click()
    page.locator(".menu-list form button").click()
    page.wait_for_url("**/sign-in")
    page.context.add_cookies(cookies)  # type: ignore[arg-type] # the same shape, another class

    page.goto("/")

    expect(page).to_have_url(re.compile("/sign-in$"))


def test_a_viewer_sees_no_keys_and_no_users(sign_in: SignIn) -> None:
    """Neither in the navigation nor by the address."""
    page = sign_in("viewer", locale="en")

    expect(page.locator(".side nav")).not_to_contain_text("Write keys")
    page.goto("/keys")

    expect(page.locator("h1")).to_have_text("You may not do this")


def test_the_language_follows_the_user(sign_in: SignIn) -> None:
    """Chosen once, it is kept for the next time."""
    page = sign_in("marketer", locale="en")
    expect(page.locator("h1")).to_have_text("Overview")
    page.context.clear_cookies()

    page.goto("/sign-in")
    page.fill("#email", "marketer@shop.example")
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")

    expect(page.locator("h1")).to_have_text("Overview")


def test_the_theme_is_kept(sign_in: SignIn) -> None:
    """Switching to dark lasts over a reload."""
    page = sign_in("viewer")

    page.click("[data-theme-switch]")
    page.reload()

    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
