"""The tag document: a header, what the tag means, and the recipe that computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.conditions import NOWHERE, Surroundings
from huiliu.kernel.documents import HEADER, Header, Loaded, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import LOCALES, text
from huiliu.kernel.times import MINUTE, as_duration, show_duration
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Lineage, Recipe
from huiliu.tags.recipes import RECIPES

__all__ = ["CATEGORIES", "TYPES", "Tag", "parse_tag", "parsed"]

KIND: Final = "tag"
TYPES: Final = ("number", "text", "flag", "moment", "list")
#: The shelves of the library; their names are texts `tags.category.<name>`.
CATEGORIES: Final = (
    "purchase", "rfm", "life_cycle", "value", "preference", "engagement", "survey", "other",
)  # fmt: skip
_OWN: Final = (
    "definition", "category", "owner", "type", "ttl", "refresh", "value",
)  # fmt: skip
_KNOWN: Final = frozenset({*HEADER, *_OWN})
_DAILY: Final = "1d"


@dataclass(frozen=True, slots=True)
class Tag:
    """A computed trait: what it means, how it is found, how long it holds."""

    slug: str
    #: By language: `zh-CN`, `en`.
    name: Mapping[str, str]
    #: By language: one sentence that says exactly what the value is.
    definition: Mapping[str, str]
    category: str
    owner: str
    #: Of TYPES.
    type: str
    #: How long a value holds after it was set, in microseconds; None = until the next refresh.
    ttl: int | None
    #: How often it is computed anew, in microseconds.
    refresh: int
    note: str
    #: The key of `value`, and what stands below it.
    method: str
    recipe: Recipe

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return self.recipe.lineage

    def source(self) -> str:
        """Return the canonical YAML."""
        tree: dict[str, object] = {
            "huiliu": 1, "kind": KIND, "slug": self.slug, "name": dict(self.name),
        }  # fmt: skip
        if self.note:
            tree["note"] = self.note
        tree["definition"] = dict(self.definition)
        tree["category"] = self.category
        if self.owner:
            tree["owner"] = self.owner
        tree["type"] = self.type
        if self.ttl is not None:
            tree["ttl"] = show_duration(self.ttl)
        tree["refresh"] = show_duration(self.refresh)
        tree["value"] = {self.method: self.recipe.tree()}
        return dump(tree)


def parse_tag(source: str | bytes, around: Surroundings = NOWHERE) -> Tag | tuple[Problem, ...]:
    """Return the tag that a YAML source describes, or every problem with path and line."""
    loaded = load(source)
    if not loaded.tree:
        return loaded.problems or (Problem("", text("tags.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    reading = TagReading(around)
    for key in loaded.tree:
        if key not in _KNOWN:
            reading.wrong(key, "unknown_key", name=key, known=", ".join(sorted(_KNOWN)))
    found = _tag(loaded, header, reading)
    told = [loaded.problem(one.path, one.text) for one in reading.problems]
    everything = (*loaded.problems, *problems, *told)
    return everything if everything or found is None else found


def parsed(source: str | bytes, around: Surroundings = NOWHERE) -> Tag:
    """Return the tag of a stored source, which was checked when it was applied.

    Raises:
        BadInput: it was written by a version that understood more than this one.
    """
    found = parse_tag(source, around)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _tag(loaded: Loaded, header: Header | None, reading: TagReading) -> Tag | None:
    """Return the tag below its header, or None after noting why not."""
    tree = loaded.tree
    type_ = _choice(tree.get("type"), "type", TYPES, reading)
    category = _choice(tree.get("category", "other"), "category", CATEGORIES, reading)
    owner = tree.get("owner", "")
    if not isinstance(owner, str):
        reading.fault("owner", "want_text")
    ttl = reading.length(tree["ttl"], "ttl") if tree.get("ttl") is not None else None
    refresh = as_duration(str(tree.get("refresh", _DAILY))) or 0
    if refresh < MINUTE:
        reading.wrong("refresh", "want_refresh")
    definition = _definition(tree.get("definition"), reading)
    method, recipe = _recipe(tree.get("value"), type_, reading)
    if header is None or recipe is None:
        return None
    return Tag(
        slug=header.slug, name=dict(header.name), definition=definition, category=category,
        owner=str(owner), type=type_, ttl=ttl, refresh=refresh, note=header.note, method=method,
        recipe=recipe,
    )  # fmt: skip


def _choice(raw: object, path: str, known: tuple[str, ...], reading: TagReading) -> str:
    """Return one of the known words, noting a problem where it is none."""
    if raw not in known:
        found = "" if raw is None else str(raw)[:60]
        reading.wrong(path, "want_choice", found=found, known=", ".join(known))
    return str(raw)


def _definition(raw: object, reading: TagReading) -> Mapping[str, str]:
    """Return what the tag means, by language."""
    if not isinstance(raw, dict) or not raw or not set(raw) <= set(LOCALES):
        reading.wrong("definition", "want_definition")
        return {}
    return {
        locale: reading.word(raw[locale], f"definition.{locale}")
        for locale in LOCALES
        if locale in raw
    }


def _recipe(raw: object, type_: str, reading: TagReading) -> tuple[str, Recipe | None]:
    """Return the recipe's name and the recipe, or None after noting why not."""
    known = ", ".join(RECIPES)
    if not isinstance(raw, dict) or len(raw) != 1:
        reading.wrong("value", "want_recipe", known=known)
        return "", None
    method, below = next(iter(raw.items()))
    kind = RECIPES.get(method)
    if kind is None:
        reading.wrong(f"value.{method}", "unknown_recipe", name=method, known=known)
        return method, None
    if type_ in TYPES and type_ not in kind.types:
        fit = ", ".join(name for name in TYPES if name in kind.types)
        reading.wrong("type", "wrong_type", recipe=method, known=fit)
        return method, None
    return method, kind.parse(below, f"value.{method}", reading, type_)
