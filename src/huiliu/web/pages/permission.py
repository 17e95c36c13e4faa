"""How the brand asks for permission: what people may choose, confirm, and are answered."""

from __future__ import annotations

from starlette.responses import Response

from huiliu.kernel.errors import BadInput
from huiliu.messages.jurisdictions import JURISDICTIONS
from huiliu.messages.keywords import KEYWORDS, MEANINGS
from huiliu.messages.permission import FREQUENCIES, KIND
from huiliu.messages.shipped import ANSWERS
from huiliu.services.list_actions import record_action
from huiliu.services.permission import permission_source
from huiliu.services.publish import publish
from huiliu.web.doors import Visit
from huiliu.web.permission_form import N_TOPICS, fields_of, source_of
from huiliu.web.rendering import go, page

__all__ = ["save", "show"]


def show(visit: Visit) -> Response:
    """Show how the brand asks."""
    return _page(visit, permission_source(visit.world, visit.brand_id))


def save(visit: Visit) -> Response:
    """Let the form, or the document that was written, hold from now on."""
    before = permission_source(visit.world, visit.brand_id)
    written = visit.form.get("source", "")
    source = written if visit.form.get("as") == "yaml" else source_of(visit.form, before)
    try:
        done = publish(visit.world, visit.brand_id, source, visit.me.user.email, kind=KIND)
    except BadInput as fault:
        problems = [(one.path, one.text, one.line) for one in fault.problems]
        return _page(visit, source, 422, problems)
    record_action(
        visit.world, visit.brand_id, visit.me.user.user_id, "permission_changed", f"v{done.version}"
    )
    return go("/permission", saved="1")


def _page(visit: Visit, source: str, status: int = 200, problems: object = ()) -> Response:
    """Show the page with a document, stored or as it was typed."""
    fields = fields_of(source)
    return page(
        visit, "pages/permission.html", status, section="permission", source=source,
        fields=fields, frequencies=tuple(FREQUENCIES), meanings=MEANINGS, answers=ANSWERS,
        laws=sorted(name for name, law in JURISDICTIONS.items() if law.double_opt_in),
        words={name: one.stop.split()[:6] for name, one in KEYWORDS.items()},
        n_topics=len(fields["topics"]) + N_TOPICS, problems=problems,
        is_saved=visit.ask("saved") == "1",
    )  # fmt: skip
