"""What became of each message of a campaign, so that its variants can be laid side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.journeys import Journey
from huiliu.ports.world import World

__all__ = ["VariantReport", "report_variants"]


@dataclass(frozen=True, slots=True)
class VariantReport:
    """One message of a campaign."""

    node: str
    template: str
    #: Status -> how many.
    statuses: Mapping[str, int]

    @property
    def n_asked(self) -> int:
        """Return how many were asked for."""
        return sum(self.statuses.values())

    @property
    def n_sent(self) -> int:
        """Return how many were handed to a provider."""
        return sum(self.statuses.get(one, 0) for one in ("sent", "delivered", "unknown"))


def report_variants(world: World, brand_id: int, journey: Journey) -> Sequence[VariantReport]:
    """Return every message that a campaign may send, also those that nobody got yet."""
    with world.store.transaction(brand_id) as tx:
        rows = tx.console.message_counts_by_template(brand_id, journey.slug)
    counts = {
        (name, each.name): Counter[str]()
        for name, node in journey.nodes.items()
        for each in node.names
        if each.kind == "template"
    }
    for node, template, status, n in rows:
        counts.setdefault((node, template), Counter())[status] += n
    return [VariantReport(*key, found) for key, found in counts.items()]
