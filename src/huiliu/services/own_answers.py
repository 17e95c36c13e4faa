"""What an account answers at once by itself: to who follows, scans a code or presses a button.

Words that people write are a conversation's; those are answered there.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from huiliu.messages.menu import KIND, Menu, parse_menu
from huiliu.ports.channel import ChannelAccount, Incoming
from huiliu.ports.store import Tx

__all__ = ["live_menus", "own_answer"]


def own_answer(tx: Tx, account: ChannelAccount, incoming: Incoming) -> str:
    """Return what is answered at once, "" = nothing."""
    if incoming.kind in {"follow", "scan"} and incoming.words:
        code = tx.ground.code_of(account.brand_id, account.channel, account.name, incoming.words)
        if code is not None and code.answer:
            return code.answer
    if incoming.kind not in {"follow", "menu"}:
        return ""
    menus = [one for one in live_menus(tx, account.brand_id) if one.account == account.name]
    if incoming.kind == "follow":
        return next((one.greeting for one in menus if one.greeting), "")
    pressed = (
        button.answer
        for menu in menus
        for button in menu.all_buttons()
        if button.key == incoming.words and button.answer
    )
    return next(pressed, "")


def live_menus(tx: Tx, brand_id: int) -> Iterator[Menu]:
    """Yield the newest version of every menu in use."""
    for document in tx.documents.all(brand_id, KIND):
        if document.state == "live":
            found = _parsed(document.source)
            if found is not None:
                yield found


@lru_cache(maxsize=64)
def _parsed(source: str) -> Menu | None:
    """Return a menu that is stored; it was read without a fault then."""
    found = parse_menu(source)
    return found if isinstance(found, Menu) else None
