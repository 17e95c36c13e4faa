"""The segment document: a header and a condition; canonical YAML out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from huiliu.conditions import NOWHERE, Condition, Surroundings, everyone, parse
from huiliu.kernel.documents import HEADER, Header, Loaded, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import Text, text

__all__ = ["Segment", "parse_segment", "parsed"]

KIND = "segment"
_KNOWN = frozenset({*HEADER, "owner", "where"})
_LONGEST_OWNER = 200


@dataclass(frozen=True, slots=True)
class Segment:
    """A named condition."""

    slug: str
    #: By language: `zh-CN`, `en`.
    name: Mapping[str, str]
    note: str
    #: Whom it holds; a document without `where` holds everyone.
    condition: Condition
    #: Who answers for it: a person or a team; empty = nobody said.
    owner: str = ""

    def sentence(self) -> Text:
        """Return in words whom it holds."""
        return self.condition.sentence()

    def source(self) -> str:
        """Return the canonical YAML, with tokens in place of personal values."""
        tree: dict[str, object] = {
            "huiliu": 1, "kind": KIND, "slug": self.slug, "name": dict(self.name),
        }  # fmt: skip
        if self.note:
            tree["note"] = self.note
        if self.owner:
            tree["owner"] = self.owner
        if self.condition != everyone():
            tree["where"] = self.condition.tree()
        return dump(tree)


#: Every change of a brand's documents reads them all again; their YAML is the long part of it.
_loaded = lru_cache(maxsize=1024)(load)


def parse_segment(
    source: str | bytes, around: Surroundings = NOWHERE
) -> Segment | tuple[Problem, ...]:
    """Return the segment that a YAML source describes, or every problem with path and line.

    Without a resolver among its surroundings the segments that it names stay names: it can be
    shown, but nobody can be asked whether they are in it.
    """
    loaded = _loaded(source)
    if not loaded.tree:
        return loaded.problems or (Problem("", text("segments.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    found = [*loaded.problems, *problems]
    for key in loaded.tree:
        if key not in _KNOWN:
            said = text("segments.unknown_key", name=key, known=", ".join(sorted(_KNOWN)))
            found.append(loaded.problem(key, said))
    owner = loaded.tree.get("owner", "")
    if not isinstance(owner, str) or len(owner) > _LONGEST_OWNER:
        found.append(loaded.problem("owner", text("segments.want_owner", most=_LONGEST_OWNER)))
    condition = _condition(loaded, header, around)
    if isinstance(condition, tuple):
        found += [loaded.problem(one.path, one.text) for one in condition]
    if found or header is None or isinstance(condition, tuple):
        return tuple(found)
    return Segment(header.slug, _named(header), header.note, condition, str(owner))


def parsed(source: str | bytes, around: Surroundings = NOWHERE) -> Segment:
    """Return the segment of a stored source, which was checked when it was applied.

    Raises:
        BadInput: it was written by a version that understood more than this one.
    """
    found = parse_segment(source, around)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _condition(
    loaded: Loaded, header: Header | None, around: Surroundings
) -> Condition | tuple[Problem, ...]:
    """Return the condition of a document, which must not hold itself."""
    if loaded.tree.get("where") is None:
        return everyone()
    return parse(loaded.tree["where"], "where", around, (header.slug,) if header else ())


def _named(header: Header) -> Mapping[str, str]:
    """Return the names by language."""
    return dict(header.name)
