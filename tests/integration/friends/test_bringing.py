"""Friends come by invites: each counts once, limits hold, rewards are given once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.integration.friends.bringing import (
    BRAND,
    GROUP,
    REFERRAL,
    UNLOCK,
    catch_up,
    friend,
    given,
    known,
    live,
    names,
    opened,
    seen_friend,
    seen_invite,
    told,
    typed,
)

from huiliu.kernel.errors import BadInput, Conflict, Refused
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.world import World
from huiliu.services.accept_invite import accept_invite
from huiliu.services.follow_friends import forget_devices
from huiliu.services.invite_people import Came
from huiliu.services.points_balance import balance
from huiliu.services.publish import publish
from huiliu.services.referral_figures import referral_figures
from huiliu.services.settle_invites import decide_friend


def test_two_friends_unlock_it_and_everybody_gets_their_points_once(world: World) -> None:
    """The whole way: opened, two friends come, done, points on three ledgers, events of each."""
    live(world, UNLOCK)
    ada = known(world, "ada")
    invite = opened(world, "spring-help", ada)
    first = friend(world, invite, 1)
    assert (first.state, first.is_new, first.score) == ("counted", True, 10)
    assert seen_invite(world, invite).state == "open"
    friend(world, invite, 2)
    catch_up(world)
    assert seen_invite(world, invite).state == "done"
    assert given(world, invite) == [
        ("friend", "given", 10.0), ("friend", "given", 10.0), ("inviter", "given", 50.0),
    ]  # fmt: skip
    with world.store.system() as tx:
        assert balance(tx, world, BRAND, ada.profile_id).available == 50
    assert names(world, invite) == [
        "Invite Opened", "Invite Accepted", "Invite Rewarded", "Invite Accepted",
        "Invite Completed", "Invite Rewarded", "Invite Rewarded",
    ]  # fmt: skip
    with pytest.raises(Refused, match="invite_full"):
        friend(world, invite, 3)


def test_an_invite_is_opened_once_and_found_again(world: World) -> None:
    """Who opens it again, by whichever name, gets the same; of one campaign there is one."""
    live(world, UNLOCK)
    phone = "13900000001"
    invite = opened(world, "spring-help", typed(world, phone))
    again = opened(world, "spring-help", typed(world, "+86 139 0000 0001"))
    assert again.invite_id == invite.invite_id
    told(world, {"type": "identify", "userId": "bo", "traits": {"phone": phone}})
    assert opened(world, "spring-help", known(world, "bo")).invite_id == invite.invite_id


def test_everybody_counts_once_and_nobody_for_themselves(world: World) -> None:
    """The owner, a friend who comes twice, and one who has two names, are refused."""
    live(world, UNLOCK.replace("needs: 2", "needs: 9"))
    ada = known(world, "ada")
    told(world, {"type": "identify", "userId": "ada", "traits": {"phone": "13800000009"}})
    invite = opened(world, "spring-help", ada)
    with pytest.raises(Refused, match="own_invite"):
        friend(world, invite, 9)
    friend(world, invite, 1)
    with pytest.raises(Refused, match="came_before"):
        friend(world, invite, 1, device="other", address="10.9.9.9")
    told(world, {"type": "identify", "userId": "cy", "traits": {"phone": "13800000001"}})
    with pytest.raises(Refused, match="came_before"):
        accept_invite(world, BRAND, invite.invite_id, known(world, "cy"), Came())
    assert seen_invite(world, invite).n_counted == 1


def test_a_device_and_an_address_have_their_limits(world: World) -> None:
    """One friend a device, two an address, as the campaign says; a refusal leaves no trace."""
    live(world, UNLOCK.replace("needs: 2", "needs: 9") + "limits: {per_address: 2}\n")
    invite = opened(world, "spring-help", known(world, "ada"))
    friend(world, invite, 1, address="10.5.5.5")
    with pytest.raises(Refused, match="device_limit"):
        friend(world, invite, 2, device="device1", address="10.5.5.5")
    friend(world, invite, 2, address="10.5.5.5")
    with pytest.raises(Refused, match="address_limit"):
        friend(world, invite, 3, address="10.5.5.5")
    assert friend(world, invite, 3).state == "counted"


def test_a_friend_who_looks_like_none_waits_for_a_person(world: World) -> None:
    """The inviter's own device holds a friend back; a yes lets them count, with who said so."""
    live(world, UNLOCK)
    invite = opened(world, "spring-help", known(world, "ada"))
    odd = friend(world, invite, 1, device="owners0device", address="10.0.0.1")
    assert odd.state == "review"
    assert dict(odd.signals) == {"same_device": 0, "same_address": 0, "unproved": 0}
    assert odd.score == 80
    assert given(world, invite) == []
    done = decide_friend(
        world, BRAND, invite.invite_id, odd.friend, "li@shop.example", "family", is_good=True
    )
    assert (done.state, done.decided_by, done.note) == ("counted", "li@shop.example", "family")
    with pytest.raises(Conflict):
        decide_friend(world, BRAND, invite.invite_id, odd.friend, "li", "", is_good=False)


def test_a_ring_of_invitations_is_seen(world: World) -> None:
    """Ada brings Bo, Bo brings Cy, Cy brings Ada: the last one closes a ring of two more."""
    live(world, UNLOCK.replace("needs: 2", "needs: 9"))
    people = [known(world, name) for name in ("ada", "bo", "cy")]
    invites = [opened(world, "spring-help", one, Came(f"d{n}", f"10.7.0.{n}"))
               for n, one in enumerate(people)]  # fmt: skip
    for n in range(3):
        row = accept_invite(
            world, BRAND, invites[n].invite_id, people[(n + 1) % 3],
            Came(f"d{(n + 1) % 3}", f"10.7.0.{(n + 1) % 3}", took=60_000_000),
        )  # fmt: skip
        catch_up(world)
    found = seen_friend(world, row)
    assert (found.state, dict(found.signals)) == ("review", {"ring": 2})


def test_a_group_fills_up_exactly_and_pays_its_leader_too(world: World) -> None:
    """Three seats with the leader: the third friend finds it full."""
    live(world, GROUP)
    invite = opened(world, "team-price", known(world, "ada"))
    friend(world, invite, 1)
    friend(world, invite, 2)
    catch_up(world)
    assert given(world, invite) == [
        ("friend", "given", 5.0), ("friend", "given", 5.0), ("inviter", "given", 5.0),
    ]  # fmt: skip
    with pytest.raises(Refused, match="invite_full"):
        friend(world, invite, 3)


def test_a_group_that_does_not_fill_up_fails_and_gives_nothing(world: World) -> None:
    """After its hours it is over; whoever waits for a decision keeps it open until then."""
    live(world, GROUP)
    invite = opened(world, "team-price", known(world, "ada"))
    odd = friend(world, invite, 1, device="owners0device")
    world.clock.advance(25 * HOUR)  # type: ignore[attr-defined] # the simulated clock's own
    catch_up(world)
    assert seen_invite(world, invite).state == "open"
    decide_friend(world, BRAND, invite.invite_id, odd.friend, "li", "", is_good=False)
    catch_up(world)
    found = seen_invite(world, invite)
    assert (found.state, found.n_taken, given(world, invite)) == ("failed", 0, [])
    assert "Invite Failed" in names(world, invite)


def test_forty_friends_at_once_take_two_seats(world: World) -> None:
    """However many come in the same moment, a group of three has two friends."""
    live(world, GROUP)
    invite = opened(world, "team-price", known(world, "ada"))

    def come(number: int) -> str:
        """Try to take a seat."""
        try:
            friend(world, invite, number, settles=False)
        except Refused as refused:
            return refused.reason
        return "in"

    with ThreadPoolExecutor(8) as pool:
        became = list(pool.map(come, range(40)))
    assert sorted(became) == ["in"] * 2 + ["invite_full"] * 38
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: catch_up(world), range(4)))
    catch_up(world)
    assert seen_invite(world, invite).n_counted == 2
    assert len(given(world, invite)) == 3
    assert names(world, invite).count("Invite Completed") == 1


def _pay(world: World, number: int, order: str, event: str = "Order Paid") -> None:
    """Let a friend's order be heard of."""
    told(world, {
        "event": event, "context": {"traits": {"phone": f"1380000{number:04d}"}},
        "properties": {"order_id": order, "total": 99, "currency": "CNY"},
    })  # fmt: skip


def test_who_brings_a_customer_is_thanked_when_the_order_has_stood(world: World) -> None:
    """The friend gets theirs at once, the inviter a week after the friend's first order."""
    live(world, REFERRAL)
    invite = opened(world, "bring-one", known(world, "ada"))
    row = friend(world, invite, 1)
    catch_up(world)
    assert (row.state, given(world, invite)) == ("ordering", [("friend", "given", 20.0)])
    _pay(world, 1, "o1")
    world.clock.advance(6 * DAY)  # type: ignore[attr-defined] # the simulated clock's own
    catch_up(world)
    assert len(given(world, invite)) == 1
    world.clock.advance(DAY + HOUR)  # type: ignore[attr-defined] # the simulated clock's own
    catch_up(world)
    assert given(world, invite) == [("friend", "given", 20.0), ("inviter", "given", 100.0)]
    found = referral_figures(world, BRAND, "bring-one")
    assert (found.k.value, found.k_customers.value, found.k.n) == (1.0, 1.0, 1)
    assert (found.cost["CNY"].value, found.cost["CNY"].n) == (12.0, 1)


def test_an_order_that_is_given_back_thanks_nobody(world: World) -> None:
    """A refund within the week undoes the order; another one later may still count."""
    live(world, REFERRAL)
    invite = opened(world, "bring-one", known(world, "ada"))
    row = friend(world, invite, 1)
    _pay(world, 1, "o1")
    _pay(world, 1, "o1", "Order Refunded")
    world.clock.advance(8 * DAY)  # type: ignore[attr-defined] # the simulated clock's own
    catch_up(world)
    assert (seen_friend(world, row).state, seen_friend(world, row).paid_at) == ("ordering", 0)
    assert len(given(world, invite)) == 1


def test_a_friend_whom_the_brand_knew_is_no_new_one(world: World) -> None:
    """A referral is for new people: an old customer is refused, and nobody is paid."""
    live(world, REFERRAL)
    told(world, {"type": "identify", "userId": "old", "traits": {"phone": "13800000001"}})
    world.clock.advance(HOUR)  # type: ignore[attr-defined] # the simulated clock's own
    invite = opened(world, "bring-one", known(world, "ada"))
    row = friend(world, invite, 1)
    assert (row.state, row.reason, given(world, invite)) == ("refused", "not_new", [])


def test_who_invites_is_rewarded_only_as_often_as_the_campaign_says(world: World) -> None:
    """With a limit of one, the second customer is counted and not paid for."""
    live(world, REFERRAL.replace("hold_days: 7", "hold_days: 0") + "limits: {rewards: 1}\n")
    invite = opened(world, "bring-one", known(world, "ada"))
    for number in (1, 2):
        friend(world, invite, number)
        _pay(world, number, f"o{number}")
    catch_up(world)
    assert [one for one in given(world, invite) if one[0] == "inviter"] == [
        ("inviter", "given", 100.0), ("inviter", "refused", 100.0),
    ]  # fmt: skip


def test_a_coupon_that_nobody_knows_keeps_a_campaign_from_going_live(world: World) -> None:
    """A campaign names pools that are there."""
    with pytest.raises(BadInput) as fault:
        publish(world, BRAND, UNLOCK.replace("{points: 10,", "{coupon: none,"), "t")
    assert [one.path for one in fault.value.problems] == ["rewards.friend.coupon"]


def test_devices_and_addresses_are_forgotten(world: World) -> None:
    """Three months after an invite ended nothing of devices and addresses is left."""
    live(world, UNLOCK)
    invite = opened(world, "spring-help", known(world, "ada"))
    row = friend(world, invite, 1)
    world.clock.advance(3 * DAY)  # type: ignore[attr-defined] # the simulated clock's own
    catch_up(world)
    forget_devices(world, 10)
    assert seen_friend(world, row).device is not None
    world.clock.advance(91 * DAY)  # type: ignore[attr-defined] # the simulated clock's own
    forget_devices(world, 10)
    assert (seen_friend(world, row).device, seen_invite(world, invite).address) == (None, None)
