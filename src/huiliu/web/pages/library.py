"""Ready journeys: what each does, as it would be read, switched on or taken to the canvas."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import Any

from starlette.responses import Response

from huiliu.journeys.shipped import library
from huiliu.kernel.errors import BadInput, Conflict
from huiliu.kernel.texts import LOCALES
from huiliu.kernel.times import as_duration
from huiliu.services.draft_journey import draft_journey
from huiliu.services.journey_drafts import my_drafts
from huiliu.services.journey_library import apply_library
from huiliu.services.journey_shelf import copy_from_library, preview_pack, read_pack, show_shelf
from huiliu.services.list_actions import record_action
from huiliu.services.list_vocabulary import list_vocabulary
from huiliu.web.builder import offer
from huiliu.web.canvas import describe_canvas, tell_journey_draft
from huiliu.web.doors import Visit
from huiliu.web.i18n import show_duration, translate
from huiliu.web.rendering import go, page

__all__ = ["copy", "show", "show_list", "switch_on"]


def show_list(visit: Visit) -> Response:
    """Show every ready journey, stage by stage."""
    return _shelf(visit)


def show(visit: Visit) -> Response:
    """Show one ready journey: its picture, its messages in both languages and its cases."""
    slug = visit.path("slug")
    found = preview_pack(visit.world, visit.brand_id, slug)
    draft = draft_journey(visit.world, visit.brand_id, read_pack(slug).documents["journey", slug])
    data: dict[str, Any] = {
        "language": describe_canvas(visit.locale),
        "words": offer(list_vocabulary(visit.world, visit.brand_id), visit.locale),
        "start": tell_journey_draft(draft, visit.locale) | {"positions": {}},
    }
    # The reader's own language first.
    locales = sorted(LOCALES, key=lambda one: one != visit.locale)
    return page(
        visit, "pages/library_journey.html", section="journeys", one=found.shown, found=found,
        data=data, locales=locales, drafts=_drafts(visit), moment=partial(_moment, visit.locale),
    )  # fmt: skip


def switch_on(visit: Visit) -> Response:
    """Publish a ready journey with all that it needs; what the brand has already stays."""
    slug = read_pack(visit.path("slug")).slug
    try:
        done = apply_library(visit.world, visit.brand_id, [slug], visit.me.user.email)
    except BadInput as fault:
        problems = [(one.path, one.text, one.line) for one in fault.problems]
        return _shelf(visit, problems, 422)
    if any((one.kind, one.slug) == ("journey", slug) for one in done):
        _note(visit, "journey_applied", slug)
    return go("/journeys/library", on=slug)


def copy(visit: Visit) -> Response:
    """Take a ready journey to the canvas; a draft of it that the visitor has is gone on with."""
    slug = visit.path("slug")
    owner = f"user:{visit.me.user.user_id}"
    try:
        copy_from_library(visit.world, visit.brand_id, slug, owner, visit.me.user.email)
    except Conflict:
        return go("/journeys/edit", slug=slug)
    _note(visit, "journey_copied", slug)
    return go("/journeys/edit", slug=slug)


def _shelf(visit: Visit, problems: object = (), status: int = 200) -> Response:
    """Show the shelves."""
    rows = show_shelf(visit.world, visit.brand_id)
    stages = [(stage, list(some)) for stage, some in groupby(rows, lambda row: row.stage)]
    on = visit.ask("on")
    return page(
        visit, "pages/library.html", status, section="journeys", stages=stages, problems=problems,
        on=library()[on].journey if on in library() else None, drafts=_drafts(visit),
        n_on=sum(bool(row.offered.state) for row in rows), n_all=len(rows),
        moment=partial(_moment, visit.locale),
    )  # fmt: skip


def _moment(locale: str, waits: list[dict[str, Any]]) -> str:
    """Return in words when the first message goes out."""
    said = []
    for one in waits:
        if "for" in one:
            length = as_duration(one["for"])
            assert length is not None  # It was read when the journey was.
            words = show_duration(locale, int(length))
            said.append(translate(locale, "console.shelf.after", length=words))
        elif "days" in one:
            name = next(iter(one["days"].values()))
            said.append(translate(locale, "console.shelf.days_of", name=name))
        elif "until" in one:
            name = next(iter(one["until"].values()))
            said.append(translate(locale, "console.shelf.until", name=name))
        elif "window" in one:
            window = one["window"]
            key = "console.shelf.workdays" if window.get("workdays") else "console.shelf.hours"
            said.append(translate(locale, key, start=window["from"], end=window["to"]))
    return translate(locale, "console.shelf.comma").join(said) or translate(
        locale, "console.shelf.at_once"
    )


def _drafts(visit: Visit) -> set[str]:
    """Return of which journeys the visitor has a draft."""
    if not visit.may("journeys.write"):
        return set()
    owner = f"user:{visit.me.user.user_id}"
    return {one.draft for one in my_drafts(visit.world, visit.brand_id, owner)}


def _note(visit: Visit, what: str, subject: str) -> None:
    """Write down what the visitor did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, subject)
