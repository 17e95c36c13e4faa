"""The people of the virtual brand: drawn once from a seed, with what nobody can see of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from huiliu.kernel.times import DAY, HOUR, Instant
from huiliu.simulator.model import HOUR_WEIGHTS, Model

__all__ = ["SHOP_OFFSET", "Person", "draw_people", "draw_visits"]

#: The shop's clock is ahead of UTC by this much, all year.
SHOP_OFFSET = 8 * HOUR
_DAYS_A_YEAR = 365.25
#: Of a week that begins with the first day of a world.
_WORKING_DAYS = 5

_FAMILY = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗"
_GIVEN = (
    "子涵",
    "雨桐",
    "欣怡",
    "浩然",
    "宇轩",
    "诗涵",
    "梓萱",
    "俊杰",
    "思远",
    "佳琪",
    "明轩",
    "若曦",
)
_CITIES = (
    "上海",
    "北京",
    "广州",
    "深圳",
    "杭州",
    "成都",
    "武汉",
    "南京",
    "西安",
    "重庆",
    "苏州",
    "长沙",
)


@dataclass(slots=True)
class Person:
    """One person: what they are like, and how far the shop knows them."""

    number: int
    buys: float
    arrives_at: int
    visits_a_day: float
    has_two_devices: bool
    phone: str
    email: str
    allows_sms: bool
    allows_email: bool
    name: str
    city: str
    is_registered: bool = False
    #: Devices on which the shop knows them.
    devices: set[int] = field(default_factory=set)
    n_orders: int = 0
    n_visits: int = 0
    #: Marketing messages that reached them, and when those of late did.
    n_marketed: int = 0
    marketed_at: list[int] = field(default_factory=list)

    @property
    def user_id(self) -> str:
        """The shop's own number of the account."""
        return f"u{self.number:07d}"

    def anonymous_id(self, device: int) -> str:
        """What a device that knows nobody calls itself."""
        return f"d{self.number:07d}-{device}"


def draw_people(n: int, days: int, starts_at: int, seed: int, model: Model) -> list[Person]:
    """Return n people; the same arguments give the same people on every machine."""
    rng = np.random.default_rng((seed, 1))
    is_old = rng.random(n) < model.old_share
    arrives = np.where(is_old, 0.0, rng.random(n) * max(days, 1))
    visits = rng.gamma(model.visits_shape, model.visits_a_day / model.visits_shape, n)
    weight = model.buys_weight
    buys = rng.beta(model.buys * weight, (1 - model.buys) * weight, n)
    has_phone = rng.random(n) < model.phone_share
    has_email = (rng.random(n) < model.email_share) | ~has_phone
    dead_phone, dead_email = rng.random(n) < model.dead_phone, rng.random(n) < model.dead_email
    two = rng.random(n) < model.two_devices_share
    sms, email = rng.random(n) < model.sms_consent, rng.random(n) < model.email_consent
    words = rng.integers(0, 1 << 30, n)
    return [
        Person(
            number=i,
            buys=float(buys[i]),
            arrives_at=starts_at + int(arrives[i] * DAY),
            visits_a_day=float(visits[i]),
            has_two_devices=bool(two[i]),
            phone=_phone(i, is_dead=bool(dead_phone[i])) if has_phone[i] else "",
            email=_email(i, is_dead=bool(dead_email[i])) if has_email[i] else "",
            allows_sms=bool(sms[i] and has_phone[i]),
            allows_email=bool(email[i] and has_email[i]),
            name=_name(int(words[i])),
            city=_CITIES[int(words[i]) % 97 % len(_CITIES)],
        )
        for i in range(n)
    ]


def draw_visits(
    people: list[Person], starts_at: int, ends_at: int, seed: int, model: Model
) -> list[tuple[Instant, int]]:
    """Return when who comes by themselves, (instant, number of the person), oldest first."""
    rng = np.random.default_rng((seed, 2))
    arrives = np.array([person.arrives_at for person in people], dtype=np.int64)
    rates = np.array([person.visits_a_day for person in people])
    spans = np.maximum(ends_at - arrives, 0)
    counts = rng.poisson(rates * spans / DAY)
    # Everyone comes at least once, so that a world of n people is one of n people.
    counts = np.maximum(counts, 1)
    who = np.repeat(np.arange(len(people)), counts)
    raw = arrives[who] + (rng.random(len(who)) * spans[who]).astype(np.int64)
    is_first = np.r_[True, who[1:] != who[:-1]]
    kept = is_first | (rng.random(len(who)) < _busy((raw - starts_at) // DAY, model))
    who, raw = who[kept], raw[kept]
    at = np.clip(_at_likely_hours(raw, rng), arrives[who], ends_at - 1)
    order = np.lexsort((who, at))
    return [(Instant(int(at[i])), int(who[i])) for i in order]


def _busy(day: npt.NDArray[np.int64], model: Model) -> npt.NDArray[np.float64]:
    """Return how busy days since the first one are, against the busiest there can be."""
    year = 1 + model.season * np.sin(2 * np.pi * day / _DAYS_A_YEAR)
    week = np.where(day % 7 >= _WORKING_DAYS, model.weekend, 1.0)
    found: npt.NDArray[np.float64] = year * week / ((1 + model.season) * max(model.weekend, 1.0))
    return found


def _at_likely_hours(raw: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return the instants moved to likely hours of the same day of the shop."""
    weights = np.array(HOUR_WEIGHTS, dtype=float)
    days = (raw + SHOP_OFFSET) // DAY * DAY - SHOP_OFFSET
    hours = rng.choice(24, size=len(raw), p=weights / weights.sum()) * HOUR
    found: npt.NDArray[np.int64] = days + hours + (rng.random(len(raw)) * HOUR).astype(np.int64)
    return found


def _phone(number: int, *, is_dead: bool) -> str:
    """Return a phone that no shop would mistake for another's; dead ones begin with 199."""
    return f"+86{'199' if is_dead else '138'}{number:08d}"


def _email(number: int, *, is_dead: bool) -> str:
    """Return an address in a domain that is reserved for examples; dead ones say so."""
    return f"gone{number}@example.org" if is_dead else f"p{number}@example.com"


def _name(word: int) -> str:
    """Return a family name and a given name."""
    return _FAMILY[word % len(_FAMILY)] + _GIVEN[word // 64 % len(_GIVEN)]
