"""Quiet hours, caps, attention and fatigue: what holds, what it costs, and changing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from starlette.responses import Response

from huiliu.kernel.errors import BadInput
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.messages.countries import COUNTRIES
from huiliu.messages.odds import Hazard, Tired, odds_of
from huiliu.ports.policy import OddsRow
from huiliu.services.list_actions import record_action
from huiliu.services.policy_view import check_policy, policy_view
from huiliu.services.policy_what_if import what_if
from huiliu.services.publish import publish
from huiliu.services.tell_policy import TIRING
from huiliu.web.doors import Visit
from huiliu.web.i18n import translate
from huiliu.web.rendering import go, page

__all__ = ["apply", "check", "show", "show_editor", "show_what_if"]


@dataclass(frozen=True, slots=True)
class _Fares:
    """How messages of one channel fare."""

    channel: str
    n: int
    n_opted_out: int
    p_convert: float
    p_opt_out: float
    hazard: Hazard | None
    #: How tired somebody is, and what one more message does then.
    steps: list[tuple[Tired, float]]


def show(visit: Visit) -> Response:
    """Show the policy in force."""
    view = policy_view(visit.world, visit.brand_id)
    return page(
        visit, "pages/policy.html", section="policy", view=view, countries=COUNTRIES,
        fares=_fares(view.odds), applied=visit.ask("applied"),
        exactly=partial(_exactly, visit.locale),
    )  # fmt: skip


def show_what_if(visit: Visit) -> Response:
    """Show what other caps would have done; asked for by the page, as it takes a moment."""
    found = what_if(visit.world, visit.brand_id)
    return page(visit, "partials/policy_what_if.html", found=found)


def show_editor(visit: Visit) -> Response:
    """Show the editor with the document in force."""
    return _editor(visit, policy_view(visit.world, visit.brand_id).source)


def check(visit: Visit) -> Response:
    """Show all that is wrong with a draft, or what its caps would have done."""
    try:
        policy = check_policy(visit.world, visit.brand_id, _source(visit))
    except BadInput as fault:
        return page(visit, "partials/policy_check.html", found=None, problems=_problems(fault))
    found = what_if(visit.world, visit.brand_id, policy.rules)
    return page(visit, "partials/policy_check.html", found=found, problems=())


def apply(visit: Visit) -> Response:
    """Make a policy live, or say all that is wrong with it."""
    source = _source(visit)
    try:
        made = publish(visit.world, visit.brand_id, source, visit.me.user.email, kind="policy")
    except BadInput as fault:
        return _editor(visit, source, _problems(fault), 422)
    record_action(
        visit.world, visit.brand_id, visit.me.user.user_id, "policy_applied", str(made.version)
    )
    return go("/policy", applied=made.version)


def _editor(visit: Visit, source: str, problems: object = (), status: int = 200) -> Response:
    """Show the editor."""
    return page(
        visit, "pages/policy_edit.html", status, section="policy", source=source,
        problems=problems,
    )  # fmt: skip


def _fares(row: OddsRow) -> list[_Fares]:
    """Return how messages of each channel fare."""
    odds = odds_of(row.cells, {})
    counts: Mapping[str, list[int]] = {}
    found = dict(counts)
    for cell in row.cells:
        sums = found.setdefault(cell.channel, [0, 0])
        sums[0] += cell.n
        sums[1] += cell.n_opted_out
    return [
        _Fares(
            channel, n, gone, odds.convert("", "", channel), odds.opt_out("", channel, Tired()),
            hazard := row.hazards.get(channel),
            [(one, hazard.at(one)) for one in TIRING] if hazard is not None else [],
        )
        for channel, (n, gone) in sorted(found.items())
    ]  # fmt: skip


def _exactly(locale: str, duration: int) -> str:
    """Return a length of time in the largest unit that it is a whole number of."""
    for unit, length in (("day", DAY), ("hour", HOUR)):
        if duration % length == 0:
            return translate(locale, f"console.time.{unit}", n=duration // length)
    return translate(locale, "console.time.minute", n=duration // MINUTE)


def _source(visit: Visit) -> str:
    """Return the YAML of the form."""
    return visit.form.get("source", "").replace("\r\n", "\n")


def _problems(fault: BadInput) -> list[tuple[object, ...]]:
    """Return problems as the pages list them."""
    return [(one.path, one.text, one.line) for one in fault.problems]
