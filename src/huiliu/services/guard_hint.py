"""How long this brand's traffic needs to tell a fall from noise: said beside the threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from huiliu.governance.channel_guard import Mode, days_to_tell, read_days
from huiliu.governance.guard_document import ADS, KIND, STEPS, VISITS, GuardDocument, parsed_guard
from huiliu.kernel.errors import NotFound
from huiliu.ports.world import World
from huiliu.services.guard_series import Series, ads_series, open_eyes, visit_series

__all__ = ["Hint", "document_in_use", "how_long"]

#: Days at the end that tell how much traffic there is.
_LATELY: Final = 28


@dataclass(frozen=True, slots=True)
class Hint:
    """How long one channel needs for one metric."""

    metric: str
    channel: str
    #: The usual rate; 0 = too few days to tell.
    usual: float
    #: What there is to look at on a day.
    daily: float
    dispersion: float
    #: None = nothing is usual yet.
    days: float | None


def how_long(world: World, brand_id: int, document: GuardDocument) -> list[Hint]:
    """Return, for each metric and channel, the days in which a fall can be told from noise.

    Raises:
        EngineFailed, Unavailable: the warehouse cannot answer.
    """
    series: list[Series] = []
    steps = [one for one in STEPS if one in document.metrics]
    if steps:
        with open_eyes(world, brand_id, document) as eyes:
            for step in steps:
                series += eyes.series(step, by_campaign=False)
    if VISITS in document.metrics:
        series += visit_series(world, brand_id, document)
    if ADS in document.metrics:
        series += ads_series(world, brand_id, document)
    return [_hint(one, document.threshold) for one in series]


def document_in_use(world: World, brand_id: int, slug: str) -> tuple[GuardDocument, int]:
    """Return a guard in use and its version; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        found = tx.documents.latest(brand_id, KIND, slug)
    if found.state == "archived":
        raise NotFound(KIND, slug)
    return parsed_guard(found.source), found.version


def _hint(one: Series, threshold: float) -> Hint:
    """Return how long one series needs."""
    lately = one.days[-_LATELY:]
    daily = sum(day.n for day in lately) / len(lately) if lately else 0.0
    # By itself: what is common to all channels makes days differ, and counts as noise here.
    readings = read_days(list(one.days), Mode.STATISTICAL, threshold)
    known = [each for each in readings if each.expected is not None]
    if not known:
        return Hint(one.metric, one.channel or one.campaign, 0.0, daily, 1.0, None)
    usual, dispersion = known[-1].usual, known[-1].dispersion
    days = days_to_tell(usual, daily, dispersion, threshold)
    name = f"{one.channel} / {one.campaign}" if one.campaign else one.channel
    return Hint(one.metric, name, usual, daily, dispersion, days)
