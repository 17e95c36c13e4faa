"""Pages subscribe their browsers to push, say whose each is, and the worker shows and counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page
from tests.e2e.console.brand import Brand
from tests.e2e.console.test_clients import SDK, shop, site

__all__ = ["shop", "site"]

pytestmark = pytest.mark.browser

#: As much of a browser's push as the client asks for.
BROWSER = """
  window.endpoint = 'https://push.example/one';
  const made = () => ({
    endpoint: window.endpoint, options: {}, unsubscribe: async () => { window.held = null; },
    toJSON: () => ({ endpoint: window.endpoint, expirationTime: null,
                     keys: { p256dh: 'BP', auth: 'au' } }),
  });
  const registration = { pushManager: {
    getSubscription: async () => window.held || null,
    subscribe: async (how) => { window.how = how; return (window.held = made()); } } };
  Object.defineProperty(Navigator.prototype, 'serviceWorker', { get: () => ({
    register: async (path) => { window.registered = path; },
    ready: Promise.resolve(registration), getRegistration: async () => registration }) });
  Object.defineProperty(Notification, 'permission', { get: () => window.said || 'granted' });
  Notification.requestPermission = async () => window.said || 'granted';
"""
#: What a worker sees of its browser.
WORKER = """
(code, data) => new Promise((done) => {
  const told = [], shown = [], opened = [], heard = {}, waited = [];
  const self = {
    location: { href: 'https://m.example/huiliu-sw.js?host=https%3A%2F%2Fh.example&key=k&id=a1' },
    addEventListener: (name, act) => { heard[name] = act; },
    registration: { showNotification: async (title, more) => { shown.push({ title, ...more }); } },
    clients: { openWindow: async (url) => { opened.push(url); } },
  };
  const fetch = async (url, how) => { told.push({ url, ...JSON.parse(how.body) }); };
  new Function('self', 'fetch', code)(self, fetch);
  heard.push({ data: { json: () => data }, waitUntil: (one) => waited.push(one) });
  const notification = { data: { url: data.url, mid: data.mid }, close: () => {} };
  heard.notificationclick({ notification, waitUntil: (one) => waited.push(one) });
  Promise.all(waited).then(() => done({ told, shown, opened }));
})
"""


def said(page: Page, brand: Brand, act: str) -> list[dict[str, Any]]:
    """Return what of push a page sends because of an act."""
    with page.expect_request(f"{brand.url}/v1/batch") as found:
        page.evaluate(act)
        page.evaluate("huiliu.flush()")
    batch = json.loads(found.value.post_data or "{}")["batch"]
    return [one for one in batch if str(one.get("event", "")).startswith("Contact Point")]


def test_a_browser_is_registered_moved_and_taken_away(
    shop: Callable[..., Page],
    brand: Brand,
) -> None:
    """Subscribed with the brand's key; whoever signs in has it; signed out it is nobody's."""
    page = shop(before=f"<script>{BROWSER}</script>", more='data-pages="off"')
    page.evaluate("huiliu.init({ flushAfter: 60000 })")
    options = "{ key: 'AQID', app: 'web', worker: '/sw.js' }"
    added = said(page, brand, f"huiliu.push({options})")
    assert [one["event"] for one in added] == ["Contact Point Added"]
    assert added[0]["properties"] | {"vendor": ""} == {
        "channel": "push", "app": "web", "platform": "web", "provider": "webpush", "vendor": "",
        "device_token": json.dumps(
            {"endpoint": "https://push.example/one", "keys": {"p256dh": "BP", "auth": "au"}},
            separators=(",", ":"),
        ),
    }  # fmt: skip
    assert page.evaluate("[how.userVisibleOnly, [...how.applicationServerKey]]") == [
        True, [1, 2, 3],
    ]  # fmt: skip
    moved = said(page, brand, "huiliu.identify('li')")
    assert [(one["event"], one["userId"]) for one in moved] == [("Contact Point Added", "li")]
    gone = said(page, brand, "huiliu.reset()")
    assert [(one["event"], one["properties"]["reason"]) for one in gone] == [
        ("Contact Point Removed", "signed_out")
    ]
    page.evaluate("window.said = 'denied'")
    assert page.evaluate(f"huiliu.push({options})") == "denied"


def test_the_worker_shows_and_counts_a_message_once(page: Page) -> None:
    """One notification a message, its page opened, and both told under ids that never change."""
    code = (SDK / "huiliu-worker.js").read_text("utf-8")
    data = {"title": "降价了", "body": "再看看", "mid": "ab" * 16, "url": "https://m.example/p/1"}
    page.goto("about:blank")
    found = page.evaluate(f"([code, data]) => ({WORKER})(code, data)", [code, data])
    assert [(one["title"], one["tag"]) for one in found["shown"]] == [("降价了", "ab" * 16)]
    assert found["opened"] == ["https://m.example/p/1"]
    calls = [one["batch"][0] for one in found["told"]]
    assert [(one["event"], one["messageId"]) for one in calls] == [
        ("Push Shown", "ab" * 16 + "-shown"), ("Push Clicked", "ab" * 16 + "-clicked"),
    ]  # fmt: skip
    script = page.evaluate(
        f"([code, data]) => ({WORKER})(code, data)", [code, data | {"url": "javascript:alert(1)"}]
    )
    assert script["opened"] == ["/"]
