"""The segment builder: a draft is checked, counted and looked behind while it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from huiliu.kernel.documents import load
from huiliu.kernel.errors import BadInput, EngineFailed, NotFound, Unavailable
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import is_slug
from huiliu.services.audience import read_segment
from huiliu.services.draft_segment import Draft, draft_from_source, draft_from_tree
from huiliu.services.list_actions import record_action
from huiliu.services.list_vocabulary import list_vocabulary
from huiliu.services.lists import show_list
from huiliu.services.look_at_segments import count_source, show_segment
from huiliu.services.preview_segment import preview_segment
from huiliu.services.publish import publish_segment
from huiliu.services.suggest_values import (
    Suggested,
    suggest_property,
    suggest_tag,
    suggest_trait,
)
from huiliu.web.audience import look_behind
from huiliu.web.builder import describe, offer, tell_draft
from huiliu.web.doors import Visit
from huiliu.web.rendering import go, page

__all__ = ["apply", "behind", "count", "draft", "review", "show_editor", "show_new", "values"]

#: What stands in the editor of a new segment.
_DRAFT: Final = """\
huiliu: 1
kind: segment
slug: {slug}
name:
  {locale}: {name}
where:
  all:
    - did: Order Paid
      within: 30d
"""
#: What stands there for the people of a list; slugs need no quotes.
_ON_LIST: Final = """\
huiliu: 1
kind: segment
slug: on-{slug}
name:
  en: {slug}
where:
  all:
    - list: {slug}
"""
#: What stands there for the people of a report's number, by a tag.
_OF_TAG: Final = """\
huiliu: 1
kind: segment
slug: {tag}-{word}
name:
  en: {tag} {word}
where:
  all:
    - tag: {tag}
      starts_with: '{word}'
"""
_TAG_WORD: Final = re.compile(r"[a-z0-9-]{1,20}")
_NAMES: Final = {"zh-CN": "近 30 天付款用户", "en": "Paid in the last 30 days"}
_FREE: Final = "paid-lately"
_SHOWN: Final = 5


def show_new(visit: Visit) -> Response:
    """Show the builder with a first draft, a copy, or the people of a list or of a tag."""
    copied, listed, tag = visit.ask("copy"), visit.ask("list"), visit.ask("tag")
    if copied:
        source = show_segment(visit.world, visit.brand_id, copied).row.document.source
        source = source.replace(f"slug: {copied}", f"slug: {copied[:50]}-copy", 1)
    elif listed:
        show_list(visit.world, visit.brand_id, listed)
        source = _ON_LIST.format(slug=listed)
    elif is_slug(tag) and _TAG_WORD.fullmatch(visit.ask("starts_with")):
        source = _OF_TAG.format(tag=tag, word=visit.ask("starts_with"))
    else:
        locale = visit.locale
        source = _DRAFT.format(slug=_FREE, locale=locale, name=_NAMES[locale])
    return _builder(visit, source, "")


def show_editor(visit: Visit) -> Response:
    """Show the builder with a segment's newest version, or an older one."""
    slug = visit.path("slug")
    found = show_segment(visit.world, visit.brand_id, slug).row.document
    if found.state == "archived":
        raise NotFound("segment", slug)
    return _builder(visit, found.source, slug)


def draft(visit: Visit) -> Response:
    """Answer with the draft's other form, its sentence and all that is wrong with it."""
    return _json(tell_draft(_draft(visit), visit.locale))


def count(visit: Visit) -> Response:
    """Answer how many people the draft would hold now."""
    try:
        found = count_source(visit.world, visit.brand_id, _source(visit))
    except BadInput:
        return _json({"is_away": True})
    except (Unavailable, EngineFailed):
        return _json({"is_away": True})
    return _json({"n": found.n, "n_people": found.n_people, "is_away": False})


def behind(visit: Visit) -> Response:
    """Show what is behind the draft's number: channels, other segments, a few people."""
    source = _source(visit)
    segment = read_segment(visit.world, visit.brand_id, source)
    return page(
        visit, "partials/behind.html",
        behind=look_behind(visit, segment.condition, segment.slug, ()), address="",
    )  # fmt: skip


def values(visit: Visit) -> Response:
    """Answer with common values of a trait, a tag, or an event's property."""
    trait, tag = visit.ask("trait"), visit.ask("tag")
    event, name = visit.ask("event"), visit.ask("property")
    try:
        if trait:
            found = suggest_trait(visit.world, visit.brand_id, _keys(trait))
        elif tag:
            found = suggest_tag(visit.world, visit.brand_id, tag)
        elif event and name:
            found = suggest_property(visit.world, visit.brand_id, event, _keys(name))
        else:
            found = Suggested(())
    except (Unavailable, EngineFailed):
        found = Suggested(())
    return _json({"values": found.values, "is_personal": found.is_personal})


def review(visit: Visit) -> Response:
    """Show what applying the draft would change: the definition, who enters, who leaves."""
    try:
        found = preview_segment(visit.world, visit.brand_id, _source(visit))
    except Unavailable:
        return page(visit, "partials/error.html", status=503, problems=())
    return page(visit, "partials/review.html", found=found, most=_SHOWN)


def apply(visit: Visit) -> Response:
    """Store a segment and let in whoever meets it, or say all that is wrong with it."""
    source = _source(visit)
    try:
        made = publish_segment(visit.world, visit.brand_id, source, visit.me.user.email)
    except BadInput as fault:
        problems = [(p.path, p.text, p.line) for p in fault.problems]
        return _builder(visit, source, visit.form.get("slug", ""), 422, problems)
    record_action(
        visit.world, visit.brand_id, visit.me.user.user_id, "segment_applied", made.segment.slug
    )
    return go(f"/segments/{made.segment.slug}", applied=made.version)


def _builder(
    visit: Visit, source: str, slug: str, status: int = 200, problems: object = ()
) -> Response:
    """Show the builder with a source in it."""
    tree = load(source).tree
    start = {
        "source": source,
        "tree": tree,
        "sentences": {},
        "problems": [],
    }
    data = {
        "language": describe(visit.locale),
        "words": offer(list_vocabulary(visit.world, visit.brand_id), visit.locale),
        "start": start,
        "isNew": not slug,
    }
    return page(
        visit, "pages/segment_edit.html", status, section="segments", slug=slug, source=source,
        problems=problems, data=data, called=_called(visit, tree.get("name")) if slug else "",
    )  # fmt: skip


def _called(visit: Visit, name: object) -> str:
    """Return a segment's name in the reader's language, as far as it can be read."""
    names = name if isinstance(name, dict) else {}
    return str(names.get(visit.locale) or next(iter(names.values()), "") or visit.path("slug"))


def _draft(visit: Visit) -> Draft:
    """Return the draft that was sent, as a tree or as a source.

    Raises:
        HTTPException: 400, as the tree is no JSON object.
    """
    given = visit.form.get("tree")
    if given is None:
        return draft_from_source(visit.world, visit.brand_id, _source(visit))
    try:
        tree = msgspec.json.decode(given.encode(), type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError) as fault:
        raise HTTPException(400) from fault
    return draft_from_tree(visit.world, visit.brand_id, cast("Mapping[str, Value]", tree))


def _source(visit: Visit) -> str:
    """Return the YAML that was sent; browsers end lines in their own way."""
    return visit.form.get("source", "").replace("\r\n", "\n")


def _keys(name: str) -> tuple[str, ...]:
    """Return the path of keys that a dotted name is."""
    return tuple(name.split("."))


def _json(told: object) -> Response:
    """Return data for a script of ours."""
    return Response(msgspec.json.encode(told), media_type="application/json")
