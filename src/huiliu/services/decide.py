"""Deciding together: who may say what about a proposal, and what their words lead to.

A department speaks once about a revision, by one of its people or by whoever speaks for one of
them; nobody speaks about what is their own. As many yeses as are needed, and it goes live by
itself; one no, and it is over until it is proposed anew.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.governance.notices import DEPARTMENTS
from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem, Refused
from huiliu.kernel.texts import Text, text
from huiliu.ports.accounts import KEY_AUTHOR, User
from huiliu.ports.console import Action
from huiliu.ports.decisions import Decision, Delegation, Revision, Vote
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.departments import may_decide
from huiliu.services.go_live import go_live
from huiliu.services.notify import notify
from huiliu.services.propose import told_facts

__all__ = [
    "APPROVE",
    "LONGEST_COMMENT",
    "REJECT",
    "STATES",
    "Ballot",
    "Tally",
    "authors_of",
    "ballots",
    "tally",
    "vote",
    "withdraw",
]

APPROVE: Final = "approve"
REJECT: Final = "reject"
STATES: Final = ("open", "approved", "live", "rejected", "withdrawn", "expired", "failed")
LONGEST_COMMENT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Ballot:
    """For which department a user may speak about a decision."""

    department: str
    #: Whose word it is; 0 = the user's own.
    for_user: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """What was said about the present revision."""

    votes: Sequence[Vote]
    need: int

    @property
    def approved(self) -> tuple[str, ...]:
        """Return the departments that said yes."""
        return tuple(one.department for one in self.votes if one.verdict == APPROVE)

    @property
    def missing(self) -> int:
        """Return how many departments still have to say yes."""
        return max(0, self.need - len(self.approved))

    @property
    def is_rejected(self) -> bool:
        """Say whether somebody said no."""
        return any(one.verdict == REJECT for one in self.votes)


def tally(decision: Decision, votes: Sequence[Vote]) -> Tally:
    """Return what was said about the present revision of a decision."""
    return Tally([one for one in votes if one.revision == decision.revision], decision.need)


def ballots(
    decision: Decision,
    user: User,
    authors: Collection[int],
    delegations: Sequence[Delegation],
    users: Sequence[User],
    now: int,
) -> tuple[list[Ballot], Text | None]:
    """Return for which departments a user may speak, and why not where it is none.

    Args:
        decision: what is decided.
        user: who wants to.
        authors: whoever wrote a revision of it, as `authors_of` says; none of them may.
        delegations: who speaks for whom.
        users: everybody of the brand.
        now: the instant.
    """
    if user.user_id in authors:
        return [], text("decisions.own")
    found = []
    if may_decide(user, decision.departments):
        found.append(Ballot(user.department))
    by_id = {one.user_id: one for one in users}
    for one in delegations:
        giver = by_id.get(one.from_user)
        # Whoever wrote it does not choose who speaks for their department.
        if (
            one.to_user == user.user_id
            and giver is not None
            and giver.user_id not in authors
            and may_decide(giver, decision.departments)
            and one.holds(now)
            and all(each.department != giver.department for each in found)
        ):
            found.append(Ballot(giver.department, giver.user_id))
    if found:
        return found, None
    known = ", ".join(decision.departments)
    return [], text("decisions.not_yours", departments=known)


def authors_of(tx: Tx, brand_id: int, revisions: Sequence[Revision]) -> set[int]:
    """Return the users who wrote revisions: of what a key wrote, whoever made the key.

    Documents name a key as people do. Of several keys of one name all makers count: that leaves out
    nobody but people who made a key of that name themselves.
    """
    keys = {
        one.author.removeprefix(KEY_AUTHOR)
        for one in revisions
        if not one.author_id and one.author.startswith(KEY_AUTHOR)
    }
    makers = tx.accounts.key_makers(brand_id, keys) if keys else set()
    return {one.author_id for one in revisions} | makers


def vote(  # noqa: PLR0913 - who says what about what
    world: World,
    brand_id: int,
    number: int,
    user: User,
    verdict: str,
    *,
    revision: int,
    comment: str = "",
    department: str = "",
) -> Decision:
    """Say yes or no; the last yes that is needed lets it go live.

    Args:
        world: the instance.
        brand_id: whose decision.
        number: which.
        user: who says it; whoever calls this has proven that it is they.
        verdict: approve or reject.
        revision: the one that they looked at.
        comment: why; needed with a no.
        department: for which, where they may speak for several; "" = the first of them.

    Raises:
        NotFound: there is no such decision.
        BadInput: what was said cannot be taken.
        Refused: they may not speak about it.
        Conflict: it is over, or about something else by now, or their department has spoken.
    """
    _check_words(verdict, comment, department)
    now = world.clock.now()
    with world.store.system() as tx:
        decision = tx.decisions.lock(brand_id, number)
        _check_open(decision, revision, now)
        ballot = _ballot(tx, decision, user, department, now)
        given = Vote(
            brand_id, number, revision, user.user_id, ballot.department, ballot.for_user, verdict,
            comment.strip(), now,
        )  # fmt: skip
        if not tx.decisions.vote(given):
            raise Conflict(f"decision {number}", f"no word of {ballot.department}", "one")
        stands = tally(decision, tx.decisions.votes(brand_id, number))
        after = "rejected" if stands.is_rejected else "open" if stands.missing else "approved"
        if after != "open":
            tx.decisions.move(decision, "open", after, now)
            notify(
                tx, world, brand_id, f"decision_{after}", told_facts(decision),
                address=f"/decisions/{number}", key=f"decision {number}.{revision} {after}",
            )  # fmt: skip
        what = "decision_approved" if verdict == APPROVE else "decision_rejected"
        subject = f"{number}.{revision} {ballot.department}"
        tx.console.record_action(Action(brand_id, now, user.user_id, what, subject))
    if after == "approved":
        go_live(world, brand_id, number)
    with world.store.transaction(brand_id) as tx:
        return tx.decisions.get(brand_id, number)


def withdraw(world: World, brand_id: int, number: int, user_id: int) -> Decision:
    """Take a proposal back.

    Args:
        world: the instance.
        brand_id: whose decision.
        number: which.
        user_id: its author; 0 = the command line or a key, which take back what has no other.

    Raises:
        NotFound: there is no such decision.
        Refused: somebody else proposed it.
        Conflict: it is over.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        decision = tx.decisions.lock(brand_id, number)
        if decision.author_id != user_id:
            raise Refused("decision_of_another")
        if not tx.decisions.move(decision, "open", "withdrawn", now):
            raise Conflict(f"decision {number}", "open", decision.state)
        subject = f"{number}.{decision.revision}"
        tx.console.record_action(Action(brand_id, now, user_id, "decision_withdrawn", subject))
        return tx.decisions.get(brand_id, number)


def _check_words(verdict: str, comment: str, department: str) -> None:
    """Raise BadInput with all that is wrong with what somebody says."""
    problems = []
    if verdict not in {APPROVE, REJECT}:
        problems.append(Problem("verdict", text("decisions.want_verdict")))
    if verdict == REJECT and not comment.strip():
        problems.append(Problem("comment", text("decisions.want_reason")))
    if len(comment.strip()) > LONGEST_COMMENT:
        problems.append(Problem("comment", text("decisions.comment_length", most=LONGEST_COMMENT)))
    if department and department not in DEPARTMENTS:
        known = ", ".join(DEPARTMENTS)
        problems.append(Problem("department", text("departments.unknown", known=known)))
    if problems:
        raise BadInput(tuple(problems))


def _check_open(decision: Decision, revision: int, now: int) -> None:
    """Raise Conflict where nothing can be said any more, or about something else only."""
    what = f"decision {decision.decision_id}"
    if decision.state != "open":
        raise Conflict(what, "open", decision.state)
    if decision.revision != revision:
        raise Conflict(what, f"revision {revision}", f"revision {decision.revision}")
    if decision.expires_at <= now:
        raise Conflict(what, "open", "expired")


def _ballot(tx: Tx, decision: Decision, user: User, department: str, now: int) -> Ballot:
    """Return for whom a user speaks.

    Raises:
        Refused: for nobody who is asked.
        Conflict: they spoke for another department already.
    """
    brand_id, number = decision.brand_id, decision.decision_id
    fresh = tx.accounts.user(user.user_id)
    if fresh is None or fresh.brand_id != brand_id:
        raise NotFound("user", str(user.user_id))
    found, why_not = ballots(
        decision, fresh, authors_of(tx, brand_id, tx.decisions.revisions(brand_id, number)),
        tx.decisions.delegations(brand_id, now), tx.accounts.users(brand_id), now,
    )  # fmt: skip
    if why_not is not None:
        raise Refused("own_decision" if why_not.key == "decisions.own" else "not_your_decision")
    chosen = [one for one in found if department in {"", one.department}]
    if not chosen:
        raise Refused("not_your_decision")
    spoken = [
        one.department
        for one in tx.decisions.votes(brand_id, number)
        if one.revision == decision.revision and one.user_id == user.user_id
    ]
    if not spoken:
        return chosen[0]
    # One person is one voice, however many they could speak for.
    same = [one for one in chosen if one.department == spoken[0]]
    if not same:
        raise Conflict(f"decision {number}", f"one word of {user.email}", spoken[0])
    return same[0]
