"""The document of a list: its name and who answers for it; who is on it, events tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.documents import HEADER, Header, dump, load, read_header
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text

__all__ = ["ListDocument", "parse_list"]

_KNOWN: Final = frozenset({*HEADER, "owner"})
_LONGEST_OWNER: Final = 200


@dataclass(frozen=True, slots=True)
class ListDocument:
    """A list as it is written."""

    header: Header
    owner: str

    @property
    def slug(self) -> str:
        """The list's name for ever."""
        return self.header.slug

    def source(self) -> str:
        """Return the canonical YAML."""
        tree: dict[str, object] = {
            "huiliu": 1, "kind": "list", "slug": self.slug, "name": dict(self.header.name),
        }  # fmt: skip
        more: Mapping[str, str] = {"note": self.header.note, "owner": self.owner}
        return dump(tree | {key: word for key, word in more.items() if word})


def parse_list(source: str | bytes) -> ListDocument | tuple[Problem, ...]:
    """Return the list that a YAML source describes, or every problem with its line."""
    loaded = load(source)
    if loaded.problems:
        return loaded.problems
    header, problems = read_header(loaded, "list")
    known = ", ".join(sorted(_KNOWN))
    problems += [
        loaded.problem(key, text("segments.unknown_key", name=key, known=known))
        for key in loaded.tree
        if key not in _KNOWN
    ]
    owner = loaded.tree.get("owner", "")
    if not isinstance(owner, str) or len(owner) > _LONGEST_OWNER:
        problems.append(loaded.problem("owner", text("segments.want_owner", most=_LONGEST_OWNER)))
    if problems or header is None:
        return tuple(problems)
    return ListDocument(header, str(owner))
