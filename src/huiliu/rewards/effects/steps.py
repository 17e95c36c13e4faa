"""The more, the more off: 40 off 300, 80 off 500; by spend or by units, once or again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import Text, text
from huiliu.rewards.amounts import part_of, read_amount, read_percent, shown, spread
from huiliu.rewards.effects.effect import Effect, Given, Missing, Portion

__all__ = ["STEPS"]

_MOST_STEPS: Final = 20
_MOST_UNITS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """One threshold and what it gives."""

    #: Minor units, or units where the steps count units.
    threshold: int
    #: Minor units off; 0 = a percentage.
    amount: int
    percent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps in rising order; the highest that is reached counts."""

    steps: tuple[Step, ...]
    currency: str
    is_by_units: bool = False
    #: Of one step: for every 300 again.
    repeats: bool = False
    #: How often at most; None = as often as it fits.
    most_times: int | None = None

    def give(self, portions: Sequence[Portion]) -> Given | Missing:
        """Give what the highest step that is reached gives."""
        reached = sum([one.quantity if self.is_by_units else one.basis for one in portions])
        held = [step for step in self.steps if step.threshold <= reached]
        ahead = next((step for step in self.steps if step.threshold > reached), None)
        if not held:
            assert ahead is not None
            return self._missing(ahead.threshold - reached)
        step, times = held[-1], 1
        following = self._missing(ahead.threshold - reached) if ahead else None
        if self.repeats:
            times = reached // step.threshold
            if self.most_times is not None and times >= self.most_times:
                times = self.most_times
            else:
                following = self._missing((times + 1) * step.threshold - reached)
        left = [one.left for one in portions]
        amount = step.amount * times or part_of(sum(left), step.percent)
        shares = spread(amount, left)
        discounts = {one.nth: share for one, share in zip(portions, shares, strict=True) if share}
        return Given(discounts, self._told(step, times), next=following)

    def _missing(self, much: int) -> Missing:
        """Return what is missing as the steps count."""
        return Missing(quantity=much) if self.is_by_units else Missing(spend=much)

    def _told(self, step: Step, times: int = 1) -> Text:
        """Return one step in words."""
        threshold, amount = step.threshold * times, step.amount * times
        percent = "" if step.amount else f"{step.percent:f}"
        return _said(threshold, amount, percent, self.currency, self.is_by_units)

    def sentence(self) -> Text:
        """Return every step."""
        told: Text = self._told(self.steps[0])
        for step in self.steps[1:]:
            told = text("rewards.effect.and", one=told, other=self._told(step))
        return text("rewards.effect.again", what=told) if self.repeats else told


@lru_cache(maxsize=10_000)
def _said(threshold: int, amount: int, percent: str, currency: str, is_by_units: bool) -> Text:
    """Return the sentence of a step: made once, as many baskets are told it."""
    off = (
        text("rewards.effect.percentage", percent=percent)
        if percent
        else text("rewards.effect.fixed", amount=shown(amount, currency))
    )
    if is_by_units:
        return text("rewards.effect.step_units", units=threshold, off=off)
    return text("rewards.effect.step", spend=shown(threshold, currency), off=off)


class _Kind:
    """The table's line."""

    name: Final = "steps"
    needs_currency: Final = True

    def read(self, fields: Fields, currency: str) -> Effect | None:
        """Return the effect of `{kind: steps, steps: [{spend: 300, amount: 40}], repeat: true}`."""
        fields.only({"kind", "steps", "repeat", "most_times"})
        before = len(fields.problems)
        parts = fields.parts("steps", _MOST_STEPS)
        if parts is None:
            fields.wrong("steps", "rewards.want_steps")
        is_by_units = bool(parts) and all("quantity" in part.tree for part in parts or ())
        steps = tuple(_step(part, currency, is_by_units=is_by_units) for part in parts or ())
        thresholds = [step.threshold for step in steps]
        if thresholds != sorted(set(thresholds)):
            fields.wrong("steps", "rewards.steps_rise")
        repeats = fields.tree.get("repeat", False)
        if not isinstance(repeats, bool):
            fields.wrong("repeat", "rewards.want_yes_no")
        most_times = fields.whole("most_times", 1, _MOST_UNITS)
        if repeats and (len(steps) != 1 or not steps[0].amount):
            fields.wrong("repeat", "rewards.repeat_one")
        if len(fields.problems) > before:
            return None
        return Steps(steps, currency, is_by_units, bool(repeats), most_times)


def _step(fields: Fields, currency: str, *, is_by_units: bool) -> Step:
    """Return one step; its problems are noted."""
    fields.only({"spend", "quantity", "amount", "percent"})
    if is_by_units:
        threshold = fields.whole("quantity", 1, _MOST_UNITS)
        if "spend" in fields.tree:
            fields.wrong("spend", "rewards.spend_or_quantity")
    else:
        threshold = read_amount(fields, "spend", currency, is_needed=True)
        if threshold == 0:
            fields.wrong("spend", "rewards.want_amount")
    amount, percent = read_amount(fields, "amount", currency), read_percent(fields)
    if not amount and not percent:
        fields.wrong("amount", "rewards.amount_or_percent")
    return Step(threshold or 0, amount or 0, percent or Decimal(0))


STEPS: Final = _Kind()
