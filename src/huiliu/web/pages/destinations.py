"""Where facts go besides: set up, tried, watched, paused, sent again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response, StreamingResponse

from huiliu.forwarding.destination import SENDS, Destination
from huiliu.forwarding.fields import KINDS
from huiliu.forwarding.formats import FORMATS
from huiliu.kernel.errors import BadInput, Conflict
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant, show_instant
from huiliu.services.crm_contacts import import_contacts
from huiliu.services.destinations import (
    destinations,
    discard_dead,
    pause_destination,
    read_file,
    remove_destination,
    replay_destination,
    resume_destination,
    retry_dead,
    save_destination,
    show_destination,
    try_destination,
)
from huiliu.services.list_actions import record_action
from huiliu.web.doors import Visit
from huiliu.web.rendering import go, page

__all__ = [
    "LARGEST_FILE",
    "contacts",
    "discard",
    "download",
    "pause",
    "remove",
    "replay",
    "resume",
    "retry",
    "save",
    "show",
    "show_editor",
    "show_list",
    "show_new",
    "try_it",
]

LARGEST_FILE: Final = 20 * 1024 * 1024
_MOST_BAD: Final = 50
#: What a new form begins with.
_EXAMPLE: Final = "external_id = identifier:user_id\nemail = trait:email\nphone = trait:phone"
_BEGINS: Final = ("now", "start")


def show_list(visit: Visit) -> Response:
    """Show every destination and how it fares."""
    found = destinations(visit.world, visit.brand_id)
    return page(visit, "pages/destinations.html", section="destinations", found=found)


def show(visit: Visit) -> Response:
    """Show one destination: how it fares, what waits, what was given up."""
    return _one(visit)


def show_new(visit: Visit) -> Response:
    """Show the form of a new destination."""
    typed = {
        "format": visit.ask("format", "webhook"), "fields": _EXAMPLE, "events": "*",
        "every": "1d", "give_up_after": "3d", "from": "now",
        **{f"sends.{one}": "1" for one in SENDS},
    }  # fmt: skip
    return _form(visit, typed, is_new=True)


def show_editor(visit: Visit) -> Response:
    """Show the form with a destination's settings; its secrets stay where they are."""
    found = show_destination(visit.world, visit.brand_id, visit.path("destination"))
    return _form(visit, _typed(found.row.settings), is_new=False)


def save(visit: Visit) -> Response:
    """Store a destination, or say what is wrong; a new secret is shown once."""
    form, is_new = visit.form, visit.form.get("is_new") == "1"
    given, begin = _given(form), form.get("from", "now")
    try:
        made = save_destination(
            visit.world, visit.brand_id, given, user_id=visit.me.user.user_id,
            begin=begin if begin in _BEGINS else "now", is_new=is_new,
        )  # fmt: skip
    except BadInput as fault:
        problems = [(p.path, p.text, p.line) for p in fault.problems]
        return _form(visit, form, is_new=is_new, status=422, problems=problems)
    except Conflict:
        taken = [("name", text("console.destinations.taken"), 0)]
        return _form(visit, form, is_new=is_new, status=409, problems=taken)
    if made.secret:
        return _one(visit, name=made.row.name, secret=made.secret)
    return go(f"/destinations/{made.row.name}", saved="1")


def try_it(visit: Visit) -> Response:
    """Send a test, and show what the receiver said."""
    name = visit.path("destination")
    done = try_destination(visit.world, visit.brand_id, name)
    _record(visit, "destination_tested", name)
    return _one(visit, tried=done)


def pause(visit: Visit) -> Response:
    """Send nothing until it is resumed."""
    pause_destination(visit.world, visit.brand_id, visit.path("destination"), _user(visit))
    return _back(visit)


def resume(visit: Visit) -> Response:
    """Go on where it stands."""
    resume_destination(visit.world, visit.brand_id, visit.path("destination"), _user(visit))
    return _back(visit)


def replay(visit: Visit) -> Response:
    """Send again from a point on."""
    name, begin = visit.path("destination"), visit.form.get("from", "").strip()
    if begin != "start":
        # A browser's date and time are of the brand's zone.
        instant = as_instant(begin, visit.world.zone)
        begin = "" if instant is None else show_instant(instant)
    try:
        replay_destination(visit.world, visit.brand_id, name, begin, _user(visit))
    except BadInput as fault:
        return _one(visit, 422, problems=[(p.path, p.text, p.line) for p in fault.problems])
    return _back(visit, replayed="1")


def retry(visit: Visit) -> Response:
    """Let what was given up wait again."""
    n_done = retry_dead(visit.world, visit.brand_id, visit.path("destination"), _user(visit))
    return _back(visit, retried=n_done)


def discard(visit: Visit) -> Response:
    """Forget what was given up."""
    n_done = discard_dead(visit.world, visit.brand_id, visit.path("destination"), _user(visit))
    return _back(visit, discarded=n_done)


def remove(visit: Visit) -> Response:
    """Forget a destination with all that waits for it."""
    remove_destination(visit.world, visit.brand_id, visit.path("destination"), _user(visit))
    return go("/destinations")


def download(visit: Visit) -> Response:
    """Send one file of a destination."""
    name, file = visit.path("destination"), visit.path("file")
    pieces = read_file(visit.world, visit.brand_id, name, file, _user(visit))
    return StreamingResponse(
        pieces,
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{file}"'},
    )


def contacts(visit: Visit) -> Response:
    """Take in a file of contacts by the destination's map."""
    name = visit.path("destination")
    try:
        done = import_contacts(visit.world, visit.brand_id, name, visit.files.get("file", b""))
    except BadInput as fault:
        return _one(visit, 422, problems=[(p.path, p.text, p.line) for p in fault.problems])
    _record(visit, "contacts_imported", name)
    return _one(visit, taken=done)


def _one(visit: Visit, status: int = 200, *, name: str = "", **facts: Any) -> Response:
    """Show one destination with what was just done."""
    found = show_destination(visit.world, visit.brand_id, name or visit.path("destination"))
    told = {one: visit.ask(one) for one in ("saved", "replayed", "retried", "discarded")}
    shown = {"secret": "", "tried": None, "taken": None, "problems": ()}
    return page(
        visit, "pages/destination.html", status, section="destinations", found=found,
        settings=found.settings, did=told, most=_MOST_BAD,
        inbound=f"{visit.world.public_url.rstrip('/')}/v1/crm/{found.row.name}/contacts",
        **(shown | facts),
    )  # fmt: skip


def _form(
    visit: Visit, typed: Mapping[str, str], *, is_new: bool, status: int = 200, problems: Any = ()
) -> Response:
    """Show the form with what was typed so far."""
    with visit.world.store.transaction(visit.brand_id) as tx:
        segments = sorted(
            one.slug for one in tx.documents.all(visit.brand_id, "segment") if one.state == "live"
        )
        tags = sorted(
            one.slug for one in tx.documents.all(visit.brand_id, "tag") if one.state == "live"
        )
    return page(
        visit, "pages/destination_edit.html", status, section="destinations", typed=typed,
        is_new=is_new, problems=problems, formats=list(FORMATS), sends=SENDS, segments=segments,
        tags=tags, kinds=list(KINDS.values()), begins=_BEGINS,
    )  # fmt: skip


def _typed(settings: Destination) -> dict[str, str]:
    """Return settings as the form's fields hold them."""
    return {
        "name": settings.name,
        "format": settings.format,
        "url": settings.url,
        "fields": _as_lines(settings.fields),
        "properties": _as_lines(settings.properties),
        "events": "\n".join(settings.events),
        "tags": ", ".join(settings.tags),
        "segment": settings.segment,
        "historical": "1" if settings.historical else "",
        "every": settings.every,
        "give_up_after": settings.give_up_after,
        **{f"sends.{one}": "1" for one in settings.sends},
    }


def _given(form: Mapping[str, str]) -> dict[str, Any]:
    """Return settings as the form says them."""
    given: dict[str, Any] = {
        name: form.get(name, "").strip()
        for name in ("name", "format", "url", "secret", "segment", "every", "give_up_after")
    }
    given["sends"] = [one for one in SENDS if form.get(f"sends.{one}")]
    given["events"] = [one.strip() for one in form.get("events", "").splitlines() if one.strip()]
    given["tags"] = [one for one in form.get("tags", "").replace(",", " ").split() if one]
    given["fields"] = _lines(form.get("fields", ""))
    given["properties"] = _lines(form.get("properties", ""))
    given["historical"] = form.get("historical") == "1"
    if given["format"] == "csv":
        given["url"] = ""
    return given


def _lines(written: str) -> dict[str, str]:
    """Return `theirs = ours` lines as a map; a line without `=` is kept, to be refused by name."""
    found = {}
    for line in written.splitlines():
        theirs, _, ours = line.partition("=")
        if line.strip():
            found[theirs.strip()] = ours.strip()
    return found


def _as_lines(fields: Mapping[str, str]) -> str:
    """Return a map as lines."""
    return "\n".join(f"{theirs} = {ours}" for theirs, ours in fields.items())


def _back(visit: Visit, **told: object) -> Response:
    """Go back to the destination."""
    return go(f"/destinations/{visit.path('destination')}", **told)


def _user(visit: Visit) -> int:
    """Return who does it."""
    return visit.me.user.user_id


def _record(visit: Visit, what: str, subject: str) -> None:
    """Write down what a user did."""
    record_action(visit.world, visit.brand_id, _user(visit), what, subject)
