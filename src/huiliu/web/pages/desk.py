"""How the brand answers people: how soon, what is said by itself, and what marketing waits for."""

from __future__ import annotations

from starlette.responses import Response

from huiliu.kernel.errors import BadInput
from huiliu.kernel.times import show_duration
from huiliu.messages.desk import ANSWERABLE, DEFAULT, KIND, MATCHES
from huiliu.services.desk import desk_source
from huiliu.services.list_actions import record_action
from huiliu.services.publish import publish
from huiliu.web.desk_form import MORE, fields_of, source_of
from huiliu.web.doors import Visit
from huiliu.web.rendering import go, page

__all__ = ["save", "show"]


def show(visit: Visit) -> Response:
    """Show how the brand answers."""
    return _page(visit, desk_source(visit.world, visit.brand_id))


def save(visit: Visit) -> Response:
    """Let the form, or the document that was written, hold from now on."""
    before = desk_source(visit.world, visit.brand_id)
    written = visit.form.get("source", "")
    source = written if visit.form.get("as") == "yaml" else source_of(visit.form, before)
    try:
        done = publish(visit.world, visit.brand_id, source, visit.me.user.email, kind=KIND)
    except BadInput as fault:
        problems = [(one.path, one.text, one.line) for one in fault.problems]
        return _page(visit, source, 422, problems)
    record_action(
        visit.world, visit.brand_id, visit.me.user.user_id, "desk_changed", f"v{done.version}"
    )
    return go("/desk", saved="1")


def _page(visit: Visit, source: str, status: int = 200, problems: object = ()) -> Response:
    """Show the page with a document, stored or as it was typed."""
    fields = fields_of(source)
    usual = {
        "answer_within": DEFAULT.answer_within, "close_after": DEFAULT.close_after,
        "conversation": DEFAULT.hold_conversation, "dispute": DEFAULT.hold_dispute,
    }  # fmt: skip
    return page(
        visit, "pages/desk.html", status, section="desk", source=source, fields=fields,
        usual={name: show_duration(one) for name, one in usual.items()},
        n_quick=len(fields["quick_replies"]) + MORE, n_keywords=len(fields["keywords"]) + MORE,
        channels=ANSWERABLE, matches=MATCHES, problems=problems,
        is_saved=visit.ask("saved") == "1",
    )  # fmt: skip
