"""Codes to scan from being made to the coupon: read by another library, raced, replayed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import zxingcpp
from PIL import Image
from tests.integration.asgi import AsgiClient
from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.people import BRAND, event, log, person, project_all
from tests.integration.rewards.coupons import coupon, promotion, put
from tests.integration.warehouses import settle, with_warehouse

from huiliu.catalogue.product import Product
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import DAY, HOUR, SECOND
from huiliu.ports.codes import QrCode
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.form_tokens import person_token
from huiliu.services.qr_codes import NewQrCode, end_qr_code, make_qr_code
from huiliu.services.qr_results import by_store, qr_results
from huiliu.services.qr_tokens import address_of, token_in, token_of
from huiliu.services.scan_qr_code import Scanner, take_scan
from huiliu.settings import load
from huiliu.stores.clock import SimulatedClock
from huiliu.web.app import create_app

AGENT = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"}
PAGE = {"page": "https://shop.example/spring?x=1"}


def read(data: bytes) -> str:
    """Return what a picture says, as a library that is not ours reads it."""
    picture = Image.open(io.BytesIO(data)).convert("L")
    found = zxingcpp.read_barcodes(picture)
    assert len(found) == 1
    return str(found[0].text)


def known(world: World, *names: str) -> list[int]:
    """Let some people be known and return them."""
    log(world, *(event(f"user_id:{one}") for one in names))
    project_all(world)
    return [person(world, f"user_id:{one}") for one in names]


def told(world: World, name: str) -> list[dict[str, object]]:
    """Return the properties of every event of a name."""
    with world.store.system() as tx:
        rows = tx.log.read(0, 0, 10_000)
    return [msgspec.json.decode(one.body)["properties"] for one in rows if one.name == name]


def pool(world: World, total: int = 1_000) -> None:
    """Put up a pool of codes, each person's own, so many at most."""
    put(world, promotion(), coupon("own", f"issue: {{total: {total}}}\n"))


def make(world: World, **more: object) -> QrCode:
    """Make a code of a shop."""
    facts: dict[str, object] = {"kind": "store", "name": "人民广场店", "store": "SH-01", **more}
    if "coupon" not in facts:
        facts.setdefault("leads", PAGE)
    return make_qr_code(world, BRAND, NewQrCode(**facts), "ada")  # type: ignore[arg-type]


@pytest.fixture
def client(world: World, tmp_path: Path) -> Iterator[AsgiClient]:
    """Lend a server's way in."""
    _, key = create_key(world, BRAND, "server", "api")
    with AsgiClient(create_app(world, load(tmp_path, {})), auth=(key, "")) as opened:
        yield opened


def test_printed_codes_say_their_address_to_another_library(client: AsgiClient) -> None:
    """The picture, and posters of every size as PNG, are read back; the PDF is one."""
    made = client.post("/v1/codes", json={
        "kind": "campaign", "name": "春茶上市", "campaign": "spring", "leads": PAGE,
    }).json()  # fmt: skip
    at = f"/v1/codes/{made['id']}"
    asked = {"title": "扫码领 20 元券", "words": "新会员满 99 可用", "hint": "微信扫一扫"}

    assert read(client.get(f"{at}/picture.png").content) == made["address"]
    for size in ("a4", "a5", "card", "sticker"):
        poster = client.get(f"{at}/poster.png", params={**asked, "size": size})
        assert poster.headers["content-type"] == "image/png"
        assert read(poster.content) == made["address"]
    assert client.get(f"{at}/poster.pdf", params=asked).content.startswith(b"%PDF-")
    lacking = client.get(f"{at}/poster.pdf", params={"title": "龘"})
    assert (lacking.status_code, "龘" in lacking.text) == (422, True)


def test_a_products_code_is_a_digital_link_that_tills_and_phones_read(
    world: World, tmp_path: Path
) -> None:
    """One picture: another library's reader, our bar code reader and a browser all get along."""
    with with_warehouse(world, tmp_path) as house:
        _, key = create_key(house, BRAND, "server", "api")
        with house.store.transaction(BRAND) as tx:
            cream = Product("P1", {"zh-CN": "面霜"}, price=9_900, currency="CNY")
            tx.products.put(BRAND, [cream], 1)
        with AsgiClient(create_app(house, load(tmp_path, {})), auth=(key, "")) as client:
            put_on = {"code": "6901234567892", "product": "P1"}
            on = client.post("/v1/barcodes", json=put_on).json()
            made = client.post("/v1/codes", json={
                "kind": "product", "name": "面霜", "product": "6901234567892",
            }).json()  # fmt: skip
            address = read(client.get(f"/v1/codes/{made['id']}/picture.png").content)
            found = client.get("/v1/barcodes", params={"code": address}).json()
            parts = urlsplit(address)
            page = client.get(f"{parts.path}?{parts.query}", headers=AGENT, auth=None)
            led = client.get(f"/q/{token_in(address)}", headers=AGENT, auth=None)
            off = client.request("DELETE", "/v1/barcodes/06901234567892")
            gone = client.get("/v1/barcodes", params={"code": address})

    assert on == {"gtin": "06901234567892", "product": "P1", "variant": None}
    assert address == made["address"]
    assert (found["product"], found["price"], found["form"]) == ("P1", 9_900, "digital_link")
    assert (page.status_code, "面霜" in page.text) == (200, True)
    assert led.headers["location"] == f"{parts.path}?{parts.query}"
    assert (off.status_code, gone.status_code) == (200, 404)


def test_a_scan_gives_a_person_one_coupon_however_often_they_scan(
    client: AsgiClient, world: World, clock: SimulatedClock
) -> None:
    """The same scan gets its first answer; a later one is told again and gives the same coupon."""
    pool(world)
    [ada] = known(world, "ada")
    code = make(world, coupon="own")
    body = {"code": address_of(world, code, 0), "profile": show_profile_id(ada), "channel": "app"}
    first = client.post("/v1/scans", json=body).json()
    again = client.post("/v1/scans", json=body).json()
    clock.advance(HOUR)
    later = client.post("/v1/scans", json=body).json()

    assert first["coupon"]
    assert (first["new"], again["new"], later["new"]) == (True, False, True)
    assert first["coupon"] == again["coupon"] == later["coupon"]
    assert len(told(world, "Coupon Issued")) == 1
    assert [(one["store"], one["code_kind"]) for one in told(world, "QR Scanned")] == [
        ("SH-01", "store"), ("SH-01", "store"),
    ]  # fmt: skip


def test_forged_and_foreign_tokens_are_unknown(client: AsgiClient, world: World) -> None:
    """No letter of a token can be changed, and a screen's token is no code's."""
    code = make(world)
    right = token_of(world, code, 0)
    [ada] = known(world, "ada")
    wrong = [f"{right[:-1]}{'a' if right[-1] != 'a' else 'b'}", f"b{right[1:]}", "", "q" * 200]
    for one in wrong:
        answer = client.post("/v1/scans", json={"code": one, "profile": show_profile_id(ada)})
        assert answer.status_code == 404
        assert client.get(f"/q/{one or 'x'}", auth=None).status_code == 404
    nobody = client.post("/v1/scans", json={"code": right, "profile": "p_0000000000000"})
    assert nobody.status_code == 404


def test_a_photograph_of_a_screen_is_refused_once_the_picture_changed(
    client: AsgiClient, world: World, clock: SimulatedClock
) -> None:
    """The screen shows a new code each time; an old one gives nothing, here or by server."""
    pool(world)
    ada, bob = known(world, "ada", "bob")
    code = make(world, coupon="own", rotates_s=30)
    shown = client.get(f"/v1/codes/{code.code_id}").json()
    screen = client.get(urlsplit(shown["screen"]).path, auth=None)
    now = client.post("/v1/scans", json={"code": shown["address"], "profile": show_profile_id(ada)})
    clock.advance(61 * SECOND)
    late = client.post(
        "/v1/scans", json={"code": shown["address"], "profile": show_profile_id(bob)}
    )
    page = client.get(urlsplit(shown["address"]).path, headers=AGENT, auth=None)
    printed = client.get(f"/v1/codes/{code.code_id}/poster.pdf")

    assert 'http-equiv="refresh"' in screen.text
    assert now.json()["coupon"]
    assert (late.status_code, late.json()) == (409, {"reason": "expired"})
    assert page.status_code == 410
    assert printed.status_code == 409
    assert len(told(world, "Coupon Issued")) == 1


def test_who_is_not_known_leaves_their_name_in_a_form_that_joins_the_scan(
    world: World, tmp_path: Path
) -> None:
    """Looking tells the log nothing; the button does, and the form gets the same visit."""
    pool(world)
    code = make(world, coupon="own", leads=PAGE, campaign="spring")
    browser = visitor(world, tmp_path)
    path = urlsplit(address_of(world, code, 0)).path
    page = browser.get(path, headers=AGENT).text
    before = told(world, "QR Scanned")
    hidden = re.search(r'name="visit" value="([0-9a-f]+)"', page)
    assert hidden is not None
    after = browser.post(path, data={"visit": hidden[1]}, headers=AGENT).text
    project_all(world)
    onward = re.search(r'href="(https://shop.example[^"]+)"', after)
    assert onward is not None
    asked = parse_qs(urlsplit(onward[1].replace("&amp;", "&")).query)

    assert before == []
    assert len(told(world, "QR Scanned")) == 1
    assert told(world, "Coupon Issued") == []
    assert asked == {
        "x": ["1"], "utm_source": ["qr"], "utm_medium": ["store"], "utm_campaign": ["spring"],
        "utm_content": [f"qr-{code.code_id}"], "store": ["SH-01"],
    }  # fmt: skip


def test_who_comes_by_their_own_link_gets_the_coupon_at_once(world: World, tmp_path: Path) -> None:
    """The page shows the code, and never says who it is to other people's pages."""
    pool(world)
    [ada] = known(world, "ada")
    code = make(world, coupon="own", leads=PAGE)
    browser = visitor(world, tmp_path)
    path = urlsplit(address_of(world, code, 0)).path
    me = person_token(world, BRAND, ada)
    after = browser.post(path, data={"visit": "1", "me": me}, headers=AGENT).text

    again = take_scan(world, path.rpartition("/")[2], Scanner(ada))
    assert len(told(world, "Coupon Issued")) == 1
    assert (again.is_new, bool(again.coupon)) == (False, True)
    assert f'<p class="coupon-code">{again.coupon}</p>' in after
    assert me not in after


def test_a_thousand_scans_at_once_give_no_more_coupons_than_there_are(world: World) -> None:
    """Twenty people scan twice each at once; the pool holds seven, and seven people have one."""
    pool(world, 7)
    people = known(world, *(f"p{n}" for n in range(20)))
    code = make(world, coupon="own")
    written = token_of(world, code, 0)

    def scan(profile_id: int) -> str:
        return take_scan(world, written, Scanner(profile_id)).coupon

    with ThreadPoolExecutor(8) as pool_:
        given = list(pool_.map(scan, people * 2))

    assert len(told(world, "Coupon Issued")) == 7
    assert len({one for one in given if one}) == 7
    assert len(told(world, "QR Scanned")) == 20


def test_a_code_that_was_taken_back_leads_nowhere(client: AsgiClient, world: World) -> None:
    """Its page says so, a scan is refused, and it can be taken back once."""
    code = make(world)
    [ada] = known(world, "ada")
    end_qr_code(world, BRAND, code.code_id)
    address = address_of(world, code, 0)
    scan = client.post("/v1/scans", json={"code": address, "profile": show_profile_id(ada)})

    assert client.get(urlsplit(address).path, headers=AGENT, auth=None).status_code == 410
    assert (scan.status_code, scan.json()["reason"]) == (409, "ended")
    assert client.post(f"/v1/codes/{code.code_id}/end").status_code == 409
    assert client.get(f"/v1/codes/{code.code_id}/picture.png").status_code == 404


def test_online_orders_count_for_the_last_code_before_them(
    world: World, tmp_path: Path, clock: SimulatedClock
) -> None:
    """An order in a shop, one before the scan and one long after count for no code."""
    with with_warehouse(world, tmp_path) as house:
        ada, bob = known(house, "ada", "bob")
        first, second = make(house), make(house, store="SH-02")
        start = clock.now()
        for profile_id, code in ((ada, first), (ada, second), (bob, first)):
            take_scan(house, token_of(house, code, 0), Scanner(profile_id))
            clock.advance(HOUR)

        def paid(who: str, order: str, at: int, **more: object) -> None:
            facts = {"order_id": order, "total": 88.5, "currency": "CNY", **more}
            log(house, event(f"user_id:{who}", name="Order Paid", at=at, properties=facts))

        paid("ada", "early", start - HOUR)
        paid("ada", "online", start + 3 * HOUR, channel="app")
        paid("ada", "online", start + 4 * HOUR, channel="app")
        paid("bob", "shop", start + 4 * HOUR, channel="store")
        paid("bob", "late", start + 20 * DAY)
        clock.advance(21 * DAY)
        settle(house)
        rows = {one.code.code_id: one for one in qr_results(house, BRAND)}

        assert rows[first.code_id].brought.n_people == 2
        assert rows[first.code_id].brought.n_orders == 0
        assert rows[second.code_id].brought.n_orders == 1
        assert str(rows[second.code_id].brought.revenue["CNY"]) == "88.50"
        assert [(one.store, one.n_orders) for one in by_store(list(rows.values()))] == [
            ("SH-02", 1), ("SH-01", 0),
        ]  # fmt: skip


def test_following_by_the_code_at_wechat_is_a_scan_with_its_coupon(world: World) -> None:
    """The projector hears it once, and only for a code that has one beside it."""
    pool(world)
    code = make(world, coupon="own")
    other = make(world, coupon="own")
    with world.store.transaction(BRAND) as tx:
        tx.codes.set_scan_code(BRAND, code.code_id, 9)
    scenes = [f"qr-{BRAND}-{code.code_id}", f"qr-{BRAND}-{other.code_id}", "qr-2-1", "spring"]
    for nth, scene in enumerate(scenes):
        name = "WeChat Followed"
        log(world, event(f"user_id:w{nth}", name=name, properties={"scene": scene}))
    project_all(world)

    assert [(one["code"], one["channel"]) for one in told(world, "QR Scanned")] == [
        (code.code_id, "wechat")
    ]
    assert len(told(world, "Coupon Issued")) == 1


def test_the_price_comparison_is_honest(
    world: World, tmp_path: Path, clock: SimulatedClock
) -> None:
    """Sources and times are shown, old and foreign prices are not, and ours may be the dearest."""
    with with_warehouse(world, tmp_path) as house:
        _, key = create_key(house, BRAND, "server", "api")
        ours = Product("P1", {"en": "Cream"}, sku="6901234567892", price=9_900, currency="CNY")
        with house.store.transaction(BRAND) as tx:
            tx.products.put(BRAND, [ours], 1)
        stars = {"product_id": "P1", "order_id": "o", "rating": 4}
        log(house, event("user_id:ada", name="Review Posted", properties=stars))
        settle(house)
        with AsgiClient(create_app(house, load(tmp_path, {})), auth=(key, "")) as client:

            def seen(**one: object) -> int:
                told_ = {"product": "P1", "seller": "Tmall", "currency": "CNY", "price": 8_900}
                return client.post("/v1/prices", json={"prices": [{**told_, **one}]}).status_code

            clock.advance(10 * DAY)
            answers = [
                seen(), seen(seller="Old", seen_at="2026-11-20T00:00:00Z"),
                seen(seller="Abroad", currency="USD", price=1), seen(price=-1),
                seen(seen_at="2036-01-01T00:00:00Z"), seen(product="P9"),
                seen(url="javascript:alert(1)"),
            ]  # fmt: skip
            found = client.get("/v1/barcodes", params={"code": "6901234567892"}).json()
            page = client.get("/01/06901234567892?lang=en", auth=None).text
            typed = client.get("/scan?code=690-1234", auth=None)
            led = client.get("/scan?code=6901234567892", auth=None)

    assert answers == [200, 200, 200, 422, 422, 422, 422]
    assert [(one["seller"], one["price"], one["own"]) for one in found["prices"]] == [
        ("Tmall", 8_900, False), (None, 9_900, True),
    ]  # fmt: skip
    assert (found["rating"], found["reviews"]) == (4.0, 1)
    assert "89.00" in page
    assert "server" in page
    assert "Abroad" not in page
    assert (typed.status_code, led.status_code) == (404, 303)
    assert led.headers["location"].startswith("/01/06901234567892")


def test_the_studio_does_what_servers_do(world: World, tmp_path: Path) -> None:
    """Make, look, print, assign, note a price, take back: each page works, and tells faults."""
    with with_warehouse(world, tmp_path) as house:
        with house.store.transaction(BRAND) as tx:
            product = Product("P1", {"en": "Cream"}, price=9_900, currency="CNY")
            tx.products.put(BRAND, [product], 1)
        client: Visitor = signed_in(house, tmp_path)

        def send(path: str, **typed: str) -> int:
            data = {"csrf": token(client, "/people?lang=en"), **typed}
            return client.post(path, data=data).status_code

        wrong = send("/codes", kind="store", name="", page="http://x")
        made = send("/codes", kind="store", name="Tea <bar>", store="SH-01", page=PAGE["page"])
        page = client.get("/codes/1").text
        files = [
            client.get(f"/codes/1/{one}").headers["content-type"]
            for one in ("picture.svg", "picture.png", "poster.pdf?title=Hi", "poster.png?title=Hi")
        ]
        bad_poster = client.get("/codes/1/poster.pdf?title=龘")
        assigned = send("/codes/barcodes", code="6901234567892", product="P1")
        unknown = send("/codes/barcodes", code="123", product="P1")
        price = send(
            "/codes/barcodes/price", code="6901234567892", product="P1", currency="CNY",
            seller="Tmall", price="8900",
        )  # fmt: skip
        listed = client.get("/codes/barcodes?code=6901234567892").text
        settle(house)
        results = client.get("/codes/results").text
        ended = (send("/codes/1/end"), send("/codes/1/end"))

    assert (wrong, made, assigned, unknown, price) == (422, 303, 303, 422, 303)
    assert "Tea &lt;bar&gt;" in page
    assert files == ["image/svg+xml", "image/png", "application/pdf", "image/png"]
    assert bad_poster.status_code == 422
    assert "89.00 CNY" in listed
    assert "SH-01" in results
    assert ended == (303, 409)


def test_a_viewer_looks_and_changes_nothing(world: World, tmp_path: Path) -> None:
    """Whoever may only read gets the page without its form, and no form of theirs is taken."""
    client = signed_in(replace(world), tmp_path, "viewer")
    page = client.get("/codes")
    sent = client.post("/codes", data={"csrf": token(client, "/people"), "kind": "store"})

    assert page.status_code == 200
    assert 'action="/codes"' not in page.text
    assert sent.status_code == 403


def test_whatever_a_server_sends_is_answered_and_never_crashes(
    client: AsgiClient, world: World
) -> None:
    """Each field of each call in turn holds nonsense; the answer is taken or told, never a 500."""
    with world.store.transaction(BRAND) as tx:
        tx.products.put(BRAND, [Product("P1", {"en": "Cream"}, price=1, currency="CNY")], 1)
    [ada] = known(world, "ada")
    price = {"product": "P1", "seller": "x", "price": 1, "currency": "CNY", "url": "https://x.y"}
    good: dict[str, dict[str, object]] = {
        "/v1/codes": {
            "kind": "store", "name": "n", "campaign": "c", "store": "s", "product": "6901234567892",
            "coupon": "", "leads": {"app": "a://b", "mini": "", "page": "https://x.y"},
            "rotates": 0, "starts": "2026-11-22T00:00:00Z", "ends": "2027-11-22T00:00:00Z",
        },
        "/v1/scans": {
            "code": address_of(world, make(world), 0), "profile": show_profile_id(ada),
            "channel": "app",
        },
        "/v1/barcodes": {"code": "6901234567892", "product": "P1", "variant": ""},
        "/v1/prices": {"source": "s", "prices": [price]},
    }  # fmt: skip
    nonsense: list[object] = [None, -1, 10**30, True, "\0", "a://\0", "x" * 3_000, [], {}, "😀"]
    answers = set()
    for path, body in good.items():
        for field in body:
            for one in nonsense:
                answers.add(client.post(path, json=body | {field: one}).status_code)
    for field in price:
        for one in nonsense:
            odd = {"prices": [price | {field: one}]}
            answers.add(client.post("/v1/prices", json=odd).status_code)
    for way in ("app", "mini", "page"):
        for one in nonsense:
            odd_lead = good["/v1/codes"] | {"leads": {way: one}}
            answers.add(client.post("/v1/codes", json=odd_lead).status_code)
    for path in ("/q/%00", "/qs/😀", "/01/%00", "/b/99999/01/1", "/scan?code=%00", "/01/1?q=%00"):
        answers.add(client.get(path, auth=None).status_code)

    assert answers <= {200, 303, 400, 404, 409, 422}


def test_a_code_that_only_leads_on_does_so_after_one_press(world: World, tmp_path: Path) -> None:
    """On a phone the APP is tried first, and the other ways stay on the page as a fallback."""
    code = make(world, leads={"app": "brand://spring", **PAGE})
    path = urlsplit(address_of(world, code, 0)).path
    browser = visitor(world, tmp_path)
    phone = browser.post(path, data={"visit": "1"}, headers=AGENT).text
    chat = {"user-agent": f"{AGENT['user-agent']} MicroMessenger/8.0"}
    wechat = browser.post(path, data={"visit": "2"}, headers=chat).text

    assert 'content="0;url=brand://spring' in phone
    assert 'href="https://shop.example/spring' in phone
    assert 'content="0;url=https://shop.example/spring' in wechat
    assert "brand://" not in wechat
