"""Points become rewards: stock, points and code in one piece, whoever asks at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from tests.integration.people import BRAND, event, log, person, project_all

from huiliu.kernel.errors import Conflict, NotFound, Refused
from huiliu.ports.exchanges import ExchangeFilter
from huiliu.ports.world import World
from huiliu.rewards.points import Kind, Operation
from huiliu.services.exchange import Exchanged, cancel_exchange, exchange, send_exchange
from huiliu.services.look_at_tiers import list_exchanges, show_catalogue
from huiliu.services.points_balance import balance
from huiliu.services.points_board import points_board
from huiliu.services.post_points import post
from huiliu.services.publish import publish

SHELF = """\
huiliu: 1
kind: reward_catalogue
slug: shelf
name: {zh-CN: 积分商城, en: Points shop}
items:
  - id: mug
    name: {zh-CN: 马克杯, en: Mug}
    channels: {app: 100, mini_program: 80}
    gives: {gift: mug}
    stock: 5
    per_person: 2
  - id: voucher
    name: {zh-CN: 券, en: Voucher}
    points: 10
    gives: {coupon: nowhere}
  - id: golden
    name: {zh-CN: 金卡专享, en: For gold}
    points: 10
    gives: {gift: pen}
    levels: [gold]
"""


@pytest.fixture(autouse=True)
def shelf(world: World) -> None:
    """Make the catalogue live."""
    publish(world, BRAND, SHELF, "test", kind="reward_catalogue")


def _people(world: World, n: int, points: int) -> list[int]:
    """Return people who have points, earned in the APP."""
    log(world, *(event(f"user_id:u{nth}") for nth in range(n)))
    project_all(world)
    found = [person(world, f"user_id:u{nth}") for nth in range(n)]
    with world.store.system() as tx:
        posting = post(tx, world, BRAND, [
            Operation(f"test:{one}", Kind.EARN, one, Decimal(points), "app", "test")
            for one in found
        ])  # fmt: skip
        tx.log.append(posting.events)
    return found


def _take(world: World, who: int, key: str, item: str = "mug", channel: str = "app") -> Exchanged:
    """Take something."""
    return exchange(world, BRAND, who, "shelf", item, channel, key, "test")


def _available(world: World, who: int) -> Decimal:
    """Return what somebody can spend."""
    with world.store.system() as tx:
        return balance(tx, world, BRAND, who).available


def test_an_exchange_takes_points_and_stock_and_the_same_key_takes_nothing_more(
    world: World,
) -> None:
    """The price is that of the channel; a repeat is answered as the first was."""
    [who] = _people(world, 1, 300)

    first = _take(world, who, "k1", channel="mini_program")
    again = _take(world, who, "k1", channel="mini_program")

    assert (first.is_new, again.is_new) == (True, False)
    assert again.row == first.row
    assert (first.row.points, first.row.state) == (Decimal(80), "to_send")
    assert _available(world, who) == Decimal(220)
    assert show_catalogue(world, BRAND, "shelf").taken == {"mug": 1}
    with pytest.raises(Conflict):
        _take(world, who, "k1", channel="app")


def test_what_may_not_be_had_takes_nothing(world: World) -> None:
    """Every refusal has its reason, and leaves points and stock as they were."""
    [who] = _people(world, 1, 90)
    asked = {
        "channel": ("mug", "douyin"), "level": ("golden", "app"), "not_enough": ("mug", "app"),
    }  # fmt: skip

    for reason, (item, channel) in asked.items():
        with pytest.raises(Refused) as refused:
            _take(world, who, f"k-{reason}", item, channel)
        assert refused.value.reason == reason
    with pytest.raises((Refused, NotFound)):
        _take(world, who, "k-voucher", "voucher")
    with pytest.raises(NotFound):
        _take(world, who, "k-none", "nothing")

    assert _available(world, who) == Decimal(90)
    assert show_catalogue(world, BRAND, "shelf").taken == {}
    assert list_exchanges(world, BRAND, ExchangeFilter()) == []


def test_of_five_in_stock_five_are_taken_however_many_ask(world: World) -> None:
    """Forty askers, two at most for each of ten people: five get it, five pay."""
    people = _people(world, 10, 500)

    def ask(nth: int) -> bool:
        try:
            return _take(world, people[nth % 10], f"k{nth}").is_new
        except Refused:
            return False

    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(ask, range(40)))

    assert taken == 5
    rows = list_exchanges(world, BRAND, ExchangeFilter())
    assert len(rows) == 5
    assert max([row.profile_id for row in rows].count(one) for one in people) <= 2
    spent = sum(Decimal(500) - _available(world, one) for one in people)
    assert spent == Decimal(500)


def test_a_cancelled_exchange_gives_points_and_stock_back_once(world: World) -> None:
    """Cancelling again changes nothing; what was sent cannot be cancelled."""
    [who] = _people(world, 1, 300)
    one, other = _take(world, who, "k1").row, _take(world, who, "k2").row

    for _ in range(2):
        assert cancel_exchange(world, BRAND, one.exchange_id, "ops", "broken").state == "cancelled"
    assert send_exchange(world, BRAND, other.exchange_id, "ops").state == "sent"
    with pytest.raises(Refused):
        cancel_exchange(world, BRAND, other.exchange_id, "ops", "late")
    with pytest.raises(Refused):
        send_exchange(world, BRAND, one.exchange_id, "ops")

    assert _available(world, who) == Decimal(200)
    assert show_catalogue(world, BRAND, "shelf").taken == {"mug": 1}
    assert _take(world, who, "k3").is_new


def test_the_board_shows_where_points_were_earned_and_spent(world: World) -> None:
    """Earned in the APP, spent in two channels; too young a programme counts on no breakage."""
    [who] = _people(world, 1, 300)
    _take(world, who, "k1", channel="app")
    _take(world, who, "k2", channel="mini_program")

    board = points_board(world, BRAND)

    assert [(one.source, one.target, one.points) for one in board.flows if one.kind == "burn"] == [
        ("app", "app", Decimal(100)), ("app", "mini_program", Decimal(80)),
    ]  # fmt: skip
    assert [(one.channel, one.share) for one in board.earned] == [("app", 1.0)]
    assert board.totals.available == Decimal(120)
    assert (board.forecast.rate, board.forecast.is_known) == (1.0, False)
    assert board.forecast.points == 120
