"""Whose credits are whose, and what becomes of those whose message never goes."""

from __future__ import annotations

import pytest
from tests.integration.outbox import message, queue
from tests.integration.people import BRAND
from tests.integration.test_contact_points import tell, who
from tests.integration.test_message_credits import Shop, shop

from huiliu.kernel.times import DAY, MINUTE
from huiliu.ports.credits import CreditCount
from huiliu.services.dispatch import LEASE, dispatch

__all__ = ["shop"]

_SEND = "/cgi-bin/message/subscribe/send"


def said(shop: Shop, user: str, event: str = "Message Credit Granted", **more: object) -> None:
    """Let a server tell of an agreement of somebody whose openid nobody knows yet."""
    tell(shop.world, {
        "type": "track", "event": event, "userId": user,
        "properties": {"channel": "mini_program", "template_id": "S1"} | more,
    })  # fmt: skip


def counted(shop: Shop) -> CreditCount:
    """Return what the brand has of the template."""
    with shop.world.store.system() as tx:
        (found,) = tx.credits.counts(BRAND, "mini_program", shop.world.clock.now())
    return found


def test_who_refuses_takes_nothing_from_anybody_else(shop: Shop) -> None:
    """Without an openid an agreement is of its person, and so is a refusal."""
    said(shop, "ada")
    said(shop, "bob")
    said(shop, "ada", "Message Credit Refused")

    assert (shop.rights("ada"), shop.rights("bob")) == ({}, {"S1": 1})


def test_a_refusal_takes_what_was_given_before_the_openid_was_known(shop: Shop) -> None:
    """The agreement has no address, the refusal has."""
    said(shop, "ada")
    shop.openid("ada", "mini_program")
    said(shop, "ada", "Message Credit Refused")

    assert shop.rights("ada") == {}


def test_two_people_s_agreements_are_two_whoever_tells(shop: Shop) -> None:
    """Told by two sides in one minute, but of two people; and for ever is for ever of each."""
    said(shop, "ada", source="client")
    said(shop, "bob", source="platform")
    said(shop, "ada", template_id="S2", lasting=True)
    said(shop, "bob", template_id="S2", lasting=True)

    assert shop.rights("ada") == shop.rights("bob") == {"S1": 1, "S2": 1}


@pytest.mark.parametrize("is_known", [True, False])
def test_what_an_expired_message_held_is_free_again(shop: Shop, is_known: bool) -> None:
    """It is shown at once, and the next message takes it: also where it came without an openid."""
    if is_known:
        shop.openid("ada", "mini_program")
    said(shop, "ada")
    openid = shop.openid("ada", "mini_program")
    shop.wechat.agreed[openid, "S1"] += 1
    shop.wechat.daily[_SEND] = 0
    queued = queue(
        shop.world, who(shop.world, "ada"), "shipped", channel="mini_program",
        expires_at=shop.world.clock.now() + DAY,
    )  # fmt: skip
    dispatch(shop.world)
    assert (message(shop.world, queued).status, shop.rights("ada")) == ("queued", {})
    assert counted(shop).n_taken == 1
    shop.world.clock.advance(2 * DAY)  # type: ignore[attr-defined] # of tests
    dispatch(shop.world)
    del shop.wechat.daily[_SEND]

    row = message(shop.world, queued)
    assert (row.status, row.reason) == ("not_sent", "expired")
    assert shop.rights("ada") == {"S1": 1}
    assert (counted(shop).n_free, counted(shop).n_taken) == (1, 0)
    assert shop.send("ada", "shipped", "mini_program").status == "sent"


def test_what_a_worker_that_died_held_is_spent(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the call and its answer: nobody knows, so it is neither free nor on its way."""
    said(shop, "ada")
    shop.openid("ada", "mini_program")
    queued = queue(shop.world, who(shop.world, "ada"), "shipped", channel="mini_program")
    with monkeypatch.context() as patched:
        patched.setattr(shop.world.providers["wechat_mini"], "send", _die)
        with pytest.raises(KeyboardInterrupt):
            dispatch(shop.world)
    shop.world.clock.advance(LEASE + MINUTE)  # type: ignore[attr-defined] # of tests
    dispatch(shop.world)

    assert message(shop.world, queued).status == "unknown"
    found = counted(shop)
    assert (found.n_free, found.n_taken, found.n_spent) == (0, 0, 1)
    assert shop.send("ada", "shipped", "mini_program").reason == "no_credit"


def _die(*_: object) -> list[object]:
    """Die as a worker that is killed does."""
    raise KeyboardInterrupt
