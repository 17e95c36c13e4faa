"""Tags: the library with its freshness, one tag with its lineage and values, and an editor."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import groupby
from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, EngineFailed, InUse, NotFound, Unavailable
from huiliu.reports.charts import columns
from huiliu.services.apply_tag import offered, read_tag, shipped
from huiliu.services.compute_tag import compute_tag
from huiliu.services.list_actions import record_action
from huiliu.services.look_at_tags import TagRow, list_tags, show_tag, spread
from huiliu.services.publish import publish, publish_tags
from huiliu.services.refresh_tags import refresh_soon
from huiliu.services.remove_tag import remove_tag
from huiliu.tags import CATEGORIES, library
from huiliu.web.doors import Visit
from huiliu.web.i18n import event_word, translate
from huiliu.web.lineage import lay_out
from huiliu.web.rendering import go, page

__all__ = [
    "adopt",
    "apply",
    "attempt",
    "check",
    "refresh",
    "remove",
    "show",
    "show_editor",
    "show_list",
    "show_new",
    "show_spread",
    "show_state",
]

_SHOWN: Final = 8
_DRAFT: Final = """\
huiliu: 1
kind: tag
slug: orders-90d
name:
  zh-CN: 近 90 天订单数
  en: Orders in 90 days
definition:
  zh-CN: 最近 90 天内已付款且没有取消或退款的订单数。
  en: Orders of the last 90 days that were paid and neither cancelled nor refunded.
category: purchase
type: number
refresh: 1d
value:
  count: {of: purchases, within: 90d}
"""


def show_list(visit: Visit) -> Response:
    """Show every live tag, shelf by shelf, and what the library has besides."""
    asked = visit.ask("q").casefold()
    every = list_tags(visit.world, visit.brand_id)
    rows = [row for row in every if asked in _words(row)]
    rows.sort(key=_shelf)
    shelves = [(name, list(some)) for name, some in groupby(rows, lambda row: row.tag.category)]
    live = {row.tag.slug for row in every}
    states = [row.how for row in every]
    return page(
        visit, "pages/tags.html", section="tags", shelves=shelves, asked=visit.ask("q"),
        n_all=len(every), counts={one: states.count(one) for one in set(states)},
        offered=[] if asked else offered(visit.world, visit.brand_id, live),
        adopted=visit.ask("adopted"),
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one tag: how it fares, where it comes from, who reads it, how its values are spread."""
    slug = visit.path("slug")
    found = show_tag(visit.world, visit.brand_id, slug)
    return page(
        visit, "pages/tag.html", section="tags", found=found, graph=lay_out(found),
        applied=visit.ask("applied"), refused=visit.ask("in_use"),
        published=found.refreshes[0].published if found.refreshes else {},
        event_name=partial(event_word, visit.locale),
    )  # fmt: skip


def show_state(visit: Visit) -> Response:
    """Show how fresh a tag is; asked again and again while it waits to be computed."""
    row = show_tag(visit.world, visit.brand_id, visit.path("slug")).row
    return page(visit, "partials/tag_state.html", row=row)


def show_spread(visit: Visit) -> Response:
    """Show how a tag's values are spread, and some people with theirs."""
    slug = visit.path("slug")
    try:
        found = spread(visit.world, visit.brand_id, slug)
    except (Unavailable, EngineFailed):
        return page(visit, "partials/tag_spread.html", is_away=True, found=None)
    people = translate(visit.locale, "tags.column.people")
    chart = columns([bar.label for bar in found.bars], {people: [bar.n for bar in found.bars]})
    return page(
        visit, "partials/tag_spread.html", is_away=False, found=found, chart=chart,
        most=max((bar.n for bar in found.bars), default=0),
    )  # fmt: skip


def show_new(visit: Visit) -> Response:
    """Show the editor with a first draft, a copy of a live tag, or one of the library."""
    copied, shelf = visit.ask("copy"), visit.ask("library")
    if copied:
        source = show_tag(visit.world, visit.brand_id, copied).row.document.source
        source = source.replace(f"slug: {copied}", f"slug: {copied[:50]}-copy", 1)
    elif shelf:
        if shelf not in library():
            raise NotFound("tag", shelf)
        source = library()[shelf]
    else:
        source = _DRAFT
    return _editor(visit, "", source)


def show_editor(visit: Visit) -> Response:
    """Show the editor with a tag's newest version."""
    slug = visit.path("slug")
    return _editor(visit, slug, show_tag(visit.world, visit.brand_id, slug).row.document.source)


def check(visit: Visit) -> Response:
    """Show what the draft says, or all that is wrong with it."""
    try:
        tag = read_tag(visit.world, visit.brand_id, _source(visit))
    except BadInput as fault:
        return page(visit, "partials/tag_check.html", tag=None, problems=_problems(fault))
    return page(
        visit, "partials/tag_check.html", tag=tag, problems=(),
        event_name=partial(event_word, visit.locale),
    )  # fmt: skip


def attempt(visit: Visit) -> Response:
    """Compute the draft for everybody without storing it, and show some values."""
    facts: dict[str, object] = {"done": None, "problems": (), "is_away": False}
    try:
        tag = read_tag(visit.world, visit.brand_id, _source(visit))
        done = compute_tag(visit.world, visit.brand_id, tag)
        facts |= {"done": done, "sample": list(done.values.items())[:_SHOWN]}
    except BadInput as fault:
        facts["problems"] = _problems(fault)
    except (Unavailable, EngineFailed):
        facts["is_away"] = True
    return page(visit, "partials/tag_attempt.html", **facts)


def apply(visit: Visit) -> Response:
    """Store a tag, or say all that is wrong with it."""
    source = _source(visit)
    try:
        made = publish(visit.world, visit.brand_id, source, visit.me.user.email, kind="tag")
    except BadInput as fault:
        return _editor(visit, visit.form.get("slug", ""), source, _problems(fault), 422)
    _note(visit, "tag_applied", made.slug)
    return go(f"/tags/{made.slug}", applied=made.version)


def adopt(visit: Visit) -> Response:
    """Apply one tag of the library with all that it reads, or the whole library."""
    slug = visit.form.get("slug", "")
    tags = list(shipped(visit.world, visit.brand_id, [slug] if slug else ()).values())
    made = publish_tags(visit.world, visit.brand_id, tags, visit.me.user.email)
    for one in made:
        if one.is_new:
            _note(visit, "tag_applied", one.slug)
    return go(f"/tags/{slug}") if slug else go("/tags", adopted=len(made))


def refresh(visit: Visit) -> Response:
    """Have a tag computed as soon as the worker looks."""
    slug = visit.path("slug")
    refresh_soon(visit.world, visit.brand_id, slug)
    _note(visit, "tag_refreshed", slug)
    return go(f"/tags/{slug}")


def remove(visit: Visit) -> Response:
    """Take a tag out of use, or say who still reads it."""
    slug = visit.path("slug")
    try:
        remove_tag(visit.world, visit.brand_id, slug)
    except InUse:
        return go(f"/tags/{slug}", in_use="1")
    _note(visit, "tag_removed", slug)
    return go("/tags")


def _editor(
    visit: Visit, slug: str, source: str, problems: object = (), status: int = 200
) -> Response:
    """Show the editor."""
    return page(
        visit, "pages/tag_edit.html", status, section="tags", slug=slug, source=source,
        problems=problems,
    )  # fmt: skip


def _shelf(row: TagRow) -> tuple[int, str]:
    """Return where a tag stands in the library."""
    return CATEGORIES.index(row.tag.category), row.tag.slug


def _words(row: TagRow) -> str:
    """Return what a search looks through."""
    names: Mapping[str, str] = row.tag.name
    return " ".join([row.tag.slug, row.tag.owner, *names.values()]).casefold()


def _source(visit: Visit) -> str:
    """Return the YAML of the form."""
    return visit.form.get("source", "").replace("\r\n", "\n")


def _problems(fault: BadInput) -> list[tuple[object, ...]]:
    """Return problems as the pages list them."""
    return [(one.path, one.text, one.line) for one in fault.problems]


def _note(visit: Visit, what: str, subject: str) -> None:
    """Write down what the visitor did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, subject)
