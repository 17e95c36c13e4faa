"""Who follows an official account by the code beside one of ours has scanned ours, too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Projected
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.codes import Token, standing, step_of
from huiliu.services.scan_qr_code import Opened, Scanner, scan_in

__all__ = ["FOLLOWED", "hear_followers"]

FOLLOWED: Final = frozenset({"WeChat Followed", "WeChat Scanned"})
#: The brand's word that WeChat hands back: brand and number of our code.
_SCENE: Final = re.compile(r"qr-(\d{1,5})-(\d{1,18})")


def hear_followers(
    tx: Tx, world: World, brand_id: int, projected: Sequence[Projected], now: int
) -> list[NewEvent]:
    """Take the scans of people who came to an account; the caller appends the events last.

    It runs inside the projector, so a follow is a scan exactly once however often the process dies.
    """
    produced: list[NewEvent] = []
    for one in projected:
        found = _SCENE.fullmatch(str(one.properties.get("scene") or ""))
        if one.name not in FOLLOWED or not one.triggers or found is None:
            continue
        if int(found[1]) != brand_id:
            continue
        code = tx.codes.code(brand_id, int(found[2]))
        if code is None or not code.scan_code:
            continue
        token = Token(brand_id, code.code_id, step_of(code.rotates_s, now))
        state = standing(
            token, code.rotates_s, code.starts_at, code.ends_at, code.ended_at, now
        )  # fmt: skip
        opened = Opened(code, token, state)
        _, events = scan_in(tx, world, opened, Scanner(one.profile_id, channel="wechat"), now)
        produced += events
    return produced
