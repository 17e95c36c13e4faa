"""Nobody approves through their own key, and roles that see no decisions have no say in them."""

from __future__ import annotations

import pytest
from tests.integration.decisions.deciding import (
    BRAND,
    approvals,
    decide_together,
    house,
    person,
    policy,
)
from tests.integration.journeys import put_journey
from tests.integration.worth.trying import JOURNEY, put_experiment

from huiliu.kernel.errors import AwaitsApproval, BadInput, NotFound, Refused
from huiliu.ports.accounts import KEY_AUTHOR, User
from huiliu.ports.world import World
from huiliu.services.add_user import ROLES
from huiliu.services.apply_journey import set_journey_state
from huiliu.services.create_key import create_key
from huiliu.services.decide import vote
from huiliu.services.departments import delegate, may_decide
from huiliu.services.look_at_decisions import show_decision
from huiliu.services.publish import publish
from huiliu.services.revoke_key import revoke_key
from huiliu.services.sweep import stop_journey
from huiliu.web.permissions import may


def by_key(world: World, name: str, most: int = 4) -> int:
    """Propose a policy as the API does for a key of this name; return the decision's number."""
    with pytest.raises(AwaitsApproval) as held:
        publish(world, BRAND, policy(most), f"{KEY_AUTHOR}{name}")
    return held.value.decision


def refused(world: World, number: int, user: User) -> str:
    """Return the code by which a user's yes is refused, and check that the page says so too."""
    decision = show_decision(world, BRAND, number, user=user)
    assert decision.why_not is not None
    with pytest.raises(Refused) as fault:
        vote(world, BRAND, number, user, "approve", revision=decision.decision.revision)
    return fault.value.reason


def test_nobody_approves_what_their_own_key_proposed(world: World) -> None:
    """A key is whoever made it, also when it has ended; of one name, all who made one."""
    people = decide_together(world)
    made, _ = create_key(world, BRAND, "robot", "api", people["legal"].user_id)
    create_key(world, BRAND, "robot", "api", people["technology"].user_id)
    create_key(world, BRAND, "server", "api")
    number = by_key(world, "robot")

    assert refused(world, number, people["legal"]) == "own_decision"
    assert refused(world, number, people["technology"]) == "own_decision"
    revoke_key(world, BRAND, made.key_id, people["legal"].user_id)
    assert refused(world, number, people["legal"]) == "own_decision"

    assert vote(world, BRAND, number, people["marketing"], "approve", revision=1).state == "live"


def test_a_key_does_not_choose_who_speaks_for_its_maker(world: World) -> None:
    """What one's own key proposed one cannot approve through another person either."""
    people = decide_together(world)
    create_key(world, BRAND, "robot", "api", people["legal"].user_id)
    now = world.clock.now()
    delegate(
        world, BRAND, people["legal"], people["technology"], starts_at=now, ends_at=now + 10**9
    )

    assert refused(world, by_key(world, "robot"), people["technology"]) == "not_your_decision"


def test_a_key_that_nobody_made_in_the_console_leaves_nobody_out(world: World) -> None:
    """Keys of the command line have no person behind them."""
    people = decide_together(world)
    create_key(world, BRAND, "server", "api")
    number = by_key(world, "server")

    assert vote(world, BRAND, number, people["legal"], "approve", revision=1).state == "live"


def test_customer_service_has_no_say_and_staffs_no_department(world: World) -> None:
    """Neither by a word of its own nor by one that it gives away; it does not count as somebody."""
    house(world)
    agent = person(world, "agent", "legal", "service")
    publish(world, BRAND, approvals(), "cli")
    number = by_key(world, "server")
    assert refused(world, number, agent) == "not_your_decision"

    with world.store.transaction(BRAND) as tx:
        stranger = tx.accounts.user_by_email("author@example.com")
    assert stranger is not None
    now = world.clock.now()
    delegate(world, BRAND, agent, stranger, starts_at=now, ends_at=now + 10**9)
    assert refused(world, number, stranger) == "not_your_decision"


def test_departments_of_customer_service_only_are_not_staffed(world: World) -> None:
    """Deciding together is not switched on where nobody could ever say yes."""
    for name in ("marketing", "technology", "operations", "legal"):
        person(world, name, name, "service")

    with pytest.raises(BadInput) as fault:
        publish(world, BRAND, approvals(), "cli")

    assert {problem.path for problem in fault.value.problems} == {"medium.need", "high.need"}
    with world.store.transaction(BRAND) as tx, pytest.raises(NotFound):
        tx.documents.latest(BRAND, "approvals", "default")


def test_whoever_may_decide_may_open_the_page_of_it() -> None:
    """The rule of votes and the permissions of the console agree about every role."""
    for role in ROLES:
        user = User(BRAND, 1, "a@b.example", "a", "-", role, "en", 0, "legal")
        assert may_decide(user, ["legal"]) == may(role, "decisions.write")


def test_stopping_asks_nobody(world: World) -> None:
    """Whoever sees harm pauses, resumes and stops at once, however risky it was to begin."""
    put_experiment(world)
    put_journey(world, JOURNEY)
    decide_together(world, at_least={"journey": "high"})

    for wanted in ("paused", "live"):
        set_journey_state(world, BRAND, "welcome", wanted)
        assert document_state(world) == wanted
    stop_journey(world, BRAND, "welcome")
    assert document_state(world) == "stopped"


def document_state(world: World) -> str:
    """Return how the journey stands."""
    with world.store.transaction(BRAND) as tx:
        return tx.documents.latest(BRAND, "journey", "welcome").state
