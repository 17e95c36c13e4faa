"""A brand with accounts at fake ad platforms, for tests of what they hold of its people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import msgspec
from tests.integration.outbox import did, someone
from tests.integration.people import BRAND, NOW, log, project_all

from huiliu.channels.http import HttpOutbound
from huiliu.channels.outbound import HostRule
from huiliu.fakes.providers.ads import FakeAds
from huiliu.fakes.providers.running import FAKE_CLOUDS
from huiliu.kernel.times import MINUTE
from huiliu.ports.world import World
from huiliu.services.ad_accounts import save_ad_account
from huiliu.services.ad_convert import convert_ads
from huiliu.services.ad_follow import follow_ads
from huiliu.services.ad_share import share_ads
from huiliu.services.message_events import internal_event
from huiliu.services.publish import publish
from huiliu.stores.clock import SimulatedClock

__all__ = ["at_platform", "audience", "buyer", "catch_up", "join", "put_audience", "say"]

PLATFORMS = ("ocean_engine", "kuaishou", "tencent_ads", "meta", "google_ads", "tiktok")


@contextmanager
def at_platform(world: World, name: str, **changed: str) -> Iterator[tuple[World, FakeAds]]:
    """Lend the world with an account `main` at a fake of a platform, and the fake."""
    kind = FAKE_CLOUDS[name]
    outbound = HttpOutbound(HostRule.parse("127.0.0.1"))
    with kind(now=world.clock.now) as fake:
        assert isinstance(fake, FakeAds)
        lent = replace(world, outbound=outbound)
        try:
            save_ad_account(lent, BRAND, "main", name, fake.config | changed)
            yield lent, fake
        finally:
            outbound.close()


def put_audience(world: World, slug: str = "vip", **more: object) -> None:
    """Make an audience live at the account `main`."""
    tree = {
        "huiliu": 1, "kind": "ad_audience", "slug": slug, "name": {"en": slug}, "account": "main",
        **more,
    }  # fmt: skip
    publish(world, BRAND, msgspec.json.encode(tree), "test")


def buyer(world: World, phone: str = "+8613800138000", *, agrees: bool = True) -> int:
    """Return somebody with a number and an address, who agreed to ads or was not asked."""
    profile = someone(world, phone=phone)
    if agrees:
        say(world, profile, "Consent Granted")
    return profile


def say(world: World, profile: int, name: str, channel: str = "ads", at: int = NOW) -> None:
    """Log a yes or a no to sharing with ad platforms, and project it."""
    did(world, profile, name, at, channel=channel, purpose="ad_sharing")
    project_all(world)


def join(world: World, profile: int, slug: str = "vip", *, leaves: bool = False) -> None:
    """Let a journey put a person into an audience, or take them out."""
    name = "Ad Audience Left" if leaves else "Ad Audience Joined"
    log(world, internal_event(BRAND, profile, name, {"audience": slug}, NOW, profile, slug, leaves))
    project_all(world)


def catch_up(world: World, clock: SimulatedClock, steps: int = 40) -> None:
    """Follow the log and bring all audiences to what they should be, a minute passing."""
    while follow_ads(world, 2_000):
        pass
    clock.advance(MINUTE)
    for _ in range(steps):
        if not share_ads(world) and not convert_ads(world):
            return
    raise AssertionError("sharing does not come to an end")


def audience(fake: FakeAds) -> set[str]:
    """Return what the platform holds, over all audiences."""
    return set().union(*fake.audiences.values()) if fake.audiences else set()
