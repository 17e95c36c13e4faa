"""`huiliu interview`: what staff heard from people, noted as events; the words are in the vault."""

from __future__ import annotations

import sys
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_person import asked_person
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_instant
from huiliu.services.form_data import notes_json
from huiliu.services.interviews import Note, list_notes, note_interview

__all__ = ["app"]

_BRAND = 1
_BY = "cli"
_OPERATOR = 0
_STANDARD_INPUT = "-"

app = App(name="interview", help=sentence("cli.interview.help"))


@app.command(help=sentence("cli.interview.note.help"))
def note(  # noqa: PLR0913 - one parameter an option
    person: Annotated[str, Parameter(help=sentence("cli.form.person"))],
    topic: Annotated[str, Parameter(help=sentence("cli.interview.topic"))],
    /,
    *,
    words: Annotated[str, Parameter(help=sentence("cli.interview.words"))] = _STANDARD_INPUT,
    mood: Annotated[str, Parameter(help=sentence("cli.interview.mood"))] = "",
    score: Annotated[int, Parameter(help=sentence("cli.interview.score"))] = 0,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Keep a note of a talk with somebody; `--words -` reads it from standard input."""
    said = sys.stdin.read().strip() if words == _STANDARD_INPUT else words
    with open_instance(instance) as house:
        house.catch_up()
        profile = asked_person(house.world, _BRAND, person)
        note_interview(house.world, _BRAND, profile, Note(topic, said, mood, score), _BY)
        house.catch_up()
    if json:
        emit({"profile_id": show_profile_id(profile), "topic": topic})
    else:
        say(text("interviews.noted", profile=show_profile_id(profile), topic=topic))


@app.command(name="list", help=sentence("cli.interview.list.help"))
def list_(
    *,
    topic: Annotated[str, Parameter(help=sentence("cli.interview.topic"))] = "",
    reveal: Annotated[bool, Parameter(negative="", help=sentence("cli.interview.reveal"))] = False,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print the latest notes; without --reveal their words stay in the vault."""
    with open_instance(instance) as house:
        house.catch_up()
        found = list_notes(house.world, _BRAND, topic=topic, user_id=_OPERATOR, reveal=reveal)
    if json:
        emit(notes_json(found))
        return
    words = ("at", "person", "topic", "mood", "score", "words")
    table([text(f"interviews.column.{word}") for word in words], (
        (
            show_instant(one.at), show_profile_id(one.profile_id), one.topic, _mood(one.mood),
            one.score or "-", one.words or (text("interviews.hidden") if one.has_words else "-"),
        )
        for one in found
    ))  # fmt: skip


def _mood(mood: str) -> str | Text:
    """Return how somebody was, in words."""
    return text(f"interviews.mood.{mood}") if mood else "-"
