"""What the Chinese platforms ask for beyond the others, over real HTTP against their fakes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.integration.shops.shopping import MINUTE, Street, street

from huiliu.fakes.shops.chinese import ChineseShop
from huiliu.fakes.shops.taobao import FakeTaobao
from huiliu.ports.world import World
from huiliu.services.list_shops import notice_url
from huiliu.stores.clock import SimulatedClock

_NAMES: Final = ("doudian", "kuaishou", "taobao", "wechat-shop", "xiaohongshu")
_HOUR: Final = 60 * MINUTE


@pytest.fixture
def shop(
    world: World, clock: SimulatedClock, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Street]:
    """Give a street with one connected fake of the platform that a test names."""
    with street(world, clock, tmp_path, request.param) as found:
        yield found


@pytest.mark.parametrize("shop", _NAMES, indirect=True)
def test_expired_tokens_are_renewed_again_and_again(shop: Street) -> None:
    """Refresh tokens turn with every use; a connection follows them, and loses no order."""
    assert isinstance(shop.fake, ChineseShop)
    for _ in range(3):
        shop.fake.order()
        shop.fake.expired = 1
        shop.deliver(shop.fake.take())
        shop.follow()
        shop.later(6 * MINUTE)
        shop.poll()

    assert shop.known() == shop.must()
    assert len(shop.must()) == 3
    assert shop.view.state.fault == ""


@pytest.mark.parametrize(
    ("shop", "hours"),
    [("doudian", 24), ("kuaishou", 24), ("taobao", 24), ("wechat-shop", 24), ("xiaohongshu", 1)],
    indirect=["shop"],
)
def test_what_nobody_told_is_caught_up_in_windows_that_are_allowed(
    shop: Street, hours: int
) -> None:
    """The platform refuses a window that is too wide; the polls never ask for one."""
    for _ in range(9):
        shop.later(hours * _HOUR)
        shop.fake.order()
    shop.fake.take()
    shop.later(6 * MINUTE)
    shop.poll()

    assert shop.known() == shop.must()
    assert shop.view.state.fault == ""


@pytest.mark.parametrize("shop", ["doudian", "xiaohongshu"], indirect=True)
def test_lists_of_several_pages_are_read_from_the_end(shop: Street) -> None:
    """More orders than a page of a hundred takes, all within one window, are all found."""
    for number in range(105):
        shop.fake.order(buyer=number % 9)
    shop.fake.take()
    shop.later(6 * MINUTE)
    shop.poll()

    assert set(shop.told()) == set(shop.fake.orders)


@pytest.mark.parametrize("shop", ["taobao"], indirect=True)
def test_a_lost_confirmation_brings_the_messages_again_and_nothing_twice(shop: Street) -> None:
    """What is stored but not confirmed comes again, is known, and is confirmed then."""
    assert isinstance(shop.fake, FakeTaobao)
    shop.fake.order()
    shop.deliver(shop.fake.take())
    shop.fake.lost_confirmations = 1
    shop.poll()
    still_there = len(shop.fake.queue)
    shop.later(15 * MINUTE)
    shop.poll()
    shop.follow()

    assert still_there == 1
    assert shop.fake.queue == []
    assert [len(names) for names in shop.told().values()] == [1]


@pytest.mark.parametrize("shop", ["wechat-shop"], indirect=True)
def test_wechat_sees_its_echo_only_when_it_signs_the_handshake(shop: Street) -> None:
    """The address is confirmed by an echo; a stranger gets none."""
    path = notice_url(shop.world, shop.key).removeprefix(shop.world.public_url)
    at, nonce = str(shop.world.clock.now() // 1_000_000), "7"
    signature = hashlib.sha1(
        "".join(sorted((shop.fake.config["token"], at, nonce))).encode(), usedforsecurity=False
    ).hexdigest()
    query = f"timestamp={at}&nonce={nonce}&echostr=4375120948345356249&signature="
    answered = shop.http.request("GET", f"{path}?{query}{signature}")
    refused = shop.http.request("GET", f"{path}?{query}{'0' * 40}")

    assert (answered.status_code, answered.text) == (200, "4375120948345356249")
    assert refused.status_code == 401
    assert "4375120948345356249" not in refused.text


@pytest.mark.parametrize("shop", _NAMES, indirect=True)
def test_no_masked_phone_or_name_becomes_anybodys(shop: Street) -> None:
    """Only the platform's id of the buyer is kept: what it masks is nobody's phone."""
    shop.fake.order()
    shop.deliver(shop.fake.take())
    shop.poll()
    shop.follow()
    with shop.world.store.system() as tx:
        bodies = [event.body.decode() for event in tx.log.read(0, 0, 100)]

    assert bodies
    assert not any("1*********8" in body or "王**" in body for body in bodies)
