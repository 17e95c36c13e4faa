"""Pauses campaigns at ad platforms, lets them run and sets their budgets: proposed, then done once.

What is asked is written down before it is done, with who asked and why; a proposal is carried
out once and only while it is fresh. Where no answer came it is `unknown`, never done again by
itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final

from msgspec import structs

from huiliu.advertising.platforms.amounts import currency_of
from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.kernel.times import MINUTE
from huiliu.ports.ad_results import ControlRow
from huiliu.ports.console import Action
from huiliu.ports.world import World
from huiliu.services.ad_talk import carry, platform_of

__all__ = ["ACTIONS", "confirm", "control", "controls", "pause_campaign", "propose"]

ACTIONS: Final = ("pause", "resume", "budget")
#: A proposal is good for so long.
_FRESH: Final = 10 * MINUTE
_SHOWN: Final = 200
_LONGEST: Final = 200


def propose(  # noqa: PLR0913 - what, where, how much, why, who
    world: World,
    brand_id: int,
    account: str,
    object_id: str,
    action: str,
    *,
    amount: str = "",
    reason: str = "",
    by: str = "",
) -> ControlRow:
    """Write down what is to be asked of a campaign; nothing is asked yet.

    Args:
        world: where to find everything.
        brand_id: whose.
        account: the ad account.
        object_id: the campaign's id there (a project, an ad group).
        action: pause, resume or budget.
        amount: of a budget, in major units of the account's currency, a day.
        reason: why.
        by: who asks.

    Raises:
        NotFound: there is no such account.
        BadInput: with everything that is wrong.
    """
    with world.store.system() as tx:
        held = tx.ads.account(brand_id, account)
        problems: list[Problem] = []
        if action not in ACTIONS:
            known = ", ".join(ACTIONS)
            problems.append(Problem("action", text("ads.unknown_action", name=action, known=known)))
        plain = object_id.strip()
        if not plain or len(plain) > _LONGEST or not _is_id(plain):
            problems.append(Problem("campaign", text("ads.want_campaign")))
        currency, minor = currency_of(held.config), 0
        if action == "budget":
            money = Money.parse(amount.replace(",", ""), currency) if amount else None
            if money is None or money.minor <= 0:
                problems.append(Problem("amount", text("ads.want_amount")))
            elif (said := platform_of(held).budget_problem(money.minor)) is not None:
                problems.append(Problem("amount", said))
            else:
                minor = money.minor
        if problems:
            raise BadInput(tuple(problems))
        row = ControlRow(
            secrets.token_bytes(16), world.clock.now(), account, held.platform, plain, action,
            minor, currency if minor else "", reason[:300], by,
        )  # fmt: skip
        tx.ad_results.put_control(brand_id, row)
    return row


def confirm(world: World, brand_id: int, control_id: bytes, user_id: int = 0) -> ControlRow:
    """Carry a proposal out; return how it ended.

    Raises:
        NotFound: there is none.
        Conflict: it was carried out already, or is too old.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        row = tx.ad_results.claim_control(brand_id, control_id, now - _FRESH)
        if row is None:
            found = tx.ad_results.controls(brand_id, 1, control_id=control_id)
            if not found:
                raise NotFound("proposal", control_id.hex())
            state = "expired" if found[0].state == "proposed" else found[0].state
            raise Conflict("proposal", "proposed", state)
        account = tx.ads.account(brand_id, row.account)
        tx.console.record_action(
            Action(brand_id, now, user_id, f"ads_{row.action}", f"{row.account} {row.object_id}")
        )
    platform = platform_of(account)
    if row.action == "budget":
        talk = platform.set_budget(account.config, row.object_id, row.amount)
    else:
        talk = platform.switch(account.config, row.object_id, on=row.action == "resume")
    told = carry(world, account, talk)
    state = "done" if told.is_ok else "unknown" if told.is_unknown else "failed"
    words = f"{told.verdict.code} {told.verdict.words}".strip()[:300]
    row = structs.replace(row, state=state, answer=words, done_at=world.clock.now())
    with world.store.system() as tx:
        tx.ad_results.put_control(brand_id, row)
    return row


def pause_campaign(
    world: World, brand_id: int, account: str, object_id: str, *, reason: str, by: str
) -> ControlRow:
    """Pause a campaign at once, without a second word: what a guard does by itself."""
    row = propose(world, brand_id, account, object_id, "pause", reason=reason, by=by)
    return confirm(world, brand_id, row.control_id)


def control(world: World, brand_id: int, control_id: str) -> ControlRow:
    """Return one thing that was asked; raise NotFound."""
    try:
        raw = bytes.fromhex(control_id)
    except ValueError as fault:
        raise NotFound("proposal", control_id) from fault
    with world.store.transaction(brand_id) as tx:
        found = tx.ad_results.controls(brand_id, 1, control_id=raw) if raw else []
    if not found:
        raise NotFound("proposal", control_id)
    return found[0]


def controls(world: World, brand_id: int, account: str = "") -> Sequence[ControlRow]:
    """Return what was asked of campaigns, newest first."""
    with world.store.transaction(brand_id) as tx:
        return tx.ad_results.controls(brand_id, _SHOWN, account=account)


def _is_id(written: str) -> bool:
    """Say whether a word can be a campaign's id: it becomes a part of addresses there."""
    return written.isascii() and all(one.isalnum() or one in "-_" for one in written)
