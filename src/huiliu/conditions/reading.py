"""What a parser carries through a tree: what went wrong so far, and how personal values hide."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, as_duration

__all__ = [
    "NOWHERE",
    "Reading",
    "Resolver",
    "Sealing",
    "Surroundings",
    "keys_of",
    "length_of",
    "unsealed",
]

#: (trait or property, constant) -> the vault token that stands for the constant in facts, or None
#: where the field is not personal. The shell gives it, because tokens are made with a key.
Sealing: TypeAlias = Callable[[str, str], str | None]

#: Slug of a segment -> the tree of its condition, {} = everyone; None where no such segment is
#: live. The shell gives it, because segments are stored.
Resolver: TypeAlias = Callable[[str], Mapping[str, object] | None]

_FORBIDDEN = frozenset('"\\')
#: More conditions than that, segments in segments included, are a mistake, or an attack.
_MOST_NODES = 2_000
_LONGEST = 36_500 * DAY


def unsealed(_field: str, _constant: str) -> str | None:
    """Seal nothing: the reading of documents that are only checked or drawn."""
    return None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a document is read with that does not stand in it."""

    sealing: Sealing = unsealed
    #: None = segments in segments stay names: documents that are only checked or drawn.
    resolver: Resolver | None = None
    #: The brand's IANA zone, for people who have none of their own.
    zone: str = "UTC"
    #: The tags that there are; None = whoever reads need not know.
    tags: Collection[str] | None = None


#: For documents that are only checked or drawn.
NOWHERE: Final = Surroundings()


@dataclass(slots=True)
class Reading:
    """One pass over one document: problems are gathered, never raised."""

    around: Surroundings = NOWHERE
    #: Slugs of the segments that are being read, outermost first.
    trail: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    #: How many conditions were read so far, those of segments in segments included.
    n_nodes: int = 0

    @property
    def sealing(self) -> Sealing:
        """Return what turns personal constants into their tokens."""
        return self.around.sealing

    @property
    def zone(self) -> str:
        """Return the brand's IANA zone."""
        return self.around.zone

    def fault(self, path: str, fault: str, **arguments: object) -> None:
        """Note a problem: where it is, and its sentence `conditions.<fault>`."""
        self.problems.append(Problem(path, text(f"conditions.{fault}", **arguments)))

    def count(self, path: str, more: int = 1) -> bool:
        """Count conditions; say no, noting it once, where a document has too many."""
        had, self.n_nodes = self.n_nodes, self.n_nodes + more
        if had <= _MOST_NODES < self.n_nodes:
            self.fault(path, "too_many", most=_MOST_NODES)
        return self.n_nodes <= _MOST_NODES

    def refuse_unknown(self, raw: Mapping[str, object], known: frozenset[str], path: str) -> None:
        """Note every key that has no meaning here."""
        for key in raw:
            if key not in known:
                names = ", ".join(sorted(known))
                self.fault(f"{path}.{key}", "unknown_key", key=key, known=names)


def length_of(raw: object, path: str, reading: Reading) -> int:
    """Return a length of time in microseconds; 0 after noting that it is none, or too long.

    Whatever lies further away than a lifetime is a mistake, and no engine's clock reaches there.
    """
    found = as_duration(raw) if isinstance(raw, str) else None
    if not found or found > _LONGEST:
        reading.fault(path, "want_duration")
        return 0
    return int(found)


def keys_of(raw: object, path: str, reading: Reading) -> tuple[str, ...] | None:
    """Return a path of keys from `a.b` or from a list of keys; None when it is none."""
    parts = raw.split(".") if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple) or not parts:
        reading.fault(path, "want_name")
        return None
    for part in parts:
        if not isinstance(part, str) or not part or part == "*" or _FORBIDDEN & set(part):
            reading.fault(path, "bad_name", name=str(part))
            return None
    return tuple(parts)
