"""From a state to what has happened: nothing is left out, nothing is told twice or taken back."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from huiliu.ports.shop_store import Told
from huiliu.ports.shops import ORDER, Buyer, Scope, ShopConnection, Story
from huiliu.services.shop_news import Sign, news
from huiliu.sources.shops.stages import STATUSES, Case, Parcel, Refund, happenings, status_of

SHOP: Final = ShopConnection(1, "shopify", "main", {}, scope=Scope.ANY, connected_at=100)
STEPS: Final = ("created", "paid", "shipped", "delivered")


def sign(contact: bytes) -> bytes:
    """Return something that says whether contact data are the same."""
    return hashlib.sha256(contact).digest()[:16]


def story(case: Case, *, buyer: Buyer | None = None) -> Story:
    """Return a story of a case."""
    who = Buyer("b1") if buyer is None else buyer
    return Story(ORDER, "o1", case.version, case.status, case.status, who, happenings(case), {})


def names(case: Case) -> list[str]:
    """Return the names of what happened, with the parts."""
    return [f"{one.name}#{one.part}" if one.part else one.name for one in happenings(case)]


def test_what_stands_behind_a_state_has_happened_too() -> None:
    """An order that is delivered was created, paid and shipped."""
    assert names(Case("delivered", 9)) == [
        "Order Created", "Order Paid", "Order Shipped", "Order Delivered",
    ]  # fmt: skip
    assert names(Case("cancelled", 9)) == ["Order Created", "Order Cancelled"]
    assert names(Case("refunded", 9)) == ["Order Created", "Order Paid", "Order Refunded"]
    assert names(Case("", 9)) == ["Order Created"]


def test_a_step_without_a_date_takes_that_of_the_next_one() -> None:
    """It cannot have been later; where nothing later has a date, the last change is the best."""
    told = {one.name: one.at for one in happenings(Case("shipped", 9, dates={"shipped": 5}))}

    assert told == {"Order Created": 5, "Order Paid": 5, "Order Shipped": 5}
    assert happenings(Case("paid", 9, dates={"created": 1}))[-1].at == 9


def test_all_parcels_together_make_a_delivery() -> None:
    """One that is still under way holds it up."""
    here, away = Parcel("a", 3, None, 6), Parcel("b", 4)

    assert "Order Delivered" not in names(Case("shipped", 9, parcels=[here, away]))
    both = Case("shipped", 9, parcels=[here, Parcel("b", 4, None, 8)])
    assert happenings(both)[-1].name == "Order Delivered"
    assert happenings(both)[-1].at == 8


def test_a_shipment_told_without_its_parcel_is_not_told_again_with_it() -> None:
    """Platforms show the parcel some time after the state; a second parcel is news."""
    before = news(story(Case("shipped", 5)), Told(), SHOP, sign)
    assert before is not None
    after = news(story(Case("shipped", 6, parcels=[Parcel("a", 4)])), before.told, SHOP, sign)
    assert after is not None
    assert [*after.past, *after.present] == []
    two = Case("shipped", 7, parcels=[Parcel("a", 4), Parcel("b", 6)])
    third = news(story(two), after.told, SHOP, sign)
    assert third is not None
    assert [call["event"] for call in (*third.past, *third.present)] == ["Order Shipped"]


def test_a_part_of_the_money_back_leaves_the_state_as_it_is() -> None:
    """Only the whole makes an order refunded."""
    part = Case("delivered", 9, "CNY", 1000, refunds=[Refund("r1", 7, 300)])
    whole = Case("delivered", 9, "CNY", 1000, refunds=[Refund("r1", 7, 300), Refund("r2", 8, 700)])

    [told] = [one for one in happenings(part) if one.name == "Order Refunded"]
    assert (told.properties["status"], told.properties["refund"]) == ("delivered", 3.0)
    back = [one for one in happenings(whole) if one.name == "Order Refunded"]
    assert [one.properties.get("is_partial") for one in back] == [True, None]


def test_an_operators_word_goes_before_the_platforms() -> None:
    """Also where it says that a word means nothing."""
    mapped = ShopConnection(1, "x", "main", {}, statuses={"done": "delivered", "odd": ""})

    assert status_of(mapped, {"done": "shipped"}, "done") == "delivered"
    assert status_of(mapped, {"odd": "paid"}, "odd") == ""
    assert status_of(mapped, {"done": "shipped"}, "new") == ""


@given(st.sampled_from(STATUSES), st.integers(0, 50), st.dictionaries(
    st.sampled_from((*STEPS, "cancelled")), st.integers(0, 60) | st.none()))  # fmt: skip
def test_every_state_is_told_in_order_and_each_name_once(
    status: str, version: int, dates: dict[str, int | None]
) -> None:
    """Whatever dates a platform gives."""
    told = happenings(Case(status, version, dates=dates))

    assert [one.at for one in told] == sorted(one.at for one in told)
    marks = [(one.name, one.part) for one in told]
    assert len(marks) == len(set(marks))
    assert ("Order Created", "") in marks


def life(chance: random.Random) -> list[Case]:
    """Return an order's states in the order in which they truly came."""
    states = [Case("created", 10, "CNY", 1000, {"created": 10})]
    at = 10
    for status in ("paid", "shipped", "delivered"):
        at += chance.randrange(1, 50)
        if chance.random() < 0.2:
            end = "cancelled" if status == "paid" else "refunded"
            last = states[-1]
            dates = {**last.dates, end: at}
            states.append(Case(end, at, "CNY", 1000, dates))
            break
        states.append(Case(status, at, "CNY", 1000, {**states[-1].dates, status: at}))
    return states


@given(st.integers(0, 100_000))
def test_any_order_of_looks_tells_the_true_history(seed: int) -> None:
    """Lost, repeated and stale looks; the last state is always seen in the end (a poll)."""
    chance = random.Random(seed)
    states = life(chance)
    seen = [chance.choice(states) for _ in range(chance.randrange(8))]
    told, calls = Told(), list[Mapping[str, object]]()
    for case in [*seen, states[-1]]:
        found = news(story(case), told, SHOP, sign)
        if found is not None:
            told = found.told
            calls += (*found.past, *found.present)

    must = {name for case in states for name in names(case)}
    assert sorted(str(call["event"]) for call in calls) == sorted(must)
    assert len({str(call["messageId"]) for call in calls}) == len(calls)
    assert told.version == states[-1].version


def test_history_and_news_are_parted_at_the_connection() -> None:
    """What was before triggers nothing."""
    case = Case("shipped", 200, dates={"created": 50, "paid": 99, "shipped": 150})
    found = news(story(case), Told(), SHOP, sign)

    assert found is not None
    assert [call["event"] for call in found.past] == ["Order Created", "Order Paid"]
    assert [call["event"] for call in found.present] == ["Order Shipped"]


def test_a_buyer_who_can_be_reached_now_is_told_once() -> None:
    """Contact data that change are told again, and only then."""
    buyer = Buyer("b1", "+14155550101", "Ada@Example.com", "Ada", country="US")
    first = news(story(Case("created", 200), buyer=buyer), Told(), SHOP, sign)
    assert first is not None
    assert [call["type"] for call in first.present] == ["identify", "track"]
    assert first.present[0]["traits"] == {
        "phone": "+14155550101", "email": "ada@example.com", "name": "Ada",
    }  # fmt: skip
    again = news(story(Case("created", 201), buyer=buyer), first.told, SHOP, sign)
    assert again is not None
    assert list(again.present) == []


def test_masked_contact_data_name_nobody() -> None:
    """138****1234 is no phone, and the same mask is not the same person."""
    buyer = Buyer("", "138****1234", "a***@qq.com", "王*")
    found = news(story(Case("created", 200), buyer=buyer), Told(), SHOP, sign)

    assert found is not None
    [call] = found.present
    assert str(call["anonymousId"]).startswith("shopify:main:")
    assert call["context"] == {"channel": "shopify", "externalIds": []}


def test_nobody_can_tell_under_which_name_a_buyer_is_known() -> None:
    """The same in all orders of a shop, and made with a key: ids of buyers can be counted up."""

    def known(buyer: Buyer, shop: ShopConnection = SHOP, made_by: Sign = sign) -> object:
        """Return under which name a buyer's order is told."""
        found = news(story(Case("created", 200), buyer=buyer), Told(), shop, made_by)
        assert found is not None
        return found.present[0]["anonymousId"]

    one = known(Buyer("207119551"))
    assert one == known(Buyer("207119551", phone="+14155550101", country="US"))
    assert "207119551" not in str(one)
    others = [
        known(Buyer("207119552")), known(Buyer("")),
        known(Buyer("207119551"), ShopConnection(2, "shopify", "main", {}, scope=Scope.ANY)),
        known(Buyer("207119551"), made_by=lambda said: hashlib.md5(said).digest()),
    ]  # fmt: skip
    assert len({one, *others}) == 5
    # An order and a buyer of one number are not one person, and the number is not the name.
    assert known(Buyer("o1")) != known(Buyer(""))
    assert "o1" not in str(known(Buyer(""))).split(":")
