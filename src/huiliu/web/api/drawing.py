"""What the canvas does, for servers: drafts, comments, counts, and the people at a node."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import is_slug, show_id, show_profile_id
from huiliu.kernel.texts import render, text
from huiliu.kernel.times import show_instant
from huiliu.ports.drafts import JourneyComment, StoredDraft
from huiliu.services.comment_journey import add_comment, comments_on, resolve_comment
from huiliu.services.compare_journeys import compare_versions
from huiliu.services.count_journey import count_journey, people_at_node
from huiliu.services.draft_journey import JourneyDraft, draft_journey, draft_journey_tree
from huiliu.services.journey_drafts import discard_draft, my_drafts, open_draft, save_draft
from huiliu.services.test_journey import try_stored
from huiliu.web.api.calls import Call, route
from huiliu.web.canvas import describe_canvas, tell_counts
from huiliu.web.paging import read_number

__all__ = ["routes"]


def _describe(call: Call) -> object:
    """Return every node type, way in and operator with its form."""
    del call
    return describe_canvas("en")


def _check(call: Call) -> object:
    """Return a draft's YAML, tree and problems; it is sent as either of them."""
    found = _given(call)
    return {
        "source": found.source,
        "tree": found.tree,
        "sentences": {path: render(said, "en") for path, said in found.sentences.items()},
        "problems": [
            {"path": one.path, "message": render(one.text, "en"), "line": one.line or None}
            for one in found.problems
        ],
    }


def _drafts(call: Call) -> object:
    """Return the drafts that this key keeps."""
    return {
        "drafts": [
            {"draft": one.draft, "name": one.name, "saved_at": show_instant(one.saved_at)}
            for one in my_drafts(call.world, call.brand_id, _owner(call))
        ]
    }


def _draft(call: Call) -> object:
    """Return a draft of this key, begun from what is published where it has none."""
    found = open_draft(call.world, call.brand_id, _owner(call), _slug(call, "draft"))
    return {
        "draft": found.draft,
        "source": found.source,
        "positions": found.positions,
        "revision": found.revision,
        "base_version": found.base_version,
        "published_version": found.published.version if found.published else None,
    }


def _save(call: Call) -> object:
    """Keep a draft of this key over the revision that it names."""
    saved = save_draft(
        call.world,
        StoredDraft(
            call.brand_id, _owner(call), _slug(call, "draft"), call.word("source"),
            _whole(call, "base_version"), json.dumps(call.body.get("positions", {})), 0,
            _whole(call, "revision"),
        ),
    )  # fmt: skip
    return {"draft": saved.draft, "revision": saved.revision}


def _discard(call: Call) -> object:
    """Forget a draft of this key."""
    draft = _slug(call, "draft")
    discard_draft(call.world, call.brand_id, _owner(call), draft)
    return {"draft": draft, "discarded": True}


def _comments(call: Call) -> object:
    """Return the comments on a journey, oldest first."""
    found = comments_on(call.world, call.brand_id, call.path("slug"))
    return {"comments": [_told(one) for one in found]}


def _comment(call: Call) -> object:
    """Write a comment on a node, or on the journey."""
    node = call.word("node") if "node" in call.body else ""
    slug = _slug(call, "slug")
    made = add_comment(call.world, call.brand_id, slug, node, call.word("words"), call.by)
    return _told(made)


def _resolve(call: Call) -> object:
    """Settle a comment, or open it again."""
    number = read_number(call.path("comment"))
    if number is None:
        raise NotFound("comment", call.path("comment"))
    settled = call.body.get("settled", True) is True
    return _told(resolve_comment(call.world, call.brand_id, number, call.by, settled=settled))


def _counts(call: Call) -> object:
    """Return what became of the runs at each node, of one version or all."""
    version = read_number(call.ask("version")) or 0
    return tell_counts(count_journey(call.world, call.brand_id, call.path("slug"), version))


def _people(call: Call) -> object:
    """Return who waits at a node now, a page at a time."""
    try:
        after = bytes.fromhex(call.ask("after"))
    except ValueError as fault:
        raise NotFound("run", call.ask("after")) from fault
    found = people_at_node(call.world, call.brand_id, call.path("slug"), call.ask("node"), after)
    return {
        "people": [
            {
                "profile_id": show_profile_id(one.profile_id),
                "run_id": show_id(one.run_id),
                "version": one.version,
                "key": one.key,
                "entered_at": show_instant(one.entered_at),
            }
            for one in found.rows
        ],
        "next": found.next.hex() if found.next else None,
    }


def _diff(call: Call) -> object:
    """Return what a version says differently from another."""
    old, new = (read_number(call.ask(name)) for name in ("old", "new"))
    if old is None or new is None:
        raise BadInput((Problem("old, new", text("api.not_a_number")),))
    changes = compare_versions(call.world, call.brand_id, call.path("slug"), old, new)
    return {
        "changes": [
            {"path": one.path, "what": one.what, "words": render(one.sentence(), "en")}
            for one in changes
        ]
    }


def _try_cases(call: Call) -> object:
    """Return what becomes of a journey's stored cases if it were as its source says."""
    found = try_stored(call.world, call.brand_id, call.word("source"))
    if found is None:
        return {"cases": [], "ok": True, "coverage": None}
    return {
        "ok": found.ok,
        "coverage": round(found.coverage, 4),
        "missing_nodes": found.missing_nodes,
        "cases": [
            {
                "name": one.case.name,
                "suite": one.suite,
                "ok": one.ok,
                "failures": [render(each.text, "en") for each in one.failures],
            }
            for one in found.results
        ],
    }


def _given(call: Call) -> JourneyDraft:
    """Return the draft in the body."""
    tree = call.body.get("tree")
    if isinstance(tree, dict):
        mapping = cast("Mapping[str, Value]", tree)
        return draft_journey_tree(call.world, call.brand_id, mapping)
    return draft_journey(call.world, call.brand_id, call.word("source"))


def _told(one: JourneyComment) -> dict[str, Any]:
    """Return a comment as data."""
    return {
        "comment": one.comment_id,
        "node": one.node,
        "author": one.author,
        "at": show_instant(one.at),
        "words": one.words,
        "resolved_at": show_instant(one.resolved_at) if one.resolved_at else None,
        "resolved_by": one.resolved_by or None,
    }


def _whole(call: Call, name: str) -> int:
    """Return a whole number of the body; 0 where none is given.

    Raises:
        BadInput: it is something else.
    """
    found = call.body.get(name, 0)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise BadInput((Problem(name, text("api.not_a_number")),))
    return found


def _slug(call: Call, name: str) -> str:
    """Return the journey or draft that the address names; raise NotFound."""
    found = call.path(name)
    if not is_slug(found):
        raise NotFound("draft", found)
    return found


def _owner(call: Call) -> str:
    """Return whose drafts a key works on: its own."""
    return f"key:{call.key.key_id}"


routes: Final = [
    route("GET", "/v1/journeys/forms", _describe),
    route("POST", "/v1/journeys/check", _check),
    route("POST", "/v1/journeys/tests", _try_cases),
    route("GET", "/v1/journeys/drafts", _drafts),
    route("GET", "/v1/journeys/drafts/{draft}", _draft),
    route("PUT", "/v1/journeys/drafts/{draft}", _save),
    route("DELETE", "/v1/journeys/drafts/{draft}", _discard),
    route("PUT", "/v1/journeys/comments/{comment}", _resolve),
    route("GET", "/v1/journeys/{slug}/comments", _comments),
    route("POST", "/v1/journeys/{slug}/comments", _comment),
    route("GET", "/v1/journeys/{slug}/counts", _counts),
    route("GET", "/v1/journeys/{slug}/people", _people),
    route("GET", "/v1/journeys/{slug}/diff", _diff),
]
