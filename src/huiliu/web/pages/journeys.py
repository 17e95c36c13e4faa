"""Journeys: the list, the picture with what became of the runs, pausing and new versions."""

from __future__ import annotations

import re
from typing import Any, Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput
from huiliu.services.apply_journey import apply_journey, set_journey_state
from huiliu.services.draw_journey import ENTRY, Drawing, draw_journey, list_journeys
from huiliu.services.list_actions import record_action
from huiliu.web.doors import Visit
from huiliu.web.i18n import event_word, say, translate
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page

__all__ = ["change", "pause", "resume", "show", "show_editor", "show_list"]

#: What stands in the editor of a new journey.
_DRAFT: Final = """\
huiliu: 1
kind: journey
slug: my-journey
name:
  zh-CN: 我的旅程
  en: My journey
entry:
  event: Order Created
  key: order_id
exit_when:
  - event: Order Paid
start: wait
nodes:
  wait:
    type: wait
    for: 1h
    next: send
  send:
    type: send
    template: unpaid-reminder
    next: done
  done:
    type: exit
"""


def show_list(visit: Visit) -> Response:
    """Show every journey with how its runs stand."""
    rows = list_journeys(visit.world, visit.brand_id)
    return page(visit, "pages/journeys.html", section="journeys", rows=rows)


def show(visit: Visit) -> Response:
    """Show one journey as a picture."""
    version = read_number(visit.ask("version"))
    found = draw_journey(visit.world, visit.brand_id, visit.path("slug"), version)
    return page(
        visit, "pages/journey.html", section="journeys", found=found,
        picture=_picture(visit, found), waiting=sum(node.n_waiting for node in found.nodes),
    )  # fmt: skip


def pause(visit: Visit) -> Response:
    """Let a journey stand still."""
    return _set(visit, "paused", "journey_paused")


def resume(visit: Visit) -> Response:
    """Let a journey run again."""
    return _set(visit, "live", "journey_resumed")


def show_editor(visit: Visit) -> Response:
    """Show the YAML of a journey, or of a first draft."""
    slug = visit.ask("slug")
    source = _DRAFT
    if slug:
        source = draw_journey(visit.world, visit.brand_id, slug).document.source
    return page(
        visit, "pages/journey_edit.html", section="journeys", slug=slug, source=source,
        problems=(),
    )  # fmt: skip


def change(visit: Visit) -> Response:
    """Store a new version of a journey, or say all that keeps it from running."""
    source = visit.form.get("source", "").replace("\r\n", "\n")
    try:
        made = apply_journey(visit.world, visit.brand_id, source, visit.me.user.email)
    except BadInput as fault:
        problems = [(p.path, p.text, p.line) for p in fault.problems]
        return page(
            visit, "pages/journey_edit.html", 422, section="journeys", problems=problems,
            slug=visit.form.get("slug", ""), source=source,
        )  # fmt: skip
    _note(visit, "journey_applied", made.document.slug)
    return go(f"/journeys/{made.document.slug}")


def _set(visit: Visit, state: str, what: str) -> Response:
    """Set the state of a journey and write down who did."""
    slug = visit.path("slug")
    set_journey_state(visit.world, visit.brand_id, slug, state)
    _note(visit, what, slug)
    return go(f"/journeys/{slug}")


def _note(visit: Visit, what: str, slug: str) -> None:
    """Write down what the visitor did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, slug)


def _picture(visit: Visit, found: Drawing) -> dict[str, Any]:
    """Return the graph as the canvas reads it: words in the reader's language."""
    locale = visit.locale
    nodes = []
    for node in found.nodes:
        words = say(locale, node.words)
        if node.type == "wait":
            words = _duration(locale, words)
        if node.name == ENTRY:
            words = event_word(locale, words)
        nodes.append(
            {
                "id": node.name,
                "type": node.type,
                "title": say(locale, node.title),
                "name": "" if node.name == ENTRY else node.name,
                "words": words,
                "note": node.note,
                "entered": node.n_entered,
                "waiting": node.n_waiting,
                "passed": node.n_passed,
                "left": node.n_left,
                "to": _leads(found.document.slug, node.type, node.name),
            }
        )
    ways = [
        {"begin": way.begin, "end": way.end, "nth": way.nth, "label": say(locale, way.label)}
        for way in found.ways
    ]
    return {"nodes": nodes, "ways": ways}


def _leads(slug: str, type_: str, name: str) -> str:
    """Return where a node's numbers are opened: a sending node's messages."""
    return f"/messages?journey={slug}&node={name}" if type_ == "send" else ""


def _duration(locale: str, written: str) -> str:
    """Return `1d12h` as a reader says it."""
    units = {"w": "week", "d": "day", "h": "hour", "m": "minute", "s": "second"}
    parts = re.findall(r"(\d+)(ms|[wdhms])", written)
    said = [
        translate(locale, f"console.time.{units.get(unit, 'millisecond')}", n=number)
        for number, unit in parts
    ]
    return " ".join(said) or written
