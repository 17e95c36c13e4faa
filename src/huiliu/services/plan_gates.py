"""What plans name must be there: journeys of a roll-out or holdout, surveys of a channel's card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huiliu.experiments.holdout import Holdout
from huiliu.forms import Form
from huiliu.kernel.documents import load
from huiliu.kernel.errors import NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.planning.card import Card
from huiliu.planning.rollout import Rollout
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.referral import Referral
from huiliu.services.read_offers import Proposal

__all__ = ["names_known"]


def names_known(
    tx: Tx, _world: World, brand_id: int, one: Proposal, beside: Sequence[Proposal]
) -> Sequence[Problem]:
    """Return the names in a plan that nothing bears, in the instance or beside it."""
    named = list(_named(one))
    if not named:
        return ()
    offered = {(each.kind, each.slug) for each in beside}
    loaded = load(one.offer.source)
    where = f"{one.offer.where}: " if one.offer.where else ""
    return [
        Problem(f"{where}{path}", text("plans.no_such", kind=kind, slug=slug), loaded.line_of(path))
        for path, kind, slug in named
        if (kind, slug) not in offered and not _is_there(tx, brand_id, kind, slug)
    ]


def _named(one: Proposal) -> Iterator[tuple[str, str, str]]:
    """Yield path, kind and slug of what a plan names."""
    if isinstance(one.parsed, Rollout):
        for nth, slug in enumerate(one.parsed.journeys):
            yield f"journeys[{nth}]", "journey", slug
    elif isinstance(one.parsed, Holdout):
        yield from _of_holdout(one.parsed)
    elif isinstance(one.parsed, Card):
        for nth, slug in enumerate(one.parsed.surveys):
            yield f"surveys[{nth}]", "form", slug
    elif isinstance(one.parsed, Form) and one.parsed.reward and one.parsed.reward.coupon:
        yield "reward.coupon", "coupon", one.parsed.reward.coupon
    elif isinstance(one.parsed, Referral):
        for role, gift in (("inviter", one.parsed.inviter), ("friend", one.parsed.friend)):
            if gift is not None and gift.coupon:
                yield f"rewards.{role}.coupon", "coupon", gift.coupon


def _of_holdout(holdout: Holdout) -> Iterator[tuple[str, str, str]]:
    """Yield the journeys or templates that a holdout names; channels are no documents."""
    kind = {"journey": "journey", "message": "template"}.get(holdout.scope)
    for nth, slug in enumerate(holdout.things if kind else ()):
        yield f"{kind}s[{nth}]", str(kind), slug


def _is_there(tx: Tx, brand_id: int, kind: str, slug: str) -> bool:
    """Say whether a document is in use."""
    try:
        return tx.documents.latest(brand_id, kind, slug).state != "archived"
    except NotFound:
        return False
