"""A segment while it is being written: its YAML and its plain tree, each made from the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.kernel.documents import dump, load
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text
from huiliu.ports import World
from huiliu.services.audience import read_segment

__all__ = ["Draft", "draft_from_source", "draft_from_tree"]


@dataclass(frozen=True, slots=True)
class Draft:
    """What was written so far, right or wrong."""

    source: str
    #: Of dict, list, str, int, float, bool and None; None where the YAML cannot be read.
    tree: Mapping[str, Value] | None
    #: Whom it holds, in words; None while something is wrong.
    sentence: Text | None
    problems: Sequence[Problem]


def draft_from_source(world: World, brand_id: int, source: str) -> Draft:
    """Return a YAML source with its tree and all that is wrong with it."""
    loaded = load(source)
    sentence, problems = _read(world, brand_id, source)
    return Draft(source, loaded.tree or None, sentence, problems)


def draft_from_tree(world: World, brand_id: int, tree: Mapping[str, Value]) -> Draft:
    """Return a plain tree with its YAML and all that is wrong with it, lines by that YAML."""
    try:
        source = dump(tree)
    except RecursionError:
        return Draft("", None, None, (Problem("", text("documents.too_deep")),))
    sentence, problems = _read(world, brand_id, source)
    return Draft(source, tree, sentence, problems)


def _read(world: World, brand_id: int, source: str) -> tuple[Text | None, Sequence[Problem]]:
    """Return the segment in words, or everything that keeps it from being one."""
    try:
        return read_segment(world, brand_id, source).sentence(), ()
    except BadInput as fault:
        return None, fault.problems
