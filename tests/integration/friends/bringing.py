"""Campaigns, and people who bring each other, for tests."""

from __future__ import annotations

from itertools import count

from huiliu.kernel.ids import show_id
from huiliu.ports.invites import FriendRow, InviteRow
from huiliu.ports.world import World
from huiliu.services.accept_invite import accept_invite
from huiliu.services.follow_friends import bring_friends
from huiliu.services.ingest import accept
from huiliu.services.invite_people import Caller, Came, known_caller, typed_caller
from huiliu.services.open_invite import open_invite
from huiliu.services.project import project
from huiliu.services.publish import publish

BRAND = 1
UNLOCK = """\
huiliu: 1
kind: referral
slug: spring-help
name: {en: Spring help, zh-CN: 春日助力}
mechanic: unlock
title: {en: "Two friends unlock it", zh-CN: "两位好友助力解锁"}
from: 2026-11-01
until: 2026-11-30
needs: 2
rewards:
  inviter: {points: 50, worth: {amount: 5, currency: CNY}}
  friend: {points: 10, worth: {amount: 1, currency: CNY}}
"""
GROUP = """\
huiliu: 1
kind: referral
slug: team-price
name: {en: Team price, zh-CN: 拼团}
mechanic: group
title: {en: "Three of you, half the price", zh-CN: "三人成团，半价到手"}
from: 2026-11-01
until: 2026-11-30
needs: 3
hours: 24
rewards:
  inviter: {points: 5}
  friend: {points: 5}
limits: {per_address: 10000}
"""
REFERRAL = """\
huiliu: 1
kind: referral
slug: bring-one
name: {en: Bring one, zh-CN: 老带新}
mechanic: referral
title: {en: "Thanks for each friend", zh-CN: "邀请好友有礼"}
from: 2026-11-01
until: 2026-12-31
hold_days: 7
rewards:
  inviter: {points: 100, worth: {amount: 10, currency: CNY}}
  friend: {points: 20, worth: {amount: 2, currency: CNY}}
"""
_numbers = count(1)


def live(world: World, source: str) -> None:
    """Make a campaign live."""
    publish(world, BRAND, source, "test", kind="referral")


def told(world: World, *calls: dict[str, object]) -> None:
    """Let the log hear something, and the projector what the log heard."""
    with world.store.system() as tx:
        done = accept(
            tx, world, BRAND,
            [{"messageId": f"t{next(_numbers)}", "type": "track", **one} for one in calls],
            received_at=world.clock.now(), historical=False,
        )  # fmt: skip
    assert not done.problems
    catch_up(world)


def catch_up(world: World) -> None:
    """Let the projector and the friends' loop do all there is to do."""
    while project(world) + bring_friends(world):
        pass


def known(world: World, user: str) -> Caller:
    """Return a person whom the brand knows."""
    told(world, {"type": "identify", "userId": user, "traits": {"vip": False}})
    key = world.secrets.identifier_key(BRAND, 1, user)
    with world.store.system() as tx:
        found = known_caller(tx, BRAND, tx.people.resolve(BRAND, [key])[key])
    assert found is not None
    return found


def typed(world: World, phone: str) -> Caller:
    """Return whoever typed this number."""
    with world.store.system() as tx:
        found = typed_caller(tx, world, BRAND, phone)
    assert found is not None
    return found


def opened(world: World, slug: str, caller: Caller, came: Came | None = None) -> InviteRow:
    """Open an invite, and let everybody know."""
    row = open_invite(world, BRAND, slug, caller, came or Came("owners0device", "10.0.0.1"))
    catch_up(world)
    return row


def friend(
    world: World, invite: InviteRow, number: int, *, settles: bool = True, **came: object
) -> FriendRow:
    """Let a new person come by an invite, with a device and an address of their own."""
    usual: dict[str, object] = {
        "device": f"device{number}", "address": f"10.1.{number // 200}.{number % 200}",
        "took": 60_000_000,
    }  # fmt: skip
    caller = typed(world, f"1380000{number:04d}")
    row = accept_invite(world, BRAND, invite.invite_id, caller, Came(**(usual | came)))  # type: ignore[arg-type] # as given
    if settles:
        catch_up(world)
    return seen_friend(world, row)


def seen_friend(world: World, row: FriendRow) -> FriendRow:
    """Return a friend as they stand now."""
    with world.store.system() as tx:
        return tx.invites.friend(BRAND, row.invite_id, row.friend)


def seen_invite(world: World, row: InviteRow) -> InviteRow:
    """Return an invite as it stands now."""
    with world.store.system() as tx:
        return tx.invites.invite(BRAND, row.invite_id)


def given(world: World, invite: InviteRow) -> list[tuple[str, str, float]]:
    """Return (role, state, points) of what people got for an invite."""
    with world.store.system() as tx:
        rows = tx.invites.rewards(BRAND, invite.invite_id)
    return sorted((one.role, one.state, float(one.points)) for one in rows)


def names(world: World, invite: InviteRow) -> list[str]:
    """Return the names of our own events about an invite, in their order."""
    with world.store.system() as tx:
        found = tx.log.read(0, 0, 5_000)
    return [one.name for one in found if show_id(invite.invite_id).encode() in one.body]
