"""A journey while it is being written: its YAML and its plain tree, each made from the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from huiliu.conditions import Surroundings
from huiliu.conditions.form import Field
from huiliu.journeys import NODES
from huiliu.journeys.entries import ENTRIES
from huiliu.journeys.form import JOURNEY_FORM
from huiliu.journeys.reading import Fields, Reading
from huiliu.kernel.documents import Loaded, dump, join_path, load
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text
from huiliu.ports import World
from huiliu.services.apply_journey import check_journey
from huiliu.services.live import surroundings

__all__ = ["JourneyDraft", "draft_journey", "draft_journey_tree"]


@dataclass(frozen=True, slots=True)
class JourneyDraft:
    """What was written of a journey so far, right or wrong."""

    source: str
    #: Of dict, list, str, int, float, bool and None; None where the YAML cannot be read.
    tree: Mapping[str, Value] | None
    #: Path of a condition or of filters -> what they ask for, in words.
    sentences: Mapping[str, Text]
    problems: Sequence[Problem]


def draft_journey(world: World, brand_id: int, source: str) -> JourneyDraft:
    """Return a YAML source with its tree, its conditions in words and all that is wrong with it."""
    return _draft(world, brand_id, source, load(source))


def draft_journey_tree(world: World, brand_id: int, tree: Mapping[str, Value]) -> JourneyDraft:
    """Return a plain tree with its YAML; node types that are unknown here are kept as they are."""
    try:
        source = dump(tree)
    except RecursionError:
        return JourneyDraft("", None, {}, (Problem("", text("documents.too_deep")),))
    return _draft(world, brand_id, source, load(source))


def _draft(world: World, brand_id: int, source: str, loaded: Loaded) -> JourneyDraft:
    """Return what is known of a draft."""
    with world.store.system() as tx:
        _, problems = check_journey(tx, world, brand_id, source)
        around = surroundings(tx, world, brand_id)
    sentences = dict(_sentences(loaded, around))
    return JourneyDraft(source, loaded.tree or None, sentences, problems)


def _sentences(loaded: Loaded, around: Surroundings) -> Iterator[tuple[str, Text]]:
    """Yield every condition and filter of the document that can be read, in words."""
    tree = loaded.tree
    yield from _walk(loaded, around, JOURNEY_FORM, tree, "")
    entry, nodes = tree.get("entry"), tree.get("nodes")
    if isinstance(entry, dict):
        for one in ENTRIES.values():
            if one.name in entry:
                yield from _walk(loaded, around, one.form, entry, "entry")
    for name, node in nodes.items() if isinstance(nodes, dict) else ():
        kind = node.get("type") if isinstance(node, dict) else None
        if isinstance(node, dict) and isinstance(kind, str) and kind in NODES:
            form = NODES[kind].form
            yield from _walk(loaded, around, form, node, join_path("nodes", name))


def _walk(
    loaded: Loaded,
    around: Surroundings,
    form: Sequence[Field],
    values: Mapping[str, Value],
    path: str,
) -> Iterator[tuple[str, Text]]:
    """Yield the conditions and filters of one map by its form."""
    for field in form:
        inner, at = values.get(field.key), join_path(path, field.key)
        if field.kind in {"condition", "filters"}:
            said = _said(loaded, around, field, values, path)
            if said is not None:
                yield at, said
        elif field.kind == "map" and isinstance(inner, dict):
            yield from _walk(loaded, around, field.fields, inner, at)
        elif field.kind == "rows" and isinstance(inner, list):
            for nth, row in enumerate(inner):
                if isinstance(row, dict):
                    yield from _walk(loaded, around, field.fields, row, join_path(at, nth))


def _said(
    loaded: Loaded, around: Surroundings, field: Field, values: Mapping[str, Value], path: str
) -> Text | None:
    """Return what one condition or filter asks for; None where it cannot be read."""
    fields = Fields(Reading(loaded, around), path, values)
    if field.kind == "condition":
        condition = fields.condition(field.key)
        return None if condition is None else condition.sentence()
    filters = fields.filters(field.key)
    return None if filters is None or not filters.each else filters.sentence()
