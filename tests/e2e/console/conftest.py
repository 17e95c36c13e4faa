"""A running console with a brand in it, and a browser that forgives nothing."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, expect
from tests.e2e.console.brand import PASSWORD, Brand, add_users, live
from tests.integration.outbox import Recorder, with_providers
from tests.integration.rewards.selling import taking_money

from huiliu.messages.policy import rules_from
from huiliu.ports.world import World
from huiliu.roles.web import WebServer
from huiliu.settings import load
from huiliu.stores.clock import SimulatedClock
from huiliu.stores.embedded import Embedded
from huiliu.stores.postgres import PostgresStore
from huiliu.stores.secrets import InstanceSecrets
from huiliu.warehouses.duckdb import DuckdbWarehouse
from huiliu.web.app import create_app

# How long it takes is no concern of these tests: a loaded machine needs more than the usual 5 s.
PATIENCE_MS = 90_000
expect.set_options(timeout=PATIENCE_MS)
NOON = 1_795_320_000_000_000
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Use the system's Chromium: playwright's own would have to be downloaded."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.fail("Chromium is missing: apt-get install chromium fonts-noto-cjk")
    return {"executable_path": found, "headless": True, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args(base_url: str) -> dict[str, Any]:
    """Look as a desk in Shanghai does."""
    return {
        "base_url": base_url,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1440, "height": 900},
        "reduced_motion": "reduce",
    }


@pytest.fixture(scope="session")
def brand(postgres: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brand]:
    """Run the console over a brand whose people bought and were written to."""
    yield from _serve(postgres, tmp_path_factory.mktemp("console"), "console_brand", live)


@pytest.fixture
def empty_brand(postgres: Embedded, tmp_path: Path) -> Iterator[Brand]:
    """Run the console over a brand that has nothing but users."""
    yield from _serve(postgres, tmp_path, "console_empty", lambda brand: None)


@pytest.fixture
def new_instance(postgres: Embedded, tmp_path: Path) -> Iterator[Brand]:
    """Run the console over an instance without even a user."""
    yield from _serve(postgres, tmp_path, "console_new", lambda brand: None, users=False)


@pytest.fixture(scope="session")
def base_url(brand: Brand) -> str:
    """Open relative addresses at the brand's console."""
    return brand.url


@pytest.fixture(autouse=True)
def _forgiving_nothing(context: BrowserContext) -> Iterator[None]:
    """Fail a test on any script error, policy violation or request to another host."""
    context.set_default_timeout(PATIENCE_MS)
    faults: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # The browser reports each answer of 4xx as an error; tests that ask for one expect it.
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            faults.append(message.text)

    def on_request(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            faults.append(f"asked {request.url}")

    def on_page(page: Page) -> None:
        page.on("console", on_console)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", on_request)

    context.on("page", on_page)
    yield
    assert faults == []


@pytest.fixture
def sign_in(page: Page, base_url: str) -> Callable[..., Page]:
    """Sign in through the form, as a role, in a language and theme."""

    def enter(
        role: str = "admin", url: str = "", locale: str = "zh-CN", theme: str = "light"
    ) -> Page:
        page.context.add_cookies([
            {"name": "huiliu_theme", "value": theme, "url": url or base_url}
        ])  # fmt: skip
        page.goto(f"{url}/sign-in")
        page.fill("#email", f"{role}@shop.example")
        page.fill("#password", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url("**/")
        if page.get_attribute("html", "lang") != locale:
            page.click("form[action='/language'] button")
            expect(page.locator("html")).to_have_attribute("lang", locale)
        return page

    return enter


def _serve(
    postgres: Embedded,
    folder: Path,
    name: str,
    fill: Callable[[Brand], None],
    *,
    users: bool = True,
) -> Iterator[Brand]:
    """Run a console over a fresh database."""
    with psycopg.connect(postgres.server_url("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name} template huiliu_template")
    clock, secrets = SimulatedClock(NOON), InstanceSecrets(bytes(range(32)))
    store = PostgresStore(postgres.server_url(name), secrets, clock)
    warehouse = DuckdbWarehouse(folder / "warehouse.duckdb", store, "512MB")
    bare = World(
        clock=clock, store=store, secrets=secrets, warehouse=warehouse, providers={}, sources={},
        public_url="http://127.0.0.1", zone="Asia/Shanghai", policy=rules_from(4, "21:00", "08:00"),
    )  # fmt: skip
    bare = taking_money(bare)
    world = with_providers(bare, Recorder()) if users else dataclasses.replace(bare)
    if users:
        add_users(world)
    server = WebServer(create_app(world, load(folder, dict[str, str]())), "127.0.0.1", 0)
    server.start()
    try:
        brand = Brand(world, clock, f"http://127.0.0.1:{server.port}")
        fill(brand)
        yield brand
    finally:
        server.stop()
        warehouse.close()
        store.close()
        with psycopg.connect(postgres.server_url("postgres"), autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)")
