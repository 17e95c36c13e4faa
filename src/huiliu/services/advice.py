"""Advice on the paths that people take: each rests on a measured difference and says which.

What was only watched says where to look, never what would happen; only people who were held out
say that. Where a difference cannot be told from chance, the advice says so and what is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from huiliu.kernel.texts import LOCALES, Text, catalogue, render, text
from huiliu.ports.world import World
from huiliu.reports.after_purchase import AGAIN_DAYS, SHARED_DAYS, ask_sharing
from huiliu.services.attribute import USUAL, Attributed, attribute_events
from huiliu.services.figures import frame_of
from huiliu.services.funnels import Contrast, FunnelFigures, read_funnel
from huiliu.services.paths import PathFigures, TimeToPurchase, read_paths, time_to_purchase
from huiliu.statistics.proportions import difference
from huiliu.statistics.two_shares import more_needed, two_shares

__all__ = ["CANNOT_TELL", "TOLD", "Advice", "advise"]

TOLD: Final = "told"
CANNOT_TELL: Final = "cannot_tell"
_FUNNEL: Final = "purchase"
_BY: Final = ("channel", "os")
_SURE: Final = 0.05
#: So few tell nothing.
_LEAST: Final = 30
#: Shorter waits are told in hours.
_HOURS_UNTIL: Final = 2
#: Steps without which nobody can buy: that they go with buying is no news.
_NO_NEWS: Final = frozenset({"Product Added", "Order Created", "Checkout Started", "Cart Viewed"})


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of advice and what it rests on."""

    rule: str
    #: `told`, or `cannot_tell` with what is missing.
    verdict: str
    said: Text
    evidence: Text
    method: Text
    n: int
    point: float | None
    interval: tuple[float, float] | None
    #: Where what it rests on can be seen.
    href: str


def advise(
    world: World,
    brand_id: int,
    first: dt.date,
    last: dt.date,
    *,
    ascribed: Attributed | None = None,
) -> Sequence[Advice]:
    """Return advice on the paths of some days: what is told first.

    Args:
        world: the instance.
        brand_id: whose people.
        first: the first day.
        last: the last day.
        ascribed: what the models ascribe on these days, where it is known already.

    Raises:
        EngineFailed: the warehouse cannot answer.
    """
    span = f"from={first.isoformat()}&until={last.isoformat()}"
    found = [
        *_of_channels(ascribed or attribute_events(world, brand_id, first, last), span),
        *_of_steps([read_funnel(world, brand_id, _FUNNEL, first, last, by=by) for by in _BY], span),
        *_of_ways(read_paths(world, brand_id, first, last), span),
        *_of_sharing(world, brand_id, first, last, span),
        *_of_waiting(time_to_purchase(world, brand_id, first, last), span),
    ]
    return sorted(found, key=lambda one: one.verdict != TOLD)


def _of_channels(found: Attributed, span: str) -> Iterator[Advice]:
    """Yield what models and holdouts say of channels."""
    href = f"/attribution?{span}"
    for channel in found.channels:
        measured, ratio = found.measured[channel], found.ratios[channel]
        usual = found.models[USUAL][channel]
        low, high = measured.revenue.total_interval
        if channel in found.warned:
            yield Advice(
                "overclaimed", TOLD, text("advice.overclaimed", channel=_channel(channel)),
                text("advice.overclaimed.why", value=_money(usual.value), low=_money(low),
                     caused=_money(measured.revenue.total), high=_money(high),
                     currency=found.currency),
                text("advice.method.holdout", treated=f"{measured.treated:,}",
                     held=f"{measured.held:,}"),
                measured.treated + measured.held, ratio, None, href,
            )  # fmt: skip
    for channel in found.channels:
        opens, closes = found.models["first"][channel], found.models["last"][channel]
        if opens.conversions_interval[0] > closes.conversions_interval[1]:
            yield Advice(
                "opener", TOLD, text("advice.opener", channel=_channel(channel)),
                text("advice.opener.why", first=_count(opens.conversions),
                     first_low=_count(opens.conversions_interval[0]),
                     first_high=_count(opens.conversions_interval[1]),
                     last=_count(closes.conversions), n=f"{found.n:,}"),
                text("advice.method.models"), found.n, opens.conversions,
                opens.conversions_interval, href,
            )  # fmt: skip
            return


def _of_steps(told: Sequence[FunnelFigures], span: str) -> Iterator[Advice]:
    """Yield where a step is taken less often than elsewhere; the surest of each breakdown."""
    for found in told:
        worse = [one for one in found.contrasts if one.gap < 0]
        sure = [one for one in worse if one.is_told]
        for one in sure[:1] or worse[:1]:
            yield _of_step(found, one, f"/funnels/{_FUNNEL}?by={found.by}&{span}")


def _of_step(found: FunnelFigures, one: Contrast, href: str) -> Advice:
    """Return what a step says."""
    names = found.funnel.steps
    value = _channel(one.value) if found.by == "channel" else one.value
    evidence = text(
        "advice.shares", k=f"{one.n:,}", n=f"{one.before:,}", share=_share(one.n, one.before),
        k_other=f"{one.n_other:,}", n_other=f"{one.before_other:,}",
        share_other=_share(one.n_other, one.before_other), low=_points(one.interval[0]),
        high=_points(one.interval[1]),
    )  # fmt: skip
    said = "advice.step" if one.is_told else "advice.step.open"
    return Advice(
        "step", TOLD if one.is_told else CANNOT_TELL,
        text(said, value=value, before=names[one.step - 2].shown, step=names[one.step - 1].shown,
             more=_more(one.more_needed)),
        evidence, text("advice.method.watched", n=len(found.contrasts)),
        one.before + one.before_other, one.gap, one.interval, href,
    )  # fmt: skip


def _of_ways(found: PathFigures, span: str) -> Iterator[Advice]:
    """Yield which steps in direct succession go with buying more often."""
    better = [
        one for one in found.phrases if one.difference > 0 and not _NO_NEWS & set(one.steps)
    ]  # fmt: skip
    sure = [one for one in better if one.is_told]
    for one in sure[:1] or better[:1]:
        said = "advice.way" if one.is_told else "advice.way.open"
        yield Advice(
            "way", TOLD if one.is_told else CANNOT_TELL,
            text(said, way=_way(one.steps), more=_more(one.more_needed)),
            _shares(one.converted, one.n, one.converted_other, one.n_other),
            text("advice.method.watched", n=len(found.phrases)), one.n + one.n_other,
            one.difference, one.interval, f"/paths?{span}",
        )  # fmt: skip


def _of_sharing(
    world: World, brand_id: int, first: dt.date, last: dt.date, span: str
) -> Iterator[Advice]:
    """Yield whether who shares after a purchase comes back more often."""
    rows = world.warehouse.run(ask_sharing(frame_of(world, brand_id, first, last))).to_pylist()
    counts = {(row["shared"], row["again"]): row["n"] for row in rows}
    k, k_other = counts.get((True, True), 0), counts.get((False, True), 0)
    n, n_other = k + counts.get((True, False), 0), k_other + counts.get((False, False), 0)
    method = text("advice.method.sharing", shared=SHARED_DAYS, again=AGAIN_DAYS)
    href = f"/funnels/six-stages?{span}"
    if min(n, n_other) < _LEAST:
        if n and n_other and n + n_other >= _LEAST:
            yield Advice(
                "share", CANNOT_TELL, text("advice.share.none", n=f"{n:,}"),
                _shares(k, n, k_other, n_other), method, n + n_other, None, None, href,
            )  # fmt: skip
        return
    interval = difference(k, n, k_other, n_other)
    is_told = two_shares(k, n, k_other, n_other) < _SURE
    gap = k / n - k_other / n_other
    key = "advice.share.open"
    if is_told:
        key = "advice.share" if gap > 0 else "advice.share.worse"
    yield Advice(
        "share", TOLD if is_told else CANNOT_TELL,
        text(key, more=_more(more_needed(k, n, k_other, n_other))),
        _shares(k, n, k_other, n_other), method, n + n_other, gap, interval, href,
    )  # fmt: skip


def _of_waiting(found: TimeToPurchase, span: str) -> Iterator[Advice]:
    """Yield by when new people buy, if they do."""
    curve = found.curves.get("")
    if curve is None or curve.n_events < _LEAST or not curve.days:
        return
    bought = 1 - curve.survival[-1]
    # The time by which half of those have bought of whom it was ever seen.
    half = next(
        nth for nth, left in enumerate(curve.survival) if 1 - left >= bought / 2 - 1e-12
    )  # fmt: skip
    interval = (1 - curve.high[half], 1 - curve.low[half])
    yield Advice(
        "wait", TOLD, text("advice.wait", wait=_wait(curve.days[half])),
        text("advice.wait.why", share=f"{1 - curve.survival[half]:.1%}",
             low=f"{interval[0]:.1%}", high=f"{interval[1]:.1%}", n=f"{curve.n:,}",
             bought=f"{curve.n_events:,}", whole=f"{bought:.1%}"),
        text("advice.method.waiting"), curve.n, 1 - curve.survival[half], interval,
        f"/paths?{span}",
    )  # fmt: skip


def _wait(days: float) -> Text:
    """Return how long something takes: hours within the first two days."""
    if days < _HOURS_UNTIL:
        return text("advice.hours", n=max(1, ceil(days * 24)))
    return text("advice.days", n=f"{days:,.1f}")


def _shares(k: int, n: int, k_other: int, n_other: int) -> Text:
    """Return two shares and the interval of their difference in words."""
    low, high = difference(k, n, k_other, n_other)
    return text(
        "advice.shares", k=f"{k:,}", n=f"{n:,}", share=_share(k, n), k_other=f"{k_other:,}",
        n_other=f"{n_other:,}", share_other=_share(k_other, n_other), low=_points(low),
        high=_points(high),
    )  # fmt: skip


def _share(k: int, n: int) -> str:
    """Return a share as readers see it."""
    return f"{k / n:.1%}" if n else "–"


def _points(gap: float) -> str:
    """Return a difference of shares in percentage points."""
    return f"{100 * gap:+.1f}"


def _count(n: float) -> str:
    """Return how many, as models tell it."""
    return f"{n:,.0f}"


def _money(value: float) -> str:
    """Return an amount."""
    return f"{value:,.0f}"


def _more(needed: int | None) -> str:
    """Return how many more are needed."""
    return "–" if needed is None else f"{needed:,}"


def _channel(name: str) -> Text | str:
    """Return how a channel is called: by its text where there is one."""
    key = f"console.channel.{name}"
    return text(key) if key in catalogue(LOCALES[0]) else name


def _way(steps: Sequence[str]) -> dict[str, str]:
    """Return steps one after the other as each language calls them."""
    return {
        locale: " › ".join(
            step if isinstance(step, str) else render(step, locale) for step in map(_step, steps)
        )
        for locale in LOCALES
    }


def _step(name: str) -> Text | str:
    """Return what an event is called: by its text where there is one."""
    key = "console.event." + name.strip("$").lower().replace(" ", "_")
    return text(key) if key in catalogue(LOCALES[0]) else name
