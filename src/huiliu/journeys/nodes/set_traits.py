"""`set_traits`: traits of the person take values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from huiliu.conditions.form import Field
from huiliu.governance.dictionary import Class, Place, rule_of
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.asking import Asking
from huiliu.journeys.nodes.base import Go, Node, Outcome, Passage, SetTraits
from huiliu.journeys.nodes.givens import Givens, read_givens
from huiliu.journeys.reading import Fields
from huiliu.kernel.documents import join_path

__all__ = ["TYPE", "Traits"]


@dataclass(frozen=True, slots=True)
class Traits(Asking):
    """Sets traits; null takes one away."""

    traits: Givens
    next: str

    type = "set_traits"

    @property
    def given(self) -> Givens:
        """The values that the traits take."""
        return self.traits

    def step(self, passage: Passage, memory: bytes) -> Outcome:  # noqa: ARG002 - the protocol's signature
        """Return the traits and the way on."""
        found = self.traits.of(passage)
        details = msgspec.json.encode({"traits": sorted(found)})
        return Go(self.next, "set_traits", details, (SetTraits(found),))

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        return {"traits": self.traits.tree(), "next": self.next}


class _SetTraitsType:
    """Reads `set_traits` nodes."""

    name = "set_traits"
    group = "data"
    fields = ("traits", "next")
    form = (Field("traits", "givens", needed=True), Field("next", "way", needed=True))

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the node of a document's map."""
        traits = read_givens(fields, "traits", needed=True)
        for name in traits.each:
            if name.startswith("$") or _is_personal(name):
                path = join_path(fields.at("traits"), name)
                fields.reading.wrong(path, "journeys.personal_trait", name=name)
        return Traits(traits, fields.word("next"))


def _is_personal(name: str) -> bool:
    """Say whether a trait is one that people are known or described by: the vault's, not ours."""
    rule = rule_of(Place.TRAITS, name)
    return rule is not None and rule.class_ not in {Class.PSEUDONYMOUS, Class.DERIVED}


TYPE = _SetTraitsType()
