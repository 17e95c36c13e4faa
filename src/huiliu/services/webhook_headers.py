"""What goes with webhooks to a host, such as a key, kept sealed; and what was called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.ports.calls import CallRow
from huiliu.ports.world import World

__all__ = ["list_calls", "list_headers", "put_headers"]

_SHOWN: Final = 200
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,100}")
_LONGEST: Final = 4_096
#: Headers that are the call's own.
_OWN: Final = frozenset({
    "connection", "content-length", "content-type", "host", "idempotency-key", "transfer-encoding",
})  # fmt: skip


def list_calls(world: World, brand_id: int, status: str = "") -> Sequence[CallRow]:
    """Return webhooks of journeys, newest first; "" = whatever became of them."""
    with world.store.transaction(brand_id) as tx:
        return tx.calls.recent(brand_id, _SHOWN, status)


def list_headers(world: World, brand_id: int) -> dict[str, list[str]]:
    """Return host -> the names of the headers that every call to it carries."""
    with world.store.transaction(brand_id) as tx:
        return {host: sorted(found) for host, found in tx.calls.headers(brand_id).items()}


def put_headers(world: World, brand_id: int, host: str, headers: Mapping[str, str]) -> list[str]:
    """Keep what every call to a host carries, sealed; no headers = nothing. Return the names.

    Raises:
        BadInput: with everything that is wrong.
    """
    problems = []
    if not _HOST.fullmatch(host):
        problems.append(Problem("host", text("webhooks.bad_host", host=host)))
    for name, value in headers.items():
        is_good = _NAME.fullmatch(name) and name.lower() not in _OWN
        if not is_good or len(value) > _LONGEST or not value.isprintable():
            problems.append(Problem(f"headers.{name}", text("webhooks.bad_header", name=name)))
    if problems:
        raise BadInput(tuple(problems))
    with world.store.transaction(brand_id) as tx:
        tx.calls.put_headers(brand_id, host, headers, world.clock.now())
    return sorted(headers)
