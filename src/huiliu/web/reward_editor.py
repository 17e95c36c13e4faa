"""The editor of promotions and of coupons: a form and its YAML, one document, told as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from huiliu.kernel.documents import load
from huiliu.kernel.errors import BadInput, Overtaken, Problem
from huiliu.kernel.texts import text
from huiliu.ports.world import World
from huiliu.services.list_actions import record_action
from huiliu.services.look_at_promotions import list_promotions
from huiliu.services.look_at_segments import list_segments
from huiliu.services.publish import publish
from huiliu.web.doors import Visit
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page
from huiliu.web.reward_form import CHANNELS, DAYS, STEPS, fields_of

__all__ = ["RewardEditor"]


@dataclass(frozen=True, slots=True)
class RewardEditor:
    """The editor of one kind."""

    kind: str
    #: Where its pages begin: `/promotions`.
    base: str
    #: Its part of the navigation.
    section: str
    #: Fields of the form -> the document.
    write: Callable[[Mapping[str, str]], str]
    #: (world, brand_id, source) -> what the panel shows; raises BadInput.
    look: Callable[[World, int, str], Mapping[str, object]]

    def show(self, visit: Visit, source: str, slug: str = "", version: int = 0) -> Response:
        """Show the editor with a document."""
        return self._page(visit, source, slug, version)

    def fields(self, visit: Visit) -> Response:
        """Show the same draft as a form, or as YAML."""
        source = self.source(visit)
        mode = "yaml" if visit.form.get("to") == "yaml" or load(source).problems else "form"
        return page(visit, "partials/reward_fields.html", **self._shown(visit, source, mode))

    def check(self, visit: Visit) -> Response:
        """Show what there is to say about a draft."""
        source = self.source(visit)
        try:
            seen = self.look(visit.world, visit.brand_id, source)
        except BadInput as fault:
            return page(
                visit, "partials/plan_faulty.html",
                problems=[(one.path, one.text, one.line) for one in fault.problems],
            )  # fmt: skip
        return page(visit, f"partials/{self.kind}_looked.html", draft=source, **seen)

    def apply(self, visit: Visit) -> Response:
        """Make a draft live, or say what keeps it from it; what was written stays."""
        source, slug = self.source(visit), visit.form.get("before", "")
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
        me = visit.me.user.user_id
        record_action(visit.world, visit.brand_id, me, f"{self.kind}_applied", done.slug)
        return go(f"{self.base}/{done.slug}", applied=done.version)

    def source(self, visit: Visit) -> str:
        """Return the draft's YAML: as it was typed, or as the form means it."""
        if visit.form.get("mode") == "form":
            return self.write(visit.form)
        return visit.form.get("source", "").replace("\r\n", "\n")

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
        mode = visit.form.get("mode") or ("yaml" if load(source).problems else "form")
        return page(
            visit, "pages/reward_edit.html", status, section=self.section, slug=slug,
            version=version, problems=[(one.path, one.text, one.line) for one in problems],
            **self._shown(visit, source, mode),
        )  # fmt: skip

    def _shown(self, visit: Visit, source: str, mode: str) -> dict[str, object]:
        """Return what the form shows."""
        world, brand_id = visit.world, visit.brand_id
        promotions = list_promotions(world, brand_id) if self.kind == "coupon" else []
        segments = list_segments(world, brand_id) if self.kind == "promotion" else []
        return {
            "source": source, "mode": mode, "base": self.base, "kind": self.kind,
            "f": fields_of(source) if mode == "form" else None, "all_channels": CHANNELS,
            "all_days": DAYS, "n_steps": STEPS, "zone": world.zone,
            "segments": [one.document.slug for one in segments],
            "promotions": [one.promotion for one in promotions],
        }  # fmt: skip
