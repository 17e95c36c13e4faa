"""A till is killed at every point between reserving and committing: nothing is lost or doubled."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.integration.people import BRAND
from tests.integration.rewards.coupons import basket, coupon, promotion, put

from huiliu.ports.world import World
from huiliu.services.redeem_coupon import OrderAsked, redeem

#: Where something is half written.
_WRITING = {
    "before rewards.claim", "after rewards.claim", "after rewards.put_redemption",
    "after log.append", "before commit", "after commit",
}  # fmt: skip


def test_an_order_that_was_cut_off_anywhere_is_redeemed_once_when_it_is_asked_again(
    world: World, database_url: str
) -> None:
    """After each death the counter says what the orders say; asked again, each takes one."""
    put(world, promotion(more="limits: {total: 1000}\n"), coupon())
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.rewards.killed_till", database_url],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as till:  # fmt: skip
        assert till.stdin is not None
        assert till.stdout is not None

        def sell(label: str, order: str) -> str:
            """Let the till sell, and say how it ended."""
            assert till.stdin is not None
            assert till.stdout is not None
            till.stdin.write(f"{label}\t{order}\n")
            till.stdin.flush()
            return till.stdout.readline().rstrip("\n")

        word, _, told = sell("", "whole").partition("\t")
        assert word == "done"
        labels = sorted(set(json.loads(told)) & _WRITING)
        assert set(labels) == _WRITING
        ended = {label: sell(label, f"o-{nth}") for nth, label in enumerate(labels)}
        till.stdin.close()

    assert set(ended.values()) == {"killed"}, ended
    for nth in range(len(labels)):
        _agrees(world)
        redeem(world, BRAND, OrderAsked(f"o-{nth}", basket(), None, ("HELLO40",)))
    assert _agrees(world) == len(labels) + 1


def _agrees(world: World) -> int:
    """Return how much is used of the limit: one for each order that holds it."""
    with world.store.system() as tx:
        used = tx.rewards.used(BRAND, [("promotion", "forty-off", "total", "")])
        rows = [tx.rewards.look(BRAND, f"o-{nth}") for nth in range(200)]
        rows.append(tx.rewards.look(BRAND, "whole"))
    held = [one for one in rows if one is not None and one.state in {"reserved", "redeemed"}]
    assert sum(used.values()) == len(held)
    return len(held)
