"""Notes of interviews: what staff heard from a person, as an event; the words are in the vault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from msgspec import structs

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest, is_slug, show_id, show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import from_datetime
from huiliu.ports import Action
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.reports.interview_notes import NOTED, latest_notes
from huiliu.services.ingest import write
from huiliu.services.message_events import internal_event
from huiliu.services.prepare import Prepared, VaultRow

__all__ = ["MOODS", "NOTED", "Heard", "Note", "list_notes", "note_interview"]

#: How it was, in the interviewer's judgement; "" = not said.
MOODS: Final = ("", "happy", "neutral", "unhappy")
_LONGEST: Final = 10_000
_MOST: Final = 200
_TOKEN: Final = "vlt_"  # noqa: S105 - the mark of a vaulted value, no secret


@dataclass(frozen=True, slots=True)
class Note:
    """What is noted of one talk."""

    #: What it was about, in the brand's word: `onboarding`, `churn-2026`.
    topic: str
    #: What was said; "" = nothing is kept but that it was.
    words: str
    mood: str = ""
    #: 1 to 5; 0 = not said.
    score: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """One note as it is read."""

    profile_id: int
    at: int
    topic: str
    mood: str
    score: int
    by: str
    #: "" = there were none, they are gone, or they are not shown.
    words: str
    #: Whether there are words at all.
    has_words: bool


def note_interview(world: World, brand_id: int, profile_id: int, note: Note, by: str) -> None:
    """Keep a note of a talk with somebody; the same note again is the same event.

    Args:
        world: the instance.
        brand_id: whose person.
        profile_id: with whom.
        note: what was said.
        by: who heard it, never a name: `user:3`, `key:2`, `cli`.

    Raises:
        NotFound: there is no such person.
        BadInput: with everything that is wrong with the note.
    """
    _check(note)
    now = world.clock.now()
    with world.store.system() as tx:
        present = _present(tx, brand_id, profile_id)
        key = digest("interview", brand_id, present, note.topic, note.words, now // 60_000_000)
        made = Prepared(brand_id)
        told: dict[str, Value] = {
            "interview": show_id(key), "topic": note.topic, "mood": note.mood or None,
            "score": note.score or None, "by": by,
        }  # fmt: skip
        subject = None
        if note.words:
            # A subject of its own: it goes with the person, and with nobody else.
            subject = digest("interview subject", brand_id, present)
            token = world.secrets.token(brand_id, "text", note.words)
            told["note"] = f"{_TOKEN}{token.hex()}"
            made.vault.append(VaultRow(subject, token, "text", note.words))
        event = internal_event(brand_id, present, NOTED, told, now, key)
        made.events.append(structs.replace(event, subject=subject))
        write(tx, world.secrets, [made])


def list_notes(
    world: World,
    brand_id: int,
    *,
    topic: str = "",
    profile_id: int = 0,
    user_id: int = 0,
    reveal: bool = False,
) -> Sequence[Heard]:
    """Return the latest notes, newest first; who reads the words is written down.

    Raises:
        NotFound: there is no such person.
        Unavailable: the warehouse is away.
    """
    with world.store.transaction(brand_id) as tx:
        present = _present(tx, brand_id, profile_id) if profile_id else 0
    tables = world.warehouse.population(brand_id)
    rows = world.warehouse.run(latest_notes(tables, topic, present, _MOST)).to_pylist()
    clear: dict[tuple[int, bytes], str] = {}
    if reveal:
        tokens: dict[int, set[bytes]] = {}
        for row in rows:
            if row["token"]:
                tokens.setdefault(row["profile_id"], set()).add(_token(row["token"]))
        with world.store.transaction(brand_id) as tx:
            clear = tx.vault.reveal(brand_id, tokens)
            subject = show_profile_id(present) if present else topic
            tx.console.record_action(
                Action(brand_id, world.clock.now(), user_id, "interviews_revealed", subject)
            )
    return [
        Heard(
            row["profile_id"], from_datetime(row["occurred_at"].replace(tzinfo=UTC)),
            row["topic"] or "", row["mood"] or "", int(row["score"] or 0), row["by"] or "",
            clear.get((row["profile_id"], _token(row["token"] or "")), ""), bool(row["token"]),
        )
        for row in rows
    ]  # fmt: skip


def _check(note: Note) -> None:
    """Raise everything that is wrong with a note."""
    problems = []
    if not is_slug(note.topic):
        problems.append(Problem("topic", text("interviews.want_topic")))
    if len(note.words) > _LONGEST:
        problems.append(Problem("words", text("forms.too_long", most=_LONGEST)))
    if note.mood not in MOODS:
        known = ", ".join(MOODS[1:])
        problems.append(Problem("mood", text("forms.want_choice", known=known)))
    if not 0 <= note.score <= 5:
        problems.append(Problem("score", text("forms.want_number", least=1, most=5)))
    if problems:
        raise BadInput(tuple(problems))


def _present(tx: Tx, brand_id: int, profile_id: int) -> int:
    """Return the present profile; raise NotFound."""
    present = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
    if present not in tx.people.profiles(brand_id, [present]):
        raise NotFound("profile", show_profile_id(profile_id))
    return present


def _token(written: str) -> bytes:
    """Return the vault's token that stands in place of words."""
    try:
        return bytes.fromhex(written.removeprefix(_TOKEN))
    except ValueError:
        return b""
