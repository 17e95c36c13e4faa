"""The clients keep every event through refusals and lost networks, and send it once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from tests.e2e.console.brand import BRAND, Brand
from tests.integration.forms.filling import FORM

from huiliu.kernel.times import SECOND
from huiliu.services.create_key import create_key
from huiliu.services.publish import publish

pytestmark = pytest.mark.browser

SDK = Path(__file__).parents[3] / "src" / "huiliu" / "web" / "static" / "sdk"
MINI = (SDK / "wechat-mini" / "huiliu.js").read_text("utf-8")

#: As much of WeChat as the client asks for; `net` says what the next requests become.
WECHAT = """
window.store = window.store || new Map();
window.sent = []; window.net = []; window.listeners = {};
window.getCurrentPages = () => [{ route: 'pages/home/index' }];
window.wx = {
  getStorageSync: (key) => structuredClone(store.get(key)) ?? '',
  setStorageSync: (key, value) => store.set(key, structuredClone(value)),
  removeStorageSync: (key) => store.delete(key),
  getSystemInfoSync: () => ({ language: 'zh_CN', brand: 'HUAWEI', model: 'P60', platform: 'android',
    system: 'Android 12', version: '8.0.50', screenWidth: 390, screenHeight: 844 }),
  onNetworkStatusChange: (act) => { listeners.net = act; },
  onAppHide: (act) => { listeners.hide = act; }, onAppShow: (act) => { listeners.show = act; },
  request: ({ data, success, fail }) => {
    const body = JSON.parse(data);
    const how = net.shift() ?? 200;
    setTimeout(() => {
      if (how === 'lost') sent.push(...body.batch);
      if (how === 'lost') { fail({ errMsg: 'request:fail timeout' }); return; }
      if (how === 0) { fail({ errMsg: 'request:fail' }); return; }
      if (how === 200) sent.push(...body.batch);
      success({ statusCode: how, header: {} });
    }, 1);
  },
};
"""


class _Shop(BaseHTTPRequestHandler):
    """A brand's own mobile site: one page, as `pages` has it."""

    page: ClassVar[str] = ""

    def do_GET(self) -> None:
        """Answer every address with the page."""
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.page.encode())

    def log_message(self, *said: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Serve the mobile site from an origin of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def shop(context: BrowserContext, brand: Brand, site: str) -> Callable[..., Page]:
    """Open a page of the brand's mobile site that carries the client."""
    _, key = create_key(brand.world, BRAND, "m-site", "collect")

    def open_(path: str = "", more: str = "", before: str = "") -> Page:
        client = f'<script src="{brand.url}/static/sdk/huiliu.js" data-key="{key}" {more}></script>'
        head = '<!doctype html><html lang="zh-CN"><title>m</title><link rel="icon" href="data:,">'
        _Shop.page = f"{head}{before}{client}<p>商品</p>"
        page = context.new_page()
        page.goto(f"{site}/{path}")
        return page

    return open_


def calls(page: Page, brand: Brand) -> list[dict[str, Any]]:
    """Collect what a page sends from now on."""
    found: list[dict[str, Any]] = []

    def hear(route: Route) -> None:
        found.extend(json.loads(route.request.post_data or "{}")["batch"])
        route.continue_()

    page.route(f"{brand.url}/v1/batch", hear)
    return found


def waiting(page: Page, n: int) -> None:
    """Wait until so many events wait in the client."""
    page.wait_for_function("n => window.huiliu.waiting === n", arg=n)


def logged(brand: Brand, name: str) -> int:
    """Return how often an event stands in the log."""
    with brand.world.store.system() as tx:
        return sum(event.name == name for event in tx.log.read(0, 0, 10_000))


def test_events_go_with_the_campaign_and_one_anonymous_id(
    shop: Callable[..., Page], brand: Brand
) -> None:
    """What was asked before the script came is not lost, and the server takes all of it."""
    early = (
        '<script>window.huiliu = {q: [["track", "Product Viewed", {product_id: "p1"}]]};</script>'
    )
    page = shop("?utm_source=douyin&utm_campaign=autumn", before=early)
    waiting(page, 0)
    found = calls(page, brand)
    page.evaluate("huiliu.identify('u-sdk', {locale: 'zh-CN'}); huiliu.track('Product Added')")
    waiting(page, 0)

    assert [one.get("event", one["type"]) for one in found] == ["identify", "Product Added"]
    assert found[1]["userId"] == "u-sdk"
    assert found[1]["context"]["campaign"] == {"source": "douyin", "name": "autumn"}
    assert len({one["anonymousId"] for one in found}) == 1
    assert len({one["messageId"] for one in found}) == 2


def test_what_the_server_cannot_take_is_kept_over_a_new_page_and_sent(
    shop: Callable[..., Page], context: BrowserContext, brand: Brand
) -> None:
    """A refusal that passes loses nothing; one of bad content does not stop the rest."""
    context.route(f"{brand.url}/v1/batch", lambda route: route.fulfill(status=429))
    page = shop(more='data-pages="off"')
    page.evaluate("huiliu.track('Cart Kept'); huiliu.flush()")
    page.wait_for_function("JSON.parse(localStorage['huiliu.queue']).length === 1")
    # What a page says in its last moment goes past the route.
    context.set_offline(True)
    page.close()
    context.set_offline(False)
    refused = logged(brand, "Cart Kept")
    context.unroute(f"{brand.url}/v1/batch")

    later = shop(more='data-pages="off"')
    waiting(later, 0)
    later.route(f"{brand.url}/v1/batch", lambda route: route.fulfill(status=400))
    later.evaluate("huiliu.track('Bad'); huiliu.flush()")
    waiting(later, 0)

    assert (refused, logged(brand, "Cart Kept")) == (0, 1)
    assert logged(brand, "Bad") == 0


def test_a_page_without_network_waits_for_it(
    shop: Callable[..., Page], context: BrowserContext, brand: Brand
) -> None:
    """The browser says when it is back."""
    page = shop(more='data-pages="off"')
    context.set_offline(True)
    page.evaluate("huiliu.track('Seen Offline'); huiliu.flush()")
    waiting(page, 1)
    context.set_offline(False)
    waiting(page, 0)

    assert logged(brand, "Seen Offline") == 1


def test_nothing_is_stored_or_sent_before_somebody_agrees(
    shop: Callable[..., Page], brand: Brand
) -> None:
    """`data-wait` keeps quiet; a refusal takes away what there is."""
    page = shop(more='data-wait="consent"')
    found = calls(page, brand)
    page.evaluate("huiliu.track('Product Viewed'); huiliu.flush()")
    assert page.evaluate("Object.keys(localStorage).length") == 0
    assert found == []
    page.evaluate("huiliu.allow()")
    waiting(page, 0)
    assert len(found) == 2
    page.evaluate("huiliu.refuse()")
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_a_pop_up_shows_a_form_once_and_closes_at_one_click(
    shop: Callable[..., Page], brand: Brand, site: str
) -> None:
    """In a frame that only the brand's pages may hold; closed, it does not come back."""
    source = FORM.replace("slug: welcome", "slug: popped").replace(
        "questions:", f"use: pop_up\nembed: ['{site}']\npop_up: {{after: 0}}\nquestions:"
    )
    publish(brand.world, BRAND, source, "test", kind="form")
    page = shop("?utm_source=mail", more='data-form="popped"')
    page.set_viewport_size({"width": 390, "height": 844})
    dialog = page.locator("[role=dialog]")
    expect(dialog).to_be_visible()
    frame = page.frame_locator("iframe")
    expect(frame.locator("h1")).to_have_text("加入我们")
    brand.clock.advance(5 * SECOND)
    frame.locator("#f-email").fill("popped@mail.example")
    frame.locator("button[type=submit]").click()
    expect(frame.locator("[data-done=taken]")).to_contain_text("HELLO10")
    page.click("[aria-label=关闭]")
    expect(dialog).to_have_count(0)
    page.reload()
    waiting(page, 0)
    expect(dialog).to_have_count(0)


@pytest.fixture
def mini(page: Page, site: str) -> Page:
    """Load the mini-program's client into a page that plays WeChat."""
    _Shop.page = '<!doctype html><title>m</title><link rel="icon" href="data:,">'
    page.goto(site)
    page.evaluate(WECHAT)
    load(page)
    return page


def load(page: Page) -> None:
    """Start the mini-program anew; what it stored is still there."""
    page.evaluate(
        "code => { const module = {exports: {}}; new Function('module', code)(module); "
        "window.mini = module.exports; "
        "mini.init({host: 'https://x.example', key: 'k', flushAfter: 0, pages: false}, "
        "{scene: 1047, query: {scene: encodeURIComponent('utm_source=store&shop=8')}}) }",
        MINI,
    )


def test_a_mini_program_sends_openid_scene_and_page(mini: Page) -> None:
    """Who it is comes from the brand's server, where from out of the code that was scanned."""
    mini.evaluate("mini.setOpenid('o-1', 'u-1'); mini.setOpenid('o-1', 'u-1'); mini.page()")
    mini.wait_for_function("sent.length === 2")
    first, second = mini.evaluate("sent")

    assert first["traits"] == {"openid": "o-1", "unionid": "u-1"}
    assert second["context"]["campaign"] == {"source": "store"}
    assert second["context"]["page"]["path"] == "/pages/home/index"
    assert first["anonymousId"] == second["anonymousId"]


def test_a_mini_program_keeps_its_queue_through_refusals_and_restarts(mini: Page) -> None:
    """Lost answers are sent again under the same id; nothing is sent out of order."""
    mini.evaluate("net = ['lost', 0, 503, 429, 200]; setTimeout(() => mini.track('One'), 0)")
    mini.evaluate("const later = setTimeout; window.setTimeout = (act, ms) => later(act, ms / 500)")
    mini.wait_for_function("sent.length === 2 && mini.waiting === 0")
    ids = mini.evaluate("sent.map((one) => one.messageId)")
    assert len(set(ids)) == 1

    mini.evaluate("net = [0]; mini.track('Two')")
    mini.wait_for_function("net.length === 0")
    load(mini)
    # Here the one before it lives on, and may send it too: under the same id, so it counts once.
    mini.wait_for_function("sent.length >= 3 && mini.waiting === 0")
    again = mini.evaluate("sent.slice(2).map((one) => one.messageId)")
    assert len(set(again)) == 1
    assert set(again) != set(ids)


def test_a_mini_program_waits_for_the_network_and_for_agreement(mini: Page) -> None:
    """Offline it does not try; before somebody agreed it stores nothing."""
    mini.evaluate("listeners.net({isConnected: false}); mini.track('One'); mini.flush()")
    assert mini.evaluate("sent.length") == 0
    mini.evaluate("listeners.net({isConnected: true})")
    mini.wait_for_function("sent.length === 1")
    mini.evaluate("mini.refuse(); mini.track('Two')")
    assert mini.evaluate("[...store.keys()].filter((key) => key.startsWith('huiliu.')).length") == 0


def test_a_mini_program_tells_for_which_templates_somebody_agreed(mini: Page) -> None:
    """One event for one tap, with who it was; a refusal gives nothing."""
    mini.evaluate(
        """wx.requestSubscribeMessage = ({ tmplIds, success }) => success({
             errMsg: 'ok', [tmplIds[0]]: 'accept', [tmplIds[1]]: 'reject', [tmplIds[2]]: 'acceptWithAudio' });
           mini.setOpenid('o-1'); mini.askToSubscribe(['S1', 'S2', 'S3', 'S4'])"""  # noqa: E501
    )
    mini.wait_for_function("sent.length === 2")
    told = mini.evaluate("sent[1]")

    assert told["event"] == "Message Credit Granted"
    assert told["properties"] == {
        "channel": "mini_program", "app": "", "template_ids": ["S1", "S3"], "source": "client",
        "openid": "o-1",
    }  # fmt: skip
