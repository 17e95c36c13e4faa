"""The checkout in the console and on phones, without a browser."""

from __future__ import annotations

from pathlib import Path

import httpx
from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.people import BRAND
from tests.integration.rewards.selling import CREAM, SALE, promoted, shop, taking_money

from huiliu.ports.world import World
from huiliu.services.pay_links import checkout_url
from huiliu.services.payment_accounts import put_account

TYPED = {"store": "S01", "receipt": "", "lines": f"{CREAM} 2\n6901234500004", "person": "",
         "codes": "", "points": ""}  # fmt: skip


def _send(client: Visitor, path: str, form: dict[str, str]) -> httpx.Response:
    """Send a form with the token of its session."""
    return client.post(path, data={**form, "csrf": token(client, "/pos")})


def test_a_test_till_quotes_commits_and_voids(world: World, tmp_path: Path) -> None:
    """The page shows every line's reasons; a sale of it is a real one and can be undone."""
    shop(world)
    promoted(world)
    client = signed_in(world, tmp_path)
    quoted = _send(client, "/pos", {**TYPED, "do": "quote"})
    wrong = _send(client, "/pos", {**TYPED, "do": "commit"})
    refused = _send(client, "/pos", {**TYPED, "receipt": "7", "codes": "NOBODY", "do": "commit"})
    done = _send(client, "/pos", {**TYPED, "receipt": "7", "do": "commit"})
    again = _send(client, "/pos", {**TYPED, "receipt": "7", "do": "commit"})
    void = _send(client, "/pos/void", {"order": "pos:S01:console::7"})
    listed = client.get("/pos?state=voided")

    assert quoted.status_code == 200, quoted.text
    assert "280.00 CNY" in quoted.text
    assert "from 300 CNY" in quoted.text
    assert (wrong.status_code, refused.status_code) == (422, 409)
    assert "280.00 CNY" in done.text
    assert "committed before" in again.text
    assert void.status_code == 303
    assert "Voided" in listed.text


def test_an_account_is_set_up_paused_and_removed(world: World, tmp_path: Path) -> None:
    """What is wrong with its fields is said beside them."""
    paid = taking_money(world)
    client = signed_in(paid, tmp_path)
    empty = client.get("/pos/accounts")
    form = client.get("/pos/accounts?provider=wechat_pay")
    wrong = _send(client, "/pos/accounts", {"provider": "wechat_pay", "name": "main"})
    made = _send(client, "/pos/accounts", {"provider": "trial", "name": "try"})
    _send(client, "/pos/accounts/try/state", {"paused": "yes"})
    paused = client.get("/pos/accounts?name=try")
    code = client.get("/pos/code.svg?store=S01")
    store = client.get("/pos/store?store=S01")
    removed = _send(client, "/pos/accounts/try/remove", {})

    assert "Nobody takes money yet" in empty.text
    assert "APIv3 key" in form.text
    assert (wrong.status_code, made.status_code, removed.status_code) == (422, 303, 303)
    assert "Paused" in paused.text
    assert code.headers["content-type"].startswith("image/svg")
    assert "/sc/" in store.text


def test_a_phone_takes_no_price_of_its_own_and_a_page_sent_twice_is_paid_once(
    world: World, tmp_path: Path
) -> None:
    """The cart is the address; the same page sent again leads to the same receipt."""
    paid = taking_money(world)
    shop(paid)
    put_account(paid, BRAND, "try", "trial", {})
    client = visitor(paid, tmp_path)
    path = "/sc/" + checkout_url(paid, BRAND, "S01").rpartition("/")[2]
    full = client.get(f"{path}?c=cream~2,../x~1,soap~0,cream2~1&lang=en")
    form = {"c": "cream~2", "account": "try", "once": "0123456789abcdef0123"}
    first = client.post(f"{path}?lang=en", data=form)
    second = client.post(f"{path}?lang=en", data=form)
    forged = client.get(path[:-2] + "AA")
    other_page = client.post(path, data={**form, "once": "nobody's"})
    receipt = client.get(first.headers["location"])

    assert full.status_code == 200, full.text
    assert "300.00 CNY" in full.text
    assert "cream2 is not in the catalogue" in full.text
    assert first.status_code == 303, first.text
    assert first.headers["location"] == second.headers["location"]
    assert (forged.status_code, other_page.status_code) == (404, 404)
    assert "Waiting for your payment" in receipt.text
    assert SALE["store"] in receipt.text
