"""Money is taken by providers, told by signed notices, and a sale is committed once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.integration.asgi import AsgiClient
from tests.integration.people import BRAND
from tests.integration.rewards.selling import SALE, promoted, shop, taking_money, till

from huiliu.channels.http import HttpOutbound
from huiliu.channels.outbound import HostRule
from huiliu.fakes.providers.alipay import FakeAlipay
from huiliu.fakes.providers.cloud import Push
from huiliu.fakes.providers.paying import PayingFake
from huiliu.fakes.providers.wechat_pay import FakeWechatPay
from huiliu.kernel.errors import BadInput, InUse
from huiliu.kernel.times import MINUTE
from huiliu.ports.world import World
from huiliu.services.follow_payments import follow_payments
from huiliu.services.payment_accounts import (
    account_data,
    list_accounts,
    put_account,
    remove_account,
)
from huiliu.stores.clock import SimulatedClock

BODY = {name: SALE[name] for name in ("store", "terminal", "business_date", "receipt")}


@dataclass
class Counter:
    """A till that takes money through a provider."""

    world: World
    client: AsgiClient
    provider: PayingFake

    def pay(self, **more: Any) -> dict[str, Any]:
        """Begin to pay the usual sale."""
        answer = self.client.post("/v1/pos/pay", json={**SALE, "account": "main", **more})
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return] # an object

    def deliver(self, push: Push) -> int:
        """Bring a notice to our door."""
        path = push.url.removeprefix("https://huiliu.example")
        return self.client.post(
            path, content=push.body, headers=dict(push.headers), auth=None
        ).status_code

    def standing(self) -> dict[str, Any]:
        """Return how the sale stands, as a till asks."""
        return self.client.get("/v1/pos/payment", params=BODY).json()  # type: ignore[no-any-return] # an object

    def orders(self) -> list[str]:
        """Return the names of events of orders."""
        with self.world.store.system() as tx:
            return [one.name for one in tx.log.read(0, 0, 1_000) if one.name.startswith("Order")]


@pytest.fixture(params=[FakeWechatPay, FakeAlipay])
def counter(
    request: pytest.FixtureRequest, world: World, clock: SimulatedClock, tmp_path: Path
) -> Iterator[Counter]:
    """Open a counter at each provider."""
    outbound = HttpOutbound(HostRule.parse("127.0.0.1"))
    paid = taking_money(world, outbound)
    shop(paid)
    promoted(paid)
    with request.param(now=clock.now) as provider, till(paid, tmp_path) as client:
        put_account(paid, BRAND, "main", provider.name, provider.config)
        yield Counter(paid, client, provider)
    outbound.close()


def settled(world: World) -> None:
    """Ask providers until nothing is due."""
    while follow_payments(world, 10):
        world.clock.advance(1_000_000)  # type: ignore[attr-defined] # the tests' own clock


def test_a_sale_is_paid_by_a_code_and_committed_by_the_notice_alone(counter: Counter) -> None:
    """The promotion stands inside paying; a notice that comes twice sells once."""
    begun = counter.pay()
    [trade] = counter.provider.trades.values()
    before = counter.standing()
    push = counter.provider.pay(trade.number)
    statuses = [counter.deliver(push), counter.deliver(push)]
    after = counter.standing()

    assert (begun["state"], begun["payment"]["state"]) == ("pending", "open")
    assert httpx.URL(begun["payment"]["address"]).path == "/payer"
    assert (trade.amount, trade.title) == (28_000, "S01｜满减，已省 40 元")
    assert before["state"] == "pending"
    assert statuses == [200, 200]
    assert (after["state"], after["payment"]["state"]) == ("committed", "paid")
    assert after["payment"]["reference"] == trade.reference
    assert counter.orders() == ["Order Paid"]


def test_a_notice_that_was_tampered_with_is_nobodys_word(counter: Counter) -> None:
    """Neither a changed body, nor another signature, nor a notice of another account sells."""
    counter.pay()
    [trade] = counter.provider.trades.values()
    push = counter.provider.pay(trade.number)
    changed = Push(push.url, push.body.replace(b"SUCCESS", b"SUCCES5"), push.headers)
    unsigned = Push(push.url, push.body.replace(b"sign=", b"sing="), {
        name: value for name, value in push.headers.items() if "Signature" not in name
    })  # fmt: skip
    elsewhere = Push(push.url[:-3] + "AAA", push.body, push.headers)
    statuses = [counter.deliver(one) for one in (changed, unsigned, elsewhere)]
    with counter.world.store.system() as tx:
        state = tx.pos.get(BRAND, "pos:S01:T1:2026-11-22:0001")

    assert statuses == [401, 401, 404]
    assert state is not None
    assert state.state == "pending"
    assert counter.orders() == []


def test_notices_and_questions_in_a_rush_sell_once(counter: Counter) -> None:
    """Eight notices and eight tills that ask at once commit one sale."""
    counter.pay()
    [trade] = counter.provider.trades.values()
    push = counter.provider.pay(trade.number)
    counter.world.clock.advance(11 * 1_000_000)  # type: ignore[attr-defined] # the tests' own clock
    with ThreadPoolExecutor(8) as pool:
        told = [pool.submit(counter.deliver, push) for _ in range(8)]
        asked = [pool.submit(counter.standing) for _ in range(8)]
        statuses = {one.result() for one in told}
        for one in asked:
            one.result()

    assert statuses == {200}
    assert counter.orders() == ["Order Paid"]


def test_a_notice_that_never_comes_is_asked_for(counter: Counter) -> None:
    """Whoever paid has bought, though the provider's word was lost on its way."""
    counter.pay()
    [trade] = counter.provider.trades.values()
    counter.provider.pay(trade.number)
    counter.world.clock.advance(MINUTE)  # type: ignore[attr-defined] # the tests' own clock

    assert follow_payments(counter.world, 10) == 1
    assert counter.standing()["state"] == "committed"


def test_what_nobody_pays_is_closed_and_let_go_and_a_late_payment_goes_back(
    counter: Counter,
) -> None:
    """The provider closes first; the code of the sale is free again, and nothing is told."""
    counter.pay(codes=["HELLO40"])
    [trade] = counter.provider.trades.values()
    counter.world.clock.advance(16 * MINUTE)  # type: ignore[attr-defined] # the tests' own clock
    settled(counter.world)
    dropped = counter.standing()
    push = counter.provider.pay(trade.number)
    fresh = dict(push.headers)
    late = counter.deliver(Push(push.url, push.body, fresh))
    follow_payments(counter.world, 10)
    after = counter.standing()

    assert (dropped["state"], dropped["payment"]["state"]) == ("dropped", "closed")
    assert late == 200
    assert (after["state"], after["payment"]["state"]) == ("dropped", "refunded")
    assert trade.state == "refunded"
    assert counter.orders() == []


def test_a_void_gives_the_money_back(counter: Counter) -> None:
    """The refund goes out until the provider has confirmed it, once."""
    counter.pay()
    [trade] = counter.provider.trades.values()
    counter.deliver(counter.provider.pay(trade.number))
    void = counter.client.post("/v1/pos/void", json=BODY)
    follow_payments(counter.world, 10)

    assert void.json()["state"] == "voided"
    assert (trade.state, counter.standing()["payment"]["state"]) == ("refunded", "refunded")
    assert follow_payments(counter.world, 10) == 0
    assert counter.orders() == ["Order Paid", "Order Refunded"]


def test_another_amount_than_was_asked_sells_nothing(counter: Counter) -> None:
    """Somebody has to look at it: the sale says that what was paid differs."""
    counter.pay()
    [trade] = counter.provider.trades.values()
    counter.deliver(counter.provider.pay(trade.number, amount=1))

    assert counter.standing()["differences"] == ["paid_amount"]
    assert counter.orders() == []


def test_a_provider_that_is_away_leaves_a_doubt_that_is_cleared_up(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """The intent was written before the call: what became of it is asked, never assumed."""
    outbound = HttpOutbound(HostRule.parse("127.0.0.1"))
    paid = taking_money(world, outbound)
    shop(paid)
    provider = FakeWechatPay(now=clock.now).start()
    put_account(paid, BRAND, "main", "wechat_pay", provider.config)
    port = provider.port
    provider.stop()
    with till(paid, tmp_path) as client:
        begun = client.post("/v1/pos/pay", json={**SALE, "account": "main"}).json()
        with FakeWechatPay(port, now=clock.now):
            clock.advance(16 * MINUTE)
            settled(paid)
            after = client.get("/v1/pos/payment", params=BODY).json()
    outbound.close()

    assert begun["state"] == "pending"
    assert begun["payment"]["fault"]
    assert (after["state"], after["payment"]["state"]) == ("dropped", "closed")


def test_an_accounts_secrets_stay_sealed_and_in_use_it_stays(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """Faulty fields are all named; a secret left out is kept; an open payment holds its account."""
    outbound = HttpOutbound(HostRule.parse("127.0.0.1"))
    paid = taking_money(world, outbound)
    shop(paid)
    with FakeAlipay(now=clock.now) as provider:
        config = provider.config
        with pytest.raises(BadInput) as fault:
            put_account(paid, BRAND, "Main!", "alipay", {"private_key": "x", "surprise": "1"})
        put_account(paid, BRAND, "main", "alipay", config)
        with pytest.raises(BadInput):
            # Who changes where requests go says the secrets again.
            put_account(paid, BRAND, "main", "alipay", {"app_id": "7"})
        put_account(paid, BRAND, "main", "alipay", {"app_id": "7", "endpoint": config["endpoint"]})
        [account] = list_accounts(paid, BRAND)
        put_account(paid, BRAND, "main", "alipay", config)
        with till(paid, tmp_path) as client:
            client.post("/v1/pos/pay", json={**SALE, "account": "main"})
        with pytest.raises(InUse):
            remove_account(paid, BRAND, "main")
    outbound.close()

    assert {one.path for one in fault.value.problems} == {
        "name", "app_id", "private_key", "platform_key", "surprise", "endpoint",
    }  # fmt: skip
    assert account.config["private_key"] == config["private_key"]
    assert config["private_key"] not in json.dumps(account_data(paid, account))
