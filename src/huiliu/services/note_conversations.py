"""What the log tells of conversations and disputes: written down by the projector.

What people wrote is an event, however it came; so nobody has to be known before they write, and a
message that comes twice is there once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from huiliu.kernel.bodies import Body
from huiliu.kernel.events import Event, Flag
from huiliu.kernel.ids import digest
from huiliu.kernel.times import MINUTE
from huiliu.messages.desk import Desk, said_in
from huiliu.ports.conversations import DisputeRow, LineRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.addresses import token_of
from huiliu.services.desk import desk
from huiliu.services.kept_words import keep_words
from huiliu.services.queue_answer import Answer, locales_of, queue_answer, usual_title

__all__ = ["DISPUTED", "HEARD", "SETTLED", "ConversationChanges"]

HEARD: Final = "Conversation Message Received"
DISPUTED: Final = "Dispute Opened"
SETTLED: Final = "Dispute Resolved"
_HISTORICAL: Final = int(Flag.HISTORICAL)
_LONGEST: Final = 128
#: The same keyword is answered to the same person once in this time: machines answer each other.
_ANSWER_AGAIN: Final = 10 * MINUTE
#: An answer of the desk that cannot go in this time is none.
_ANSWER_WITHIN: Final = 5 * MINUTE


class ConversationChanges:
    """What a batch of events says of conversations and disputes; written at its end."""

    def __init__(self, brand_id: int) -> None:
        """Hear nothing yet."""
        self._brand_id = brand_id
        #: Each with the present profile, whether somebody has to look, and what it said.
        self._heard: list[tuple[LineRow, bool, Mapping[str, Any]]] = []
        self._disputes: list[DisputeRow] = []
        #: Whose disputes ended.
        self._relieved: set[int] = set()

    def hear(self, event: Event, body: Body, person: int, came_with: int) -> None:
        """Take in what one event says."""
        if event.name == HEARD:
            self._said(event, body.properties, person)
        elif event.name in {DISPUTED, SETTLED}:
            self._dispute(event, body.properties, came_with)
            if event.name == SETTLED:
                self._relieved.add(person)

    def write(self, tx: Tx, world: World, now: int) -> None:
        """Write down what was heard, and answer what the desk answers by itself."""
        tx.conversations.note_disputes(self._disputes)
        tx.conversations.release(self._brand_id, self._relieved, "dispute_open", now)
        if not self._heard:
            return
        new = {
            one.line_id
            for one in tx.conversations.hear([(line, opens) for line, opens, _ in self._heard])
        }
        known = desk(tx, world, self._brand_id)
        for line, _, given in self._heard:
            if line.line_id in new and line.keyword:
                self._answer(tx, world, known, line, given, now)

    def _said(self, event: Event, given: Mapping[str, Any], person: int) -> None:
        """Take in what somebody wrote."""
        line = LineRow(
            self._brand_id, person, _line_id(event),
            event.occurred_at, "in", _word(given, "channel"), _word(given, "account"),
            _word(given, "what") or "text", token_of(given.get("comment")) or b"",
            token_of(given.get("subject_note")) or b"", keyword=_word(given, "keyword"),
            is_claim=given.get("claim") is True,
        )  # fmt: skip
        late = bool(event.flags & _HISTORICAL)
        self._heard.append((line, given.get("opens") is not False and not late, given))

    def _dispute(self, event: Event, given: Mapping[str, Any], came_with: int) -> None:
        """Take in that a dispute was opened or ended."""
        order = _word(given, "order_id")
        known_as = _word(given, "dispute_id") or order or str(came_with)
        is_new = event.name == DISPUTED
        at = event.occurred_at
        self._disputes.append(
            DisputeRow(
                self._brand_id, came_with, digest("dispute", known_as), order,
                at if is_new else 0, 0 if is_new else at,
            )
        )  # fmt: skip

    def _answer(
        self, tx: Tx, world: World, known: Desk, line: LineRow, given: Mapping[str, Any], now: int
    ) -> None:
        """Say what the desk answers by itself; what was answered on the spot is only noted."""
        slug = line.keyword
        found = next((one for one in known.keywords if one.slug == slug), None)
        if found is None:
            return
        profile = tx.people.profiles(self._brand_id, [line.profile_id]).get(line.profile_id)
        locales = locales_of(profile, line.channel)
        words = said_in(found.text, locales)
        if given.get("passive") is True:
            token = keep_words(tx, world, self._brand_id, line.profile_id, words)
            tx.conversations.add_line(
                LineRow(
                    self._brand_id, line.profile_id, digest("passive", line.line_id),
                    line.at + 1, "out", line.channel, line.account, token=token, keyword=slug,
                )
            )  # fmt: skip
            return
        answer = Answer(
            line.profile_id, line.channel, words, ("keyword", slug, now // _ANSWER_AGAIN),
            title=usual_title(locales), keyword=slug, within=_ANSWER_WITHIN,
        )  # fmt: skip
        queue_answer(tx, world, self._brand_id, answer, now)


def _line_id(event: Event) -> bytes:
    """Return the id of what an event says; of two of one instant the first comes first."""
    place = event.partition << 48 | event.offset
    return place.to_bytes(8, "big") + digest("said", place)[:8]


def _word(given: Mapping[str, Any], name: str) -> str:
    """Return a short plain text, or ""."""
    found = given.get(name)
    return found[:_LONGEST] if isinstance(found, str) else ""
