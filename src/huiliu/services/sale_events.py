"""What a sale becomes in the log: an order of the channel `store`, of whoever bought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import structs

from huiliu.kernel.events import Identifier, IdentifierType, Kind, NewEvent
from huiliu.kernel.facts import Value
from huiliu.ports.pos import Origin, Receipt
from huiliu.ports.vault import Secrets
from huiliu.ports.world import World
from huiliu.services.message_events import internal_event
from huiliu.services.sale_data import major

__all__ = ["order_properties", "products_of", "sale_event", "void_event"]

_PAID: Final = "Order Paid"
_REFUNDED: Final = "Order Refunded"


def products_of(sale: Mapping[str, Any], currency: str) -> list[Value]:
    """Return the lines of a sale as orders say them."""
    return [
        {
            "product_id": one["sku"], "sku": one["sku"], "name": one["name"],
            "category": one["category"] or None, "quantity": one["quantity"],
            "price": major(one["unit_price"], currency),
        }
        for one in sale.get("lines", [])
    ]  # fmt: skip


def order_properties(receipt: Receipt) -> dict[str, Value]:
    """Return what the order of a sale says."""
    sale, currency = receipt.sale, receipt.currency
    codes = [one["code"] for one in sale.get("applied", []) if one["code"]]
    return {
        "order_id": receipt.order_id,
        "total": major(receipt.total, currency),
        "discount": major(receipt.discount, currency),
        "currency": currency,
        "channel": "store",
        "store": receipt.store,
        "terminal": receipt.terminal or None,
        "receipt": receipt.receipt,
        "self_checkout": receipt.origin is Origin.SELF,
        "offline": receipt.origin is Origin.OFFLINE,
        "products": products_of(sale, currency),
        # The key is there only where a coupon was used: reports ask whether it is.
        **({"coupon": codes[0]} if codes else {}),
    }


def sale_event(world: World, receipt: Receipt, now: int) -> NewEvent:
    """Return what a sale tells; the same receipt is the same event."""
    properties = order_properties(receipt)
    return _event(world, receipt, _PAID, properties, receipt.occurred_at, now)


def void_event(world: World, receipt: Receipt, reason: str, now: int) -> NewEvent:
    """Return that a sale was undone."""
    properties: dict[str, Value] = {
        "order_id": receipt.order_id, "total": major(receipt.total, receipt.currency),
        "currency": receipt.currency, "channel": "store", "store": receipt.store,
        "receipt": receipt.receipt, "reason": reason or None,
    }  # fmt: skip
    return _event(world, receipt, _REFUNDED, properties, now, now)


def _event(
    world: World,
    receipt: Receipt,
    name: str,
    properties: Mapping[str, Value],
    at: int,
    now: int,
) -> NewEvent:
    """Return one event of a sale: of a profile, of a name, or of nobody who is known.

    It is what shops tell, not one of Huiliu's own; only who it is about is known already.
    """
    told = internal_event(
        receipt.brand_id, receipt.profile_id or 0, name, properties, at, receipt.order_id
    )
    body: dict[str, Any] = {"properties": properties, "context": {"channel": "store"}}
    identifiers: tuple[Identifier, ...] = ()
    if receipt.profile_id:
        body["profile_id"] = receipt.profile_id
    else:
        identifiers = (_stranger(world.secrets, receipt),)
    return structs.replace(
        told, kind=Kind.TRACK, received_at=now, identifiers=identifiers,
        body=msgspec.json.encode(body),
    )  # fmt: skip


def _stranger(secrets: Secrets, receipt: Receipt) -> Identifier:
    """Return how the log names a buyer without a profile; one without a name is somebody else."""
    type_, _, key = str(receipt.sale.get("stranger") or "").partition(":")
    if key:
        return Identifier(IdentifierType(int(type_)), bytes.fromhex(key))
    anonymous = IdentifierType.ANONYMOUS_ID
    return Identifier(
        anonymous,
        secrets.identifier_key(receipt.brand_id, int(anonymous), receipt.order_id),
    )
