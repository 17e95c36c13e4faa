"""The world model in numbers: every chance and every delay of the virtual brand, with its reason.

The shares are round and made up: they shape a plausible shop, they measure nothing. What matters
is that messages truly change what people do, so that a journey's effect can be found again.
`docs/explanation/simulator.md` tells the model in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from huiliu.kernel.times import DAY, HOUR, MINUTE

__all__ = ["HOUR_WEIGHTS", "MODEL", "PLACES", "PRODUCTS", "Model", "Place", "Product"]


@dataclass(frozen=True, slots=True)
class Model:
    """Chances are shares 0-1; spans are (shortest, longest) in microseconds."""

    #: Visits a day of a person, mean of a gamma distribution, and its shape: few come often.
    visits_a_day: float = 0.033
    visits_shape: float = 1.3
    #: People who were there before the first day; the others arrive evenly.
    old_share: float = 0.4
    #: Product pages after the first one of a visit: chance of yet another.
    another_view: float = 0.38
    #: People who sometimes come with a second device, and how often they then do.
    two_devices_share: float = 0.3
    second_device: float = 0.35
    #: A visitor who has no account makes one without buying.
    registers: float = 0.16
    #: Somebody with an account signs in on a device that does not know them.
    signs_in: float = 0.6
    #: Accounts with a phone, with an e-mail address; everyone has at least one.
    phone_share: float = 0.86
    email_share: float = 0.72
    #: Accounts that allow marketing, by channel.
    sms_consent: float = 0.55
    email_consent: float = 0.66
    #: Addresses that no longer work.
    dead_phone: float = 0.02
    dead_email: float = 0.03
    #: Visits that end in an order, mean of a beta distribution over people, and its weight.
    buys: float = 0.15
    buys_weight: float = 6.0
    #: Orders paid within minutes; forgotten (a reminder helps); the rest is never paid.
    pays_at_once: float = 0.72
    forgets: float = 0.18
    #: Of the forgotten: paid without any reminder; paid because of one.
    remembers_alone: float = 0.15
    pays_reminded: float = 0.5
    #: Paid orders that ship late, and that are cancelled when they do; with an apology fewer are.
    ships_late: float = 0.08
    gives_up: float = 0.3
    gives_up_comforted: float = 0.1
    #: Paid orders cancelled on a second thought.
    regrets: float = 0.02
    #: Delivered orders reviewed without being asked; because of an invitation.
    reviews: float = 0.06
    reviews_invited: float = 0.2
    #: Delivered orders that are sent back; that become a dispute.
    returns: float = 0.025
    disputes: float = 0.004
    #: People who come back because a marketing message asks them to, and how much more they buy.
    comes_back: float = 0.1
    buys_back: float = 2.0
    #: Recipients of a marketing message who have had enough.
    leaves: float = 0.008
    #: Recipients who follow a link and do nothing else.
    curious: float = 0.05
    #: What an e-mail does of what a text message does.
    email_responds: float = 0.75
    #: What a small gift does to coming back.
    gift_responds: float = 1.6
    #: Each marketing message of the last 30 days: response is multiplied by exp(-tiring), and
    #: the chance to have had enough grows by this part of itself.
    tiring: float = 0.1
    #: Visits that are made where the person feels at home, the others anywhere.
    at_home: float = 0.8
    #: Visits over a year: 1 + season * sin(...); and on the two days of a weekend.
    season: float = 0.12
    weekend: float = 1.25

    pay_span: tuple[int, int] = (MINUTE, 20 * MINUTE)
    remember_span: tuple[int, int] = (2 * HOUR, 20 * HOUR)
    reminded_span: tuple[int, int] = (10 * MINUTE, 8 * HOUR)
    #: The shop closes an unpaid order.
    unpaid_closes: int = 48 * HOUR
    ship_span: tuple[int, int] = (4 * HOUR, 40 * HOUR)
    ship_late_span: tuple[int, int] = (3 * DAY, 7 * DAY)
    give_up_after: int = 66 * HOUR
    regret_span: tuple[int, int] = (30 * MINUTE, 4 * HOUR)
    deliver_span: tuple[int, int] = (1 * DAY, 4 * DAY)
    #: What the shop promises at the order.
    promise: int = 6 * DAY
    review_span: tuple[int, int] = (6 * HOUR, 6 * DAY)
    review_invited_span: tuple[int, int] = (HOUR, 2 * DAY)
    return_span: tuple[int, int] = (1 * DAY, 9 * DAY)
    dispute_span: tuple[int, int] = (6 * HOUR, 5 * DAY)
    come_back_span: tuple[int, int] = (10 * MINUTE, 36 * HOUR)
    answer_span: tuple[int, int] = (5 * MINUTE, 12 * HOUR)


MODEL: Final = Model()

#: How likely each hour of the shop's day is for a visit, 0:00 first.
HOUR_WEIGHTS: Final = (
    2, 1, 1, 1, 1, 1, 2, 4, 5, 6, 6, 6, 8, 7, 5, 5, 5, 6, 7, 9, 11, 12, 9, 5,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where people visit the brand."""

    channel: str
    #: Of all people who feel at home there.
    share: float
    #: What a visit there does to buying: 1 = as elsewhere on average.
    buys: float
    #: Visits that an advertisement brought, and what each of those cost, in whole fen.
    paid: float = 0.0
    fee: int = 0
    #: Who showed it, as `utm_source`.
    source: str = ""


#: Round and made up: who comes by advertisement buys less, and the brand's own ground sells best.
PLACES: Final = (
    Place("app", 0.40, 1.25),
    Place("mini_program", 0.27, 1.0, 0.10, 1_500, "wechat"),
    Place("douyin", 0.21, 0.7, 0.45, 1_100, "douyin"),
    Place("h5", 0.12, 0.6, 0.35, 900, "baidu"),
)


@dataclass(frozen=True, slots=True)
class Product:
    """One thing the brand sells."""

    id: str
    name: str
    category: str
    #: Whole fen.
    price: int


def _products() -> tuple[Product, ...]:
    """Return the brand's catalogue."""
    ranges = {
        "护肤": ("洁面乳", "爽肤水", "精华液", "面霜", "防晒霜", "面膜"),
        "彩妆": ("口红", "粉底液", "眼影盘", "眉笔"),
        "个护": ("洗发水", "沐浴露", "护手霜", "牙膏"),
        "香氛": ("淡香水", "香薰蜡烛"),
    }
    lines = ("日常", "臻选", "旅行")
    found: list[Product] = []
    for category, names in ranges.items():
        for name in names:
            for line in lines:
                number = len(found) + 1
                price = 1900 + (number * 7919) % 26_000 // 100 * 100
                found.append(Product(f"p{number:03d}", f"{line}{name}", category, price))
    return tuple(found)


PRODUCTS: Final = _products()
