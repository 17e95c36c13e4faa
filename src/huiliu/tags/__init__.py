"""Tags: computed traits of people, each a document with a recipe."""

from huiliu.tags.recipe import Computed, Ground, Keep, Lineage, Recipe
from huiliu.tags.shipped import library
from huiliu.tags.tag import CATEGORIES, TYPES, Tag, parse_tag, parsed

__all__ = [
    "CATEGORIES",
    "TYPES",
    "Computed",
    "Ground",
    "Keep",
    "Lineage",
    "Recipe",
    "Tag",
    "library",
    "parse_tag",
    "parsed",
]
