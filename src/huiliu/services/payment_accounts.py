"""Sets accounts at providers of payments up: checked before they are sealed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from huiliu.kernel.errors import BadInput, InUse, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.ports.payment import Payment, PaymentAccount
from huiliu.ports.world import World

__all__ = [
    "account_data",
    "account_of",
    "list_accounts",
    "pause_account",
    "put_account",
    "remove_account",
]

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
#: Fields that say where requests go: whoever changes them says the secrets again.
_PLACES: Final = ("endpoint",)


def list_accounts(world: World, brand_id: int) -> list[PaymentAccount]:
    """Return a brand's accounts by name."""
    with world.store.transaction(brand_id) as tx:
        return tx.payments.accounts(brand_id)


def account_of(world: World, brand_id: int, name: str) -> tuple[PaymentAccount, Payment]:
    """Return an account and who carries it; raise NotFound."""
    for account in list_accounts(world, brand_id):
        if account.name == name and account.provider in world.payments:
            return account, world.payments[account.provider]
    raise NotFound("payment account", name[:80])


def put_account(
    world: World, brand_id: int, name: str, provider: str, config: Mapping[str, str]
) -> PaymentAccount:
    """Store or replace an account, sealed; a secret that is left out stays as it was.

    Raises:
        BadInput: everything that is wrong with it.
    """
    kind = world.payments.get(provider)
    if kind is None:
        known = ", ".join(world.payments)
        raise BadInput((Problem("provider", text("pay.unknown_provider", known=known)),))
    given = {field: value.strip() for field, value in config.items() if value.strip()}
    before = next((one for one in list_accounts(world, brand_id) if one.name == name), None)
    if before is not None and before.provider == provider:
        sealed = {one.name for one in kind.fields if one.kind == "secret"}
        if all(before.config.get(place) == given.get(place) for place in _PLACES):
            kept = {field: value for field, value in before.config.items() if field in sealed}
            given = {**kept, **given}
    problems = list(kind.problems(given))
    if _NAME.fullmatch(name) is None:
        problems.insert(0, Problem("name", text("pay.account_name")))
    if before is not None and before.provider != provider:
        problems.append(Problem("provider", text("pay.another_provider")))
    if problems:
        raise BadInput(tuple(problems))
    account = PaymentAccount(brand_id, name, provider, given)
    with world.store.transaction(brand_id) as tx:
        tx.payments.put_account(account, world.clock.now())
    return account


def pause_account(world: World, brand_id: int, name: str, *, is_paused: bool) -> None:
    """Open no more payments through an account, or do so again; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        tx.payments.pause(brand_id, name, is_paused=is_paused)


def remove_account(world: World, brand_id: int, name: str) -> None:
    """Forget an account.

    Raises:
        NotFound: there is none of this name.
        InUse: a payment through it is open, or being given back.
    """
    with world.store.transaction(brand_id) as tx:
        n_open = tx.payments.n_open(brand_id, name)
        if n_open:
            raise InUse("payment account", name, (f"{n_open} open payments",))
        tx.payments.remove(brand_id, name)


def account_data(world: World, account: PaymentAccount) -> dict[str, object]:
    """Return an account for people and servers: of a secret only that it is there."""
    kind = world.payments.get(account.provider)
    sealed = {one.name for one in kind.fields if one.kind == "secret"} if kind else set()
    shown = {
        field: "…" if field in sealed or kind is None else value
        for field, value in sorted(account.config.items())
    }
    return {"name": account.name, "provider": account.provider, "fields": shown,
            "paused": account.is_paused}  # fmt: skip
