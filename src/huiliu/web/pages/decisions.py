"""Decisions: what waits for the word of several departments, saying it, and who speaks for whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from huiliu.governance.approvals import KIND, SLUG, parse_approvals
from huiliu.governance.notices import DEPARTMENTS
from huiliu.kernel.documents import dump
from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem, Refused
from huiliu.kernel.texts import LOCALES, text
from huiliu.kernel.times import as_instant
from huiliu.ports.world import World
from huiliu.services.decide import STATES, vote, withdraw
from huiliu.services.departments import delegate, delegations, revoke, user_named
from huiliu.services.look_at_decisions import DecisionRow, list_decisions, show_decision
from huiliu.services.propose import approvals_in_force
from huiliu.web.doors import Door, Visit
from huiliu.web.i18n import translate
from huiliu.web.paging import number_mark, read_number
from huiliu.web.plan_editor import PlanEditor
from huiliu.web.rendering import go, page

__all__ = ["DECISION_DOORS"]

_SECTION: Final = "decisions"
_READ: Final = "decisions.read"
_WRITE: Final = "decisions.write"
#: The rules bind everybody, so they are an administrator's, and then the others' too.
_RULES: Final = "policy.write"
_POST: Final = ("POST",)


def show_list(visit: Visit) -> Response:
    """Show decisions, newest first, those of one state if it is chosen."""
    return _list(visit)


def show(visit: Visit) -> Response:
    """Show one decision: what it changes, what is known of it, who said what."""
    return _show(visit)


def give_vote(visit: Visit) -> Response:
    """Say yes or no."""
    number, form = _number(visit), visit.form
    revision = read_number(form.get("revision", "")) or 0
    try:
        vote(
            visit.world, visit.brand_id, number, visit.me.user, form.get("verdict", ""),
            revision=revision, comment=form.get("comment", ""),
            department=form.get("department", ""),
        )  # fmt: skip
    except BadInput as fault:
        return _show(visit, [(one.path, one.text, one.line) for one in fault.problems], 422)
    except Refused as fault:
        return _show(visit, [("", text(f"reason.{fault.reason}"), 0)], 409)
    except Conflict as fault:
        said = text("error.conflict", what=fault.what, expected=fault.expected, found=fault.found)
        return _show(visit, [("", said, 0)], 409)
    return go(f"/decisions/{number}", voted=1)


def take_back(visit: Visit) -> Response:
    """Withdraw one's own proposal."""
    number = _number(visit)
    try:
        withdraw(visit.world, visit.brand_id, number, visit.me.user.user_id)
    except Refused as fault:
        return _show(visit, [("", text(f"reason.{fault.reason}"), 0)], 409)
    return go(f"/decisions/{number}")


def give_word(visit: Visit) -> Response:
    """Let somebody else speak for the visitor's department for a while."""
    world, form = visit.world, visit.form
    me = visit.me.user
    try:
        taker = user_named(world, visit.brand_id, form.get("to", ""))
        delegate(
            world, visit.brand_id, me, taker, by=me.user_id,
            starts_at=_moment(world, form, "starts_at"), ends_at=_moment(world, form, "ends_at"),
        )  # fmt: skip
    except BadInput as fault:
        return _list(visit, [(one.path, one.text, one.line) for one in fault.problems], 422)
    return go("/decisions")


def end_word(visit: Visit) -> Response:
    """Take a delegation back."""
    number = read_number(visit.path("delegation"))
    if number is None:
        raise NotFound("delegation", visit.path("delegation"))
    revoke(visit.world, visit.brand_id, number, visit.me.user)
    return go("/decisions")


def show_rules(visit: Visit) -> Response:
    """Show the editor with the rules in use, or with the beginning of some."""
    with visit.world.store.transaction(visit.brand_id) as tx:
        try:
            held = tx.documents.latest(visit.brand_id, KIND, SLUG)
        except NotFound:
            return _EDITOR.show(visit, _first())
    return _EDITOR.show(visit, held.source, SLUG, held.version)


def check_rules(visit: Visit) -> Response:
    """Show what a draft of the rules says."""
    return _EDITOR.check(visit)


def apply_rules(visit: Visit) -> Response:
    """Make a draft of the rules live, or have it decided about."""
    return _EDITOR.apply(visit)


def _list(visit: Visit, problems: object = (), status: int = 200) -> Response:
    """Show the list with what somebody typed wrongly."""
    chosen = visit.ask("state") if visit.ask("state") in STATES else ""
    before = read_number(visit.ask("before"))
    rows, following = list_decisions(visit.world, visit.brand_id, chosen, before)
    with visit.world.store.transaction(visit.brand_id) as tx:
        rules = approvals_in_force(tx, visit.brand_id)
        users = tx.accounts.users(visit.brand_id)
    return page(
        visit, "pages/decisions.html", status, section=_SECTION, rows=rows, chosen=chosen,
        states=STATES, older=number_mark(following), rules=rules, users=users,
        given=delegations(visit.world, visit.brand_id), problems=problems,
        asked=[_is_asked(visit, one) for one in rows], may_rule=visit.may(_RULES),
    )  # fmt: skip


def _is_asked(visit: Visit, row: DecisionRow) -> bool:
    """Say whether the visitor's own word is waited for."""
    me, one = visit.me.user, row.decision
    return (
        one.state == "open"
        and one.author_id != me.user_id
        and me.department in one.departments
        and all(vote_.department != me.department for vote_ in row.stands.votes)
    )


def _show(visit: Visit, problems: object = (), status: int = 200) -> Response:
    """Show one decision with what kept the visitor from having a say."""
    found = show_decision(visit.world, visit.brand_id, _number(visit), visit.me.user)
    return page(
        visit, "pages/decision.html", status, section=_SECTION, view=found, one=found.decision,
        problems=problems, proposed=visit.ask("proposed"), voted=visit.ask("voted"),
        said_by={each.department: each for each in found.stands.votes},
        is_mine=found.decision.author_id == visit.me.user.user_id,
    )  # fmt: skip


def _number(visit: Visit) -> int:
    """Return the number of the decision in the address."""
    number = read_number(visit.path("decision"))
    if number is None:
        raise NotFound("decision", visit.path("decision"))
    return number


def _moment(world: World, form: Mapping[str, str], name: str) -> int:
    """Return an instant of the form; now where there is none."""
    word = form.get(name, "").strip()
    found = as_instant(word, world.zone) if word else world.clock.now()
    if found is None:
        raise BadInput((Problem(name, text("journeys.no_date", written=word[:80])),))
    return found


def _look(world: World, brand_id: int, source: str) -> Mapping[str, object]:
    """Return what a draft of the rules says; raise BadInput."""
    found = parse_approvals(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    with world.store.transaction(brand_id) as tx:
        staffed = {user.department for user in tx.accounts.users(brand_id)}
    return {"rules": found, "staffed": [one for one in DEPARTMENTS if one in staffed]}


def _first() -> str:
    """Return what the rules begin with."""
    return dump({
        "huiliu": 1, "kind": KIND, "slug": SLUG,
        "name": {one: translate(one, "console.decisions.rules_title") for one in LOCALES},
        "audience": {"some": 5, "many": 30, "few": 100},
        "cost": {"some": 1000, "much": 20000, "currency": "CNY"},
        "medium": {"departments": ["marketing", "operations", "legal"], "need": 1, "days": 3},
        "high": {"departments": list(DEPARTMENTS), "need": 2, "days": 7},
    })  # fmt: skip


_EDITOR: Final = PlanEditor(
    KIND, "/decisions/rules", _SECTION, "", _look, "partials/approvals_looked.html"
)

DECISION_DOORS: Final = (
    Door("/decisions", show_list, _READ),
    Door("/decisions/rules", show_rules, _RULES),
    Door("/decisions/rules/check", check_rules, _RULES, _POST),
    Door("/decisions/rules/apply", apply_rules, _RULES, _POST),
    Door("/decisions/rules/{slug}", show_rules, _RULES),
    Door("/decisions/delegations", give_word, _WRITE, _POST),
    Door("/decisions/delegations/{delegation}/end", end_word, _WRITE, _POST),
    Door("/decisions/{decision}", show, _READ),
    Door("/decisions/{decision}/vote", give_vote, _WRITE, _POST),
    Door("/decisions/{decision}/withdraw", take_back, _WRITE, _POST),
)
