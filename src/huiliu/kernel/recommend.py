"""What a template or a node asks of the catalogue: which products, how many, beside what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text

__all__ = ["MOST", "SEEDS", "WAYS", "Recommend", "read_recommend"]

#: How products are chosen.
WAYS: Final = ("bought_together", "same_category", "viewed", "top")
#: Which products they are chosen beside: the entry event's, what is in the cart, what was seen
#: last, what was bought last; `auto` takes the first of these that there is.
SEEDS: Final = ("auto", "event", "cart", "viewed", "bought")
MOST: Final = 20
_FIELDS: Final = ("by", "n", "seed", "fallback")


@dataclass(frozen=True, slots=True)
class Recommend:
    """One wish for products."""

    by: str
    n: int = 4
    seed: str = "auto"
    #: Whether places that are left empty are filled by the next way: same category, then top.
    fallback: bool = True

    def tree(self) -> dict[str, Value]:
        """Return it as a document says it."""
        found: dict[str, Value] = {"by": self.by, "n": self.n, "seed": self.seed}
        return found if self.fallback else found | {"fallback": False}


def read_recommend(given: Value) -> tuple[Recommend | None, Sequence[tuple[str, Text]]]:
    """Return the wish that a document's value says, and everything wrong with it.

    A path is relative to the value; None goes with problems only.
    """
    if not isinstance(given, Mapping):
        return None, (("", text("recommend.not_a_map", fields=", ".join(_FIELDS))),)
    problems = [
        (str(name), text("recommend.unknown_field", name=name, fields=", ".join(_FIELDS)))
        for name in given
        if name not in _FIELDS
    ]
    by, n = given.get("by"), given.get("n", 4)
    seed, fallback = given.get("seed", "auto"), given.get("fallback", True)
    if by not in WAYS:
        problems.append(("by", text("recommend.choice", choices=", ".join(WAYS))))
    if seed not in SEEDS:
        problems.append(("seed", text("recommend.choice", choices=", ".join(SEEDS))))
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MOST:
        problems.append(("n", text("recommend.number", most=MOST)))
    if not isinstance(fallback, bool):
        problems.append(("fallback", text("recommend.not_bool")))
    if problems:
        return None, problems
    assert isinstance(n, int)
    return Recommend(str(by), n, str(seed), fallback is True), ()
