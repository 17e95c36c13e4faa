"""Documents that are no more than themselves: read by one function, stored as they are.

One line makes a kind that can be planned, applied, exported and compared like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol, TypeAlias

from huiliu.advertising.audience import parse_audience
from huiliu.conditions import Surroundings
from huiliu.experiments.holdout import parse_holdout
from huiliu.experiments.plan import parse_experiment
from huiliu.governance.approvals import parse_approvals
from huiliu.governance.guard_document import parse_guard
from huiliu.kernel.errors import Problem
from huiliu.messages.desk import parse_desk
from huiliu.messages.menu import parse_menu
from huiliu.planning.card import parse_card
from huiliu.planning.live_session import parse_live_session
from huiliu.planning.price_card import parse_price_card
from huiliu.planning.rollout import parse_rollout
from huiliu.planning.target import parse_target
from huiliu.reports.funnel_document import parse_funnel
from huiliu.reports.schedule import parse_report_schedule
from huiliu.rewards.coupon import parse_coupon
from huiliu.rewards.post import parse_posts
from huiliu.rewards.programme import parse_programme
from huiliu.rewards.promotion import parse_promotion
from huiliu.rewards.referral import parse_referral
from huiliu.rewards.reward_catalogue import parse_catalogue
from huiliu.rewards.tiers import parse_tiers

__all__ = ["AROUND", "PLAIN", "PlainDocument"]


class PlainDocument(Protocol):
    """A document that was read."""

    @property
    def slug(self) -> str:
        """Its name for ever."""
        ...

    @property
    def source(self) -> str:
        """Canonical YAML."""
        ...


_Read: TypeAlias = Callable[[str | bytes], PlainDocument | tuple[Problem, ...]]

#: Kind -> how a document of it is read.
PLAIN: Final[Mapping[str, _Read]] = {
    "ad_audience": parse_audience,
    "approvals": parse_approvals,
    "channel_card": parse_card,
    "costs": parse_price_card,
    "coupon": parse_coupon,
    "desk": parse_desk,
    "funnel": parse_funnel,
    "experiment": parse_experiment,
    "guard": parse_guard,
    "holdout": parse_holdout,
    "live_session": parse_live_session,
    "menu": parse_menu,
    "posts": parse_posts,
    "promotion": parse_promotion,
    "referral": parse_referral,
    "points": parse_programme,
    "report_schedule": parse_report_schedule,
    "rollout": parse_rollout,
    "reward_catalogue": parse_catalogue,
    "target": parse_target,
    "tiers": parse_tiers,
}

_ReadAround: TypeAlias = Callable[[str | bytes, Surroundings], PlainDocument | tuple[Problem, ...]]

#: Those of them that hold conditions or local times: they are read with what is live in the brand.
AROUND: Final[Mapping[str, _ReadAround]] = {
    "coupon": parse_coupon,
    "funnel": parse_funnel,
    "promotion": parse_promotion,
}
