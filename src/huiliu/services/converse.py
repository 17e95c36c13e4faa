"""What staff do in conversations: answer, note, hand over, close, settle a dispute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msgspec import structs

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest, show_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import MINUTE, SECOND
from huiliu.messages.conversing import CLOSED, OPEN, STATES, WAITING, reply_title
from huiliu.ports.conversations import ConversationRow, LineRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.desk_channels import answer_channels
from huiliu.services.kept_words import keep_words
from huiliu.services.message_events import internal_event
from huiliu.services.note_conversations import SETTLED
from huiliu.services.queue_answer import Answer, locales_of, queue_answer, usual_title

__all__ = [
    "ANSWERED",
    "ENDED",
    "By",
    "answer",
    "assign",
    "closed_event",
    "note",
    "set_state",
    "settle_dispute",
]

ANSWERED: Final = "Conversation Answered"
ENDED: Final = "Conversation Closed"
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class By:
    """Who of ours does something."""

    #: 0 = no user of the console.
    user_id: int = 0
    #: `key support`, `cli`.
    name: str = ""

    @property
    def word(self) -> str:
        """Return who it is as events say it, never a name of a person."""
        return f"user:{self.user_id}" if self.user_id else self.name


def answer(  # noqa: PLR0913 - to whom, what, how, by whom
    world: World,
    brand_id: int,
    profile_id: int,
    words: str,
    by: By,
    *,
    channel: str = "",
    key: str = "",
) -> bytes:
    """Put an answer into the outbox and return the message's id; the same key goes once.

    Args:
        world: the instance.
        brand_id: whose.
        profile_id: to whom.
        words: what is said.
        by: who says it.
        channel: on which channel; "" = where they wrote last.
        key: what makes it this answer; "" = the same words within a minute are one.

    Raises:
        NotFound: this person never wrote.
        BadInput: there are no words, or they cannot be answered on this channel now.
    """
    now = world.clock.now()
    words = _checked(words)
    with world.store.system() as tx:
        row = _lock(tx, brand_id, profile_id)
        person = row.profile_id
        wanted = channel or row.channel
        ways = {one.channel: one for one in answer_channels(tx, world, brand_id, person)}
        same = ("key", key) if key else ("words", digest(words), now // MINUTE)
        number = digest("conversation answer", brand_id, person, *same)
        if tx.conversations.has_line(brand_id, number):
            return number
        if wanted not in ways:
            known = ", ".join(ways) or "-"
            raise BadInput((Problem("channel", text("conversations.no_way", known=known)),))
        if (fault := ways[wanted].fault(now)) is not None:
            raise BadInput((Problem("channel", fault),))
        profile = tx.people.profiles(brand_id, [person]).get(person)
        title = ""
        if wanted == "email":
            title = reply_title(_last_title(tx, brand_id, person))
        if not title:
            title = usual_title(locales_of(profile, wanted))
        said = Answer(person, wanted, words, same, title, by.user_id, by.name)
        queue_answer(tx, world, brand_id, said, now)
        waited = now - row.unanswered_since if row.unanswered_since else 0
        tx.conversations.put(
            structs.replace(
                row, state=WAITING, unanswered_since=0, answered_at=now, changed_at=now,
                closed_at=0, assignee=row.assignee or by.user_id,
                opened_at=now if row.state == CLOSED else row.opened_at,
            )
        )  # fmt: skip
        told: dict[str, Value] = {
            "channel": wanted, "by": by.word, "message_id": show_id(number),
            "waited": waited // SECOND if waited else None,
        }  # fmt: skip
        tx.log.append([internal_event(brand_id, person, ANSWERED, told, now, number)])
    return number


def note(
    world: World, brand_id: int, profile_id: int, words: str, by: By, *, key: str = ""
) -> bytes:
    """Write a note that only staff read, and return its id.

    Raises:
        NotFound: this person never wrote.
        BadInput: there are no words.
    """
    now = world.clock.now()
    words = _checked(words)
    with world.store.system() as tx:
        row = _lock(tx, brand_id, profile_id)
        same = ("key", key) if key else ("words", digest(words), now // MINUTE)
        number = digest("conversation note", brand_id, row.profile_id, *same)
        token = keep_words(tx, world, brand_id, row.profile_id, words)
        tx.conversations.add_line(
            LineRow(
                brand_id, row.profile_id, number, now, "note", token=token, user_id=by.user_id,
                by=by.name,
            )
        )  # fmt: skip
    return number


def assign(world: World, brand_id: int, profile_id: int, user_id: int, by: By) -> ConversationRow:
    """Let a user look after a conversation; 0 = nobody.

    Raises:
        NotFound: this person never wrote, or there is no such user.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        row = _lock(tx, brand_id, profile_id)
        users = {one.user_id for one in tx.accounts.users(brand_id)}
        if user_id and user_id not in users:
            raise NotFound("user", str(user_id))
        if row.assignee == user_id:
            return row
        changed = structs.replace(row, assignee=user_id)
        tx.conversations.put(changed)
        _mark(tx, row, f"assigned:{user_id}", by, now)
    return changed


def set_state(
    world: World, brand_id: int, profile_id: int, state: str, by: By
) -> ConversationRow:  # fmt: skip
    """Say whose turn it is, or that it is over; marketing goes on when it is over.

    Raises:
        NotFound: this person never wrote.
        BadInput: there is no such state.
    """
    if state not in STATES:
        known = ", ".join(STATES)
        raise BadInput((Problem("state", text("conversations.no_state", known=known)),))
    now = world.clock.now()
    with world.store.system() as tx:
        row = _lock(tx, brand_id, profile_id)
        if row.state == state:
            return row
        changed = structs.replace(
            row, state=state, changed_at=now, closed_at=now if state == CLOSED else 0,
            opened_at=now if row.state == CLOSED else row.opened_at,
            unanswered_since=(row.unanswered_since or now) if state == OPEN else 0,
        )  # fmt: skip
        tx.conversations.put(changed)
        _mark(tx, row, state, by, now)
        if state == CLOSED:
            tx.conversations.release(brand_id, [row.profile_id], "conversation_open", now)
            tx.log.append([closed_event(row, by.word, now)])
    return changed


def settle_dispute(world: World, brand_id: int, profile_id: int, dispute_id: bytes, by: By) -> None:
    """Write down that a dispute is settled, for shops that do not tell.

    Raises:
        NotFound: the person has no such open dispute.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        present = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
        found = next(
            (
                one
                for one in tx.conversations.disputes(brand_id, present)
                if one.dispute_id == dispute_id
            ),
            None,
        )
        if found is None:
            raise NotFound("dispute", show_id(dispute_id))
        tx.conversations.note_disputes([structs.replace(found, opened_at=0, ended_at=now)])
        tx.conversations.release(brand_id, [present], "dispute_open", now)
        told: dict[str, Value] = {"order_id": found.order_id or None, "by": by.word}
        tx.log.append([internal_event(brand_id, present, SETTLED, told, now, dispute_id, now)])


def closed_event(row: ConversationRow, by: str, now: int) -> NewEvent:
    """Return the event that a conversation is over."""
    told: dict[str, Value] = {
        "channel": row.channel, "by": by, "lasted": (now - row.opened_at) // SECOND,
        "answered": bool(row.answered_at >= row.opened_at and row.answered_at),
    }  # fmt: skip
    return internal_event(row.brand_id, row.profile_id, ENDED, told, now, row.profile_id, now)


def _lock(tx: Tx, brand_id: int, profile_id: int) -> ConversationRow:
    """Lock the conversation of whom an id stands for now.

    Raises:
        NotFound: this person never wrote.
    """
    present = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
    return tx.conversations.lock(brand_id, present)


def _checked(words: str) -> str:
    """Return what is to be said; raise BadInput where it cannot be."""
    words = words.replace("\r\n", "\n").strip()
    if not words:
        raise BadInput((Problem("text", text("conversations.no_words")),))
    if len(words) > _LONGEST:
        raise BadInput((Problem("text", text("conversations.too_long", most=_LONGEST)),))
    return words


def _mark(tx: Tx, row: ConversationRow, what: str, by: By, now: int) -> None:
    """Write into the conversation what was done with it."""
    tx.conversations.add_line(
        LineRow(
            row.brand_id, row.profile_id,
            digest("conversation mark", row.brand_id, row.profile_id, what, now, by.word),
            now, "mark", what=what, user_id=by.user_id, by=by.name,
        )
    )  # fmt: skip


def _last_title(tx: Tx, brand_id: int, person: int) -> str:
    """Return the last subject line that a person wrote, or ""."""
    for line in tx.conversations.lines(brand_id, person, 50):
        if line.kind == "in" and line.title_token:
            clear = tx.vault.reveal(brand_id, {person: {line.title_token}})
            return clear.get((person, line.title_token), "")
    return ""
