"""Whose post it is and what was bought: the person as they are now, their order, its products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.catalogue.interest import product_ids
from huiliu.catalogue.product import named
from huiliu.kernel.bodies import read_body
from huiliu.kernel.errors import NotFound
from huiliu.kernel.events import ORDER_STATUS, canonical_name
from huiliu.kernel.ids import digest, show_profile_id
from huiliu.ports.store import Tx

__all__ = ["Purchase", "post_subject", "present_person", "product_words", "purchase"]

#: Events of a person that are looked through for an order.
_LOOKED_AT: Final = 1_000
_UNDONE: Final = frozenset({"cancelled", "refunded"})


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order as far as it matters here."""

    #: As orders have it; "" = no such order is known.
    status: str
    product_ids: Sequence[str]

    @property
    def is_delivered(self) -> bool:
        """Say whether it has come, and stayed."""
        return self.status == "delivered"


def present_person(tx: Tx, brand_id: int, profile_id: int) -> int:
    """Return the present profile; raise NotFound."""
    present = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
    if present not in tx.people.profiles(brand_id, [present]):
        raise NotFound("profile", show_profile_id(profile_id))
    return present


def purchase(tx: Tx, brand_id: int, profile_id: int, order_id: str) -> Purchase:
    """Return an order of a present person, read from what happened to it."""
    ids = tx.people.histories(brand_id, [profile_id])[profile_id]
    statuses: list[str] = []
    found: dict[str, None] = {}
    # Newest first: once undone it stays undone, once delivered it is, whatever comes late.
    for event in tx.people.events(brand_id, ids, None, _LOOKED_AT):
        status = ORDER_STATUS.get(canonical_name(event.name))
        if status is None:
            continue
        said = read_body(event.body).properties
        if str(said.get("order_id", "")) == order_id:
            statuses.append(status)
            found |= dict.fromkeys(product_ids(said))
    for wanted in (*sorted(_UNDONE), "delivered"):
        if wanted in statuses:
            return Purchase(wanted, tuple(found))
    return Purchase(statuses[0] if statuses else "", tuple(found))


def product_words(
    tx: Tx, brand_id: int, ids: Sequence[str], locale: str
) -> Mapping[str, tuple[str, str]]:
    """Return product -> (what it is called, its page) of those that the catalogue knows."""
    known = tx.products.get(brand_id, {one for one in ids if one})
    return {
        one: (named(known[one].names, [locale]), known[one].link) for one in ids if one in known
    }


def post_subject(brand_id: int, profile_id: int) -> bytes:
    """Return whose key seals what a person shows."""
    return digest("post subject", brand_id, profile_id)
