"""What a node is given: a plain value, or where it is found when the run gets there.

`{entry: total}` is a property of the event that began the run, `{trait: city}` and `{tag: tier}`
are the person's, `{carried: answer.body.code}` is what an earlier node left, `{now: true}` is the
present instant.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Final

from huiliu.conditions import Mentions
from huiliu.conditions.values import dig
from huiliu.journeys.nodes.base import Passage
from huiliu.journeys.reading import Fields
from huiliu.kernel.documents import join_path
from huiliu.kernel.facts import Value
from huiliu.kernel.times import show_instant

__all__ = ["PLACES", "Given", "Givens", "read_given", "read_givens"]


def _of_tag(passage: Passage, path: tuple[str, ...]) -> Value:
    """Return a tag's value; None where it has none or it expired."""
    found = passage.facts.tags.get(path[0])
    if found is None or (found.expires_at is not None and found.expires_at <= passage.now):
        return None
    return found.value


_FROM: Final[Mapping[str, Callable[[Passage, tuple[str, ...]], Value]]] = MappingProxyType({
    "entry": lambda passage, path: dig(passage.entry, path),
    "trait": lambda passage, path: dig(passage.facts.traits, path),
    "tag": _of_tag,
    "carried": lambda passage, path: dig(passage.carried, path),
    "now": lambda passage, _path: show_instant(passage.now),
})  # fmt: skip

#: The words for where a value is found.
PLACES: Final = tuple(_FROM)


@dataclass(frozen=True, slots=True)
class Given:
    """One value, or where it is found."""

    #: Of PLACES; "" = it is the value itself.
    place: str
    path: tuple[str, ...] = ()
    value: Value = None

    def of(self, passage: Passage) -> Value:
        """Return the value for a run; None where there is none."""
        return _FROM[self.place](passage, self.path) if self.place else self.value

    @property
    def asks(self) -> bool:
        """Say whether it is found at the person."""
        return self.place in {"trait", "tag"}

    @property
    def mentions(self) -> Mentions:
        """Return which facts it asks for."""
        if self.place == "trait":
            return Mentions(traits=frozenset(self.path[:1]))
        return Mentions(tags=frozenset(self.path)) if self.place == "tag" else Mentions()

    def tree(self) -> object:
        """Return it as it is written."""
        if not self.place:
            return self.value
        return {self.place: True if self.place == "now" else ".".join(self.path)}


@dataclass(frozen=True, slots=True)
class Givens:
    """Values by name."""

    each: Mapping[str, Given] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, passage: Passage) -> dict[str, Value]:
        """Return the values for a run."""
        return {name: given.of(passage) for name, given in self.each.items()}

    @property
    def asks(self) -> bool:
        """Say whether one of them is found at the person."""
        return any(given.asks for given in self.each.values())

    @property
    def mentions(self) -> Mentions:
        """Return which facts they ask for."""
        return reduce(or_, (given.mentions for given in self.each.values()), Mentions())

    def tree(self) -> dict[str, object]:
        """Return them as they are written."""
        return {name: given.tree() for name, given in self.each.items()}


def read_given(fields: Fields, name: str, places: Collection[str] = PLACES) -> Given:
    """Return what is given at a field; what is wrong with it is noted.

    Args:
        fields: the map in which it stands.
        name: the field.
        places: the words for where it may be found; without "" a plain value will not do.
    """
    return _read(fields, fields.values.get(name), fields.at(name), places)


def read_givens(fields: Fields, name: str, *, needed: bool = False) -> Givens:
    """Return the map of what is given at a field; needed = it may not be empty."""
    if not fields.has(name) and not needed:
        return Givens()
    written = fields.values.get(name)
    if not isinstance(written, dict) or (needed and not written):
        fields.wrong(name, "journeys.want_givens", name=name)
        return Givens()
    path = fields.at(name)
    return Givens(
        {key: _read(fields, value, join_path(path, key), PLACES) for key, value in written.items()}
    )


def _read(fields: Fields, written: Value, path: str, places: Collection[str]) -> Given:
    """Return what is given by a value of a document."""
    if not isinstance(written, dict):
        holds_maps = isinstance(written, list) and _holds_maps(written)
        if places is not PLACES or holds_maps:
            _wrong(fields, path, places)
        return Given("", value=written)
    place, found = next(iter(written.items()), ("", None))
    if len(written) != 1 or place not in places:
        _wrong(fields, path, places)
        return Given("")
    if place == "now":
        if found is not True:
            _wrong(fields, path, places)
        return Given(place)
    keys = tuple(found.split(".")) if isinstance(found, str) else ()
    if place == "tag":
        inner = Fields(fields.reading, path, written)
        return Given(place, (inner.tag("tag"),))
    if not keys or not all(keys):
        _wrong(fields, path, places)
        return Given("")
    return Given(place, keys)


def _holds_maps(values: Iterable[Value]) -> bool:
    """Say whether a list holds maps, which are no plain values here."""
    return any(isinstance(value, dict | list) for value in values)


def _wrong(fields: Fields, path: str, places: Collection[str]) -> None:
    """Note that something cannot be given."""
    fields.reading.wrong(path, "journeys.want_given", known=", ".join(places))
