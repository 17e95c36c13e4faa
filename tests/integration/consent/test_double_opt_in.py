"""A yes that the law wants confirmed counts when it comes from the address itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.consent.asking import (
    holder,
    ledger,
    link_in,
    put_permission,
    sign_up,
    state,
)
from tests.integration.console.visiting import Visitor, visitor
from tests.integration.outbox import (
    HELLO,
    Recorder,
    message,
    put_template,
    queue,
    someone,
    with_providers,
)
from tests.integration.people import BRAND, project_all

from huiliu.kernel.times import DAY
from huiliu.ports.channel import Receipt
from huiliu.ports.world import World
from huiliu.services.addresses import address_key
from huiliu.services.consent import Proof, Who, Wish, grant, withdraw
from huiliu.services.dispatch import dispatch
from huiliu.services.receive import receive
from huiliu.stores.clock import SimulatedClock

GRETA = "greta@shop.example"


@pytest.fixture
def email() -> Recorder:
    """Record what is sent."""
    return Recorder()


@pytest.fixture
def shop(world: World, email: Recorder) -> World:
    """Wire a brand that says how it asks."""
    put_template(world, HELLO)
    put_permission(world)
    return with_providers(world, email)


@pytest.fixture
def browser(shop: World, tmp_path: Path) -> Visitor:
    """Come without any cookie."""
    return visitor(shop, tmp_path)


def test_a_german_yes_waits_until_the_mailbox_confirms_it(
    shop: World, email: Recorder, browser: Visitor
):
    """Nothing but the question is sent; looking confirms nothing; one POST does."""
    (taken,) = sign_up(shop)
    project_all(shop)
    greta = holder(shop, GRETA)
    early = queue(shop, greta)
    dispatch(shop)

    assert taken.state == "requested"
    assert [sent.address for sent in email.sent] == [GRETA]
    assert "Sunny" in email.sent[0].parts["subject"]
    path = link_in(email, "c")
    assert "Yes, I want them" in browser.get(path, headers={"accept-language": "en"}).text
    browser.request("HEAD", path)
    project_all(shop)
    dispatch(shop)
    assert message(shop, early).reason == "consent_missing"
    assert state(shop, greta) == ""

    done = browser.post(path)
    project_all(shop)
    late = queue(shop, greta)
    dispatch(shop)

    assert done.status_code == 200
    assert "set-cookie" not in done.headers
    assert state(shop, greta) == "granted"
    assert message(shop, late).status == "sent"


def test_the_ledger_proves_both_steps(shop: World, email: Recorder, browser: Visitor):
    """Words, language, law, form and page of the request stand in the confirmed row too."""
    sign_up(shop)
    project_all(shop)
    dispatch(shop)
    browser.post(link_in(email, "c"), headers={"user-agent": "Mailbox/2"})
    project_all(shop)

    asked, said = ledger(shop, holder(shop, GRETA))
    assert (asked.state, said.state) == ("requested", "granted")
    for row in (asked, said):
        assert (row.text_version, row.text_locale) == ("form/join@3", "de")
        assert (row.jurisdiction, row.source) == ("DE", "form:join")
        assert row.evidence["page"] == "/join"
        assert row.address == address_key(shop, BRAND, "email", GRETA)
    assert (asked.method, said.method) == ("form", "double_opt_in")
    assert said.evidence["requested_at"] == asked.occurred_at
    assert said.prev == asked.row_hash
    assert "203.0.113.7" not in str(asked)
    assert str(asked.evidence["seen_from"]).startswith("vlt_")


def test_where_a_confirmation_came_from_can_be_revealed_from_the_vault_only(shop: World):
    """Address and program of the visitor are sealed under the person's key."""
    sign_up(shop)
    project_all(shop)
    greta = holder(shop, GRETA)
    (asked,) = ledger(shop, greta)
    token = bytes.fromhex(str(asked.evidence["seen_from"])[4:])

    with shop.store.system() as tx:
        assert tx.vault.reveal(BRAND, {greta: [token]}) == {(greta, token): "203.0.113.7"}


def test_a_second_click_changes_nothing(shop: World, email: Recorder, browser: Visitor):
    """One yes, one row, however often the button is pressed."""
    sign_up(shop)
    project_all(shop)
    dispatch(shop)
    path = link_in(email, "c")
    for _ in range(3):
        assert browser.post(path).status_code == 200
    project_all(shop)

    assert [row.state for row in ledger(shop, holder(shop, GRETA))] == ["requested", "granted"]


def test_a_link_that_is_too_old_confirms_nothing(
    shop: World, email: Recorder, browser: Visitor, clock: SimulatedClock
):
    """The page says so instead."""
    sign_up(shop)
    project_all(shop)
    dispatch(shop)
    path = link_in(email, "c")
    clock.advance(8 * DAY)

    shown = browser.post(path, headers={"accept-language": "en"})
    project_all(shop)

    assert "run out" in shown.text
    assert state(shop, holder(shop, GRETA)) == ""


def test_where_the_law_does_not_ask_a_yes_counts_at_once(shop: World, email: Recorder):
    """France wants a plain yes."""
    (taken,) = sign_up(shop, country="FR")
    project_all(shop)
    dispatch(shop)

    assert taken.state == "granted"
    assert email.sent == []
    assert state(shop, holder(shop, GRETA)) == "granted"


def test_a_no_is_not_taken_back_by_whoever_types_the_address(
    shop: World, email: Recorder, browser: Visitor
):
    """Who said no is asked at the address itself, wherever they live."""
    sign_up(shop, country="FR")
    project_all(shop)
    with shop.store.system() as tx:
        wish = Wish("email", address=GRETA)
        withdraw(tx, shop, BRAND, Who(holder(shop, GRETA)), [wish], Proof("call"), "no")
    project_all(shop)

    (taken,) = sign_up(shop, country="FR", key="again")
    project_all(shop)
    still = state(shop, holder(shop, GRETA))
    dispatch(shop)
    browser.post(link_in(email, "c"))
    project_all(shop)

    assert (taken.state, still) == ("requested", "withdrawn")
    assert state(shop, holder(shop, GRETA)) == "granted"


def test_asking_again_takes_no_earlier_yes_away(shop: World, browser: Visitor):
    """Who is subscribed and fills in the form again stays subscribed."""
    sign_up(shop, country="FR")
    project_all(shop)
    sign_up(shop, country="DE", key="2")
    project_all(shop)

    assert state(shop, holder(shop, GRETA)) == "granted"


def test_a_link_to_confirm_opens_no_other_page(shop: World, email: Recorder, browser: Visitor):
    """Each path has a signature of its own."""
    sign_up(shop)
    project_all(shop)
    dispatch(shop)
    token = link_in(email, "c").removeprefix("/c/")

    assert browser.get(f"/u/{token}").status_code == 404
    assert browser.get(f"/p/{token}").status_code == 404
    assert browser.get(f"/c/{token[:-1]}x").status_code == 404


def test_a_yes_by_text_message_confirms_a_number(world: World, clock: SimulatedClock):
    """`YES` counts where something was asked, and means nothing where nothing was."""
    sms = Recorder("sms")
    shop = with_providers(world, sms)
    put_permission(shop, _asking_by_sms())
    li = someone(shop, phone="+4915112345678", consents=())
    _answer(shop, sms, "+4915112345678", "Yes")
    project_all(shop)
    assert state(shop, li, "sms") == ""

    with shop.store.system() as tx:
        wish = Wish("sms", address="+4915112345678")
        (taken,) = grant(tx, shop, BRAND, Who(li), [wish], Proof("form", text_version="f@1"), "a")
    project_all(shop)
    dispatch(shop)
    assert taken.state == "requested"
    assert "YES" in sms.sent[-1].parts["text"]
    clock.advance(1_000_000)
    _answer(shop, sms, "+4915112345678", "ja!")
    project_all(shop)

    assert state(shop, li, "sms") == "granted"
    assert ledger(shop, li)[-1].jurisdiction == "DE"


def _asking_by_sms() -> str:
    """Return a document by which numbers of everywhere are to be confirmed."""
    return (
        "huiliu: 1\nkind: permission\nslug: default\nname: {en: Permission}\n"
        'double_opt_in: {sms: ["*"]}\n'
    )


def _answer(shop: World, sms: Recorder, number: str, words: str) -> None:
    """Let somebody write back."""
    sms.waiting.append(Receipt("sms", "main", "", "reply", words, number))
    receive(shop)
