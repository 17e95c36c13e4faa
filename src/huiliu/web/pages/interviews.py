"""Interviews: what staff heard from people, and a form to note one."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, EngineFailed, NotFound, Problem, Unavailable
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import text
from huiliu.services.find_people import find_person
from huiliu.services.interviews import MOODS, Note, list_notes, note_interview
from huiliu.web.doors import Visit
from huiliu.web.rendering import go, page

__all__ = ["add", "reveal", "show_list"]

_FIELDS: Final = ("person", "topic", "mood", "score", "words")


def show_list(visit: Visit) -> Response:
    """Show the latest notes, their words in the vault, and the form."""
    blank = dict.fromkeys(_FIELDS, "")
    return _shown(visit, blank | {"person": visit.ask("person"), "topic": visit.ask("topic")})


def add(visit: Visit) -> Response:
    """Keep a note, or say what is wrong with it."""
    form = visit.form
    typed = {name: form.get(name, "").strip() for name in _FIELDS}
    problems: list[Problem] = []
    profile = find_person(visit.world, visit.brand_id, typed["person"]) if typed["person"] else None
    if profile is None:
        problems.append(Problem("person", text("console.interviews.nobody")))
    score = int(typed["score"]) if typed["score"].isdigit() else 0
    noted = Note(typed["topic"], typed["words"], typed["mood"], score)
    by = f"user:{visit.me.user.user_id}"
    try:
        if profile is not None:
            note_interview(visit.world, visit.brand_id, profile, noted, by)
    except BadInput as fault:
        problems += fault.problems
    if problems or profile is None:
        return _shown(visit, typed, problems, 422)
    return go("/interviews", noted=show_profile_id(profile))


def reveal(visit: Visit) -> Response:
    """Show the notes with their words; who looked is written down."""
    return page(
        visit, "partials/interview_notes.html", **_notes(visit, visit.form.get("topic", ""), True)
    )


def _shown(
    visit: Visit, typed: dict[str, str], problems: list[Problem] | None = None, status: int = 200
) -> Response:
    """Show the page with what was typed."""
    topic = visit.ask("topic")
    return page(
        visit, "pages/interviews.html", status, section="interviews", typed=typed, moods=MOODS[1:],
        problems=[(one.path, one.text, one.line) for one in problems or ()],
        topic=topic, noted=visit.ask("noted"), **_notes(visit, topic, False),
    )  # fmt: skip


def _notes(visit: Visit, topic: str, is_open: bool) -> dict[str, object]:
    """Return the notes and whether they could be asked for."""
    try:
        found = list_notes(
            visit.world, visit.brand_id, topic=topic, user_id=visit.me.user.user_id,
            reveal=is_open,
        )  # fmt: skip
    except (Unavailable, EngineFailed):
        return {"is_away": True, "notes": (), "is_open": is_open}
    except NotFound:
        found = ()
    return {"is_away": False, "notes": found, "is_open": is_open}
