"""Forms and interviews for servers: what the console's pages of them do, behind a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import parse_profile_id, show_profile_id
from huiliu.kernel.texts import text
from huiliu.services.form_data import notes_json, results_json, words_json
from huiliu.services.form_results import form_results, words
from huiliu.services.forms import form_url, list_forms, open_form, personal_url, remove_form
from huiliu.services.interviews import Heard, Note, list_notes, note_interview
from huiliu.services.publish import publish
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import read_number

__all__ = ["routes"]

_MOST_DAYS: Final = 3_650
_NOBODY: Final = 0


def _forms(call: Call) -> object:
    """Return every form in use."""
    return {
        "forms": [
            {
                "slug": one.slug,
                "name": dict(one.name),
                "use": one.use,
                "version": one.version,
                "seen": one.n_seen,
                "taken": one.n_taken,
                "page": one.has_page,
            }
            for one in list_forms(call.world, call.brand_id)
        ]
    }


def _form(call: Call) -> object:
    """Return one form: where it is, and its document."""
    opened = open_form(call.world, call.brand_id, call.path("form"))
    return {
        "slug": opened.form.slug,
        "version": opened.version,
        "url": form_url(call.world, call.brand_id, opened.form),
        "source": opened.form.source,
    }


def _publish(call: Call) -> object:
    """Make a form live; `expects` is the version that its author began with."""
    expects = call.body.get("expects")
    done = publish(
        call.world, call.brand_id, call.word("source"), call.by, kind="form",
        expects=expects if isinstance(expects, int) else None,
    )  # fmt: skip
    return {"slug": done.slug, "version": done.version, "new": done.is_new}


def _remove(call: Call) -> object:
    """Take a form out of use."""
    remove_form(call.world, call.brand_id, call.path("form"))
    return {"slug": call.path("form"), "removed": True}


def _results(call: Call) -> object:
    """Return what a form brought."""
    days = min(read_number(call.ask("days")) or 30, _MOST_DAYS)
    return results_json(form_results(call.world, call.brand_id, call.path("form"), days))


def _words(call: Call) -> object:
    """Return people's own words; that they were read is written down."""
    found = words(call.world, call.brand_id, call.path("form"), _NOBODY)
    return {"words": words_json(found)}


def _link(call: Call) -> object:
    """Return a link by which a form knows a person."""
    slug, profile = call.path("form"), _profile(call.word("profile_id"))
    return {"slug": slug, "url": personal_url(call.world, call.brand_id, slug, profile)}


def _notes(call: Call) -> object:
    """Return the latest notes of interviews; their words stay in the vault."""
    return {"notes": notes_json(_listed(call, reveal=False))}


def _read_notes(call: Call) -> object:
    """Return the same with their words; that they were read is written down."""
    return {"notes": notes_json(_listed(call, reveal=True))}


def _note(call: Call) -> object:
    """Keep a note of an interview."""
    profile = _profile(call.word("profile_id"))
    score = call.body.get("score", 0)
    if not isinstance(score, int) or isinstance(score, bool):
        raise BadInput((Problem("score", text("forms.want_number", least=1, most=5)),))
    said = str(call.body.get("words") or "")
    mood = str(call.body.get("mood") or "")
    noted = Note(call.word("topic"), said, mood, score)
    note_interview(call.world, call.brand_id, profile, noted, f"key:{call.key.key_id}")
    return {"profile_id": show_profile_id(profile), "topic": noted.topic}


def _listed(call: Call, *, reveal: bool) -> Sequence[Heard]:
    """Return notes of a topic or person."""
    person = call.ask("profile_id")
    return list_notes(
        call.world, call.brand_id, topic=call.ask("topic"),
        profile_id=_profile(person) if person else 0, user_id=_NOBODY, reveal=reveal,
    )  # fmt: skip


def _profile(written: str) -> int:
    """Return the profile of an id; raise NotFound."""
    found = parse_profile_id(written)
    if found is None:
        raise NotFound("profile", written[:80])
    return found


routes: Final = [
    route("GET", "/v1/forms", _forms),
    route("GET", "/v1/forms/{form}", _form),
    route("POST", "/v1/forms", _publish),
    route("DELETE", "/v1/forms/{form}", _remove),
    route("GET", "/v1/forms/{form}/results", _results),
    route("POST", "/v1/forms/{form}/words", _words),
    route("POST", "/v1/forms/{form}/link", _link),
    route("GET", "/v1/interviews", _notes),
    route("POST", "/v1/interviews", _note),
    route("POST", "/v1/interviews/words", _read_notes),
]
