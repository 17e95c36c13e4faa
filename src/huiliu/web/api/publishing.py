"""Publishing for servers: the question about people in flight, versions, going back, folders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from huiliu.journeys.carrying import InFlight
from huiliu.kernel.documents import load
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import Text, render, text
from huiliu.kernel.times import show_instant
from huiliu.services.apply_folder import apply_folder
from huiliu.services.in_flight import ask_in_flight
from huiliu.services.journey_versions import journey_source, journey_versions
from huiliu.services.plan_folder import EVERY, FolderPlan, plan_folder
from huiliu.services.publish import publish, roll_back
from huiliu.services.read_folder import FolderFile
from huiliu.services.read_offers import KINDS
from huiliu.services.store_documents import Published
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]

_LARGEST: Final = 16 * 1024 * 1024


def _publish(call: Call) -> object:
    """Publish a journey; `expects` is the version that its author began with."""
    done = publish(
        call.world, call.brand_id, call.word("source"), call.by, _plan(call.body),
        expects=_number(call.body, "expects"), kind="journey",
    )  # fmt: skip
    return _told(done)


def _ask(call: Call) -> object:
    """Return what publishing a journey would mean, in words and in people."""
    way = _plan({**call.body, "in_flight": "migrate"})
    asked = ask_in_flight(call.world, call.brand_id, call.word("source"), way)
    return {
        "slug": asked.slug,
        "version": asked.version,
        "changes": [
            {"path": one.path, "what": one.what, "node": one.node or None,
             "words": render(one.sentence(), "en")}
            for one in asked.changes
        ],
        "in_flight": asked.plain(_english),
    }  # fmt: skip


def _versions(call: Call) -> object:
    """Return every version of a journey, newest first."""
    slug = call.path("slug")
    return {
        "versions": [
            {"version": one.version, "published_at": show_instant(one.at), "by": one.by,
             "in_flight": one.n_in_flight, "way": one.way, "state": one.state}
            for one in journey_versions(call.world, call.brand_id, slug)
        ]
    }  # fmt: skip


def _version(call: Call) -> object:
    """Return the source of one version of a journey."""
    slug, number = call.path("slug"), call.path("version")
    version = int(number) if number.isdigit() else -1
    return {
        "slug": slug, "version": version,
        "source": journey_source(call.world, call.brand_id, slug, version),
    }  # fmt: skip


def _roll_back(call: Call) -> object:
    """Make an earlier version of a journey the newest again."""
    named = ("journey", call.path("slug"))
    version = _number(call.body, "version") or 0
    done = roll_back(call.world, call.brand_id, named, call.by, version, _plan(call.body))
    return _told(done)


def _export(call: Call) -> object:
    """Return every document in use with its canonical source."""
    with call.world.store.transaction(call.brand_id) as tx:
        found = [
            one
            for kind in KINDS
            for one in tx.documents.all(call.brand_id, kind)
            if one.state != "archived"
        ]
    return {
        "documents": [
            {"kind": one.kind, "slug": one.slug, "version": one.version,
             "file": f"{one.kind}s/{one.slug}.yaml", "source": one.source}
            for one in found
        ]
    }  # fmt: skip


def _plan_documents(call: Call) -> object:
    """Return what applying documents would change; nothing is written."""
    found = plan_folder(call.world, call.brand_id, _files(call), _ways(call))
    return _planned(found)


def _apply_documents(call: Call) -> object:
    """Make documents live, all or none."""
    files, ways = _files(call), _ways(call)
    plan = plan_folder(call.world, call.brand_id, files, ways)
    done = apply_folder(call.world, call.brand_id, files, plan, call.by, ways)
    return {"documents": [_told(one) | {"kind": one.kind} for one in done]}


def _planned(found: FolderPlan) -> Mapping[str, object]:
    """Return a plan as data."""
    return {
        "changed": bool(found.changed),
        "documents": [
            {
                "kind": one.kind, "slug": one.slug, "file": one.file, "state": one.state,
                "version": one.version,
                "changes": [
                    {"path": change.path, "what": change.what,
                     "words": render(change.sentence(), "en")}
                    for change in one.changes
                ],
                "in_flight": one.in_flight.plain(_english) if one.in_flight is not None else None,
                "members": {"before": one.members.n_before, "after": one.members.n_after,
                            "entering": one.members.n_entering, "leaving": one.members.n_leaving}
                if one.members is not None else None,
            }
            for one in found.documents
        ],
        "only_here": [{"kind": kind, "slug": slug} for kind, slug in found.only_here],
    }  # fmt: skip


def _english(said: Text) -> str:
    """Return a sentence for servers."""
    return render(said, "en")


def _told(done: Published) -> dict[str, object]:
    """Return what went live as data."""
    told: dict[str, object] = {"slug": done.slug, "version": done.version, "is_new": done.is_new}
    if done.n_in_flight:
        told["in_flight"] = {"n": done.n_in_flight, "way": done.in_flight}
    return told


def _plan(body: Mapping[str, Any]) -> InFlight:
    """Return what is to become of the people in flight.

    Raises:
        BadInput: it is not written as it should be.
    """
    way, moves, restart = (
        body.get("in_flight", "pin"),
        body.get("moves", {}),
        body.get("restart", []),
    )
    fits = (
        isinstance(way, str)
        and isinstance(moves, dict)
        and all(isinstance(to, str) for to in moves.values())
        and isinstance(restart, list)
        and all(isinstance(node, str) for node in restart)
    )
    if not fits:
        raise BadInput((Problem("in_flight", text("api.bad_in_flight")),))
    return InFlight(way, moves, frozenset(restart))


def _ways(call: Call) -> Mapping[str, InFlight]:
    """Return journey -> what is to become of the people in it."""
    way, maps = call.body.get("in_flight", "pin"), call.body.get("maps", {})
    if not isinstance(maps, dict) or not all(isinstance(one, dict) for one in maps.values()):
        raise BadInput((Problem("maps", text("api.bad_in_flight")),))
    found = {slug: _plan({**one, "in_flight": way}) for slug, one in maps.items()}
    return {EVERY: _plan({"in_flight": way}), **found}


def _files(call: Call) -> list[FolderFile]:
    """Return the documents in the body."""
    listed = call.body.get("files")
    if not isinstance(listed, list) or not all(
        isinstance(one, dict)
        and isinstance(one.get("source"), str)
        and isinstance(one.get("file", ""), str)
        for one in listed
    ):
        raise BadInput((Problem("files", text("api.bad_files")),))
    found = []
    for nth, one in enumerate(listed):
        tree = load(one["source"]).tree
        name = one.get("file") or f"files[{nth}]"
        kind, slug = tree.get("kind"), tree.get("slug")
        found.append(FolderFile(name, one["source"].encode(), str(kind or ""), str(slug or "")))
    return found


def _number(body: Mapping[str, Any], name: str) -> int | None:
    """Return a whole number of the body; None where it is not written."""
    found = body.get(name)
    if found is None:
        return None
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise BadInput((Problem(name, text("api.not_a_number")),))
    return found


routes: Final = [
    route("PUT", "/v1/journeys", _publish),
    route("POST", "/v1/journeys/question", _ask),
    route("GET", "/v1/journeys/{slug}/versions", _versions),
    route("GET", "/v1/journeys/{slug}/versions/{version}", _version),
    route("POST", "/v1/journeys/{slug}/rollback", _roll_back),
    route("GET", "/v1/documents", _export),
    route("PUT", "/v1/documents", _apply_documents, _LARGEST),
    route("POST", "/v1/documents/plan", _plan_documents, _LARGEST),
]
