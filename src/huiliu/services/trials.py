"""How experiments that have a document stand for the people of a transaction.

What was given is read before people are asked and written behind them: by whom it was drawn, and
with which chance. Whoever sets the shares anew waits for those who draw by them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from msgspec import structs

from huiliu.experiments.plan import Plan
from huiliu.experiments.standing import WAITING, Draw, Standing
from huiliu.journeys import Emit, Journey
from huiliu.journeys.nodes.trying import VIEWED
from huiliu.kernel.events import NewEvent
from huiliu.ports.store import Tx
from huiliu.services.assign import Drawn, assigned, draw_arms

__all__ = ["NO_TRIALS", "Trials", "open_trials", "scope_of_trial", "standings"]

_NOTHING: Final[Mapping[str, Standing]] = {}


class Trials:
    """The experiments that some people may meet, and what they are given."""

    def __init__(
        self,
        places: Mapping[int, Collection[str]],
        people: Mapping[int, Mapping[str, Standing]],
    ) -> None:
        """Hold where journeys, by their identity, meet experiments, and how those stand."""
        self._places = places
        self._people = people
        #: Experiment -> profile -> what was drawn.
        self._drawn: dict[str, dict[int, Drawn]] = defaultdict(dict)

    def of(self, journey: Journey, profile_id: int) -> Mapping[str, Standing]:
        """Return where a journey meets experiments -> how they stand for a person."""
        met = self._places.get(id(journey))
        if not met:
            return _NOTHING
        known = self._people.get(profile_id, _NOTHING)
        return {place: known[place] for place in met if place in known}

    def note(self, profile_id: int, effect: Emit) -> None:
        """Keep what was given now, if an effect tells of it."""
        said = effect.properties
        if effect.name == VIEWED and "propensity" in said:
            drawn = Drawn(str(said["variant"]), float(str(said["propensity"])))
            self._drawn[str(said["experiment"])].setdefault(profile_id, drawn)

    def take(self, slug: str, profile_id: int, draw: Draw) -> None:
        """Keep what a person was given now."""
        if draw.is_new:
            self._drawn[slug].setdefault(profile_id, Drawn(draw.arm, draw.propensity))

    def write(self, tx: Tx, brand_id: int, now: int) -> list[NewEvent]:
        """Write what was given; return what the log is told."""
        events: list[NewEvent] = []
        for slug, drawn in sorted(self._drawn.items()):
            scope = scope_of_trial(slug)
            events += draw_arms(tx, brand_id, scope, drawn, drawn.__getitem__, now)[1]
        self._drawn.clear()
        return events


#: Nobody meets any experiment.
NO_TRIALS: Final = Trials({}, {})


def scope_of_trial(slug: str) -> str:
    """Return under which name an experiment's arms are written down."""
    return f"experiment:{slug}"


def open_trials(
    tx: Tx, brand_id: int, plans: Mapping[str, Plan], standing: Sequence[tuple[Journey, int]]
) -> Trials:
    """Return how the experiments stand that runs may meet; nothing is read where there are none.

    Args:
        tx: the transaction in which people are asked.
        brand_id: whose experiments.
        plans: where they are met -> those that have a document.
        standing: the journey and the person of each run.
    """
    if not plans:
        return NO_TRIALS
    places: dict[int, list[str]] = {}
    people: set[int] = set()
    for journey, profile_id in standing:
        if id(journey) not in places:
            places[id(journey)] = [one for one in _places(journey) if one in plans]
        if places[id(journey)]:
            people.add(profile_id)
    if not people:
        return NO_TRIALS
    met = {place: plans[place] for found in places.values() for place in found}
    return Trials(places, standings(tx, brand_id, met, people))


def standings(
    tx: Tx, brand_id: int, plans: Mapping[str, Plan], people: Collection[int]
) -> dict[int, dict[str, Standing]]:
    """Return profile -> where experiments are met -> how they stand for that person."""
    rows = tx.experiments.shared(brand_id, [one.slug for one in plans.values()])
    given = assigned(tx, brand_id, [scope_of_trial(one) for one in rows], people)
    found: dict[int, dict[str, Standing]] = {}
    for place, plan in plans.items():
        row = rows.get(plan.slug)
        # One that was published this moment has not begun.
        base = Standing(plan.slug, WAITING, dict(plan.shares), plan.salt)
        if row is not None:
            base = Standing(
                plan.slug, row.state, dict(row.shares), plan.salt, row.batch, row.winner
            )
        for profile_id in people:
            held = given.get((scope_of_trial(plan.slug), profile_id))
            # An arm that is gone from the document was given for nothing.
            is_known = held is not None and held.arm in base.shares
            one = structs.replace(base, given=held.arm) if held and is_known else base
            found.setdefault(profile_id, {})[place] = one
    return found


def _places(journey: Journey) -> list[str]:
    """Return where a journey's people may meet an experiment that has a document."""
    found = []
    for name, node in journey.nodes.items():
        if node.type == "experiment":
            found.append(str(node.tree()["experiment"]))
        elif node.type == "send" and len(node.names) > 1:
            found.append(f"{journey.slug} {name}")
    return found
