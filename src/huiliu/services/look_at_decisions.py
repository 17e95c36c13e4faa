"""Decisions as people look at them: which wait, what one changes, who said what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import Text, text
from huiliu.ports.accounts import User
from huiliu.ports.backtests import BacktestRow
from huiliu.ports.decisions import Decision, Revision, Vote
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.compare_documents import Change, compare_sources
from huiliu.services.decide import STATES, Ballot, Tally, authors_of, ballots, tally
from huiliu.services.decision_data import (
    Evidence,
    Kept,
    Weighed,
    read_documents,
    read_evidence,
    read_said,
)
from huiliu.services.live import surroundings

__all__ = ["DecisionRow", "DecisionView", "DocumentView", "list_decisions", "show_decision"]

_PER_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision in a list."""

    decision: Decision
    documents: Sequence[Kept]
    stands: Tally


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One document of a decision: what it would change, and what is known of it."""

    kept: Kept
    #: What stood there when it was proposed; "" = nothing.
    before: str
    changes: Sequence[Change]
    #: None = it says what is live already.
    weighed: Weighed | None
    #: None = there is none.
    backtest: BacktestRow | None


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision with all that is to be known of it."""

    decision: Decision
    documents: Sequence[DocumentView]
    evidence: Evidence
    stands: Tally
    #: Of every revision, oldest first.
    votes: Sequence[Vote]
    revisions: Sequence[Revision]
    #: User id -> user.
    users: Mapping[int, User]
    #: Why it ended so, or was opened again; None = there is nothing to say.
    told: Text | None
    #: For which departments whoever looks may speak.
    ballots: Sequence[Ballot]
    #: Why they may speak for none; None = they may, or nobody in particular looks.
    why_not: Text | None


def list_decisions(
    world: World, brand_id: int, state: str = "", before: int | None = None
) -> tuple[Sequence[DecisionRow], int | None]:
    """Return a page of decisions, newest first, and where the next begins.

    Raises:
        BadInput: there is no such state.
    """
    if state and state not in STATES:
        raise BadInput(
            (Problem("state", text("decisions.unknown_state", known=", ".join(STATES))),)
        )
    with world.store.transaction(brand_id) as tx:
        found = tx.decisions.page(brand_id, [state] if state else [], _PER_PAGE + 1, before)
        rows = [
            DecisionRow(
                one, [each for each in read_documents(one.documents) if each.is_new],
                tally(one, tx.decisions.votes(brand_id, one.decision_id)),
            )
            for one in found[:_PER_PAGE]
        ]  # fmt: skip
    return rows, found[_PER_PAGE - 1].decision_id if len(found) > _PER_PAGE else None


def show_decision(
    world: World, brand_id: int, number: int, user: User | None = None
) -> DecisionView:
    """Return one decision, as a user sees it who may have a say.

    Raises:
        NotFound: there is no such decision.
    """
    with world.store.system() as tx:
        decision = tx.decisions.get(brand_id, number)
        votes = tx.decisions.votes(brand_id, number)
        revisions = tx.decisions.revisions(brand_id, number)
        users = tx.accounts.users(brand_id)
        evidence = read_evidence(decision.evidence)
        documents = _documents(tx, world, decision, evidence)
        mine: list[Ballot] = []
        why_not = None
        if user is not None:
            now = world.clock.now()
            given = tx.decisions.delegations(brand_id, now)
            mine, why_not = ballots(
                decision, user, authors_of(tx, brand_id, revisions), given, users, now
            )
    return DecisionView(
        decision, documents, evidence, tally(decision, votes), votes, revisions,
        {one.user_id: one for one in users}, read_said(decision.told), mine, why_not,
    )  # fmt: skip


def _documents(
    tx: Tx, world: World, decision: Decision, evidence: Evidence
) -> Sequence[DocumentView]:
    """Return the documents of a decision beside what stood there when it was proposed."""
    brand_id = decision.brand_id
    around = surroundings(tx, world, brand_id)
    weighed = {(one.kind, one.slug): one for one in evidence.documents}
    found = []
    for kept in read_documents(decision.documents):
        before = ""
        if kept.base:
            before = tx.documents.version(brand_id, kept.kind, kept.slug, kept.base).source
        known = weighed.get((kept.kind, kept.slug))
        backtest = None
        if known is not None and known.backtest:
            try:
                backtest = tx.backtests.get(brand_id, known.backtest)
            except NotFound:
                # Old backtests are forgotten; what was decided by them is not.
                backtest = None
        changes = compare_sources(kept.kind, before, kept.source, around)
        found.append(DocumentView(kept, before, changes, known, backtest))
    return found
