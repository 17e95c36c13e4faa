"""Takes in what tills queued without a connection: each sale or void by itself, in its order.

One that cannot be taken keeps no other back; sent again, what was taken changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from huiliu.kernel.errors import BadInput, NotFound, Problem, Refused
from huiliu.kernel.texts import render, text
from huiliu.ports.pos import Receipt
from huiliu.ports.world import World
from huiliu.rewards.sale import Sale, order_id_of, read_sale
from huiliu.services.commit_sale import commit_sale
from huiliu.services.sale_data import receipt_data
from huiliu.services.undo_sale import void_sale

__all__ = ["MOST_QUEUED", "Reconciled", "reconcile_sales", "void_asked"]

#: Of one call: a day of a busy till.
MOST_QUEUED: Final = 1_000
_VOID: Final = frozenset({
    "do", "store", "terminal", "business_date", "receipt", "reason", "ref", "locale",
    "occurred_at", "offline",
})  # fmt: skip
_LONGEST: Final = 80


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What became of one entry of a queue."""

    #: committed, voided, repeated, refused, wrong.
    became: str
    receipt: Receipt | None = None
    reason: str = ""
    problems: Sequence[Problem] = ()

    def as_data(self, locale: str) -> dict[str, object]:
        """Return it for a till."""
        told: dict[str, object] = {"became": self.became}
        if self.receipt is not None:
            told |= receipt_data(self.receipt, locale)
        if self.reason:
            told["reason"] = self.reason
        if self.problems:
            told["problems"] = [
                {"path": one.path, "message": render(one.text, locale)} for one in self.problems
            ]
        return told


def reconcile_sales(
    world: World, brand_id: int, queued: Sequence[object], by: str
) -> list[Reconciled]:
    """Take a queue in, entry by entry.

    Raises:
        BadInput: it is longer than a queue may be.
    """
    if len(queued) > MOST_QUEUED:
        raise BadInput((Problem("receipts", text("pos.long_queue", most=MOST_QUEUED)),))
    return [_take(world, brand_id, one, by) for one in queued]


def _take(world: World, brand_id: int, one: object, by: str) -> Reconciled:
    """Take one entry in."""
    if not isinstance(one, Mapping):
        return Reconciled("wrong", problems=(Problem("", text("rewards.basket.not_a_map")),))
    try:
        if one.get("do", "commit") == "void":
            receipt, before = void_sale(world, brand_id, *void_asked(one, by))
            return Reconciled("repeated" if before else "voided", receipt)
        given = {name: value for name, value in one.items() if name != "do"}
        sale = read_sale(given, needs_receipt=True)
        if not isinstance(sale, Sale):
            return Reconciled("wrong", problems=sale)
        done = commit_sale(world, brand_id, sale, given)
    except BadInput as fault:
        return Reconciled("wrong", problems=fault.problems)
    except NotFound:
        return Reconciled("refused", reason="receipt_unknown")
    except Refused as fault:
        return Reconciled("refused", reason=fault.reason)
    return Reconciled("repeated" if done.is_repeat else "committed", done.receipt)


def void_asked(given: Mapping[str, Any], by: str) -> tuple[str, str, str]:
    """Return (order id, by whom, why) of what is to be undone.

    Raises:
        BadInput: it names no receipt.
    """
    problems = [
        Problem(str(name), text("rewards.basket.unknown_field", name=str(name)))
        for name in given if name not in _VOID
    ]  # fmt: skip
    # The names are read as those of a sale are; what a sale needs besides is not asked.
    probe = {name: given[name] for name in ("store", "terminal", "business_date", "receipt")
             if name in given}  # fmt: skip
    sale = read_sale({**probe, "lines": [{"sku": "-", "unit_price": 0}]}, needs_receipt=True)
    reason = given.get("reason") or ""
    if not isinstance(reason, str) or len(reason) > _LONGEST or not reason.isprintable():
        problems.append(Problem("reason", text("rewards.basket.word", most=_LONGEST)))
    if not isinstance(sale, Sale):
        problems += sale
    if problems:
        raise BadInput(tuple(problems))
    assert isinstance(sale, Sale)
    order = order_id_of(sale.store, sale.terminal, sale.business_date, sale.receipt)
    return order, by, str(reason)
