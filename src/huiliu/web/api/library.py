"""Ready journeys for servers: looked through, switched on, begun as a draft."""

from __future__ import annotations

from typing import Any, Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import render, text
from huiliu.services.journey_library import apply_library
from huiliu.services.journey_shelf import OnShelf, copy_from_library, preview_pack, show_shelf
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]


def _list(call: Call) -> object:
    """Return every ready journey, stage by stage."""
    return {"journeys": [_told(one) for one in show_shelf(call.world, call.brand_id)]}


def _show(call: Call) -> object:
    """Return one with its messages as an invented person would get them, and its cases."""
    found = preview_pack(call.world, call.brand_id, call.path("slug"))
    return _told(found.shown) | {
        "previews": [
            {"template": one.template, "locales": {
                locale: dict(shown.parts) for locale, shown in read.items()
            }}
            for one, read in found.messages
        ],
        "cases": [
            {"name": one.case.name, "ok": one.ok} for one in found.tested.results
        ],
    }  # fmt: skip


def _switch_on(call: Call) -> object:
    """Switch ready journeys on; without `journeys` all of them."""
    slugs = call.body.get("journeys", [])
    if not isinstance(slugs, list) or not all(isinstance(one, str) for one in slugs):
        raise BadInput((Problem("journeys", text("api.not_a_text")),))
    done = apply_library(call.world, call.brand_id, slugs, call.by)
    return {
        "documents": [
            {"kind": one.kind, "slug": one.slug, "version": one.version} for one in done
        ]
    }  # fmt: skip


def _copy(call: Call) -> object:
    """Begin a draft of a ready journey for this key."""
    owner = f"key:{call.key.key_id}"
    made = copy_from_library(call.world, call.brand_id, call.path("slug"), owner, call.by)
    return {"draft": made.draft, "revision": made.revision, "base_version": made.base_version}


def _told(one: OnShelf) -> dict[str, Any]:
    """Return a ready journey as data."""
    pack = one.offered.pack
    return {
        "slug": one.slug,
        "name": dict(pack.journey.header.name),
        "note": pack.journey.header.note,
        "stage": one.stage,
        "begins": _say(one.begins),
        "waits": list(one.waits),
        "exits": [_say(said) for said in one.exits],
        "goal": _say(one.goal) if one.goal is not None else None,
        "reasons": list(one.reasons),
        "messages": [
            {"template": each.template, "channel": each.channel, "class": each.message_class}
            for each in one.messages
        ],
        "documents": [{"kind": kind, "slug": slug} for kind, slug in pack.documents],
        "state": one.offered.state or None,
        "version": one.offered.version,
        "is_changed": one.offered.is_changed,
    }


def _say(said: Any) -> str:
    """Return a sentence as servers read it."""
    return said if isinstance(said, str) else render(said, "en")


routes: Final = [
    route("GET", "/v1/journeys/library", _list),
    route("POST", "/v1/journeys/library", _switch_on),
    route("GET", "/v1/journeys/library/{slug}", _show),
    route("POST", "/v1/journeys/library/{slug}/copy", _copy),
]
