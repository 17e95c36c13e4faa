"""What campaigns cost: asked of the platform, or read from the file that its console exports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.advertising.people import Spend
from huiliu.advertising.platforms.amounts import currency_of
from huiliu.advertising.sheet import read_spend
from huiliu.advertising.talk import Verdict
from huiliu.kernel.errors import BadInput, Problem, Unavailable
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, local_datetime
from huiliu.ports.ad_results import SpendTotal
from huiliu.ports.world import World
from huiliu.services.ad_talk import carry, platform_of
from huiliu.services.read_table import read_table

__all__ = ["SpendView", "ad_spend", "fetch_spend", "fetch_spend_due", "import_spend", "last_days"]

_SHOWN: Final = 500
#: Platforms correct what they said of the last days.
_AGAIN_DAYS: Final = 3
_MOST_DAYS: Final = 90
_EVERY: Final = DAY // 4


@dataclass(frozen=True, slots=True)
class SpendView:
    """What accounts cost over some days."""

    first: str
    last: str
    totals: Sequence[SpendTotal]
    #: (account, what a campaign cost on a day), newest first.
    rows: Sequence[tuple[str, Spend]]


def last_days(world: World, n: int) -> tuple[str, str]:
    """Return the first and the last of some days up to today, in the brand's zone."""
    today = local_datetime(world.clock.now(), world.zone).date()
    return (today - dt.timedelta(days=n - 1)).isoformat(), today.isoformat()


def ad_spend(
    world: World, brand_id: int, account: str = "", first: str = "", last: str = ""
) -> SpendView:
    """Return what accounts cost; without days, over the last thirty.

    Raises:
        BadInput: a day is none.
    """
    default = last_days(world, 30)
    begins, ends = _days(first or default[0], last or default[1])
    with world.store.transaction(brand_id) as tx:
        totals = tx.ad_results.spend_totals(brand_id, begins, ends)
        rows = tx.ad_results.spend(brand_id, begins, ends, account, _SHOWN)
    totals = [one for one in totals if account in {"", one.account}]
    return SpendView(begins, ends, totals, rows)


def import_spend(world: World, brand_id: int, account: str, file: bytes) -> int:
    """Take in a table of costs; return how many rows were written, all or none.

    Raises:
        NotFound: there is no such account.
        BadInput: with everything that is wrong, row by row.
    """
    with world.store.transaction(brand_id) as tx:
        held = tx.ads.account(brand_id, account)
    table = read_table(file)
    rows, problems = read_spend(table[0][1], table[1:], currency_of(held.config))
    if problems:
        raise BadInput(tuple(problems))
    with world.store.transaction(brand_id) as tx:
        tx.ad_results.put_spend(brand_id, account, rows, "file", world.clock.now())
    return len(rows)


def fetch_spend(world: World, brand_id: int, account: str, first: str = "", last: str = "") -> int:
    """Ask the platform what campaigns cost; return how many rows were written.

    Raises:
        NotFound: there is no such account.
        BadInput: a day is none, or too many are asked for.
        Unavailable: the platform did not answer well.
    """
    with world.store.transaction(brand_id) as tx:
        held = tx.ads.account(brand_id, account)
    default = last_days(world, _AGAIN_DAYS)
    begins, ends = _days(first or default[0], last or default[1])
    told = carry(world, held, platform_of(held).spend(held.config, begins, ends))
    if told.result is None:
        raise Unavailable(held.platform, _words(told.verdict))
    rows = [one for one in told.result if one.day and one.object_id]
    with world.store.transaction(brand_id) as tx:
        tx.ad_results.put_spend(brand_id, account, rows, "api", world.clock.now())
    return len(rows)


def fetch_spend_due(world: World, limit: int = 1) -> int:
    """Ask the accounts whose costs were not asked for a while; return how many."""
    del limit
    now = world.clock.now()
    with world.store.system() as tx:
        due = tx.ad_results.take_spend_due(now, now + _EVERY)
    if due is None:
        return 0
    try:
        fetch_spend(world, due.brand_id, due.name)
    except Unavailable:
        # It is asked again in its turn; the accounts' page says when it last answered.
        return 1
    return 1


def _words(verdict: Verdict) -> str:
    """Return what a platform said."""
    return f"{verdict.code} {verdict.words}".strip()


def _days(first: str, last: str) -> tuple[str, str]:
    """Return two days in order; raise BadInput with everything that is wrong."""
    problems, found = [], []
    for name, written in (("from", first), ("to", last)):
        try:
            found.append(dt.date.fromisoformat(written))
        except ValueError:
            problems.append(Problem(name, text("ads.spend_day", found=written[:40])))
    if not problems and (found[1] - found[0]).days not in range(_MOST_DAYS):
        problems.append(Problem("to", text("ads.spend_range", most=_MOST_DAYS)))
    if problems:
        raise BadInput(tuple(problems))
    return found[0].isoformat(), found[1].isoformat()
