"""Templates: the list, one with all that is known of it, and an editor that looks on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.responses import HTMLResponse, Response

from huiliu.kernel.errors import BadInput, NotFound, Overtaken, Problem
from huiliu.messages.brief import Brief
from huiliu.messages.channels import CHANNELS
from huiliu.services.backtest import read_costs
from huiliu.services.list_actions import record_action
from huiliu.services.list_templates import list_templates, show_template
from huiliu.services.list_vocabulary import SeenName, list_vocabulary
from huiliu.services.look_at_briefs import list_briefs
from huiliu.services.look_at_template import Looked, look_at_template
from huiliu.services.preview_template import PreviewFor, preview_for
from huiliu.services.publish import publish, roll_back
from huiliu.services.send_test import send_test
from huiliu.web.doors import Visit
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page
from huiliu.web.template_form import template_form, template_source

__all__ = [
    "check", "draft", "frame", "restore", "save", "show", "show_editor", "show_list", "show_new",
    "try_out",
]  # fmt: skip

#: Names of traits and properties that are offered to be filled in.
_MOST_NAMES: Final = 12
#: The variant that the person would get.
_AS_SUITS: Final = "*"
_FIRST: Final = {
    "email": """\
huiliu: 1
kind: template
slug: ""
name: {}
channel: email
class: marketing
locales:
  zh-CN:
    subject: ""
    mjml: |
      <mjml>
        <mj-body background-color="#f4f5fa">
          <mj-section background-color="#ffffff">
            <mj-column>
              <mj-text font-size="16px" line-height="1.6">
                {{ person.name | default: "您好" }}，
              </mj-text>
              <mj-text font-size="12px"><a href="{{ unsubscribe_url }}">退订</a></mj-text>
            </mj-column>
          </mj-section>
        </mj-body>
      </mjml>
""",
    "sms": """\
huiliu: 1
kind: template
slug: ""
name: {}
channel: sms
class: marketing
locales:
  zh-CN:
    text: 拒收请回复R
""",
}
#: A letter is looked at in a frame of its own: it runs nothing and knows nothing of the console.
_FRAME: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; font-src https:; "
    "sandbox; frame-ancestors 'self'"
)


def show_list(visit: Visit) -> Response:
    """Show every template in use."""
    asked, channel = visit.ask("q").casefold(), visit.ask("channel")
    every = list_templates(visit.world, visit.brand_id)
    rows = [
        row
        for row in every
        if asked in " ".join([row.document.slug, *row.template.name.values()]).casefold()
        and channel in {"", row.template.channel}
    ]
    channels = sorted({row.template.channel for row in every})
    return page(
        visit, "pages/templates.html", section="templates", rows=rows, n_all=len(every),
        asked=visit.ask("q"), channel=channel, channels=channels,
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one template: how it looks, what lint says, who sends it, its versions."""
    slug = visit.path("slug")
    row = show_template(visit.world, visit.brand_id, slug)
    with visit.world.store.transaction(visit.brand_id) as tx:
        versions = tx.documents.versions(visit.brand_id, "template", slug)
    return page(
        visit, "pages/template.html", section="templates", row=row, versions=versions,
        applied=visit.ask("applied"), tested=visit.ask("tested"), nobody=visit.ask("nobody"),
        **_looked(visit, row.document.source),
    )  # fmt: skip


def show_new(visit: Visit) -> Response:
    """Show the editor with the beginning of a template."""
    copied = visit.ask("copy")
    if copied:
        source = show_template(visit.world, visit.brand_id, copied).document.source
        source = source.replace(f"slug: {copied}\n", f"slug: {copied}-2\n", 1)
    else:
        source = _FIRST.get(visit.ask("channel", "email"), _FIRST["email"])
    return _editor(visit, source, "")


def show_editor(visit: Visit) -> Response:
    """Show the editor with a template in use."""
    slug = visit.path("slug")
    row = show_template(visit.world, visit.brand_id, slug)
    return _editor(visit, row.document.source, slug, row.document.version)


def draft(visit: Visit) -> Response:
    """Show the fields again: with another language, another variant, or as YAML and back."""
    form = visit.form
    source = template_source(form)
    mode = form.get("to") or form.get("mode", "form")
    return page(visit, "partials/template_fields.html", **_fields(visit, source, mode))


def check(visit: Visit) -> Response:
    """Show what there is to say about what was written, and how it looks."""
    return page(
        visit, "partials/template_looked.html", **_looked(visit, template_source(visit.form))
    )


def frame(visit: Visit) -> Response:
    """Show a letter's HTML alone, for the frame that it is looked at in."""
    seen, _ = _look(visit, template_source(visit.form))
    html = ""
    if seen.preview is not None:
        is_dark = visit.form.get("shade") == "dark"
        html = seen.preview.dark if is_dark else seen.preview.parts.get("html", "")
    return HTMLResponse(
        html,
        headers={"content-security-policy": _FRAME, "x-frame-options": "SAMEORIGIN"},
    )


def save(visit: Visit) -> Response:
    """Make a template live, or say all that is wrong with it; what was written stays."""
    source, slug = template_source(visit.form), visit.form.get("was", "")
    seen = read_number(visit.form.get("version", "")) or 0
    try:
        done = publish(
            visit.world, visit.brand_id, source, visit.me.user.email,
            expects=seen if slug else 0, kind="template",
        )  # fmt: skip
    except BadInput as fault:
        return _editor(visit, source, slug, seen, 422, fault.problems)
    except Overtaken as fault:
        problems = [Problem("", one) for one in fault.changes]
        return _editor(visit, source, slug, fault.versions[1], 409, problems)
    record_action(
        visit.world, visit.brand_id, visit.me.user.user_id, "template_published", done.slug
    )
    return go(f"/templates/{done.slug}", applied=done.version)


def restore(visit: Visit) -> Response:
    """Make an earlier version the newest again."""
    slug = visit.path("slug")
    version = read_number(visit.form.get("version", ""))
    if not version:
        raise NotFound("version", visit.form.get("version", ""))
    done = roll_back(
        visit.world, visit.brand_id, ("template", slug), visit.me.user.email, version
    )  # fmt: skip
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "template_restored", slug)
    return go(f"/templates/{slug}", applied=done.version)


def try_out(visit: Visit) -> Response:
    """Send a template to one person, to see it arrive."""
    slug, person = visit.path("slug"), visit.form.get("person", "").strip()
    try:
        number = send_test(visit.world, visit.brand_id, slug, person)
    except NotFound as fault:
        if fault.kind != "profile":
            raise
        return go(f"/templates/{slug}", nobody="1")
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "test_sent", slug)
    return go(f"/templates/{slug}", tested=number.hex())


def _editor(
    visit: Visit,
    source: str,
    slug: str,
    version: int = 0,
    status: int = 200,
    problems: Sequence[Problem] = (),
) -> Response:
    """Show the editor."""
    mode = visit.form.get("mode", "form") if visit.form else "form"
    return page(
        visit, "pages/template_edit.html", status, section="templates", slug=slug, version=version,
        problems=[(one.path, one.text, one.line) for one in problems],
        **_fields(visit, source, mode), **_looked(visit, source),
    )  # fmt: skip


def _fields(visit: Visit, source: str, mode: str) -> dict[str, object]:
    """Return what the fields of the editor show."""
    world, brand_id = visit.world, visit.brand_id
    words = list_vocabulary(world, brand_id)
    form = template_form(source)
    briefs = list_briefs(world, brand_id)
    brief = next((row.brief for row in briefs if row.brief.slug == form.brief), None)
    return {
        "form": form,
        "mode": "yaml" if mode == "yaml" else "form",
        "briefs": briefs,
        "segments": words.documents["segment"],
        "channels": list(CHANNELS),
        "offers": _offers(form.channel, words.traits, brief),
    }


def _offers(channel: str, traits: Sequence[SeenName], brief: Brief | None) -> list[str]:
    """Return the variables that can be put in with one click."""
    found = [f"brief.{name}" for name in brief.facts] if brief is not None else []
    found += [f"person.{one.name}" for one in traits[:_MOST_NAMES]] or ["person.name"]
    return [*found, *(["unsubscribe_url"] if channel == "email" else [])]


def _looked(visit: Visit, source: str) -> dict[str, object]:
    """Return what the panel beside the editor shows."""
    seen, nobody = _look(visit, source)
    return {
        "seen": seen,
        "is_nobody": nobody,
        "shown_locale": seen.preview.locale if seen.preview else "",
        "shown_variant": seen.preview.variant if seen.preview else "",
        "shade": visit.form.get("shade", "light") if visit.form else "light",
        "device": visit.form.get("device", "phone") if visit.form else "phone",
    }


def _look(visit: Visit, source: str) -> tuple[Looked, bool]:
    """Return what there is to see for whom it is looked at; whether that person is not there."""
    form = visit.form
    costs = read_costs(visit.settings.message_costs)
    locale, asked = form.get("show-locale", ""), form.get("show-variant", _AS_SUITS)
    variant = None if asked == _AS_SUITS else asked
    whom, nobody = PreviewFor(locale, variant), False
    if person := form.get("as-person", "").strip():
        # A look at personal values is written down, so it has to be asked for.
        is_open = form.get("reveal") == "1" and visit.may("people.reveal")
        by = visit.me.user.user_id if is_open else 0
        try:
            whom = preview_for(visit.world, visit.brand_id, person, locale, variant, by)
        except NotFound:
            nobody = True
    return look_at_template(visit.world, visit.brand_id, source, costs, whom), nobody
