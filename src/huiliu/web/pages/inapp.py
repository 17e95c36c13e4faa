"""In-app messages: how far people went with each, a designer with a phone, and taking one back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import to_builtins
from starlette.responses import Response

from huiliu.kernel.documents import dump, load
from huiliu.kernel.errors import BadInput, Overtaken, Problem
from huiliu.kernel.times import SECOND, show_instant
from huiliu.messages.channels import CHANNELS
from huiliu.messages.inapp import KINDS, Card, read_card
from huiliu.services.inapp_overview import is_open, list_inapp, show_inapp, withdraw
from huiliu.services.list_actions import record_action
from huiliu.services.list_templates import show_template
from huiliu.services.list_vocabulary import list_vocabulary
from huiliu.services.look_at_briefs import list_briefs
from huiliu.services.look_at_template import Looked, look_at_template
from huiliu.services.preview_template import PreviewFor
from huiliu.services.publish import publish
from huiliu.web.doors import Visit
from huiliu.web.inapp_form import FREQUENCIES, WORDS, inapp_form, inapp_source
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page

__all__ = ["check", "draft", "save", "show", "show_editor", "show_list", "show_new", "take_back"]

_ALL_DAYS: Final = (7, 30, 90)
_USUAL_DAYS: Final = 30
_MOST_NAMES: Final = 12
_FIRST: Final = """\
huiliu: 1
kind: template
slug: ""
name: {}
channel: inapp
class: marketing
locales:
  zh-CN:
    type: KIND
    title: ""
    text: ""
"""


def show_list(visit: Visit) -> Response:
    """Show every in-app message in use and its funnel."""
    days, kind = _days(visit), visit.ask("kind")
    rows = list_inapp(visit.world, visit.brand_id, days, kind if kind in KINDS else "")
    return page(
        visit, "pages/inapp.html", section="inapp", rows=rows, kinds=KINDS, kind=kind, days=days,
        all_days=_ALL_DAYS, is_open=is_open(visit.world, visit.brand_id),
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one: its funnel, how it looks, who sends it."""
    slug, days = visit.path("slug"), _days(visit)
    one = show_inapp(visit.world, visit.brand_id, slug, days)
    return page(
        visit, "pages/inapp_message.html", section="inapp", one=one, days=days,
        all_days=_ALL_DAYS, applied=visit.ask("applied"), taken=visit.ask("taken"),
        is_open=is_open(visit.world, visit.brand_id), **_looked(visit, one.row.document.source),
    )  # fmt: skip


def show_new(visit: Visit) -> Response:
    """Show the designer with the beginning of a message."""
    if copied := visit.ask("copy"):
        source = show_template(visit.world, visit.brand_id, copied).document.source
        return _designer(visit, source.replace(f"slug: {copied}\n", f"slug: {copied}-2\n", 1), "")
    kind = visit.ask("kind")
    return _designer(visit, _FIRST.replace("KIND", kind if kind in KINDS else "popup"), "")


def show_editor(visit: Visit) -> Response:
    """Show the designer with a message in use."""
    slug = visit.path("slug")
    one = show_inapp(visit.world, visit.brand_id, slug)
    return _designer(visit, one.row.document.source, slug, one.row.document.version)


def draft(visit: Visit) -> Response:
    """Show the fields again: with another language, or as YAML and back."""
    source = inapp_source(visit.form)
    mode = visit.form.get("to") or visit.form.get("mode", "form")
    return page(visit, "partials/inapp_fields.html", **_fields(visit, source, mode))


def check(visit: Visit) -> Response:
    """Show what there is to say about what was written, and how it looks."""
    return page(visit, "partials/inapp_looked.html", **_looked(visit, inapp_source(visit.form)))


def save(visit: Visit) -> Response:
    """Make a message live, or say all that is wrong with it; what was written stays."""
    source, slug = inapp_source(visit.form), visit.form.get("was", "")
    seen = read_number(visit.form.get("version", "")) or 0
    by = visit.me.user
    try:
        done = publish(
            visit.world, visit.brand_id, source, by.email, expects=seen if slug else 0,
            kind="template",
        )  # fmt: skip
    except BadInput as fault:
        return _designer(visit, source, slug, seen, 422, fault.problems)
    except Overtaken as fault:
        problems = [Problem("", one) for one in fault.changes]
        return _designer(visit, source, slug, fault.versions[1], 409, problems)
    record_action(visit.world, visit.brand_id, by.user_id, "template_published", done.slug)
    return go(f"/inapp/{done.slug}", applied=done.version)


def take_back(visit: Visit) -> Response:
    """Take a message back from everybody who has not closed it."""
    slug = visit.path("slug")
    n_taken = withdraw(visit.world, visit.brand_id, slug)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "inapp_withdrawn", slug)
    return go(f"/inapp/{slug}", taken=n_taken)


def _days(visit: Visit) -> int:
    """Return of how many days the funnel is."""
    found = read_number(visit.ask("days")) or _USUAL_DAYS
    return found if found in _ALL_DAYS else _USUAL_DAYS


def _designer(
    visit: Visit,
    source: str,
    slug: str,
    version: int = 0,
    status: int = 200,
    problems: Sequence[Problem] = (),
) -> Response:
    """Show the designer."""
    mode = visit.form.get("mode", "form") if visit.form else "form"
    return page(
        visit, "pages/inapp_edit.html", status, section="inapp", slug=slug, version=version,
        problems=[(one.path, one.text, one.line) for one in problems],
        **_fields(visit, source, mode), **_looked(visit, source),
    )  # fmt: skip


def _fields(visit: Visit, source: str, mode: str) -> dict[str, object]:
    """Return what the fields of the designer show."""
    words = list_vocabulary(visit.world, visit.brand_id)
    return {
        "inapp": inapp_form(source),
        "mode": "yaml" if mode == "yaml" else "form",
        "kinds": KINDS,
        "words": WORDS,
        "frequencies": FREQUENCIES,
        "briefs": list_briefs(visit.world, visit.brand_id),
        "events": [one.name for one in words.events][:200],
        "segments": words.documents["segment"],
        "offers": [f"person.{one.name}" for one in words.traits[:_MOST_NAMES]] or ["person.name"],
    }


def _looked(visit: Visit, source: str) -> dict[str, object]:
    """Return what the phone beside the designer shows."""
    locale = visit.form.get("show-locale", "") if visit.form else ""
    seen = look_at_template(visit.world, visit.brand_id, source, {}, PreviewFor(locale))
    drawn, problems = _drawn(
        visit, _named(visit, source, locale) if seen.template is None else seen
    )
    return {
        "seen": seen,
        "drawn": drawn,
        "faults": [*seen.problems, *problems],
        "shown_locale": seen.preview.locale if seen.preview else locale,
    }


def _named(visit: Visit, source: str, locale: str) -> Looked:
    """Return what there is to see of a message that has no name yet: its words are there before."""
    tree = dict(load(source).tree)
    tree["slug"] = tree.get("slug") or "preview"
    tree["name"] = tree.get("name") or {"en": "-"}
    return look_at_template(visit.world, visit.brand_id, dump(tree), {}, PreviewFor(locale))


def _drawn(visit: Visit, seen: Looked) -> tuple[Mapping[str, Any] | None, Sequence[Problem]]:
    """Return the card as a client draws it, and what else keeps it from being drawn."""
    if seen.preview is None or seen.template is None or seen.template.channel not in CHANNELS:
        return None, ()
    is_ad = seen.template.message_class == "marketing"
    now = visit.world.clock.now()
    card = read_card(
        seen.preview.parts, now, visit.world.zone, is_ad=is_ad, locale=seen.preview.locale
    )
    if not isinstance(card, Card):
        known = [(one.path.rpartition(".")[2], one.text) for one in seen.problems]
        return None, [one for one in card if (one.path, one.text) not in known]
    told: Mapping[str, Any] = to_builtins(card)
    made_at = show_instant(now - now % SECOND)
    return {**told, "id": "look", "ad": card.is_ad, "made_at": made_at, "read": False}, ()
