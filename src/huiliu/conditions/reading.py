"""What a parser carries through a tree: what went wrong so far, and how personal values hide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text

__all__ = ["Reading", "Sealing", "keys_of"]

#: (trait or property, constant) -> the vault token that stands for the constant in facts, or None
#: where the field is not personal. The shell gives it, because tokens are made with a key.
Sealing: TypeAlias = Callable[[str, str], str | None]

_FORBIDDEN = frozenset('"\\')


def _open(_field: str, _constant: str) -> str | None:
    """Seal nothing: the reading of documents that are only checked or drawn."""
    return None


@dataclass(slots=True)
class Reading:
    """One pass over one document: problems are gathered, never raised."""

    sealing: Sealing = _open
    problems: list[Problem] = field(default_factory=list)

    def fault(self, path: str, fault: str, **arguments: object) -> None:
        """Note a problem: where it is, and its sentence `conditions.<fault>`."""
        self.problems.append(Problem(path, text(f"conditions.{fault}", **arguments)))

    def refuse_unknown(self, raw: Mapping[str, object], known: frozenset[str], path: str) -> None:
        """Note every key that has no meaning here."""
        for key in raw:
            if key not in known:
                names = ", ".join(sorted(known))
                self.fault(f"{path}.{key}", "unknown_key", key=key, known=names)


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
