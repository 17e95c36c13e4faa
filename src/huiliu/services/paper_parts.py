"""What sections of a white paper share: what was read once for all, and small ways to say it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from huiliu.kernel.texts import text
from huiliu.reports.paper import Block, Cell
from huiliu.reports.paper_numbers import NOTHING, change, share, share_ends
from huiliu.services.attribute import USUAL, Attributed, attribute_events, ratio_of
from huiliu.services.incremental import incremental
from huiliu.services.paper_desk import Desk
from huiliu.services.paper_messages import Letters, Mail, read_mail
from huiliu.services.paper_purchases import Sales, read_sales

__all__ = ["Draft", "Ground", "Write", "arrived", "moved", "points", "rate"]

_EVEN = 0.0005


class Ground:
    """What several sections read; asked for once, when the first one wants it."""

    def __init__(self, desk: Desk) -> None:
        """Begin with nothing read."""
        self.desk = desk

    @cached_property
    def sales(self) -> Sales:
        """Return what was bought."""
        return read_sales(self.desk)

    @cached_property
    def ascribed(self) -> Attributed:
        """Return what models ascribe to channels: of those who are followed, as money of all."""
        desk = self.desk
        found = attribute_events(
            desk.sample(), desk.brand_id, desk.first, desk.last, currency=desk.currency
        )
        return found if desk.one_in == 1 else _of_all(desk, found)

    @cached_property
    def mail(self) -> Letters:
        """Return what was sent."""
        return read_mail(self.desk)


@dataclass(frozen=True, slots=True)
class Draft:
    """One section as its writer leaves it: what stands in it, and what the summary says of it."""

    blocks: Sequence[Block]
    #: Sentences for the summary, each with its weight: the heaviest come first.
    findings: Sequence[tuple[int, str]] = field(default=())
    lead: str = ""


#: Writes one section.
Write = Callable[[Ground], Draft]


def _of_all(desk: Desk, found: Attributed) -> Attributed:
    """Return sums of some people as those of all, beside what holdouts measured of all.

    Counts stay those of the people who were followed.
    """
    times = desk.one_in
    models = {
        model: {
            channel: replace(
                one, value=one.value * times,
                value_interval=(one.value_interval[0] * times, one.value_interval[1] * times),
            )
            for channel, one in by_channel.items()
        }
        for model, by_channel in found.models.items()
    }  # fmt: skip
    measured = {
        one: incremental(desk.world, desk.brand_id, f"channel:{one}", desk.first, desk.last)
        for one in found.channels
    }
    ratios = {one: ratio_of(models[USUAL][one].value, measured[one]) for one in found.channels}
    return replace(
        found, models=models, measured=measured, ratios=ratios, value=found.value * times,
        untouched_value=found.untouched_value * times,
    )  # fmt: skip


def rate(top: float, n: float) -> Cell:
    """Return a share with its interval beneath."""
    return Cell(share(top / n), share_ends(top, n)) if n > 0 else Cell(NOTHING)


def arrived(desk: Desk, mail: Mail) -> Cell:
    """Return how many arrived, of those of which it was told; a dash where nothing was."""
    if not mail.known:
        return Cell(NOTHING, desk.say(text("paper.no_receipts")) if mail.sent else "")
    return rate(mail.delivered, mail.known)


def points(desk: Desk, value: float) -> str:
    """Return the difference of two shares, in points: parts of a share would read otherwise."""
    return desk.say(text("paper.points", points=share(value).removesuffix("%")))


def moved(
    desk: Desk,
    now: float | None,
    before: float | None,
    *,
    is_share: bool = False,
    is_better: bool = True,
) -> tuple[str, str]:
    """Return by how much a figure moved against the quarter before, and how it is coloured."""
    found = change(now, before, is_share=is_share)
    if found is None:
        return "", "even"
    if abs(found) < _EVEN:
        return points(desk, 0.0) if is_share else share(0.0), "even"
    said = points(desk, found) if is_share else share(found)
    written = ("+" if found > 0 else "") + said
    return written, "good" if (found > 0) == is_better else "bad"
