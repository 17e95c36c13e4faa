"""The document of an audience at an ad platform: who is in it, at which account, known by what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from huiliu.advertising.people import KINDS
from huiliu.kernel.documents import HEADER, Header, Loaded, dump, load, read_header
from huiliu.kernel.errors import Problem
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import text

__all__ = ["AdAudience", "parse_audience"]

_KNOWN: Final = frozenset({*HEADER, "account", "segment", "identifiers", "owner"})
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class AdAudience:
    """An audience as it is written."""

    header: Header
    #: The ad account's name.
    account: str
    #: Whose members are in it; "" = only whom journeys put there.
    segment: str = ""
    #: What is shared of a person; () = all that the platform takes.
    identifiers: tuple[str, ...] = ()
    owner: str = ""

    @property
    def slug(self) -> str:
        """The audience's name for ever."""
        return self.header.slug

    @property
    def source(self) -> str:
        """The canonical YAML."""
        tree: dict[str, object] = {
            "huiliu": 1, "kind": "ad_audience", "slug": self.slug, "name": dict(self.header.name),
        }  # fmt: skip
        more: dict[str, object] = {
            "note": self.header.note, "account": self.account, "segment": self.segment,
            "identifiers": list(self.identifiers), "owner": self.owner,
        }  # fmt: skip
        return dump(tree | {key: value for key, value in more.items() if value})


def parse_audience(source: str | bytes) -> AdAudience | tuple[Problem, ...]:
    """Return the audience that a YAML source describes, or every problem with its line."""
    loaded = load(source)
    if loaded.problems:
        return loaded.problems
    header, problems = read_header(loaded, "ad_audience")
    known = ", ".join(sorted(_KNOWN))
    problems += [
        loaded.problem(key, text("segments.unknown_key", name=key, known=known))
        for key in loaded.tree
        if key not in _KNOWN
    ]
    account = _word(loaded, "account", problems)
    if not account:
        problems.append(loaded.problem("account", text("ads.want_account")))
    segment = _word(loaded, "segment", problems)
    if segment and not is_slug(segment):
        problems.append(loaded.problem("segment", text("documents.slug", found=segment)))
    owner = _word(loaded, "owner", problems)
    identifiers = loaded.tree.get("identifiers", [])
    if not isinstance(identifiers, list) or any(one not in KINDS for one in identifiers):
        said = text("ads.want_identifiers", known=", ".join(KINDS))
        problems.append(loaded.problem("identifiers", said))
        identifiers = []
    if problems or header is None:
        return tuple(problems)
    kinds = tuple(kind for kind in KINDS if kind in identifiers)
    return AdAudience(header, account, segment, kinds, owner)


def _word(loaded: Loaded, key: str, problems: list[Problem]) -> str:
    """Return a word; what is no text, or far too long, is noted."""
    found = loaded.tree.get(key, "")
    if isinstance(found, str) and len(found) <= _LONGEST:
        return found.strip()
    problems.append(loaded.problem(key, text("ads.want_word", name=key, most=_LONGEST)))
    return ""
