"""Lays in-app messages out for people, sealed with a key of each person's own.

The key stands among the subject keys of the vault and belongs to the profile: it moves with it in a
merge, and what it sealed is gone when the person is erased.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from huiliu.kernel.ids import digest
from huiliu.messages.inapp import Card
from huiliu.ports.inapp import CardRow, NewCard, SealedCard
from huiliu.ports.store import Store, Tx
from huiliu.ports.vault import Secrets

__all__ = ["StoredCards", "open_cards"]

_CARD: Final = msgspec.json.Decoder(Card)


@dataclass(frozen=True, slots=True)
class StoredCards:
    """The CardBox port on the store of the instance."""

    store: Store
    secrets: Secrets
    #: IANA zone of dates without an offset.
    zone: str

    def put(self, brand_id: int, cards: Sequence[NewCard]) -> set[bytes]:
        """Lay cards out and return whose are there now; a repeat is there already."""
        with self.store.system() as tx:
            asked = {one.profile_id for one in cards}
            # Whoever was merged since it was decided meets the card in the box that is open now.
            present = tx.people.present(brand_id, asked)
            known = tx.people.profiles(brand_id, set(present.values()))
            subjects = {profile: _subject(brand_id, profile) for profile in known}
            keys = tx.vault.subject_keys(brand_id, list(subjects.values()), create=True)
            owners = {subject: profile for profile, subject in subjects.items() if subject in keys}
            tx.vault.adopt(brand_id, owners)
            sealed = [
                self._sealed(one, profile, subjects[profile], keys[subjects[profile]])
                for one in cards
                if (profile := present.get(one.profile_id, one.profile_id)) in subjects
                and subjects[profile] in keys
            ]
            tx.inapp.put(brand_id, sealed)
        return {one.message_id for one in sealed}

    def _sealed(self, one: NewCard, profile_id: int, subject: bytes, key: bytes) -> SealedCard:
        """Return a card as it is kept."""
        card = one.card
        return SealedCard(
            one.message_id, profile_id, card.kind, one.message_class, subject,
            self.secrets.seal_with(key, msgspec.json.encode(card)), one.made_at, card.starts_at,
            card.ends_at,
        )  # fmt: skip


def open_cards(
    tx: Tx, secrets: Secrets, brand_id: int, rows: Sequence[CardRow]
) -> Mapping[bytes, Card]:
    """Return message -> what its card says; cards of people who are gone say nothing any more."""
    keys = tx.vault.subject_keys(brand_id, {row.subject for row in rows}, create=False)
    return {
        row.message_id: _CARD.decode(secrets.unseal_with(keys[row.subject], row.sealed))
        for row in rows
        if row.subject in keys
    }


def _subject(brand_id: int, profile_id: int) -> bytes:
    """Return whose key seals a person's cards."""
    return digest("inapp box", brand_id, profile_id)
