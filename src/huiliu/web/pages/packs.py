"""Rule packs: which hold, what they say, texts tried on them, what they object to, exceptions."""

from __future__ import annotations

import datetime as dt
from typing import Final

from starlette.responses import Response

from huiliu.governance.packs import Content
from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant, local_datetime
from huiliu.services.list_actions import record_action
from huiliu.services.look_at_packs import (
    Judged,
    add_override,
    check_text,
    end_override,
    found_content,
    list_overrides,
    list_packs,
    review_pack,
    show_pack,
    switch_pack,
)
from huiliu.services.publish import publish
from huiliu.web.doors import Visit
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page

__all__ = [
    "allow",
    "apply",
    "attempt",
    "disallow",
    "review",
    "show",
    "show_content",
    "show_editor",
    "show_list",
    "switch",
]

_SECTION: Final = "packs"
#: When the next review is due where nobody says otherwise.
_USUAL: Final = dt.timedelta(days=90)
_CHANNELS: Final = ("", "sms", "email", "ads")
_CLASSES: Final = ("", "marketing", "service")
_LONGEST: Final = 20_000


def show_list(visit: Visit) -> Response:
    """Show every pack, and the form to try a text."""
    return _list(visit)


def attempt(visit: Visit) -> Response:
    """Show what packs say of a text that somebody typed."""
    form = visit.form
    written = form.get("text", "")[:_LONGEST]
    if not written.strip():
        return _list(visit, 422, problems=[("text", text("packs.type_text"), 0)])
    parts = {"text": written}
    if form.get("subject", "").strip():
        parts = {"subject": form["subject"], **parts}
    channel = form.get("channel", "") if form.get("channel", "") in _CHANNELS else ""
    kind = form.get("class", "") if form.get("class", "") in _CLASSES else ""
    content = Content(parts, channel, kind, form.get("locale", "").strip())
    try:
        judged = check_text(visit.world, visit.brand_id, content, form.get("pack", ""))
    except NotFound:
        return _list(visit, 422, problems=[("pack", text("packs.no_such_pack"), 0)])
    return _list(visit, judged=judged)


def show(visit: Visit) -> Response:
    """Show one pack, rule by rule."""
    return _one(visit)


def review(visit: Visit) -> Response:
    """Write down that a pack was looked at today."""
    slug = visit.path("slug")
    try:
        review_pack(visit.world, visit.brand_id, slug, visit.form.get("next", ""), _who(visit))
    except BadInput as fault:
        return _one(visit, 422, [(p.path, p.text, p.line) for p in fault.problems])
    _note(visit, "pack_reviewed", slug)
    return go(f"/packs/{slug}", done="reviewed")


def switch(visit: Visit) -> Response:
    """Switch a pack on or off."""
    slug, is_on = visit.path("slug"), visit.form.get("on") == "1"
    switch_pack(visit.world, visit.brand_id, slug, _who(visit), is_on=is_on)
    _note(visit, "pack_on" if is_on else "pack_off", slug)
    return go(f"/packs/{slug}", done="on" if is_on else "off")


def show_editor(visit: Visit) -> Response:
    """Show a pack as a document that can be changed."""
    row = show_pack(visit.world, visit.brand_id, visit.path("slug"))
    return page(
        visit, "pages/pack_edit.html", section=_SECTION, row=row, source=row.pack.source,
        problems=(),
    )  # fmt: skip


def apply(visit: Visit) -> Response:
    """Store a changed pack, or say what is wrong with it."""
    source = visit.form.get("source", "").replace("\r\n", "\n")
    row = show_pack(visit.world, visit.brand_id, visit.path("slug"))
    try:
        done = publish(visit.world, visit.brand_id, source, _who(visit), kind="pack")
    except BadInput as fault:
        said = [(p.path, p.text, p.line) for p in fault.problems]
        return page(
            visit, "pages/pack_edit.html", 422, section=_SECTION, row=row, source=source,
            problems=said,
        )  # fmt: skip
    _note(visit, "pack_changed", done.slug)
    return go(f"/packs/{done.slug}", done="saved")


def show_content(visit: Visit) -> Response:
    """Show what packs object to in what is live, and what was allowed."""
    return _content(visit)


def allow(visit: Visit) -> Response:
    """Let pass what a rule objects to, with a proof."""
    form = visit.form
    pack, _, rule = form.get("rule", "").partition(" ")
    until = form.get("until", "").strip()
    end = as_instant(until, visit.world.zone) if until else 0
    if end is None:
        return _content(visit, 422, [("until", text("packs.no_date"), 0)])
    try:
        add_override(
            visit.world, visit.brand_id, pack, rule, proof=form.get("proof", ""),
            by=_who(visit), phrase=form.get("phrase", ""), subject=form.get("subject", ""),
            until=end,
        )  # fmt: skip
    except NotFound:
        return _content(visit, 422, [("rule", text("packs.no_such_pack"), 0)])
    except BadInput as fault:
        return _content(visit, 422, [(p.path, p.text, p.line) for p in fault.problems])
    _note(visit, "content_allowed", f"{pack} {rule}")
    return go("/packs/content", done="allowed")


def disallow(visit: Visit) -> Response:
    """Take an exception back."""
    number = read_number(visit.path("override"))
    if number is None:
        raise NotFound("override", visit.path("override"))
    ended = end_override(visit.world, visit.brand_id, number, _who(visit))
    _note(visit, "content_disallowed", f"{ended.pack} {ended.rule}")
    return go("/packs/content", done="disallowed")


def _list(
    visit: Visit, status: int = 200, judged: Judged | None = None, problems: object = ()
) -> Response:
    """Show the page of packs with what was tried."""
    rows = list_packs(visit.world, visit.brand_id)
    found = found_content(visit.world, visit.brand_id)
    return page(
        visit, "pages/packs.html", status, section=_SECTION, rows=rows, judged=judged,
        typed=visit.form, problems=problems, channels=_CHANNELS[1:], classes=_CLASSES[1:],
        n_rules=sum(len(row.pack.rules) for row in rows if row.pack.is_on),
        n_overdue=sum(row.is_overdue and row.pack.is_on for row in rows),
        n_blocked=sum(one.n_block for one in found), n_warned=sum(one.n_warn for one in found),
    )  # fmt: skip


def _one(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show the page of one pack."""
    row = show_pack(visit.world, visit.brand_id, visit.path("slug"))
    today = local_datetime(visit.world.clock.now(), visit.world.zone).date()
    return page(
        visit, "pages/pack.html", status, section=_SECTION, row=row, pack=row.pack,
        problems=problems, next=(today + _USUAL).isoformat(), done=visit.ask("done"),
    )  # fmt: skip


def _content(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show the page of live content."""
    rows = list_packs(visit.world, visit.brand_id)
    return page(
        visit, "pages/pack_content.html", status, section=_SECTION,
        found=found_content(visit.world, visit.brand_id), packs=[row.pack for row in rows],
        names={row.pack.slug: row.pack.name for row in rows}, typed=visit.form,
        rules={(row.pack.slug, rule.name): rule for row in rows for rule in row.pack.rules},
        overrides=list_overrides(visit.world, visit.brand_id), problems=problems,
        done=visit.ask("done"), now=visit.world.clock.now(),
    )  # fmt: skip


def _who(visit: Visit) -> str:
    """Return who is said to have done it."""
    return visit.me.user.email


def _note(visit: Visit, what: str, subject: str) -> None:
    """Write down what the visitor did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, subject)
