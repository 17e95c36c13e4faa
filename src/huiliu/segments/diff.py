"""What changed between two definitions, as meaning: the order of parts is none.

A part that stands in both is no change wherever it stands; of those left, two about the same thing
(the same trait, the same event) are one change; the rest were added or removed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from huiliu.conditions import Condition
from huiliu.conditions.operators import OPERATORS
from huiliu.conditions.operators.all_ import All
from huiliu.conditions.operators.any_ import Any
from huiliu.conditions.operators.not_ import Not
from huiliu.kernel.documents import join_path
from huiliu.kernel.texts import Text, text
from huiliu.segments.segment import Segment

__all__ = ["TreeChange", "What", "differences"]

What: TypeAlias = Literal["added", "removed", "changed"]
#: A condition with the path at which it stands.
_Placed: TypeAlias = tuple[str, Condition]


@dataclass(frozen=True, slots=True)
class TreeChange:
    """One thing that another definition says differently."""

    #: Where in the later document; in the earlier one for what was removed.
    path: str
    what: What
    before: Text | None
    after: Text | None

    def sentence(self) -> Text:
        """Return the change in words."""
        return text(f"segments.change.{self.what}", before=self.before, after=self.after)


def differences(before: Segment, after: Segment) -> tuple[TreeChange, ...]:
    """Return what the later definition says differently, whom it holds first."""
    return (*_between(before.condition, after.condition, "where"), *_headers(before, after))


def _headers(before: Segment, after: Segment) -> Iterator[TreeChange]:
    """Yield changes of names, owner and note."""
    languages = sorted({*before.name, *after.name})
    pairs = [
        (f"name.{one}", before.name.get(one, ""), after.name.get(one, "")) for one in languages
    ]
    pairs += [("owner", before.owner, after.owner), ("note", before.note, after.note)]
    for path, old, new in pairs:
        if old != new:
            what: What = "changed" if old and new else "added" if new else "removed"
            yield TreeChange(path, what, _word(old), _word(new))


def _word(written: str) -> Text | None:
    """Return words of a user as a text."""
    return text("segments.change.words", words=written) if written else None


def _between(old: Condition, new: Condition, path: str) -> Iterator[TreeChange]:
    """Yield what differs between two conditions that stand for each other."""
    if _key(old) == _key(new):
        return
    if isinstance(old, Not) and isinstance(new, Not):
        yield from _between(old.condition, new.condition, f"{path}.not")
        return
    kind = next((k for k in (All, Any) if isinstance(old, k) or isinstance(new, k)), None)
    if kind is None or (_is_group(old) and _is_group(new) and type(old) is not type(new)):
        yield TreeChange(path, "changed", old.sentence(), new.sentence())
        return
    yield from _groups(_parts(old, kind, path), _parts(new, kind, path))


def _groups(old: Sequence[_Placed], new: Sequence[_Placed]) -> Iterator[TreeChange]:
    """Yield what differs between the parts of two groups."""
    gone, come = list(old), []
    for placed in new:
        same = next((one for one in gone if _key(one[1]) == _key(placed[1])), None)
        if same is None:
            come.append(placed)
        else:
            gone.remove(same)
    for path, one in come:
        about = next((each for each in gone if _about(each[1]) == _about(one)), None)
        if about is None:
            yield TreeChange(path, "added", None, one.sentence())
        else:
            gone.remove(about)
            yield from _between(about[1], one, path)
    for path, one in gone:
        yield TreeChange(path, "removed", one.sentence(), None)


def _is_group(one: Condition) -> bool:
    """Say whether a condition is made of others."""
    return isinstance(one, All | Any)


def _parts(one: Condition, kind: type[All | Any], path: str) -> list[_Placed]:
    """Return the parts of a condition as a group of a kind; a single one is a group of itself."""
    if not isinstance(one, kind):
        return [(path, one)]
    word = "all" if kind is All else "any"
    return [(join_path(f"{path}.{word}", at), each) for at, each in enumerate(one.conditions)]


def _key(one: Condition) -> str:
    """Return what is equal for conditions that mean the same but for the order of parts."""
    return json.dumps(_unordered(one.tree()), sort_keys=True, ensure_ascii=False)


def _unordered(tree: object) -> object:
    """Return a tree whose groups are sorted."""
    if isinstance(tree, dict):
        return {
            key: sorted((_unordered(each) for each in value), key=_sorting)
            if key in {"all", "any"} and isinstance(value, list)
            else _unordered(value)
            for key, value in tree.items()
        }
    return [_unordered(each) for each in tree] if isinstance(tree, list | tuple) else tree


def _sorting(tree: object) -> str:
    """Return a word to sort trees by."""
    return json.dumps(tree, sort_keys=True, ensure_ascii=False)


def _about(one: Condition) -> str:
    """Return what a condition is about: its operator, and the trait, event ... it names."""
    tree = one.tree()
    for name in OPERATORS:
        if name in tree:
            named = tree[name]
            plain = isinstance(named, str) or _is_words(named)
            return f"{name} {json.dumps(named) if plain else ''}"
    return ""


def _is_words(named: object) -> bool:
    """Say whether a value is a path of keys."""
    return isinstance(named, list | tuple) and all(isinstance(each, str) for each in named)
