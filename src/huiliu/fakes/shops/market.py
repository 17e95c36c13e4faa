"""Fake shops that live by themselves: orders come, and notices of them go out as platforms do it.

Some are lost, some come twice, out of order or hours later, as the real ones do.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self
from urllib.error import URLError
from urllib.request import Request, urlopen

from huiliu.fakes.shops.shop import Delivery, FakeShop

__all__ = ["Market"]

_PATIENCE_S: Final = 5.0
_STARTED: Final = 200


class Market:
    """Lets fake shops live in a thread, and sends their notices to an instance."""

    def __init__(
        self, shops: Sequence[FakeShop], notices_to: str, *, every_s: float, seed: int = 1
    ) -> None:
        """Prepare.

        Args:
            shops: the shops; `start` opens their ports.
            notices_to: the instance's address; "" = notices go nowhere.
            every_s: pause between two things that happen; 0 = nothing happens.
            seed: what happens is the same for the same seed.
        """
        self.shops = shops
        self._to = notices_to.rstrip("/")
        self._every_s = every_s
        self._chance = random.Random(seed)  # noqa: S311 - a script, not a secret
        self._stop = threading.Event()
        self._late: list[tuple[FakeShop, Delivery]] = []
        self._answers: Counter[str] = Counter()
        self._thread: threading.Thread | None = None

    def report(self) -> dict[str, object]:
        """Return each shop's counts, and how notices were answered."""
        shops = {shop.name: shop.report() for shop in self.shops}
        return {"shops": shops, "notices": dict(sorted(self._answers.items()))}

    def __enter__(self) -> Self:
        """Open the shops' ports and let them live."""
        for shop in self.shops:
            shop.start()
            shop.notice_url = f"{self._to}/v1/shops/{shop.name}/main/notices"
        if self._every_s and self.shops:
            self._thread = threading.Thread(target=self._live, name="market", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        for shop in self.shops:
            shop.stop()

    def _live(self) -> None:
        """Let one thing after another happen."""
        while not self._stop.wait(self._every_s):
            shop = self._chance.choice(self.shops)
            orders = list(shop.orders.values())[-_STARTED:]
            if not orders or self._chance.random() < 0.3:
                shop.order(buyer=self._chance.randrange(1, 1000), n_lines=1)
            else:
                shop.happen(self._chance.choice(orders))
            for delivery in shop.take():
                self._deliver(shop, delivery)

    def _deliver(self, shop: FakeShop, delivery: Delivery) -> None:
        """Send a notice now, later, twice, or not at all."""
        fate = self._chance.random()
        if fate < 0.1:
            self._answers["lost"] += 1
            return
        if fate < 0.2:
            self._late.append((shop, delivery))
            return
        times = 2 if fate > 0.9 else 1
        for _ in range(times):
            self._send(shop, delivery)
        if self._late and self._chance.random() < 0.3:
            self._send(*self._late.pop(0))

    def _send(self, shop: FakeShop, delivery: Delivery) -> None:
        """Send a notice, or lay it into the shop's queue."""
        if shop.has_queue:
            shop.queue.append(delivery)
            self._answers["queued"] += 1
            return
        if not self._to:
            return
        asked = Request(  # noqa: S310 - the address that the operator gave
            shop.notice_url + delivery.query, data=delivery.body or None,
            headers=dict(delivery.headers), method=delivery.method,
        )  # fmt: skip
        try:
            with urlopen(asked, timeout=_PATIENCE_S) as answer:  # noqa: S310 - same
                self._answers[str(answer.status)] += 1
        except URLError as fault:
            self._answers[str(getattr(fault, "code", "unreached"))] += 1
        except OSError:
            self._answers["unreached"] += 1
