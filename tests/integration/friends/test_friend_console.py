"""Campaigns of friends in the console and for servers: publish, look, decide, give again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.friends.bringing import (
    BRAND,
    UNLOCK,
    catch_up,
    friend,
    known,
    live,
    opened,
    seen_friend,
    seen_invite,
)

from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.times import DAY
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.publish import publish_all
from huiliu.services.read_offers import Offer

TEN = """\
huiliu: 1
kind: promotion
slug: ten
name: {en: Ten}
by: code
effect: {kind: percentage, percent: 10}
"""
FEW = """\
huiliu: 1
kind: coupon
slug: few
name: {en: Few}
promotion: ten
codes: {mint: true}
issue: {total: 1}
"""


class Server:
    """A server that calls the API with a key."""

    def __init__(self, client: Visitor, world: World) -> None:
        self.client = client
        self.key = create_key(world, BRAND, "app", "api")[1]

    def call(self, method: str, path: str, status: int = 200, **body: Any) -> Any:
        """Return the answer to a call, which has this status."""
        asked = {"json": body} if method == "POST" else {}
        answer = self.client.request(method, path, auth=(self.key, ""), **asked)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def server(world: World, tmp_path: Path) -> Server:
    """Hold a key of scope api."""
    return Server(visitor(world, tmp_path), world)


@pytest.fixture
def marketer(world: World, tmp_path: Path) -> Visitor:
    """Sign a marketer in."""
    return signed_in(world, tmp_path, "marketer")


def test_a_campaign_is_drafted_published_and_shown(world: World, marketer: Visitor) -> None:
    """The editor's own beginnings are good; what is wrong keeps a draft from going live."""
    for mechanic in ("unlock", "group", "referral"):
        page = marketer.get(f"/referrals/new?mechanic={mechanic}").text
        source = page.split('hx-sync="this:replace">')[1].split("</textarea>")[0]
        form = {"csrf": token(marketer, "/referrals/new"), "source": source, "version": "0"}
        assert 'class="check-good"' in marketer.post("/referrals/check", data=form).text
        done = marketer.post("/referrals/apply", data=form)
        assert done.status_code == 303
        assert marketer.get(done.headers["location"]).status_code == 200
        form["source"] += "levels: 2\n"
        assert "One paid level" in marketer.post("/referrals/apply", data=form).text
    assert marketer.get("/referrals").text.count("data-to=") == 3


def test_a_friend_is_decided_about_in_the_queue(world: World, marketer: Visitor) -> None:
    """What speaks against a friend stands beside the buttons; a second click changes nothing."""
    live(world, UNLOCK)
    invite = opened(world, "spring-help", known(world, "ada"))
    odd = friend(world, invite, 1, device="owners0device", address="10.0.0.1")
    page = marketer.get("/referrals/reviews").text
    assert "The same device as the one who invited" in page
    assert "Score 80" in page
    address = f"/referrals/reviews/{show_id(odd.invite_id)}/{show_id(odd.friend)}"
    form = {"csrf": token(marketer, "/referrals/reviews"), "decision": "refuse", "note": "same"}
    assert marketer.post(address, data=form).headers["location"].endswith("done=refuse")
    assert marketer.post(address, data=form).headers["location"].endswith("done=late")
    found = seen_friend(world, odd)
    assert (found.state, found.decided_by) == ("refused", "marketer@shop.example")
    assert "Nothing to review" in marketer.get("/referrals/reviews").text


def test_who_only_looks_changes_nothing(world: World, tmp_path: Path) -> None:
    """A viewer sees campaigns and the queue, and has no way to publish or decide."""
    live(world, UNLOCK)
    viewer = signed_in(world, tmp_path, "viewer")
    assert viewer.get("/referrals/spring-help").status_code == 200
    assert viewer.get("/referrals/new").status_code == 403
    form = {"csrf": token(viewer, "/referrals/spring-help"), "source": UNLOCK}
    assert viewer.post("/referrals/apply", data=form).status_code == 403


def test_a_server_does_all_that_the_console_does(world: World, server: Server) -> None:
    """Publish, open, bring, look, decide and take out of use, each over the same services."""
    assert server.call("POST", "/v1/referrals", source=UNLOCK)["version"] == 1
    ada, bo, cy = (known(world, name) for name in ("ada", "bo", "cy"))
    world.clock.advance(DAY)  # type: ignore[attr-defined] # the simulated clock's own
    who = {"profile": show_profile_id(ada.profile_id)}
    path = "/v1/referrals/spring-help/invites"
    invite = server.call("POST", path, person=who, device="d1", address="10.0.0.1")
    assert server.call("POST", path, person=who)["invite"] == invite["invite"]
    friends = f"/v1/invites/{invite['invite']}/friends"
    assert server.call("POST", friends, 409, person=who) == {
        "error": "Refused", "reason": "own_invite",
    }  # fmt: skip
    by_name = {"identifier": {"type": "user_id", "value": "bo"}}
    server.call("POST", friends, person=by_name, device="d2")
    server.call("POST", friends, person={"profile": show_profile_id(cy.profile_id)}, device="d1")
    catch_up(world)
    queue = server.call("GET", "/v1/invite-reviews")["reviews"]
    assert [one["signals"] for one in queue] == [[{"signal": "same_device", "points": 50, "n": 0}]]
    one = queue[0]
    decide = f"/v1/invite-reviews/{one['invite']}/{one['friend']}"
    server.call("POST", decide, 422, decision="maybe")
    assert server.call("POST", decide, decision="accept", note="twins")["state"] == "counted"
    catch_up(world)
    told = server.call("GET", f"/v1/invites/{invite['invite']}")
    assert (told["state"], told["missing"], told["url"]) == ("done", 0, invite["url"])
    assert {one["state"] for one in told["rewards"]} == {"given"}
    figures = server.call("GET", "/v1/referrals/spring-help")["figures"]
    assert (figures["friends"], figures["new"], figures["k"]["value"]) == (2, 0, 0.0)
    assert figures["spent"] == {"CNY": "7.00"}
    server.call("DELETE", "/v1/referrals/spring-help")
    server.call("GET", "/v1/referrals/spring-help", 404)
    assert bo.profile_id != cy.profile_id


def test_a_server_shares_what_it_likes(world: World, server: Server) -> None:
    """A link is made once, its figures are told, and an address that is none is refused."""
    known(world, "ada")
    who = {"identifier": {"type": "user_id", "value": "ada"}}
    asked: dict[str, Any] = {"person": who, "kind": "product", "subject": "sku-1"}
    first = server.call("POST", "/v1/shares", url="https://shop.example/p", **asked)
    assert server.call("POST", "/v1/shares", url="https://shop.example/p", **asked) == first
    assert server.call("GET", "/v1/shares/product/sku-1")["shares"] == 1
    server.call("POST", "/v1/shares", 422, url="javascript:alert(1)", **asked)


def test_a_reward_that_could_not_be_given_is_tried_again(world: World, server: Server) -> None:
    """A coupon that has no codes left waits a week, then is given up until somebody asks."""
    publish_all(world, BRAND, [Offer(TEN, kind="promotion"), Offer(FEW, kind="coupon")], "t")
    live(world, UNLOCK.replace("{points: 10,", "{coupon: few,"))
    invite = opened(world, "spring-help", known(world, "ada"))
    for number in (1, 2):
        friend(world, invite, number)
    catch_up(world)
    told = server.call("GET", f"/v1/invites/{show_id(invite.invite_id)}")
    coupons = [one for one in told["rewards"] if one["coupon"]]
    assert sorted(one["state"] for one in coupons) == ["due", "given"]
    assert [one["reason"] for one in coupons if one["state"] == "due"] == ["issue_limit"]
    world.clock.advance(8 * DAY)  # type: ignore[attr-defined] # the simulated clock's own
    catch_up(world)
    figures = server.call("GET", "/v1/referrals/spring-help")["figures"]
    assert {(one["state"], one["reason"]) for one in figures["rewards"]} == {
        ("given", None), ("refused", "issue_limit"),
    }  # fmt: skip
    again = server.call("POST", "/v1/referrals/spring-help/rewards")
    assert again == {"slug": "spring-help", "tried": 1}
    assert seen_invite(world, invite).state == "done"
