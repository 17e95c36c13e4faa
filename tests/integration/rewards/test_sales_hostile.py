"""Tills and payers who repeat themselves late, change their words, or send what nobody makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.integration.people import BRAND, event, identifier, identify, log, project_all
from tests.integration.rewards.coupons import basket, coupon, promotion, put
from tests.integration.rewards.selling import SALE, member, promoted, shop, taking_money, till

from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import MINUTE, show_instant
from huiliu.ports.payment import Asked, IntentState
from huiliu.ports.world import World
from huiliu.rewards.pricing import NotApplied
from huiliu.services.member_codes import member_code
from huiliu.services.pay_links import notify_url
from huiliu.services.pay_sale import Wish, pay_again
from huiliu.services.payment_accounts import account_of, put_account
from huiliu.services.redeem_coupon import NotRedeemed, OrderAsked, redeem, reserve, roll_back
from huiliu.services.settle_payment import settle
from huiliu.stores.clock import SimulatedClock
from huiliu.stores.queries import query

_ORDER = "pos:S01:T1:2026-11-22:0001"


def _profile(world: World, name: str) -> int:
    """Return the profile that a name belongs to."""
    with world.store.system() as tx:
        [row] = [one for one in tx.people.recent(BRAND, 10) if name in one.traits]
    return row.profile_id


def test_a_members_code_counts_as_of_the_sale_that_had_no_connection(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """It was good when the till read it, so its person has the sale, however late it is sent."""
    shop(world)
    member(world)
    who = _profile(world, "phone")
    code = member_code(world, BRAND, who).code
    sale: dict[str, Any] = {**SALE, "member_code": code, "offline": True, "total": 32_000}
    sold = {**sale, "occurred_at": show_instant(clock.now()), "receipt": "1"}
    clock.advance(60 * MINUTE)
    late = {**sale, "occurred_at": show_instant(clock.now()), "receipt": "2"}
    with till(world, tmp_path) as client:
        answer = client.post("/v1/pos/reconcile", json={"receipts": [sold, late]}).json()

    taken, stale = answer["receipts"]
    assert (taken["became"], taken.get("person")) == ("committed", show_profile_id(who))
    assert stale["became"] == "wrong"


def test_a_late_repeat_gets_the_first_answer_and_another_sale_does_not(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """A code may be stale by then; another person, currency or total is no repeat."""
    shop(world)
    member(world)
    log(world, identify("user_id:bo", nick="Bo"))
    project_all(world)
    code = member_code(world, BRAND, _profile(world, "phone")).code
    sale = {**SALE, "member_code": code}
    other = show_profile_id(_profile(world, "nick"))
    with till(world, tmp_path) as client:
        first = client.post("/v1/pos/commit", json=sale)
        clock.advance(60 * MINUTE)
        again = client.post("/v1/pos/commit", json={**sale, "total": 32_000, "currency": "CNY"})
        unnamed = client.post("/v1/pos/commit", json=SALE)
        for more, reason in (
            ({"profile": other}, "receipt_reused"),
            ({"currency": "USD"}, "receipt_reused"),
            ({"total": 1}, "total_differs"),
        ):
            refused = client.post("/v1/pos/commit", json={**SALE, **more})
            assert (refused.status_code, refused.json()) == (409, {"reason": reason}), more

    assert first.status_code == 200, first.text
    assert first.json() == again.json() == unnamed.json()


def test_a_sale_that_was_paid_with_another_amount_is_not_paid_twice(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """Its page begins no second payment: somebody has to look at the first."""
    paid = taking_money(world)
    shop(paid)
    promoted(paid)
    put_account(paid, BRAND, "main", "trial", {})
    with till(paid, tmp_path) as client:
        begun = client.post("/v1/pos/pay", json={**SALE, "account": "main"}).json()["payment"]
    settle(paid, BRAND, "main", Asked(begun["payment"], IntentState.PAID, 1, "CNY"))

    again = pay_again(paid, BRAND, _ORDER, Wish("main"))

    assert again.intent is not None
    assert (again.intent.intent_id, again.intent.state) == (begun["payment"], "paid")


def test_a_notice_with_an_odd_signature_is_refused_like_any_other(
    world: World, tmp_path: Path
) -> None:
    """Letters that no signature has are no fault of the server's."""
    paid = taking_money(world)
    put_account(paid, BRAND, "main", "trial", {})
    account, _ = account_of(paid, BRAND, "main")
    path = notify_url(paid, account).removeprefix(paid.public_url.rstrip("/"))
    with till(paid, tmp_path) as client:
        # Bytes, as a stranger sends them.
        headers: Any = {"x-trial-signature": b"\xe9"}
        answer = client.post(path, content=b"{}", headers=headers, auth=None)

    assert 400 <= answer.status_code < 500


def test_codes_beyond_those_an_order_may_show_are_refused(world: World) -> None:
    """None is let through unseen, or taken out of its pool."""
    put(world, promotion(), coupon())
    codes = ("HELLO40", *(f"NONE{nth:03}" for nth in range(49)), "HELLO41")

    with pytest.raises(NotRedeemed) as fault:
        redeem(world, BRAND, OrderAsked("o-1", basket(), None, codes))

    refused = [one for one in fault.value.refused if isinstance(one, NotApplied)]
    assert {one.code: one.reason for one in refused}["HELLO41"] == "limit_order"


def test_an_order_of_somebody_who_got_a_profile_meanwhile_does_not_stand_in_its_own_way(
    world: World,
) -> None:
    """What it held under their name is given back before it is taken under their profile."""
    put(world, promotion(more="limits: {per_person: 1}\n"), coupon())
    stranger = identifier("user_id:late")
    asked = OrderAsked("o-1", basket(), None, ("HELLO40",), stranger)
    reserve(world, BRAND, asked)
    log(world, event("user_id:late"))
    project_all(world)

    other = basket(store="S02")
    assert redeem(world, BRAND, OrderAsked("o-1", other, None, ("HELLO40",), stranger)).is_new
    with pytest.raises(NotRedeemed, match="limit_person"):
        redeem(world, BRAND, OrderAsked("o-2", basket(), None, ("HELLO40",), stranger))
    roll_back(world, BRAND, "o-1", "ada", "")
    assert redeem(world, BRAND, OrderAsked("o-2", basket(), None, ("HELLO40",), stranger)).is_new


def test_a_code_of_a_young_pool_is_found_by_itself(world: World, database_url: str) -> None:
    """Noting that a code was shown reads that code, however many lie in the pool beside it."""
    with world.store.system() as tx:
        codes = [f"Y{nth:07}" for nth in range(20_000)]
        tx.rewards.put_codes(BRAND, "young", 1, codes)
    values = {"brand": BRAND, "codes": codes[:2], "now": 1, "who": None}
    with psycopg.connect(database_url) as connection:
        plan = connection.execute("explain " + query("rewards", "mark_used"), values).fetchall()

    assert "coupon_codes_pkey" in str(plan)
