"""How much marketing of one APP the makers of Android phones show a day.

The numbers are the makers' of 2025 (docs/reference/channels-push.md); an account may say others.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Final

from huiliu.kernel.times import DAY, HOUR, SECOND

__all__ = ["DEFAULT_LIMITS", "china_day", "maker_of", "next_china_day", "read_limits"]

#: As an account's field writes them.
DEFAULT_LIMITS: Final = "huawei=2,honor=2,oppo=2,vivo=2,xiaomi=1"
#: Names under which a maker sells.
_SOLD_AS: Final = {
    "redmi": "xiaomi", "poco": "xiaomi", "mi": "xiaomi", "realme": "oppo", "oneplus": "oppo",
    "iqoo": "vivo", "hihonor": "honor",
}  # fmt: skip
_CHINA: Final = timezone(timedelta(hours=8))
_MOST: Final = 1_000


def maker_of(vendor: str) -> str:
    """Return who made a device of this name."""
    name = vendor.strip().lower()
    return _SOLD_AS.get(name, name)


def read_limits(written: str) -> Mapping[str, int] | None:
    """Return maker -> messages a day from `huawei=2,xiaomi=1`; None = it is not so written."""
    found: dict[str, int] = {}
    for one in written.split(","):
        if not one.strip():
            continue
        name, mark, number = one.partition("=")
        number = number.strip()
        if not mark or not (number.isascii() and number.isdecimal()) or int(number) > _MOST:
            return None
        found[maker_of(name)] = int(number)
    return found


def china_day(now: int) -> int:
    """Return the day in China, counted from 1970: that is when makers begin to count anew."""
    return (now + 8 * HOUR) // DAY


def next_china_day(now: int) -> int:
    """Return when the next day begins in China."""
    here = datetime.fromtimestamp(now // SECOND, _CHINA)
    midnight = here.replace(hour=0, minute=0, second=0) + timedelta(days=1)
    return int(midnight.timestamp()) * SECOND
