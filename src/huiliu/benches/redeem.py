"""`redeem`: what a till waits for: a basket of 100 lines priced by 50 promotions, then redeemed.

A load generator (a process of its own) sends 150 requests a second to the web role (another), by a
clock of its own: a request that is late waits from the moment when it was due, so a server that
falls behind cannot hide it. Each order is priced first and redeemed then, with a code of its own,
within limits and a budget, into the embedded PostgreSQL with fsync. The figure is the sum of both.
Run as `python -m huiliu.benches.redeem` it is the load generator.
"""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

from huiliu.benches.frame import Measured, Place, Size
from huiliu.benches.serving import web
from huiliu.bootstrap import open_instance
from huiliu.ports.world import World
from huiliu.rewards.basket import Basket, read_basket
from huiliu.services.create_key import create_key
from huiliu.services.make_codes import make_codes
from huiliu.services.price_basket import price
from huiliu.services.publish import publish_all
from huiliu.services.read_offers import Offer

__all__ = ["run"]

_BRAND: Final = 1
_LINES: Final = 100
_RATE: Final = 150
#: Seconds of measuring.
_SIZES: Final = {"small": 12.0, "full": 40.0}
_WARM_S: Final = 2.0
_CONNECTIONS: Final = 32
#: Of this many codes the limits of pool and promotion, and the budget, never run out.
_PLENTY: Final = 1_000_000
_EFFECTS: Final = (
    "{kind: percentage, percent: 5}",
    "{kind: fixed, amount: 0.2, per: unit}",
    "{kind: nth, nth: 2, percent: 50}",
    "{kind: bundle, quantity: 3, price: 29.9}",
    "{kind: steps, steps: [{spend: 100, amount: 10}], repeat: true}",
)


def run(size: Size, place: Place) -> Measured:
    """Return the milliseconds within which 99 of 100 orders were priced and redeemed."""
    seconds = _SIZES[size]
    n_orders = int((seconds + _WARM_S) * _RATE / 2)
    root = place.make_instance()
    with open_instance(root) as house:
        place.watch(house.folder.postgres)
        _, key = create_key(house.world, _BRAND, "bench", "api")
        publish_all(house.world, _BRAND, [Offer(one) for one in _documents()], "bench")
        job = make_codes(house.world, _BRAND, "codes", n_orders, "bench")
        with house.world.store.system() as tx:
            codes = [
                code
                for some in tx.rewards.stream_codes(_BRAND, job.job_id, n_orders)
                for code in some
            ]
        n_rules = _rules_that_match(house.world)
        with web(root) as port:
            asked = {"port": port, "key": key, "codes": codes, "warm": int(_WARM_S * _RATE / 2)}
            done = subprocess.run(
                [sys.executable, "-m", "huiliu.benches.redeem"],
                input=json.dumps(asked).encode(), check=True, stdout=subprocess.PIPE,
            )  # fmt: skip
        found: dict[str, Any] = json.loads(done.stdout)
        with house.world.store.system() as tx:
            used = tx.rewards.used(_BRAND, [("promotion", "welcome", "total", "")])
    return Measured(
        figure=found["both"][1],
        details={
            "p50_ms": found["both"][0],
            "price_p99_ms": found["price"][1],
            "redeem_p99_ms": found["redeem"][1],
            "requests_per_s": found["rate"],
            "failed": found["failed"],
            # Each order took one of the limit: no more, no less.
            "lost": n_orders - found["failed"] - sum(used.values()),
            "rules_that_match": n_rules,
            "size": {"orders": n_orders, "lines": _LINES, "rules": len(_documents()) - 1},
        },
    )


def _documents() -> list[str]:
    """Return 49 promotions of categories and products, one that codes unlock, and the pool."""
    made = [
        f"huiliu: 1\nkind: promotion\nslug: rule-{nth}\nname: {{en: Rule {nth}}}\ncurrency: CNY\n"
        f"effect: {_EFFECTS[nth % len(_EFFECTS)]}\npriority: {nth}\n"
        f"products: {{categories: [c{nth % 10}], skus: [P{nth}]}}\n"
        f"stacking: {{group: g{nth % 10}}}\nlimits: {{total: {_PLENTY}}}\n"
        for nth in range(49)
    ]
    welcome = (
        "huiliu: 1\nkind: promotion\nslug: welcome\nname: {en: Welcome}\ncurrency: CNY\nby: code\n"
        "effect: {kind: steps, steps: [{spend: 300, amount: 40}]}\n"
        f"limits: {{total: {_PLENTY}}}\nbudget: {_PLENTY * 40}\n"
    )
    pool = (
        "huiliu: 1\nkind: coupon\nslug: codes\nname: {en: Codes}\npromotion: welcome\n"
        "codes: {bound: false}\n"
    )
    return [*made, welcome, pool]


def _basket() -> dict[str, Any]:
    """Return a basket of 100 lines."""
    return {
        "currency": "CNY", "channel": "store", "store": "S1",
        "lines": [
            {
                "sku": f"P{nth}", "category": f"c{nth % 10}/small", "quantity": 1 + nth % 3,
                "unit_price": 990 + 37 * nth,
            }
            for nth in range(_LINES)
        ],
    }  # fmt: skip


def _rules_that_match(world: World) -> int:
    """Return how many promotions say something about the basket: all of them."""
    basket = read_basket(_basket())
    assert isinstance(basket, Basket)
    found = price(world, _BRAND, basket)
    return len(found.applied) + len(found.refused)


class _Till:
    """Sends orders by a clock of its own."""

    def __init__(self, port: int, key: str, codes: Sequence[str]) -> None:
        """Hold what to send where."""
        self._port = port
        basic = base64.b64encode(f"{key}:".encode()).decode()
        self._head = (
            f"HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Basic {basic}\r\n"
            "content-type: application/json\r\ncontent-length: "
        )
        self._codes = codes
        self._basket = json.dumps(_basket())
        self._idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
            asyncio.Queue()
        )
        #: Milliseconds of pricing and of redeeming, by order; 0 = it failed.
        self.price = [0.0] * len(codes)
        self.redeem = [0.0] * len(codes)

    async def open(self) -> None:
        """Connect."""
        for _ in range(_CONNECTIONS):
            self._idle.put_nowait(await asyncio.open_connection("127.0.0.1", self._port))

    async def run(self) -> float:
        """Send each order when it is due; return the requests answered a second."""
        began = time.perf_counter()
        gap = 2 / _RATE
        waiting = []
        for nth in range(len(self._codes)):
            due = began + nth * gap
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            waiting.append(asyncio.create_task(self._order(nth, due)))
        await asyncio.gather(*waiting)
        return 2 * len(self._codes) / (time.perf_counter() - began)

    async def _order(self, nth: int, due: float) -> None:
        """Price an order, and redeem it."""
        code = self._codes[nth]
        body = f'{{"codes":["{code}"],"basket":{self._basket}}}'
        self.price[nth] = await self._send("/v1/baskets/price", body, due)
        body = f'{{"code":"{code}","order_id":"o-{nth}","basket":{self._basket}}}'
        self.redeem[nth] = await self._send("/v1/coupons/redeem", body, time.perf_counter())

    async def _send(self, path: str, body: str, since: float) -> float:
        """Return how many milliseconds an answer took; 0 = it was none."""
        reader, writer = await self._idle.get()
        writer.write(f"POST {path} {self._head}{len(body)}\r\n\r\n{body}".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        at = lower.find(b"content-length:") + 15
        await reader.readexactly(int(lower[at : lower.find(b"\r", at)]))
        self._idle.put_nowait((reader, writer))
        return (time.perf_counter() - since) * 1000 if head.startswith(b"HTTP/1.1 200") else 0.0


def _quantiles(times: Sequence[float]) -> list[float]:
    """Return p50 and p99."""
    ranked = sorted(times)
    return [round(ranked[len(ranked) * part // 100], 2) for part in (50, 99)]


async def _drive(asked: dict[str, Any]) -> dict[str, Any]:
    """Send all orders and return how long they took, without those of the warm-up."""
    till = _Till(asked["port"], asked["key"], asked["codes"])
    await till.open()
    rate = await till.run()
    warm = asked["warm"]
    failed = sum(1 for one in till.redeem if not one)
    priced, redeemed = till.price[warm:], till.redeem[warm:]
    return {
        "price": _quantiles(priced), "redeem": _quantiles(redeemed),
        "both": _quantiles([one + other for one, other in zip(priced, redeemed, strict=True)]),
        "rate": round(rate, 1), "failed": failed,
    }  # fmt: skip


def main() -> None:
    """Drive the load that standard input describes in JSON."""
    asked = json.load(sys.stdin)
    print(json.dumps(asyncio.run(_drive(asked))))  # noqa: T201 - a process speaks through its output


if __name__ == "__main__":
    main()
