"""One editor for plans of every kind: a document, what is wrong with it, and what it would say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, Overtaken, Problem
from huiliu.kernel.texts import text
from huiliu.ports.world import World
from huiliu.services.list_actions import record_action
from huiliu.services.publish import publish
from huiliu.web.doors import Visit
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page

__all__ = ["PlanEditor"]

#: (world, brand_id, source) -> what the panel beside the editor shows; raises BadInput.
Look = Callable[[World, int, str], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class PlanEditor:
    """The editor of one kind of plan."""

    kind: str
    #: Where its pages begin: `/targets`.
    base: str
    #: Its part of the navigation.
    section: str
    #: What a new one begins with.
    first: str
    look: Look
    #: The template that shows what it would say.
    panel: str

    def show(self, visit: Visit, source: str, slug: str = "", version: int = 0) -> Response:
        """Show the editor with a document."""
        return self._page(visit, source, slug, version)

    def check(self, visit: Visit) -> Response:
        """Show what there is to say about a draft."""
        try:
            seen = self.look(visit.world, visit.brand_id, _source(visit))
        except BadInput as fault:
            return page(
                visit, "partials/plan_faulty.html",
                problems=[(one.path, one.text, one.line) for one in fault.problems],
            )  # fmt: skip
        return page(visit, self.panel, **seen)

    def apply(self, visit: Visit) -> Response:
        """Make a draft live, or say what keeps it from it; what was written stays."""
        source, slug = _source(visit), visit.form.get("slug", "")
        version = read_number(visit.form.get("version", "")) or 0
        try:
            done = publish(
                visit.world, visit.brand_id, source, visit.me.user.email, kind=self.kind,
                expects=version,
            )  # fmt: skip
        except BadInput as fault:
            return self._page(visit, source, slug, version, fault.problems, 422)
        except Overtaken as fault:
            said = (Problem("", text("console.plans.overtaken", version=fault.versions[1])),)
            return self._page(visit, source, slug, version, said, 409)
        record_action(
            visit.world, visit.brand_id, visit.me.user.user_id, f"{self.kind}_applied", done.slug
        )
        return go(f"{self.base}/{done.slug}", applied=done.version)

    def _page(
        self,
        visit: Visit,
        source: str,
        slug: str,
        version: int,
        problems: tuple[Problem, ...] = (),
        status: int = 200,
    ) -> Response:
        """Show the editor."""
        return page(
            visit, "pages/plan_edit.html", status, section=self.section, source=source, slug=slug,
            version=version, base=self.base, kind=self.kind,
            problems=[(one.path, one.text, one.line) for one in problems],
        )  # fmt: skip


def _source(visit: Visit) -> str:
    """Return the YAML of the form."""
    return visit.form.get("source", "").replace("\r\n", "\n")
