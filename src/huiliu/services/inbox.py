"""The inbox: who waits for an answer, and what was said with one person, over all channels."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import show_profile_id
from huiliu.messages.desk import Desk
from huiliu.ports import Action
from huiliu.ports.conversations import (
    ConversationFilter,
    ConversationRow,
    DeskCounts,
    DisputeRow,
    LineRow,
)
from huiliu.ports.people import ProfileRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.addresses import token_of
from huiliu.services.desk import desk
from huiliu.services.desk_channels import Way, answer_channels
from huiliu.services.holds import HeldBack, held_back

__all__ = [
    "Listed",
    "Listing",
    "SaidLine",
    "Thread",
    "list_conversations",
    "mark_of",
    "open_thread",
    "unanswered",
]

PAGE: Final = 50
_LINES: Final = 200
_MESSAGES: Final = 500
#: A preview of a line is so long.
_PREVIEW: Final = 80
#: Above every instant; as the store puts those behind who wait for nothing.
_END: Final = 1 << 62
#: Names by which people are called, the best first.
_NAMES: Final = ("name", "nickname", "first_name")


@dataclass(frozen=True, slots=True)
class Listed:
    """One conversation in the list."""

    row: ConversationRow
    #: What the person is called; "" = not known.
    name: str
    #: The beginning of the last line; "" = it has no words, or they are gone.
    preview: str
    #: The last line; None = there is none any more.
    last: LineRow | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of conversations."""

    rows: Sequence[Listed]
    counts: DeskCounts
    #: User id -> name.
    users: Mapping[int, str]
    #: Where the next page begins; None = there is none.
    next: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class SaidLine:
    """One line as it is read."""

    row: LineRow
    words: str
    title: str
    #: Of an answer that the outbox carries, what became of it; "" = it went another way.
    status: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Thread:
    """All that was said with one person."""

    profile_id: int
    name: str
    row: ConversationRow
    #: Oldest first.
    lines: Sequence[SaidLine]
    #: There are older lines than these.
    has_older: bool
    #: Where they can be answered, where they wrote last first.
    ways: Sequence[Way]
    #: Why marketing waits for them; None = it does not.
    held: HeldBack | None
    disputes: Sequence[DisputeRow]
    users: Mapping[int, str]
    desk: Desk
    #: What the person's language is, where it is known.
    locale: str
    #: They have waited longer than the desk lets anybody wait.
    is_overdue: bool


def list_conversations(
    world: World,
    brand_id: int,
    asked: ConversationFilter,
    *,
    user_id: int = 0,
    before: tuple[int, int] | None = None,
    limit: int = PAGE,
) -> Listing:
    """Return a page of conversations: who waits longest comes first, then the latest changed.

    Args:
        world: the instance.
        brand_id: whose.
        asked: which.
        user_id: whose own are counted.
        before: where the page before ended.
        limit: how many are shown.
    """
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        overdue = now - desk(tx, world, brand_id).answer_within
        found = tx.conversations.page(brand_id, asked, limit + 1, before)
        rows = found[:limit]
        people = [one.profile_id for one in rows]
        last = tx.conversations.last_lines(brand_id, people) if people else {}
        profiles = tx.people.profiles(brand_id, people) if people else {}
        clear = _clear(tx, brand_id, profiles, list(last.values()), people)
        counts = tx.conversations.counts(brand_id, user_id, overdue)
        users = _users(tx, brand_id)
    listed = [
        Listed(
            row, _name(profiles.get(row.profile_id), clear),
            _words(clear, row.profile_id, last.get(row.profile_id))[:_PREVIEW],
            last.get(row.profile_id), 0 < row.unanswered_since <= overdue,
        )
        for row in rows
    ]  # fmt: skip
    return Listing(listed, counts, users, mark_of(rows[-1]) if len(found) > limit else None)


def open_thread(world: World, brand_id: int, profile_id: int, user_id: int | None) -> Thread:
    """Return what was said with a person; that somebody read it is written down.

    Args:
        world: the instance.
        brand_id: whose.
        profile_id: with whom; a merged id shows the present person.
        user_id: who reads; None = the page that was opened shows what is new.

    Raises:
        NotFound: this person never wrote.
    """
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        person = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
        row = tx.conversations.get(brand_id, person)
        if row is None:
            raise NotFound("conversation", show_profile_id(profile_id))
        known = desk(tx, world, brand_id)
        lines = tx.conversations.lines(brand_id, person, _LINES + 1)
        profiles = tx.people.profiles(brand_id, [person])
        clear = _clear(tx, brand_id, profiles, lines, [person])
        sent = {
            one.queued.message_id: one
            for one in tx.messages.of_profile(brand_id, person, _MESSAGES)
        }
        locale = profiles[person].traits.get("locale") if person in profiles else None
        if user_id is not None:
            shown = show_profile_id(person)
            tx.console.record_action(Action(brand_id, now, user_id, "conversation_read", shown))
        return Thread(
            profile_id=person,
            name=_name(profiles.get(person), clear),
            row=row,
            lines=[
                SaidLine(
                    line, _words(clear, person, line),
                    clear.get((person, line.title_token), "") if line.title_token else "",
                    sent[line.message_id].status if line.message_id in sent else "",
                    sent[line.message_id].reason if line.message_id in sent else "",
                )
                for line in reversed(lines[:_LINES])
            ],
            has_older=len(lines) > _LINES,
            ways=answer_channels(tx, world, brand_id, person),
            held=held_back(tx, brand_id, [person], known, now).get(person),
            disputes=tx.conversations.disputes(brand_id, person),
            users=_users(tx, brand_id),
            desk=known,
            locale=str(locale[0]) if locale is not None else "",
            is_overdue=0 < row.unanswered_since <= now - known.answer_within,
        )  # fmt: skip


def unanswered(world: World, brand_id: int, user_id: int) -> DeskCounts:
    """Return how much there is to do."""
    with world.store.transaction(brand_id) as tx:
        overdue = world.clock.now() - desk(tx, world, brand_id).answer_within
        return tx.conversations.counts(brand_id, user_id, overdue)


def mark_of(row: ConversationRow) -> tuple[int, int]:
    """Return where a page begins that goes on behind a conversation."""
    return row.unanswered_since or _END - row.changed_at, row.profile_id


def _clear(
    tx: Tx,
    brand_id: int,
    profiles: Mapping[int, ProfileRow],
    lines: Collection[LineRow],
    people: Collection[int],
) -> Mapping[tuple[int, bytes], str]:
    """Return the words of lines and what people are called, in the clear."""
    wanted: dict[int, set[bytes]] = {one: set() for one in people}
    alone = next(iter(people)) if len(people) == 1 else 0
    for line in lines:
        # Of one person all lines are theirs, whichever profile they came with.
        person = alone or line.profile_id
        wanted.setdefault(person, set()).update(
            token for token in (line.token, line.title_token) if token
        )
    for person, profile in profiles.items():
        for name in _NAMES:
            if name in profile.traits and (token := token_of(profile.traits[name][0])):
                wanted.setdefault(person, set()).add(token)
    return tx.vault.reveal(brand_id, wanted) if any(wanted.values()) else {}


def _words(clear: Mapping[tuple[int, bytes], str], person: int, line: LineRow | None) -> str:
    """Return a line's words, "" where there are none or they are gone."""
    return clear.get((person, line.token), "") if line is not None and line.token else ""


def _name(profile: ProfileRow | None, clear: Mapping[tuple[int, bytes], str]) -> str:
    """Return what somebody is called, or ""."""
    for name in _NAMES if profile is not None else ():
        assert profile is not None
        held = profile.traits.get(name)
        token = token_of(held[0]) if held is not None else None
        if token is not None and (found := clear.get((profile.profile_id, token))):
            return found
    return ""


def _users(tx: Tx, brand_id: int) -> Mapping[int, str]:
    """Return the users' names by id."""
    return {one.user_id: one.name for one in tx.accounts.users(brand_id)}
