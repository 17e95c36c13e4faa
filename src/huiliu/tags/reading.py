"""What the parser of a tag carries through a document: all that went wrong so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huiliu.conditions.reading import Reading
from huiliu.kernel.errors import Problem
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_duration

__all__ = ["TagReading"]


@dataclass(slots=True)
class TagReading(Reading):
    """A reading of conditions that also has the words for tags."""

    def wrong(self, path: str, fault: str, **arguments: object) -> None:
        """Note a problem: where it is, and its sentence `tags.<fault>`."""
        self.problems.append(Problem(path, text(f"tags.{fault}", **arguments)))

    def mapping(
        self, raw: object, path: str, known: frozenset[str], needed: tuple[str, ...] = ()
    ) -> Mapping[str, object]:
        """Return a mapping of known keys; note what is unknown, missing or no mapping at all."""
        if not isinstance(raw, Mapping):
            self.wrong(path, "want_mapping", known=", ".join(sorted(known)))
            return {}
        self.refuse_unknown(raw, known, path)
        for key in needed:
            if raw.get(key) is None:
                self.wrong(f"{path}.{key}", "missing", name=key)
        return raw

    def word(self, raw: object, path: str) -> str:
        """Return a text that is not empty, noting a problem where it is none."""
        if not isinstance(raw, str) or not raw.strip():
            self.fault(path, "want_text")
            return ""
        return raw

    def words(self, raw: object, path: str) -> tuple[str, ...]:
        """Return a text or a list of texts as several."""
        listed = raw if isinstance(raw, list | tuple) else [raw]
        if not listed:
            self.fault(path, "want_list")
        return tuple(self.word(one, path) for one in listed)

    def number(self, raw: object, path: str, low: float, high: float) -> float:
        """Return a number between two bounds, noting a problem where it is none."""
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not low <= raw <= high:
            self.wrong(path, "want_number", low=low, high=high)
            return low
        return raw

    def whole(self, raw: object, path: str, low: int, high: int) -> int:
        """Return a whole number between two bounds, noting a problem where it is none."""
        if isinstance(raw, bool) or not isinstance(raw, int) or not low <= raw <= high:
            self.wrong(path, "want_whole", low=low, high=high)
            return low
        return raw

    def length(self, raw: object, path: str) -> int:
        """Return a length of time in microseconds, noting a problem where it is none."""
        found = as_duration(str(raw)) or 0
        if not found:
            self.fault(path, "want_duration")
        return found

    def slug(self, raw: object, path: str) -> str:
        """Return a tag's slug, noting a problem where it is none."""
        if not isinstance(raw, str) or not is_slug(raw):
            self.wrong(path, "want_tag", found=str(raw)[:60])
            return ""
        return raw
