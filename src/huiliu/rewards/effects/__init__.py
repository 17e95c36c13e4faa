"""What promotions can do, an effect a file."""

from typing import Final

from huiliu.kernel.registry import Registry
from huiliu.rewards.effects.bundle import BUNDLE
from huiliu.rewards.effects.effect import Effect, EffectKind, Gift, Given, Missing, Portion
from huiliu.rewards.effects.fixed import FIXED
from huiliu.rewards.effects.free_shipping import FREE_SHIPPING
from huiliu.rewards.effects.gift import GIFT
from huiliu.rewards.effects.nth import NTH
from huiliu.rewards.effects.percentage import PERCENTAGE
from huiliu.rewards.effects.steps import STEPS

__all__ = ["EFFECTS", "Effect", "EffectKind", "Gift", "Given", "Missing", "Portion"]

EFFECTS: Final[Registry[EffectKind]] = Registry((
    FIXED, PERCENTAGE, STEPS, NTH, BUNDLE, GIFT, FREE_SHIPPING,
))  # fmt: skip
