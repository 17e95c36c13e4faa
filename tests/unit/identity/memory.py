"""A store of who is who in plain dictionaries, to run the resolver in batches as the shell does."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from huiliu.identity.resolve import Merge, RefusedMerge, Resolver, Sighting
from huiliu.kernel.events import Identifier, IdentifierType


def name(written: str) -> Identifier:
    """Return the identifier written as `user_id:ada`; its key is its own text."""
    return Identifier(IdentifierType[written.split(":", 1)[0].upper()], written.encode())


class Memory:
    """What the people store keeps, without a database."""

    def __init__(self, apart: Sequence[tuple[int, int]] = ()) -> None:
        """Know nobody."""
        self.came_with: dict[bytes, int] = {}
        self.types: dict[bytes, int] = {}
        self.moved: dict[int, int] = {}
        self.pairs = list(apart)
        self.merges: list[Merge] = []
        self.refused: list[RefusedMerge] = []
        self.persons: list[int] = []
        self.offset = 0

    def meet(self, *events: Sequence[str], explicit: bool = False) -> list[int]:
        """Resolve one batch of events, each a list of written identifiers; return whose each is."""
        sightings = []
        for event in events:
            names = tuple(name(each) for each in event)
            sightings.append(Sighting(0, self.offset, self.offset, names, explicit))
            self.offset += 1
        places = {key: (came, self.present(came)) for key, came in self.came_with.items()}
        needed = Resolver.needs(sightings, places)
        counts: dict[int, Counter[int]] = defaultdict(Counter)
        for key, (_, present) in places.items():
            if present in needed:
                counts[present][self.types[key]] += 1
        apart = [(self.present(one), self.present(other)) for one, other in self.pairs]
        resolver = Resolver(places, counts, apart)
        came = [resolver.resolve(each) for each in sightings]
        for new in resolver.attached:
            self.came_with[new.identifier.key] = new.came_with
            self.types[new.identifier.key] = new.identifier.type
        for merge in resolver.merges:
            self.moved[merge.gone] = merge.into
        self.merges += resolver.merges
        self.refused += resolver.refused
        self.persons += came
        return [resolver.present(each) for each in came]

    def present(self, profile: int) -> int:
        """Return where a profile is now."""
        while profile in self.moved:
            profile = self.moved[profile]
        return profile

    def groups(self) -> set[frozenset[str]]:
        """Return the identifiers that belong together."""
        found: dict[int, set[str]] = defaultdict(set)
        for key, came in self.came_with.items():
            found[self.present(came)].add(key.decode())
        return {frozenset(group) for group in found.values()}
