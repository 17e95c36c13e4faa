"""`huiliu decision`: what waits for the word of several departments, and saying it."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import House, open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, Problem, Unauthorised
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant, show_instant
from huiliu.services.decide import APPROVE, REJECT, vote, withdraw
from huiliu.services.decision_json import decision_json, delegation_json, row_json
from huiliu.services.departments import delegate, delegations, revoke, user_named
from huiliu.services.look_at_decisions import (
    DecisionView,
    DocumentView,
    list_decisions,
    show_decision,
)
from huiliu.services.sign_in import prove

__all__ = ["app"]

_BRAND = 1
#: Whoever can open the instance's folder.
_OPERATOR = 0

app = App(name="decision", help=sentence("cli.decision.help"))

Number = Annotated[int, Parameter(help=sentence("cli.decision.number"))]
Email = Annotated[str, Parameter(name="--user", help=sentence("cli.decision.user"))]
Revision = Annotated[int, Parameter(help=sentence("cli.decision.revision"))]
Comment = Annotated[str, Parameter(help=sentence("cli.decision.comment"))]
Department = Annotated[str, Parameter(help=sentence("cli.decision.department"))]


@app.command(name="list", help=sentence("cli.decision.list.help"))
def list_(
    *,
    state: Annotated[str, Parameter(help=sentence("cli.decision.state"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print decisions, newest first."""
    with open_instance(instance) as house:
        rows, _ = list_decisions(house.world, _BRAND, state)
    if json:
        emit([row_json(one) for one in rows])
        return
    if not rows:
        say(text("decisions.none"))
        return
    headings = (
        "#", text("decisions.what"), text("decisions.risk"), text("decisions.state"),
        text("decisions.yeses"), text("decisions.author"), text("decisions.until"),
    )  # fmt: skip
    table(headings, (
        (one.decision.decision_id, ", ".join(f"{each.kind} {each.slug}" for each in one.documents),
         text(f"risk.class.{one.decision.risk}"), text(f"decisions.state.{one.decision.state}"),
         f"{len(one.stands.approved)}/{one.decision.need}", one.decision.author,
         show_instant(one.decision.expires_at))
        for one in rows
    ))  # fmt: skip


@app.command(help=sentence("cli.decision.show.help"))
def show(number: Number, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print one decision: what it changes, what it may reach and cost, who said what."""
    with open_instance(instance) as house:
        found = show_decision(house.world, _BRAND, number)
    if json:
        emit(decision_json(found, sentence))
        return
    _say(found)


@app.command(help=sentence("cli.decision.approve.help"))
def approve(  # noqa: PLR0913 - one option for each thing that is said
    number: Number,
    /,
    *,
    user: Email,
    revision: Revision = 0,
    comment: Comment = "",
    department: Department = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Say yes as a user, whose password is asked for."""
    with open_instance(instance) as house:
        _vote(house, number, (user, APPROVE, comment, department), revision, json=json)


@app.command(help=sentence("cli.decision.reject.help"))
def reject(  # noqa: PLR0913 - one option for each thing that is said
    number: Number,
    /,
    *,
    user: Email,
    comment: Comment,
    revision: Revision = 0,
    department: Department = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Say no as a user, whose password is asked for, and why."""
    with open_instance(instance) as house:
        _vote(house, number, (user, REJECT, comment, department), revision, json=json)


@app.command(name="withdraw", help=sentence("cli.decision.withdraw.help"))
def withdraw_(number: Number, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take back what the command line or a key proposed."""
    with open_instance(instance) as house:
        done = withdraw(house.world, _BRAND, number, _OPERATOR)
    if json:
        emit({"decision": done.decision_id, "state": done.state})
    else:
        say(text("decisions.is_now", id=number, state=text(f"decisions.state.{done.state}")))


@app.command(name="delegate", help=sentence("cli.decision.delegate.help"))
def delegate_(
    giver: Annotated[str, Parameter(help=sentence("cli.decision.giver"))],
    taker: Annotated[str, Parameter(help=sentence("cli.decision.taker"))],
    /,
    *,
    until: Annotated[str, Parameter(help=sentence("cli.decision.until"))],
    start: Annotated[str, Parameter(name="--from", help=sentence("cli.decision.from"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Let one user speak for another for a while."""
    with open_instance(instance) as house:
        world = house.world
        made = delegate(
            world, _BRAND, user_named(world, _BRAND, giver), user_named(world, _BRAND, taker),
            starts_at=_moment(house, start, "--from") or world.clock.now(),
            ends_at=_moment(house, until, "--until"),
        )  # fmt: skip
    if json:
        emit({"delegation": made.delegation_id, "ends_at": show_instant(made.ends_at)})
    else:
        say(text("delegation.made", giver=giver, taker=taker, until=show_instant(made.ends_at)))


@app.command(name="delegations", help=sentence("cli.decision.delegations.help"))
def delegations_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print who speaks for whom, or will."""
    with open_instance(instance) as house:
        found = delegations(house.world, _BRAND)
    if json:
        emit([delegation_json(one) for one in found])
        return
    headings = (
        "#", text("delegation.from"), text("users.department"), text("delegation.to"),
        text("delegation.starts"), text("delegation.ends"),
    )  # fmt: skip
    table(headings, (
        (one.delegation.delegation_id, one.giver.email,
         text(f"departments.{one.giver.department or 'none'}"), one.taker.email,
         show_instant(one.delegation.starts_at), show_instant(one.delegation.ends_at))
        for one in found
    ))  # fmt: skip


@app.command(name="revoke", help=sentence("cli.decision.revoke.help"))
def revoke_(delegation: int, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a delegation back."""
    with open_instance(instance) as house:
        revoke(house.world, _BRAND, delegation)
    if json:
        emit({"delegation": delegation, "revoked": True})
    else:
        say(text("delegation.ended", id=delegation))


def _vote(
    house: House, number: int, words: tuple[str, str, str, str], revision: int, *, json: bool
) -> None:
    """Say yes or no as the user who knows the password."""
    email, verdict, comment, department = words
    user = prove(house.world, email, _password(), "command line")
    if user.brand_id != _BRAND:
        raise Unauthorised("password")
    seen = revision or show_decision(house.world, _BRAND, number).decision.revision
    done = vote(
        house.world, _BRAND, number, user, verdict, revision=seen, comment=comment,
        department=department,
    )  # fmt: skip
    if json:
        emit({"decision": number, "revision": done.revision, "state": done.state})
    else:
        say(text("decisions.is_now", id=number, state=text(f"decisions.state.{done.state}")))


def _say(found: DecisionView) -> None:
    """Print a decision in words."""
    one = found.decision
    departments = ", ".join(sentence(f"departments.{name}") for name in one.departments)
    say(text(
        "decisions.head", id=one.decision_id, revision=one.revision,
        state=text(f"decisions.state.{one.state}"), risk=text(f"risk.class.{one.risk}"),
        author=one.author, need=one.need, departments=departments,
        until=show_instant(one.expires_at),
    ))  # fmt: skip
    if found.told is not None:
        say(found.told)
    for document in found.documents:
        _say_document(document)
    for vote_ in found.votes:
        user = found.users.get(vote_.user_id)
        say(text(
            "decisions.said", at=show_instant(vote_.at), who=user.email if user else "-",
            department=text(f"departments.{vote_.department}"), revision=vote_.revision,
            verdict=text(f"decisions.verdict.{vote_.verdict}"), comment=vote_.comment or "-",
        ))  # fmt: skip


def _say_document(one: DocumentView) -> None:
    """Print what one document changes, and what is known of it."""
    say(f"\n{one.kept.kind} {one.kept.slug} (v{one.kept.base} -> v{one.kept.base + 1})")
    if not one.kept.base:
        say(f"  {sentence('decisions.is_first')}")
    for change in one.changes:
        say(f"  {change.path}: {sentence(change.sentence())}")
    if one.weighed is None:
        return
    for factor in one.weighed.factors:
        name = sentence(f"risk.factor.{factor.name}")
        say(f"  {name} {factor.score}/3  {sentence(factor.said.text())}")
    if one.weighed.n_cases:
        say(f"  {sentence(text('decisions.cases', n=one.weighed.n_cases))}")
    if one.backtest is not None:
        say(f"  {sentence(text('decisions.backtest', id=one.backtest.backtest_id))}")
    for finding in one.weighed.findings:
        say(f"  {finding.path}: {sentence(finding.said.text())}")


def _moment(house: House, written: str, name: str) -> int:
    """Return an instant in the brand's zone; 0 where nothing is written."""
    found = as_instant(written, house.world.zone) if written else 0
    if found is None:
        raise BadInput((Problem(name, text("journeys.no_date", written=written)),))
    return found


def _password() -> str:
    """Return the password: typed unseen at a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(sentence("users.ask_password") + " ")
    return sys.stdin.readline().rstrip("\r\n")
