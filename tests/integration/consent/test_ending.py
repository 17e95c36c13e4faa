"""What ends a yes, what outlives a person, and that the ledger shows who touched it."""

from __future__ import annotations

import pytest
from tests.integration.consent.asking import ledger, sign_up, state
from tests.integration.outbox import (
    HELLO,
    PAY,
    Recorder,
    did,
    internal_events,
    message,
    put_template,
    queue,
    same_person,
    someone,
    with_providers,
)
from tests.integration.people import BRAND, project_all

from huiliu.kernel.errors import BadInput
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.times import DAY, SECOND
from huiliu.ports.world import World
from huiliu.services.addresses import address_key
from huiliu.services.consent import grant, withdraw
from huiliu.services.consent_ledger import verify_ledger
from huiliu.services.dispatch import dispatch
from huiliu.services.end_consents import end_consents
from huiliu.services.opt_out import one_click
from huiliu.services.refusals import refused
from huiliu.services.suppress import suppress
from huiliu.services.wishes import Proof, Who, Wish
from huiliu.stores.clock import SimulatedClock

FORM = Proof("form", jurisdiction="FR")


@pytest.fixture
def email() -> Recorder:
    """Record what is sent."""
    return Recorder()


@pytest.fixture
def shop(world: World, email: Recorder) -> World:
    """Wire a brand."""
    put_template(world, HELLO)
    put_template(world, PAY)
    return with_providers(world, email)


def say_yes(shop: World, person: int, proof: Proof, *key: object) -> None:
    """Let a person agree to marketing by e-mail."""
    with shop.store.system() as tx:
        grant(tx, shop, BRAND, Who(person), [Wish("email")], proof, *key)
    project_all(shop)


def try_to_send(shop: World, person: int, template: str = "hello") -> str:
    """Send a person a message and return why it did not go, or ""."""
    sent = queue(shop, person, template)
    dispatch(shop)
    return message(shop, sent).reason


def test_a_yes_ends_at_its_instant_and_is_told_of_once(shop: World, clock: SimulatedClock):
    """Dispatch looks at the clock; the event tells the others."""
    li = someone(shop, consents=())
    say_yes(shop, li, Proof("form", jurisdiction="FR", expires_at=clock.now() + DAY))
    assert try_to_send(shop, li) == ""

    clock.advance(DAY)
    assert try_to_send(shop, li) == "consent_expired"
    assert end_consents(shop, 10) == 1
    assert end_consents(shop, 10) == 0
    project_all(shop)

    last = ledger(shop, li)[-1]
    assert (last.state, last.method) == ("withdrawn", "expiry")
    assert last.occurred_at == clock.now()


def test_a_yes_that_was_renewed_does_not_end(shop: World, clock: SimulatedClock):
    """The later word counts, also when it was said before the first one ended."""
    li = someone(shop, consents=())
    say_yes(shop, li, Proof("form", jurisdiction="FR", expires_at=clock.now() + DAY), "a")
    clock.advance(SECOND)
    say_yes(shop, li, FORM, "b")

    clock.advance(2 * DAY)
    assert end_consents(shop, 10) == 1
    project_all(shop)

    assert state(shop, li) == "granted"
    assert try_to_send(shop, li) == ""


def test_a_soft_opt_in_ends_two_years_after_the_purchase(shop: World, clock: SimulatedClock):
    """It needs one, and a law that allows it."""
    li = someone(shop, consents=())
    bought = clock.now() - 30 * DAY
    for country, at in (("FR", 0), ("CN", bought), ("FR", clock.now() - 800 * DAY)):
        proof = Proof("api", legal_basis="soft_opt_in", jurisdiction=country, purchased_at=at)
        with pytest.raises(BadInput):
            say_yes(shop, li, proof)

    say_yes(
        shop, li, Proof("api", legal_basis="soft_opt_in", jurisdiction="DE", purchased_at=bought)
    )

    assert state(shop, li) == "granted"
    assert ledger(shop, li)[-1].expires_at == bought + 730 * DAY


def test_the_same_yes_told_twice_is_one(shop: World):
    """A form's submission that is sent again changes nothing."""
    for _ in range(2):
        sign_up(shop, country="FR")
    project_all(shop)

    assert sum(name == "Consent Granted" for name, _ in internal_events(shop)) == 1


def test_a_refusal_outlives_the_person_and_an_import_does_not_lift_it(
    shop: World, email: Recorder, clock: SimulatedClock
):
    """A new profile with the same address and an imported yes is not written to; parcels go."""
    li = someone(shop, email="keeps@shop.example")
    queue(shop, li)
    dispatch(shop)
    one_click(shop, email.sent[-1].unsubscribe_url.rsplit("/", 1)[1])
    project_all(shop)
    _forget(shop)
    clock.advance(DAY)

    back = someone(shop, email="keeps@shop.example", consents=(), at=clock.now())
    assert back != li
    clock.advance(SECOND)
    say_yes(shop, back, Proof("import", jurisdiction="FR"))

    assert state(shop, back) == "granted"
    assert try_to_send(shop, back) == "suppressed"
    assert try_to_send(shop, back, "pay") == ""

    clock.advance(SECOND)
    did(shop, back, "Consent Granted", at=clock.now(), channel="email", method="form")
    project_all(shop)
    assert try_to_send(shop, back) == ""


def _forget(shop: World) -> None:
    """Take a person's names and profile away, as erasing does."""
    with shop.store.system() as tx:
        connection = tx.people._connection  # type: ignore[attr-defined]
        connection.execute("delete from identities")
        connection.execute("delete from profiles")


def test_a_soft_bounce_leaves_the_list_by_itself(shop: World, clock: SimulatedClock):
    """And comes off only when its time is over."""
    li = someone(shop, email="full@shop.example")
    key = _key(shop, "full@shop.example")
    with shop.store.system() as tx:
        tx.log.append(suppress(tx, BRAND, [key], "bounced", clock.now(), until=clock.now() + DAY))
    project_all(shop)
    assert try_to_send(shop, li) == "suppressed"
    assert end_consents(shop, 10) == 0

    clock.advance(DAY)
    assert end_consents(shop, 10) == 1
    project_all(shop)

    assert try_to_send(shop, li) == ""
    names = [name for name, _ in internal_events(shop)]
    assert names.count("Address Restored") == 1


def test_an_address_that_stands_there_for_two_reasons_keeps_the_other(
    shop: World, clock: SimulatedClock
):
    """Who agrees again is still nobody where nobody is."""
    li = someone(shop, email="dead@shop.example")
    key = _key(shop, "dead@shop.example")
    with shop.store.system() as tx:
        told = suppress(tx, BRAND, [key], "address_dead", clock.now())
        told += suppress(tx, BRAND, [key], "opted_out", clock.now())
        tx.log.append(told)
    clock.advance(SECOND)
    with shop.store.system() as tx:
        wish = Wish("email", address="dead@shop.example")
        grant(tx, shop, BRAND, Who(li), [wish], Proof("preference_centre"))
    project_all(shop)

    assert try_to_send(shop, li) == "suppressed"
    with shop.store.system() as tx:
        assert tx.people.suppressions(BRAND, [key]) == {key: {"all"}}


def _key(shop: World, address: str) -> bytes:
    """Return the keyed hash of an address."""
    return address_key(shop, BRAND, "email", address)


def test_what_a_worker_holds_is_asked_again(shop: World, clock: SimulatedClock):
    """A refusal that came after the decision takes the message out of its hands."""
    stays, leaves, listed = (someone(shop, email=f"{n}@shop.example") for n in "abc")
    rows = [message(shop, queue(shop, person)) for person in (stays, leaves, listed)]
    parcel = message(shop, queue(shop, leaves, "pay"))
    with shop.store.system() as tx:
        assert refused(tx, shop, BRAND, [*rows, parcel]) == {}
    clock.advance(SECOND)

    with shop.store.system() as tx:
        withdraw(tx, shop, BRAND, Who(leaves), [Wish("email")], Proof("console"))
    with shop.store.system() as tx:
        tx.log.append(suppress(tx, BRAND, [_key(shop, "c@shop.example")], "blocked", clock.now()))
    project_all(shop)

    with shop.store.system() as tx:
        assert refused(tx, shop, BRAND, [*rows, parcel]) == {
            rows[1].queued.message_id: "consent_withdrawn",
            rows[2].queued.message_id: "suppressed",
        }


def test_a_ledger_that_somebody_edits_does_not_verify(shop: World):
    """Each person has a chain of their own, and a merge breaks none."""
    li = someone(shop)
    han = someone(shop, known_as=IdentifierType.ANONYMOUS_ID)
    did(shop, li, "Consent Withdrawn", channel="*")
    project_all(shop)
    same_person(shop, li, han)
    assert verify_ledger(shop, BRAND)[1] == []

    with shop.store.system() as tx:
        connection = tx.people._connection  # type: ignore[attr-defined]
        connection.execute(
            "update consents set state = 'granted' where state = 'withdrawn' and profile_id = %s",
            (li,),
        )
    n_rows, broken = verify_ledger(shop, BRAND)

    assert n_rows >= 3
    assert [person for person, _ in broken] == [li]
