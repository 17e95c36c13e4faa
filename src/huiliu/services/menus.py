"""Menus of official accounts: what is live here is what the account shows there.

A menu goes live like any document; then the platform is told, at once where somebody publishes it,
and else by a loop, so that a folder that is applied reaches the account too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from msgspec import structs

from huiliu.kernel.errors import BadInput, NotFound, PlatformFailed, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import HOUR, MINUTE, SECOND
from huiliu.messages.menu import KIND, Menu, parse_menu, request_of
from huiliu.ports.documents import Document
from huiliu.ports.ground import ShownMenu
from huiliu.ports.store import Store
from huiliu.ports.world import World
from huiliu.services.channel_accounts import account_named
from huiliu.services.own_tasks import open_own_task
from huiliu.services.publish import publish
from huiliu.services.store_documents import Published

__all__ = ["MenuRow", "list_menus", "publish_menu", "remove_menu", "show_menu", "show_menus_due"]

#: What was refused is tried again after this; another version at once.
_AGAIN: Final = HOUR
_NOBODY_ELSE: Final = MINUTE
#: Menus change rarely: a process looks for others' so often.
_EVERY: Final = 10 * SECOND
_LOOKED: Final[WeakKeyDictionary[Store, int]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class MenuRow:
    """A menu, and which version of it the account shows."""

    document: Document
    menu: Menu
    shown: ShownMenu | None

    @property
    def is_shown(self) -> bool:
        """Say whether the account shows what is live here."""
        return self.shown is not None and self.shown.version == self.document.version


def list_menus(world: World, brand_id: int) -> list[MenuRow]:
    """Return every menu in use."""
    with world.store.transaction(brand_id) as tx:
        documents = [one for one in tx.documents.all(brand_id, KIND) if one.state == "live"]
        shown = tx.ground.shown(brand_id)
    return [_row(one, shown.get(one.slug)) for one in documents]


def show_menu(world: World, brand_id: int, slug: str) -> MenuRow:
    """Return a menu in use; raise NotFound."""
    found = next((one for one in list_menus(world, brand_id) if one.menu.slug == slug), None)
    if found is None:
        raise NotFound("menu", slug)
    return found


def publish_menu(
    world: World, brand_id: int, source: str | bytes, by: str, *, expects: int | None = None
) -> tuple[Published, str]:
    """Make a menu live and show it at the account; return why the platform refused, "" = it did.

    Raises:
        BadInput: with every problem, its path and line; also where there is no such account.
        Overtaken: somebody published another version meanwhile.
    """
    found = parse_menu(source)
    if not isinstance(found, Menu):
        raise BadInput(found)
    try:
        account_named(world, brand_id, "wechat", found.account)
    except NotFound as fault:
        said = text("menus.no_account", name=found.account)
        raise BadInput((Problem("account", said),)) from fault
    done = publish(world, brand_id, source, by, expects=expects, kind=KIND)
    return done, _put(world, show_menu(world, brand_id, done.slug))


def remove_menu(world: World, brand_id: int, slug: str) -> None:
    """Take a menu away, here and at the account; that for everybody takes those for some along.

    Raises:
        NotFound: there is no such menu.
        PlatformFailed: the platform refused; it stays.
    """
    row = show_menu(world, brand_id, slug)
    if row.shown is not None and row.shown.version:
        account = account_named(world, brand_id, "wechat", row.menu.account)
        world.official.remove_menu(account, row.shown.menu_id)
    with world.store.transaction(brand_id) as tx:
        tx.documents.set_state(brand_id, KIND, slug, "archived")
        tx.ground.drop_shown(brand_id, slug)
        if not row.menu.rule:
            # They went with it: what is live of them is shown again once there is a menu.
            for other in tx.ground.shown(brand_id).values():
                if other.account == row.menu.account:
                    tx.ground.drop_shown(brand_id, other.slug)


def show_menus_due(world: World, limit: int) -> int:
    """Show at their accounts what went live otherwise; return how many were tried."""
    n_tried, now = 0, world.clock.now()
    if abs(now - _LOOKED.get(world.store, -_EVERY)) < _EVERY:
        return 0
    _LOOKED[world.store] = now
    with world.store.system() as tx:
        brands = tx.documents.brands()
    for brand_id in brands:
        # The one for everybody first: those for some are refused without it.
        rows = sorted(list_menus(world, brand_id), key=lambda one: bool(one.menu.rule))
        for row in rows:
            if n_tried < limit and _is_due(row, now):
                _put(world, row)
                n_tried += 1
    return n_tried


def _is_due(row: MenuRow, now: int) -> bool:
    """Say whether the platform is to be told of a menu now."""
    if row.is_shown:
        return False
    shown = row.shown
    if shown is None or shown.tried_version != row.document.version:
        # Whoever publishes tells the platform too; a loop leaves that to them.
        return row.document.created_at <= now - _NOBODY_ELSE
    return shown.tried_at <= now - _AGAIN


def _put(world: World, row: MenuRow) -> str:
    """Show a menu at its account; return why not, "" = it is shown."""
    brand_id, version, now = row.document.brand_id, row.document.version, world.clock.now()
    before = row.shown or ShownMenu(brand_id, row.menu.slug, row.menu.account, 0, "", 0, 0, "")
    try:
        account = account_named(world, brand_id, "wechat", row.menu.account)
        if row.menu.rule and before.menu_id:
            # One for some cannot be changed, only replaced.
            world.official.remove_menu(account, before.menu_id)
        menu_id = world.official.put_menu(account, request_of(row.menu))
    except PlatformFailed as fault:
        said, menu_id = fault.response or "no answer", ""
    except NotFound:
        said, menu_id = f"no account {row.menu.account}", ""
    else:
        said = ""
    tried = structs.replace(
        before, account=row.menu.account, tried_version=version, tried_at=now, response=said
    )
    if not said:
        tried = structs.replace(tried, version=version, menu_id=menu_id if row.menu.rule else "")
    with world.store.system() as tx:
        tx.ground.put_shown(tried)
        if said and before.tried_version != version:
            words = text("menus.task", slug=row.menu.slug, account=row.menu.account)
            open_own_task(
                tx, brand_id, words, f"/official/menus/{row.menu.slug}", "menu", row.menu.slug,
                version, now=now,
            )  # fmt: skip
    return said


def _row(document: Document, shown: ShownMenu | None) -> MenuRow:
    """Return a menu; it was read without a fault when it was stored."""
    found: Menu | Sequence[Problem] = parse_menu(document.source)
    assert isinstance(found, Menu)
    return MenuRow(document, found, shown)
