"""Takes in what a person writes by mail: an answer to a letter of ours, or one to the brand."""

from __future__ import annotations

from collections.abc import Sequence

from huiliu.messages.mail_words import Letter, read_letter
from huiliu.ports.world import World
from huiliu.services.conversations import Said, take

__all__ = ["take_letter"]

_CHANNEL = "email"


def take_letter(
    world: World, brand_id: int, account: str, answers: Sequence[bytes], content: bytes
) -> bool:
    """Put a letter into its writer's conversation; say whether it was from a person.

    Who answers a letter of ours is who got it: its id is long, and only they know it. Of other
    letters only their own word says who wrote them.

    Args:
        world: where to find everything.
        brand_id: whose mail it is.
        account: by which it came.
        answers: ids of letters of ours that it may answer, the surest first.
        content: the letter.

    Raises:
        Unavailable: the database is away; the letter has to come again.
    """
    letter = read_letter(content)
    if letter is None or letter.is_bulk or not (letter.words or letter.title or letter.n_files):
        return False
    person = _writer(world, brand_id, answers)
    if not person and not letter.sender:
        return False
    return take(world, _said(brand_id, account, letter, person)).is_taken


def _writer(world: World, brand_id: int, answers: Sequence[bytes]) -> int:
    """Return who got the letter that is answered; 0 = none of ours is."""
    with world.store.transaction(brand_id) as tx:
        for message_id in answers:
            row = tx.messages.lock(brand_id, [message_id]).get(message_id)
            if row is None or row.queued.channel != _CHANNEL:
                continue
            found = row.queued.profile_id
            present = tx.people.present(brand_id, [found]).get(found, found)
            if present in tx.people.profiles(brand_id, [present]):
                return present
    return 0


def _said(brand_id: int, account: str, letter: Letter, person: int) -> Said:
    """Return a letter as a message of a conversation."""
    return Said(
        brand_id, _CHANNEL, account, letter.words, letter.letter_id,
        address="" if person else letter.sender, profile_id=person,
        what="text" if letter.words else "file", title=letter.title, is_claim=not person,
    )  # fmt: skip
