"""`experiment`: a person keeps their variant, in every journey that names the experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import msgspec

from huiliu.conditions.form import Field
from huiliu.experiments.standing import Standing
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.base import Emit, Go, Node, Outcome, Passage, Quiet, Way
from huiliu.journeys.nodes.trying import trial_of, viewed
from huiliu.journeys.nodes.weights import BUCKETS, MOST, pick
from huiliu.journeys.reading import Fields
from huiliu.kernel.buckets import bucket
from huiliu.kernel.documents import join_path
from huiliu.kernel.ids import is_slug
from huiliu.kernel.shares import show_percent

__all__ = ["TYPE", "Experiment"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant, how many get it, and where they go."""

    name: str
    weight: int
    next: str

    def tree(self) -> dict[str, object]:
        """Return the way as it is written."""
        return {"variant": self.name, "weight": self.weight, "next": self.next}


@dataclass(frozen=True, slots=True)
class Experiment(Quiet):
    """Assigns by the person and the experiment's name alone."""

    name: str
    variants: tuple[Variant, ...]
    #: The share of people who take part; the others take the `else` way.
    traffic: Fraction
    otherwise: str

    type = "experiment"

    @property
    def ways(self) -> Sequence[Way]:
        """The way of each variant, and that of people who do not take part."""
        ways = [
            Way(f"{join_path('ways', nth)}.next", one.next) for nth, one in enumerate(self.variants)
        ]
        return (*ways, Way("else", self.otherwise)) if self.otherwise else ways

    def step(self, passage: Passage, memory: bytes) -> Outcome:  # noqa: ARG002 - the protocol's signature
        """Return the way of the person's variant, and tell the log that they saw it."""
        # Who takes part is drawn apart, so that widening the traffic moves nobody who is in.
        drawn = bucket(f"traffic {self.name}", passage.profile_id, BUCKETS)
        if drawn >= self.traffic * BUCKETS:
            details: dict[str, object] = {
                "experiment": self.name,
                "way": "else",
                "to": self.otherwise,
            }
            return Go(self.otherwise, "not_in_experiment", msgspec.json.encode(details))
        standing = trial_of(passage, self.name, {one.name for one in self.variants})
        if standing is not None:
            return self._tried(passage, standing)
        weights = [one.weight for one in self.variants]
        nth, at = pick(f"experiment {self.name}", passage.profile_id, weights)
        variant = self.variants[nth]
        details = {
            "experiment": self.name, "variant": variant.name, "bucket": at, "to": variant.next,
        }  # fmt: skip
        seen = Emit("Experiment Viewed", {"experiment": self.name, "variant": variant.name})
        return Go(variant.next, "assigned", msgspec.json.encode(details), (seen,))

    def _tried(self, passage: Passage, standing: Standing) -> Outcome:
        """Return the way of the arm that the experiment's document gives the person."""
        drawn = standing.draw(passage.profile_id)
        variant = next(one for one in self.variants if one.name == drawn.arm)
        details: dict[str, object] = {
            "experiment": self.name, "variant": drawn.arm, "to": variant.next,
        }  # fmt: skip
        if not drawn.is_in:
            details["state"] = standing.state
        seen = viewed(standing, drawn)
        return Go(variant.next, "assigned", msgspec.json.encode(details), seen)

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {"experiment": self.name}
        if self.traffic != 1:
            tree["traffic"] = show_percent(self.traffic)
        tree["ways"] = [one.tree() for one in self.variants]
        return tree | {"else": self.otherwise} if self.otherwise else tree


class _ExperimentType:
    """Reads `experiment` nodes."""

    name = "experiment"
    group = "choose"
    fields = ("experiment", "traffic", "ways", "else")
    form = (
        Field("experiment", "text", needed=True, start="new-copy"),
        Field("traffic", "share", start="100%"),
        Field(
            "ways", "rows", needed=True,
            fields=(
                Field("variant", "text", needed=True, start="control"),
                Field("weight", "whole", needed=True, start=50),
                Field("next", "way", needed=True),
            ),
        ),
        Field("else", "way"),
    )  # fmt: skip

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the experiment of a document's map."""
        variants: list[Variant] = []
        for path, item in fields.items("ways"):
            inner = fields.reading.fields(item, path, ("variant", "weight", "next"))
            name = inner.word("variant")
            if name in {one.name for one in variants}:
                inner.wrong("variant", "journeys.variant_twice", name=name)
            variants.append(Variant(name, inner.whole("weight", (1, MOST)), inner.word("next")))
        if len(variants) < 2:  # one variant alone is no experiment
            fields.wrong("ways", "journeys.want_two_ways")
        name = fields.word("experiment")
        if name and not is_slug(name):
            fields.wrong("experiment", "journeys.want_slug", name="experiment")
        traffic = fields.share("traffic", default=Fraction(1))
        otherwise = fields.word("else", default="")
        if (traffic < 1) != bool(otherwise):
            fields.wrong("else" if traffic < 1 else "traffic", "journeys.traffic_and_else")
        return Experiment(name, tuple(variants), traffic, otherwise)


TYPE = _ExperimentType()
