"""Decisions as data, for servers and `--json`."""

from __future__ import annotations

from collections.abc import Callable

from huiliu.governance.audit import Break
from huiliu.kernel.texts import Text
from huiliu.kernel.times import show_instant
from huiliu.ports.decisions import Decision, Vote
from huiliu.services.departments import Spoken
from huiliu.services.look_at_decisions import DecisionRow, DecisionView, DocumentView
from huiliu.services.verify_actions import ChainState

__all__ = ["chain_json", "decision_json", "delegation_json", "row_json"]

_Say = Callable[[Text], str]


def row_json(row: DecisionRow) -> dict[str, object]:
    """Return a decision in a list."""
    return _head(row.decision) | {
        "documents": [{"kind": one.kind, "slug": one.slug} for one in row.documents],
        "approved": list(row.stands.approved),
    }


def decision_json(view: DecisionView, say: _Say) -> dict[str, object]:
    """Return a decision with all that is known of it, texts in one language."""
    return _head(view.decision) | {
        "documents": [_document(one, say) for one in view.documents],
        "people": view.evidence.everybody,
        "currency": view.evidence.currency,
        "approved": list(view.stands.approved),
        "missing": view.stands.missing,
        "votes": [_vote(one, view) for one in view.votes],
        "revisions": [
            {"revision": one.revision, "at": show_instant(one.at), "author": one.author}
            for one in view.revisions
        ],
        "told": say(view.told) if view.told is not None else None,
    }


def delegation_json(one: Spoken) -> dict[str, object]:
    """Return who speaks for whom."""
    return {
        "delegation": one.delegation.delegation_id, "from": one.giver.email, "to": one.taker.email,
        "department": one.giver.department,
        "starts_at": show_instant(one.delegation.starts_at),
        "ends_at": show_instant(one.delegation.ends_at), "holds": one.holds,
    }  # fmt: skip


def chain_json(state: ChainState) -> dict[str, object]:
    """Return how the chain of actions stands."""
    return {
        "holds": state.holds, "actions": state.n, "head": state.head,
        "broken": _broken(state.broken), "knows_head": state.knows_noted,
    }  # fmt: skip


def _head(decision: Decision) -> dict[str, object]:
    """Return what every answer says of a decision."""
    return {
        "decision": decision.decision_id, "revision": decision.revision, "state": decision.state,
        "risk": decision.risk, "need": decision.need, "departments": list(decision.departments),
        "author": decision.author, "opened_at": show_instant(decision.opened_at),
        "changed_at": show_instant(decision.changed_at),
        "expires_at": show_instant(decision.expires_at),
    }  # fmt: skip


def _document(one: DocumentView, say: _Say) -> dict[str, object]:
    """Return one document, what it changes, and what was found out about it."""
    found: dict[str, object] = {
        "kind": one.kept.kind, "slug": one.kept.slug, "base_version": one.kept.base,
        "is_new": one.kept.is_new, "in_flight": one.kept.way, "source": one.kept.source,
        "changes": [
            {"path": each.path, "what": each.what, "words": say(each.sentence())}
            for each in one.changes
        ],
    }  # fmt: skip
    weighed = one.weighed
    if weighed is None:
        return found
    return found | {
        "risk": weighed.risk, "score": weighed.score, "floor": weighed.floor or None,
        "factors": [
            {"factor": each.name, "score": each.score, "words": say(each.said.text())}
            for each in weighed.factors
        ],
        "reach": weighed.reach, "people": weighed.people, "messages": weighed.messages,
        "cost": weighed.cost, "cases": weighed.n_cases,
        "findings": [
            {"severity": each.severity, "path": each.path, "words": say(each.said.text())}
            for each in weighed.findings
        ],
        "backtest": {"backtest": one.backtest.backtest_id, "state": one.backtest.state}
        if one.backtest is not None else None,
    }  # fmt: skip


def _vote(vote: Vote, view: DecisionView) -> dict[str, object]:
    """Return one vote, by names."""
    user, other = view.users.get(vote.user_id), view.users.get(vote.for_user)
    return {
        "revision": vote.revision, "department": vote.department, "verdict": vote.verdict,
        "by": user.email if user else str(vote.user_id), "for": other.email if other else None,
        "comment": vote.comment, "at": show_instant(vote.at),
    }  # fmt: skip


def _broken(found: Break | None) -> dict[str, object] | None:
    """Return where a chain does not hold."""
    return None if found is None else {"nth": found.nth, "kind": found.kind}
