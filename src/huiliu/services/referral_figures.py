"""What a campaign brought: how many each inviter brings, and what a new customer costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.kernel.money import Money
from huiliu.ports.invites import InviterFigures
from huiliu.ports.world import World
from huiliu.statistics.growth import Rate, mean_of_counts, ratio

__all__ = ["ReferralFigures", "figures_json", "referral_figures"]


@dataclass(frozen=True, slots=True)
class ReferralFigures:
    """The figures of one campaign."""

    #: People who opened an invite.
    n_inviters: int
    #: State -> how many.
    invites: Mapping[str, int]
    #: How often a link was handed on, followed by people, fetched by programs.
    n_shares: int
    n_visits: int
    n_machines: int
    #: Friends who came and were not refused.
    n_friends: int
    #: Of them, whom the brand did not know before.
    n_new: int
    #: Of those, who ordered since.
    n_customers: int
    n_review: int
    #: Reason -> how many friends were refused.
    refused: Mapping[str, int]
    #: New people that one inviter brings.
    k: Rate
    #: New customers that one inviter brings.
    k_customers: Rate
    #: Currency -> what one new customer cost, in major units.
    cost: Mapping[str, Rate]
    #: Currency -> minor units of all rewards that were given, as the campaign reckons them.
    spent: Mapping[str, int]
    #: (role, state, reason) -> how many rewards.
    rewards: Mapping[tuple[str, str, str], int]


def referral_figures(world: World, brand_id: int, slug: str) -> ReferralFigures:
    """Return the figures of a campaign; one that nobody knows has none."""
    with world.store.transaction(brand_id) as tx:
        people = tx.invites.figures(brand_id, slug)
        friends = tx.invites.friend_states(brand_id, slug)
        shares = tx.shares.campaign_counts(brand_id, slug)
        states = tx.invites.states(brand_id, slug)
        rewards = tx.invites.reward_states(brand_id, slug)
    spent: dict[str, int] = {}
    for one in people:
        for currency, minor in one.worth.items():
            spent[currency] = spent.get(currency, 0) + minor
    return ReferralFigures(
        n_inviters=len(people), invites=states, n_shares=shares.get("share", 0),
        n_visits=shares.get("visit", 0), n_machines=shares.get("machine", 0),
        n_friends=sum(one.n_friends for one in people),
        n_new=sum(one.n_new for one in people),
        n_customers=sum(one.n_customers for one in people),
        n_review=sum(n for (state, _), n in friends.items() if state == "review"),
        refused={reason: n for (state, reason), n in friends.items() if state == "refused"},
        k=mean_of_counts([one.n_new for one in people]),
        k_customers=mean_of_counts([one.n_customers for one in people]),
        cost={currency: _cost(people, currency) for currency in sorted(spent)},
        spent=spent, rewards=rewards,
    )  # fmt: skip


def figures_json(found: ReferralFigures) -> dict[str, object]:
    """Return the figures for servers and commands."""
    return {
        "inviters": found.n_inviters, "invites": dict(found.invites), "shares": found.n_shares,
        "visits": found.n_visits, "machine_visits": found.n_machines, "friends": found.n_friends,
        "new": found.n_new, "new_customers": found.n_customers, "in_review": found.n_review,
        "refused": dict(found.refused), "k": _rate(found.k),
        "k_customers": _rate(found.k_customers),
        "cost_per_new_customer": {one: _rate(rate) for one, rate in found.cost.items()},
        "spent": {
            one: str(Money(minor, one).major) for one, minor in found.spent.items()
        },
        "rewards": [
            {"role": role, "state": state, "reason": reason or None, "n": n}
            for (role, state, reason), n in sorted(found.rewards.items())
        ],
    }  # fmt: skip


def _cost(people: Sequence[InviterFigures], currency: str) -> Rate:
    """Return what one new customer cost in a currency."""
    costs = [float(Money(one.worth.get(currency, 0), currency).major) for one in people]
    return ratio(costs, [one.n_customers for one in people])


def _rate(found: Rate) -> dict[str, object]:
    """Return a figure with what it rests on."""
    return {"value": found.value, "n": found.n, "low": found.low, "high": found.high}
