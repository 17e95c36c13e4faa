"""In-app messages on a mobile site: shown when they are due, closed by one click, told once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from tests.e2e.console.brand import BRAND, Brand
from tests.e2e.console.test_clients import SDK, _Shop, site

from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import digest
from huiliu.messages.inapp import Card, read_card
from huiliu.ports.inapp import CardRow, NewCard
from huiliu.services.create_key import create_key
from huiliu.services.inapp_cards import StoredCards
from huiliu.services.inapp_tokens import person_token
from huiliu.services.project import project

pytestmark = pytest.mark.browser
__all__ = ["site"]

_numbers = count(1)


@pytest.fixture
def me(brand: Brand) -> Iterator[str]:
    """Be somebody who has signed in, and leave nothing behind for the next test."""
    yield "u-5"
    with brand.world.store.system() as tx:
        profile = profile_of(brand, "u-5")
        rows = tx.inapp.of_person(BRAND, [profile], 100)
        tx.inapp.withdraw(BRAND, [row.message_id for row in rows], brand.clock.now())


def profile_of(brand: Brand, user: str) -> int:
    """Return whose a user id is."""
    key = brand.world.secrets.identifier_key(BRAND, IdentifierType.USER_ID, user)
    with brand.world.store.system() as tx:
        return tx.people.resolve(BRAND, [key])[key]


def lay(brand: Brand, user: str, **parts: str) -> str:
    """Lay a card out for somebody and return its id."""
    world, now = brand.world, brand.clock.now()
    card = read_card(parts, now, world.zone, is_ad=True, locale="zh-CN")
    assert isinstance(card, Card)
    message = digest("laid in a test", next(_numbers))
    new = NewCard(message, profile_of(brand, user), "marketing", card, now)
    StoredCards(world.store, world.secrets, world.zone).put(BRAND, [new])
    return message.hex()


def row_of(brand: Brand, user: str, card: str) -> CardRow:
    """Return what became of a card."""
    with brand.world.store.system() as tx:
        rows = tx.inapp.of_person(BRAND, [profile_of(brand, user)], 100)
    return next(row for row in rows if row.message_id.hex() == card)


def told(page: Page, brand: Brand, card: str) -> CardRow:
    """Wait until the server has all that people did, and return what became of a card."""
    page.wait_for_function("localStorage['huiliu.deeds'] === '[]'")
    return row_of(brand, "u-5", card)


def synced(page: Page) -> Page:
    """Wait until the client knows its person's cards."""
    page.wait_for_function("window.huiliuInapp && sessionStorage['huiliu.inapp']")
    return page


@pytest.fixture
def shop(context: BrowserContext, brand: Brand, site: str) -> Callable[..., Page]:
    """Open a page of the brand's mobile site, on a phone, that shows in-app messages."""
    _, key = create_key(brand.world, BRAND, "m-site", "collect")

    def open_(path: str = "", user: str = "u-5", body: str = "") -> Page:
        options: dict[str, Any] = {}
        if user:
            options["person"] = person_token(brand.world, BRAND, user_id=user)[0]
        client = (
            f'<script src="{brand.url}/static/sdk/huiliu.js" data-key="{key}"></script>'
            f"<script>huiliu.inapp({json.dumps(options)})</script>"
        )
        head = '<!doctype html><html lang="zh-CN"><title>m</title><link rel="icon" href="data:,">'
        _Shop.page = f'{head}<button id="before">选购</button>{body}{client}'
        page = context.new_page()
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(f"{site}/{path}")
        return page

    return open_


def dialog(page: Page) -> Locator:
    """Return the dialog on the page."""
    return page.locator("[data-huiliu] [role=dialog]")


def test_a_pop_up_comes_where_and_when_it_says_and_one_click_ends_it(
    shop: Callable[..., Page], brand: Brand, me: str
) -> None:
    """On the page that was meant, after its seconds; closed it never comes back, on no device."""
    card = lay(
        brand, me, type="popup", title="周末好物", text="满 199 减 30", button="去看看",
        url="/sale", trigger="page /cart*; after 1s", frequency="always",
    )  # fmt: skip
    elsewhere = synced(shop("home"))
    here = {"seconds": 60, "scroll": 100, "leave": True}
    due = "here => huiliuInapp.triggered({pages: ['/cart*'], after: 1}, here)"
    assert elsewhere.evaluate(due, {**here, "path": "/home"}) is False
    assert elsewhere.evaluate(due, {**here, "path": "/cart", "seconds": 0.9}) is False
    assert elsewhere.evaluate(due, {**here, "path": "/cart/2"}) is True
    rules = "{popups_per_day: 2, popup_gap_seconds: 60}"
    enough = f"([times, now]) => huiliuInapp.enough({rules}, times, now)"
    assert elsewhere.evaluate(enough, [[0], 59_000]) is True
    assert elsewhere.evaluate(enough, [[0], 61_000]) is False
    assert elsewhere.evaluate(enough, [[0, 1], 61_000]) is True
    assert elsewhere.evaluate(enough, [[0, 1], 90_000_000]) is False
    expect(dialog(elsewhere)).to_have_count(0)

    page = shop("cart/2")
    page.focus("#before")
    expect(dialog(page)).to_be_visible()
    expect(dialog(page)).to_contain_text("广告")
    close = dialog(page).get_by_role("button", name="关闭")
    expect(close).to_be_focused()
    box = close.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(close).to_be_focused()
    close.click()
    expect(dialog(page)).to_have_count(0)
    expect(page.locator("#before")).to_be_focused()
    row = told(page, brand, card)
    assert row.dismissed_at
    assert row.n_shown == 1

    again = synced(shop("cart/2"))
    assert again.evaluate("JSON.parse(sessionStorage['huiliu.inapp']).cards") == []


def test_a_click_on_a_banner_is_told_before_the_page_is_left(
    shop: Callable[..., Page], brand: Brand, me: str
) -> None:
    """Shown after what the person did; the link leads on and the click arrives all the same."""
    card = lay(brand, me, type="banner", title="购物车有优惠", url="/sale",
               trigger="event Product Added")  # fmt: skip
    page = synced(shop(""))
    strip = page.locator("[data-huiliu] .strip")
    expect(strip).to_have_count(0)
    page.evaluate("huiliu.track('Product Added')")
    expect(strip).to_be_visible()
    strip.locator("a").click()
    page.wait_for_url("**/sale")
    assert told(page, brand, card).clicked_at


def test_cards_stand_in_their_slots_and_messages_in_their_list(
    shop: Callable[..., Page], brand: Brand, me: str
) -> None:
    """A read message counts no more, whichever device shows it next; a removed one is gone."""
    here = lay(brand, me, type="card", title="会员日", url="/member", slot="side")
    first = lay(brand, me, type="inbox", title="已发货", text="明天送达", url="/orders")
    second = lay(brand, me, type="inbox", title="积分到账", text="100 分")
    slots = (
        '<div data-huiliu-slot="top"></div><div data-huiliu-slot="side"></div>'
        '<a href="#" data-huiliu-inbox>消息<b data-huiliu-unread></b></a>'
    )
    page = shop("", body=slots)
    expect(page.locator("[data-huiliu-slot=side] .tile")).to_contain_text("会员日")
    expect(page.locator("[data-huiliu-slot=top] .tile")).to_have_count(0)
    expect(page.locator("[data-huiliu-unread]")).to_have_text("2")
    page.wait_for_function("sessionStorage['huiliu.inapp'].includes('shown_at')")
    assert told(page, brand, here).first_shown_at

    page.click("[data-huiliu-inbox]")
    rows = dialog(page).locator("li")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="已发货").locator("p")).to_be_hidden()
    rows.filter(has_text="已发货").locator("button.head").click()
    expect(rows.filter(has_text="已发货").locator("p")).to_have_text("明天送达")
    expect(page.locator("[data-huiliu-unread]")).to_have_text("1")
    rows.filter(has_text="积分到账").locator("button.head").click()
    rows.filter(has_text="积分到账").locator("button.drop").click()
    expect(rows).to_have_count(1)
    dialog(page).get_by_role("button", name="关闭").click()
    expect(dialog(page)).to_have_count(0)
    assert told(page, brand, first).read_at
    assert row_of(brand, me, second).dismissed_at

    other = shop("", body=slots)
    expect(other.locator("[data-huiliu-slot=side] .tile")).to_be_visible()
    expect(other.locator("[data-huiliu-unread]")).to_be_hidden()
    other.locator("[data-huiliu-slot=side] .close").click()
    assert told(other, brand, here).dismissed_at


DRAW = """card => {
    const drawn = huiliuLook.draw({kind: "popup", title: "t", button: "b", ...card}, {click() {}});
    const found = [...drawn.root.querySelectorAll("a")].map((one) => one.getAttribute("href"));
    const images = drawn.root.querySelectorAll("img").length;
    drawn.end();
    return [found, images];
}"""


def test_words_of_a_card_never_run_in_the_page(shop: Callable[..., Page]) -> None:
    """A title is text, and an address that a browser would run is no link, however it is spelt."""
    page = synced(shop("home"))
    for url in (
        "javascript:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)",
        "\x01javascript:alert(1)", " JaVaScript:alert(1)", "data:text/html,x", "blob:https://a/b",
        "https://[",
    ):  # fmt: skip
        assert page.evaluate(DRAW, {"url": url}) == [[], 0], url
    for url in ("/sale", "https://shop.example/x", "brandapp://orders/1"):
        assert page.evaluate(DRAW, {"url": url}) == [[url], 0]
    title = '<img src=x onerror="document.title=1"><a href=/x>'
    assert page.evaluate(DRAW, {"title": title, "text": title, "button": title}) == [[], 0]


def test_a_visitor_gets_a_token_for_their_browser_alone(
    shop: Callable[..., Page], brand: Brand
) -> None:
    """Who only claims to be somebody sees nothing of theirs."""
    lay(brand, "u-7", type="popup", title="只给七号")
    page = synced(shop("", user=""))
    page.evaluate("huiliu.identify('u-7'); huiliu.flush()")
    page.wait_for_function("huiliu.waiting === 0")
    while project(brand.world):
        pass
    page.evaluate("delete sessionStorage['huiliu.inapp']")
    page.reload()
    synced(page)
    assert page.evaluate("JSON.parse(sessionStorage['huiliu.inapp']).cards") == []
    expect(dialog(page)).to_have_count(0)


#: WeChat as far as the client asks for it; its requests reach the server.
WECHAT = """
window.store = new Map(); window.getCurrentPages = () => [{ route: 'pages/home/index' }];
window.wx = {
  getStorageSync: (key) => structuredClone(store.get(key)) ?? '',
  setStorageSync: (key, value) => store.set(key, structuredClone(value)),
  removeStorageSync: (key) => store.delete(key),
  getSystemInfoSync: () => ({ language: 'zh_CN' }),
  request({ url, method, data, header, success, fail }) {
    fetch(url, { method, headers: header, cache: 'no-store',
                 body: typeof data === 'object' ? JSON.stringify(data) : data })
      .then(async (one) => success({ statusCode: one.status, data: await one.json().catch(() => ''),
                                     header: Object.fromEntries(one.headers) }), fail);
  },
};
"""


def test_a_mini_program_gets_messages_and_tells_what_was_done(
    page: Page, brand: Brand, site: str, me: str
) -> None:
    """It draws nothing: its own components ask for what is due, and say what people did."""
    letter = lay(brand, me, type="inbox", title="已发货", url="/pages/orders/index")
    popup = lay(brand, me, type="popup", title="周末好物", trigger="page /pages/home/*")
    later = lay(brand, me, type="popup", title="还有一条")
    _, key = create_key(brand.world, BRAND, "mini", "collect")
    _Shop.page = '<!doctype html><title>m</title><link rel="icon" href="data:,">'
    page.goto(site)
    page.evaluate(WECHAT)
    sources = [(SDK / "wechat-mini" / name).read_text() for name in ("huiliu.js", "inapp.js")]
    page.evaluate(
        "([core, own, options, person]) => { const load = (code) => { const module = {}; "
        "new Function('module', code)(module); return module.exports; }; "
        "window.mini = load(core); mini.init(options, {}); window.inapp = load(own); "
        "inapp.start(mini, {person}); mini.page(); }",
        [
            *sources, {"host": brand.url, "key": key, "pages": False},
            person_token(brand.world, BRAND, user_id=me)[0],
        ],
    )  # fmt: skip
    page.wait_for_function("inapp.items.length === 1")

    assert page.evaluate("inapp.unread") == 1
    assert page.evaluate("inapp.next('popup').id") in {popup, later}
    shown = page.evaluate("inapp.next('popup').id")
    page.evaluate("id => inapp.shown(id)", shown)
    assert {shown, page.evaluate("inapp.next('popup').id")} == {popup, later}
    page.evaluate("id => inapp.close(id)", shown)
    assert page.evaluate("id => inapp.click(id)", letter) == "/pages/orders/index"
    page.wait_for_function("store.get('huiliu.deeds').length === 0")

    assert page.evaluate("inapp.unread") == 0
    assert row_of(brand, me, letter).clicked_at
    row = row_of(brand, me, shown)
    assert (row.n_shown, row.dismissed_at > 0) == (1, True)
