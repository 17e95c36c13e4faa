"""Several departments decide about what is risky: nobody alone, nothing twice, nothing unseen."""

from __future__ import annotations

from threading import Barrier, Thread

import psycopg
import pytest
from tests.integration.decisions.deciding import (
    BRAND,
    approvals,
    decide_together,
    house,
    note,
    person,
    policy,
    segment,
)

from huiliu.kernel.errors import AwaitsApproval, BadInput, Conflict, HuiliuError, NotFound, Refused
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.decisions import Decision
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.services import go_live as going
from huiliu.services.decide import vote, withdraw
from huiliu.services.departments import delegate, revoke, set_department
from huiliu.services.go_live import follow_decisions
from huiliu.services.look_at_decisions import list_decisions, show_decision
from huiliu.services.publish import publish, publish_all, roll_back
from huiliu.services.read_offers import Offer
from huiliu.services.verify_actions import verify_actions
from huiliu.stores.clock import SimulatedClock


def propose(world: World, source: str, by: str = "author@example.com") -> int:
    """Publish what others have to agree to; return the number of its decision."""
    with pytest.raises(AwaitsApproval) as held:
        publish(world, BRAND, source, by)
    return held.value.decision


def state(world: World, number: int) -> str:
    """Return how a decision stands."""
    return show_decision(world, BRAND, number).decision.state


def newest(world: World, kind: str = "policy", slug: str = "default") -> int:
    """Return the newest version of a document; 0 = there is none."""
    with world.store.transaction(BRAND) as tx:
        try:
            return tx.documents.latest(BRAND, kind, slug).version
        except NotFound:
            return 0


def test_without_the_document_everything_goes_live_at_once(world: World) -> None:
    """A new brand decides by itself, and so does one that switched deciding together off."""
    house(world)
    assert publish(world, BRAND, policy(), "cli").version == 1
    publish(world, BRAND, approvals(enabled=False), "cli")

    assert publish(world, BRAND, policy(5), "cli").version == 2


def test_what_is_risky_waits_and_goes_live_with_the_last_yes(world: World) -> None:
    """One of the two departments is enough for the middle class; nothing is live before."""
    people = decide_together(world)
    number = propose(world, policy())
    assert (newest(world), state(world, number)) == (0, "open")

    done = vote(world, BRAND, number, people["legal"], "approve", revision=1)

    assert (done.state, newest(world)) == ("live", 1)
    with world.store.transaction(BRAND) as tx:
        assert tx.documents.latest(BRAND, "policy", "default").created_by == "author@example.com"
    assert verify_actions(world, BRAND).holds


def test_what_is_harmless_goes_live_at_once(world: World) -> None:
    """The lowest class asks nobody."""
    decide_together(world)

    assert publish(world, BRAND, note(), "author@example.com").version == 1
    assert list_decisions(world, BRAND) == ([], None)


def test_the_highest_class_needs_two_departments(world: World) -> None:
    """The first yes is not enough; two of one department are one."""
    people = decide_together(world, at_least={"policy": "high"})
    second = person(world, "second", "marketing")
    number = propose(world, policy())

    assert vote(world, BRAND, number, people["marketing"], "approve", revision=1).state == "open"
    with pytest.raises(Conflict):
        vote(world, BRAND, number, second, "approve", revision=1)
    assert newest(world) == 0

    assert vote(world, BRAND, number, people["technology"], "approve", revision=1).state == "live"


def test_nobody_speaks_about_what_is_their_own(world: World) -> None:
    """Neither the author, nor whoever wrote an earlier revision of it."""
    people = decide_together(world)
    number = propose(world, policy(), people["legal"].email)
    assert propose(world, policy(5), people["author"].email) == number

    with pytest.raises(Refused, match="own_decision"):
        vote(world, BRAND, number, people["legal"], "approve", revision=2)
    assert vote(world, BRAND, number, people["marketing"], "approve", revision=2).state == "live"


def test_only_departments_that_are_asked_speak(world: World) -> None:
    """A user without a department, or of another one, is nobody here."""
    people = decide_together(world)
    number = propose(world, policy(), "cli")

    for name in ("author", "technology"):
        with pytest.raises(Refused, match="not_your_decision"):
            vote(world, BRAND, number, people[name], "approve", revision=1)


def test_a_no_ends_it_and_says_why(world: World) -> None:
    """One department that objects is enough, and it has to give its reason."""
    people = decide_together(world, at_least={"policy": "high"})
    number = propose(world, policy())
    with pytest.raises(BadInput):
        vote(world, BRAND, number, people["legal"], "reject", revision=1)

    vote(world, BRAND, number, people["legal"], "reject", revision=1, comment="too many")

    assert (state(world, number), newest(world)) == ("rejected", 0)
    with pytest.raises(Conflict):
        vote(world, BRAND, number, people["marketing"], "approve", revision=1)
    assert propose(world, policy()) != number


def test_the_same_proposed_again_is_the_same_decision(world: World) -> None:
    """A repeat by a script or a second click changes nothing, votes stay."""
    people = decide_together(world, at_least={"policy": "high"})
    number = propose(world, policy())
    vote(world, BRAND, number, people["legal"], "approve", revision=1)

    assert propose(world, policy()) == number
    shown = show_decision(world, BRAND, number)
    assert (shown.decision.revision, shown.stands.approved) == (1, ("legal",))


def test_a_change_takes_the_votes_back(world: World) -> None:
    """What was said of another revision counts for nothing, and cannot be said any more."""
    people = decide_together(world, at_least={"policy": "high"})
    number = propose(world, policy())
    vote(world, BRAND, number, people["legal"], "approve", revision=1)

    assert propose(world, policy(7)) == number

    shown = show_decision(world, BRAND, number)
    assert (shown.decision.revision, shown.stands.approved, shown.stands.missing) == (2, (), 2)
    with pytest.raises(Conflict):
        vote(world, BRAND, number, people["marketing"], "approve", revision=1)


def test_what_was_overtaken_is_decided_anew(world: World) -> None:
    """What those who agreed saw is no more what it changes: the votes are taken back."""
    people = house(world)
    publish(world, BRAND, policy(), "cli")
    publish(world, BRAND, approvals(), "cli")
    both = [Offer(policy(6)), Offer(note())]
    with pytest.raises(AwaitsApproval) as held:
        publish_all(world, BRAND, both, "cli")
    first, second = held.value.decision, propose(world, policy(9), "cli")
    vote(world, BRAND, second, people["legal"], "approve", revision=1)

    done = vote(world, BRAND, first, people["legal"], "approve", revision=1)

    assert (done.state, done.revision, newest(world)) == ("open", 2, 2)
    shown = show_decision(world, BRAND, first)
    assert shown.told is not None
    assert [one.path for one in shown.documents[0].changes or shown.documents[1].changes]
    assert vote(world, BRAND, first, people["legal"], "approve", revision=2).state == "live"
    assert (newest(world), newest(world, "list", "vip")) == (3, 1)


def test_lowering_the_bar_needs_the_others_too(world: World) -> None:
    """Nobody switches deciding together off by themselves."""
    people = decide_together(world)

    number = propose(world, approvals(enabled=False))

    shown = show_decision(world, BRAND, number)
    assert (shown.decision.risk, shown.decision.need) == ("high", 2)
    for name in ("legal", "operations"):
        vote(world, BRAND, number, people[name], "approve", revision=1)
    assert publish(world, BRAND, policy(), "cli").version == 1


def test_what_nobody_could_approve_cannot_be_asked_for(world: World) -> None:
    """Departments in which there is nobody would hold back everything for ever."""
    person(world, "legal", "legal")

    with pytest.raises(BadInput) as refused:
        publish(world, BRAND, approvals(), "cli")

    assert [one.path for one in refused.value.problems] == ["high.need"]


def test_going_back_meets_the_same_seam(world: World) -> None:
    """An older version is risky by whom it reaches, though it has run before."""
    house(world)
    for most in (1, 2):
        publish(world, BRAND, policy(most), "cli")
    publish(world, BRAND, approvals(at_least={"policy": "medium"}), "cli")

    with pytest.raises(AwaitsApproval):
        roll_back(world, BRAND, ("policy", "default"), "cli", 1)


def test_somebody_speaks_for_another_while_they_are_away(
    world: World, clock: SimulatedClock
) -> None:
    """From when to when it was said, no longer, and not once it was taken back."""
    people = decide_together(world)
    deputy = people["technology"]
    start = clock.now() + HOUR
    made = delegate(world, BRAND, people["legal"], deputy, starts_at=start, ends_at=start + 2 * DAY)
    number = propose(world, policy())
    with pytest.raises(Refused):
        vote(world, BRAND, number, deputy, "approve", revision=1)
    clock.advance(HOUR)
    assert show_decision(world, BRAND, number, deputy).ballots[0].for_user

    vote(world, BRAND, number, deputy, "approve", revision=1)

    said = show_decision(world, BRAND, number).votes[0]
    assert (said.department, said.for_user) == ("legal", people["legal"].user_id)
    revoke(world, BRAND, made.delegation_id)
    with pytest.raises(Refused):
        vote(world, BRAND, propose(world, policy(8)), deputy, "approve", revision=1)


def test_an_author_does_not_choose_who_speaks_for_their_department(world: World) -> None:
    """A delegation by whoever wrote it counts for nothing here."""
    people = decide_together(world)
    now = world.clock.now()
    delegate(world, BRAND, people["legal"], people["technology"], starts_at=now, ends_at=now + DAY)
    number = propose(world, policy(), people["legal"].email)

    with pytest.raises(Refused):
        vote(world, BRAND, number, people["technology"], "approve", revision=1)


def test_one_person_is_one_voice(world: World) -> None:
    """Who speaks for two departments is still one of the two who are needed."""
    people = decide_together(world, at_least={"policy": "high"})
    now = world.clock.now()
    for name in ("marketing", "technology"):
        delegate(world, BRAND, people[name], people["legal"], starts_at=now, ends_at=now + DAY)
    number = propose(world, policy())
    vote(world, BRAND, number, people["legal"], "approve", revision=1)

    with pytest.raises(Conflict):
        vote(world, BRAND, number, people["legal"], "approve", revision=1, department="marketing")
    set_department(world, BRAND, people["legal"].user_id, "operations")
    with pytest.raises((Conflict, Refused)):
        vote(world, BRAND, number, people["legal"], "approve", revision=1)
    assert state(world, number) == "open"


def test_what_nobody_answers_in_time_ends(world: World, clock: SimulatedClock) -> None:
    """After its days it cannot be approved any more, whether or not a worker looked."""
    people = decide_together(world)
    number = propose(world, policy())
    clock.advance(3 * DAY)
    with pytest.raises(Conflict):
        vote(world, BRAND, number, people["legal"], "approve", revision=1)

    assert follow_decisions(world, 10) == 1
    assert follow_decisions(world, 10) == 0

    assert (state(world, number), newest(world)) == ("expired", 0)


def test_what_the_gates_refuse_by_then_fails_and_says_so(world: World) -> None:
    """Somebody took away what it names while it waited."""
    base = segment("base", {"trait": "city", "is": "Xi'an"})
    with world.store.system() as tx:
        tx.documents.put(Document(BRAND, "segment", "base", 0, "live", base, 0, "cli"))
    people = decide_together(world, at_least={"segment": "medium"})
    number = propose(world, segment("upper", {"in_segment": "base"}))
    with world.store.system() as tx:
        tx.documents.set_state(BRAND, "segment", "base", "archived")

    vote(world, BRAND, number, people["legal"], "approve", revision=1)

    shown = show_decision(world, BRAND, number)
    assert (shown.decision.state, newest(world, "segment", "upper")) == ("failed", 0)
    assert shown.told is not None
    assert "base" in str(shown.told.arguments)


def test_what_was_changed_behind_the_decision_never_goes_live(
    world: World, database_url: str
) -> None:
    """Only what those who agreed saw is published, whatever stands in the table by then."""
    people = decide_together(world)
    number = propose(world, policy(4))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "update decisions set documents ="
            " convert_to(replace(convert_from(documents, 'UTF8'), 'most: 4', 'most: 40'), 'UTF8')"
        )

    vote(world, BRAND, number, people["legal"], "approve", revision=1)

    assert (state(world, number), newest(world)) == ("failed", 0)


def test_its_author_takes_it_back_and_nobody_else(world: World) -> None:
    """What was withdrawn cannot be approved."""
    people = decide_together(world)
    number = propose(world, policy(), people["author"].email)
    with pytest.raises(Refused):
        withdraw(world, BRAND, number, people["legal"].user_id)

    withdraw(world, BRAND, number, people["author"].user_id)

    with pytest.raises(Conflict):
        vote(world, BRAND, number, people["legal"], "approve", revision=1)
    assert state(world, number) == "withdrawn"


def test_two_who_approve_at_once_publish_once(world: World) -> None:
    """Whoever is second finds it decided; the document has one new version, told once."""
    people = decide_together(world)
    for most in range(1, 5):
        number, start, ended = propose(world, policy(most)), Barrier(2), []
        revision = show_decision(world, BRAND, number).decision.revision

        def say(name: str) -> None:
            start.wait()  # noqa: B023 - joined before the next round
            try:
                done = vote(world, BRAND, number, people[name], "approve", revision=revision)  # noqa: B023
                ended.append(done.state)  # noqa: B023
            except Conflict:
                ended.append("conflict")  # noqa: B023

        threads = [Thread(target=say, args=(name,)) for name in ("legal", "marketing")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(ended) == ["conflict", "live"]
        assert newest(world) == most


def test_a_change_while_others_approve_never_goes_live_unseen(world: World) -> None:
    """Either the yes came first and the old text is live, or it was of a text that is no more."""
    people = decide_together(world)
    for most in range(2, 10, 2):
        number, start = propose(world, policy(most)), Barrier(2)
        revision = show_decision(world, BRAND, number).decision.revision
        said: list[object] = []

        def approve() -> None:
            start.wait()  # noqa: B023 - joined before the next round
            try:
                vote(world, BRAND, number, people["legal"], "approve", revision=revision)  # noqa: B023
            except HuiliuError as fault:
                said.append(fault)  # noqa: B023

        def change() -> None:
            start.wait()  # noqa: B023
            propose(world, policy(most + 1))  # noqa: B023

        threads = [Thread(target=approve), Thread(target=change)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        with world.store.transaction(BRAND) as tx:
            versions = (
                [] if not newest(world) else tx.documents.versions(BRAND, "policy", "default")
            )
        assert f"most: {most + 1}" not in "".join(one.source for one in versions)
        assert all(isinstance(one, Conflict) for one in said)
        for row, _ in [(one, None) for one in list_decisions(world, BRAND, "open")[0]]:
            withdraw(world, BRAND, row.decision.decision_id, row.decision.author_id)


class _Killed(BaseException):
    """A process ends here."""


def test_who_is_killed_after_the_last_yes_leaves_it_to_a_worker(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is approved and not live; the worker carries it live, once, however often it looks."""
    people = decide_together(world)
    number = propose(world, policy())

    def die(*_: object, **__: object) -> Decision:
        raise _Killed

    with monkeypatch.context() as patched:
        patched.setattr(going, "publish_all", die)
        with pytest.raises(_Killed):
            vote(world, BRAND, number, people["legal"], "approve", revision=1)
    assert (state(world, number), newest(world)) == ("approved", 0)

    assert follow_decisions(world, 10) == 1
    assert follow_decisions(world, 10) == 0

    assert (state(world, number), newest(world)) == ("live", 1)


def test_who_is_killed_while_it_is_stored_leaves_nothing_half(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document, the note that it is live and its notice are one transaction."""
    people = decide_together(world)
    number = propose(world, policy())

    def die(*_: object, **__: object) -> None:
        raise _Killed

    with monkeypatch.context() as patched:
        patched.setattr(going, "notify", die)
        with pytest.raises(_Killed):
            vote(world, BRAND, number, people["legal"], "approve", revision=1)
    assert (state(world, number), newest(world)) == ("approved", 0)

    follow_decisions(world, 10)

    assert (state(world, number), newest(world)) == ("live", 1)
