"""The journey canvas: a draft is checked and kept while it is drawn, then published."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from huiliu.journeys.carrying import MIGRATE, InFlight
from huiliu.kernel.documents import load
from huiliu.kernel.errors import BadInput, NotFound, Overtaken
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import is_slug
from huiliu.ports.drafts import JourneyComment, StoredDraft
from huiliu.services.comment_journey import add_comment, comments_on, resolve_comment
from huiliu.services.compare_journeys import compare_with
from huiliu.services.draft_journey import JourneyDraft, draft_journey, draft_journey_tree
from huiliu.services.in_flight import ask_in_flight
from huiliu.services.journey_drafts import (
    OpenDraft,
    discard_draft,
    open_draft,
    save_draft,
    settle_draft,
)
from huiliu.services.list_actions import record_action
from huiliu.services.list_vocabulary import list_vocabulary
from huiliu.services.publish import publish
from huiliu.services.test_journey import try_stored
from huiliu.web.builder import offer
from huiliu.web.canvas import describe_canvas, tell_journey_draft
from huiliu.web.doors import Visit
from huiliu.web.i18n import say, show_at
from huiliu.web.paging import read_number
from huiliu.web.plans import read_plan
from huiliu.web.rendering import go, page

__all__ = [
    "add_remark",
    "check",
    "compare",
    "discard",
    "publish_drawn",
    "review",
    "save",
    "settle_remark",
    "show_draft",
    "show_editor",
    "show_new",
    "try_cases",
]

#: What stands on the canvas of a new journey.
_FIRST: Final = """\
huiliu: 1
kind: journey
slug: my-journey
name:
  {locale}: {name}
entry:
  event: Order Created
  key: order_id
start: wait
nodes:
  wait:
    type: wait
    for: 1h
    next: done
  done:
    type: exit
"""
_NAMES: Final = {"zh-CN": "我的旅程", "en": "My journey"}
_NEW: Final = re.compile(r"new-[0-9a-f]{8}")


def show_new(visit: Visit) -> Response:
    """Begin a draft of a journey that there is not yet: it gets an address of its own."""
    return go("/journeys/edit", draft=f"new-{secrets.token_hex(4)}", copy=visit.ask("copy"))


def show_editor(visit: Visit) -> Response:
    """Show the canvas with the author's draft, else what is published, else a first journey."""
    draft = visit.ask("slug") or visit.ask("draft")
    if not draft:
        return show_new(visit)
    first = ""
    if _NEW.fullmatch(draft):
        first = _copied(visit) or _FIRST.format(locale=visit.locale, name=_NAMES[visit.locale])
    found = open_draft(visit.world, visit.brand_id, _owner(visit), draft, first)
    return _canvas(visit, found)


def show_draft(visit: Visit) -> Response:
    """Answer with the author's draft as it is kept."""
    found = open_draft(visit.world, visit.brand_id, _owner(visit), _draft(visit))
    return _json({"source": found.source, "revision": found.revision, **_newest(found)})


def check(visit: Visit) -> Response:
    """Answer with the other form of a draft, its conditions in words and all that is wrong."""
    return _json(tell_journey_draft(_given(visit), visit.locale))


def save(visit: Visit) -> Response:
    """Keep a draft for its author; tell whether somebody published meanwhile."""
    base, revision = (read_number(visit.form.get(name, "")) for name in ("base", "revision"))
    if base is None or revision is None:
        raise HTTPException(400)
    saved = save_draft(
        visit.world,
        StoredDraft(
            visit.brand_id, _owner(visit), _draft(visit), _source(visit), base,
            visit.form.get("positions", "{}"), 0, revision,
        ),
    )  # fmt: skip
    found = open_draft(visit.world, visit.brand_id, _owner(visit), _draft(visit))
    told = {"revision": saved.revision, "saved_at": _clock(visit, saved.saved_at)}
    return _json(told | _newest(found))


def discard(visit: Visit) -> Response:
    """Forget a draft; what is published stays."""
    discard_draft(visit.world, visit.brand_id, _owner(visit), _draft(visit))
    return go("/journeys")


def review(visit: Visit) -> Response:
    """Show what publishing would change, and ask what is to become of the people in flight."""
    plan = read_plan(visit.form.get("plan", ""))
    source = _source(visit)
    asked = InFlight("migrate", plan.moves) if plan.way == "migrate" else MIGRATE
    found = ask_in_flight(visit.world, visit.brand_id, source, asked)
    nodes = load(source).tree.get("nodes")
    return page(
        visit, "partials/journey_review.html", found=found, plan=plan,
        nodes=list(nodes) if isinstance(nodes, dict) else [],
    )  # fmt: skip


def try_cases(visit: Visit) -> Response:
    """Show what becomes of the journey's cases if it were as it is drawn."""
    found = try_stored(visit.world, visit.brand_id, _source(visit))
    return page(visit, "partials/journey_tests.html", found=found)


def compare(visit: Visit) -> Response:
    """Show what a draft says differently from what is published."""
    changes = compare_with(visit.world, visit.brand_id, visit.form.get("slug", ""), _source(visit))
    return page(visit, "partials/journey_changes.html", changes=changes)


def publish_drawn(visit: Visit) -> Response:
    """Publish what was drawn, or show the canvas again with all that keeps it from running."""
    world, brand_id = visit.world, visit.brand_id
    draft, source = visit.form.get("draft", ""), _source(visit)
    plan = read_plan(visit.form.get("plan", ""))
    found = open_draft(world, brand_id, _owner(visit), draft, source)
    try:
        made = publish(
            world, brand_id, source, visit.me.user.email, plan, expects=found.base_version,
            kind="journey",
        )  # fmt: skip
    except BadInput as fault:
        return _canvas(visit, found, 422, [say(visit.locale, one.text) for one in fault.problems])
    except Overtaken as fault:
        return _canvas(visit, found, 409, [say(visit.locale, said) for said in fault.changes])
    settle_draft(world, brand_id, _owner(visit), draft, made.slug)
    record_action(world, brand_id, visit.me.user.user_id, "journey_applied", made.slug)
    return go(f"/journeys/{made.slug}", published=made.version)


def add_remark(visit: Visit) -> Response:
    """Write a comment on a node."""
    form = visit.form
    journey = form.get("journey", "")
    if not (is_slug(journey) or _NEW.fullmatch(journey)):
        raise HTTPException(400)
    made = add_comment(
        visit.world, visit.brand_id, journey, form.get("node", ""), form.get("words", ""),
        visit.me.user.name,
    )  # fmt: skip
    return _json(_remark(visit, made))


def settle_remark(visit: Visit) -> Response:
    """Settle a comment, or open it again."""
    number = read_number(visit.path("comment"))
    if number is None:
        raise NotFound("comment", visit.path("comment"))
    made = resolve_comment(
        visit.world, visit.brand_id, number, visit.me.user.name,
        settled=bool(visit.form.get("settled")),
    )  # fmt: skip
    return _json(_remark(visit, made))


def _canvas(
    visit: Visit, found: OpenDraft, status: int = 200, refused: Sequence[str] = ()
) -> Response:
    """Show the canvas with a draft on it."""
    draft = draft_journey(visit.world, visit.brand_id, found.source)
    published = found.published
    start = {
        "draft": found.draft,
        "slug": published.slug if published else "",
        "isPublished": published is not None,
        "source": found.source,
        "tree": draft.tree,
        "positions": found.positions,
        "revision": found.revision,
        "savedAt": _clock(visit, found.saved_at),
        "base": found.base_version,
        "newest": published.version if published else 0,
        "newestBy": published.created_by if published else "",
        "refused": list(refused),
        "versions": list(range(published.version, 0, -1)) if published else [],
        "others": [
            {"who": _who(visit, one.owner), "at": _clock(visit, one.saved_at)}
            for one in found.others
        ],
        "comments": [
            _remark(visit, one) for one in comments_on(visit.world, visit.brand_id, found.draft)
        ],
    }
    data = {
        "language": describe_canvas(visit.locale),
        "words": offer(list_vocabulary(visit.world, visit.brand_id), visit.locale),
        "start": start,
    }
    return page(
        visit, "pages/journey_edit.html", status, section="journeys", data=data, found=found,
    )  # fmt: skip


def _copied(visit: Visit) -> str:
    """Return the source of the journey that a new one is a copy of, or nothing."""
    slug = visit.ask("copy")
    if not is_slug(slug):
        return ""
    source = open_draft(visit.world, visit.brand_id, "", slug).source
    return source.replace(f"slug: {slug}", f"slug: {slug[:50]}-copy", 1)


def _given(visit: Visit) -> JourneyDraft:
    """Return the draft that was sent, as a tree or as a source.

    Raises:
        HTTPException: 400, as the tree is no JSON object.
    """
    given = visit.form.get("tree")
    if given is None:
        return draft_journey(visit.world, visit.brand_id, _source(visit))
    try:
        tree = msgspec.json.decode(given.encode(), type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError) as fault:
        raise HTTPException(400) from fault
    return draft_journey_tree(visit.world, visit.brand_id, cast("Mapping[str, Value]", tree))


def _newest(found: OpenDraft) -> dict[str, object]:
    """Return which version is published, and by whom."""
    published = found.published
    return {
        "newest": published.version if published else 0,
        "newest_by": published.created_by if published else "",
    }


def _remark(visit: Visit, one: JourneyComment) -> dict[str, object]:
    """Return a comment as the canvas shows it."""
    return {
        "id": one.comment_id,
        "node": one.node,
        "author": one.author,
        "at": show_at(one.at, visit.world.zone),
        "words": one.words,
        "resolved": one.resolved_by if one.resolved_at else "",
    }


def _who(visit: Visit, owner: str) -> str:
    """Return the name of a draft's owner."""
    kind, _, number = owner.partition(":")
    if kind != "user":
        return owner
    with visit.world.store.transaction(visit.brand_id) as tx:
        users = {str(user.user_id): user.name for user in tx.accounts.users(visit.brand_id)}
    return users.get(number, owner)


def _owner(visit: Visit) -> str:
    """Return whose drafts the visitor works on: their own."""
    return f"user:{visit.me.user.user_id}"


def _draft(visit: Visit) -> str:
    """Return the draft that the address names; raise NotFound."""
    draft = visit.path("draft")
    if not (is_slug(draft) or _NEW.fullmatch(draft)):
        raise NotFound("draft", draft)
    return draft


def _source(visit: Visit) -> str:
    """Return the YAML that was sent; browsers end lines in their own way."""
    return visit.form.get("source", "").replace("\r\n", "\n")


def _clock(visit: Visit, at: int) -> str:
    """Return a time of day, or nothing for none."""
    return show_at(at, visit.world.zone, seconds=True)[-8:] if at else ""


def _json(told: object) -> Response:
    """Return data for a script of ours."""
    return Response(msgspec.json.encode(told), media_type="application/json")
