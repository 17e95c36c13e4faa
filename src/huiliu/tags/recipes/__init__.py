"""The recipes of tags: one file each, and this table."""

from huiliu.kernel.registry import Registry
from huiliu.tags.recipe import RecipeKind
from huiliu.tags.recipes.average import AVERAGE
from huiliu.tags.recipes.count import COUNT
from huiliu.tags.recipes.first import FIRST
from huiliu.tags.recipes.last import LAST
from huiliu.tags.recipes.max_ import MAX
from huiliu.tags.recipes.min_ import MIN
from huiliu.tags.recipes.sum import SUM

__all__ = ["RECIPES"]

RECIPES: Registry[RecipeKind] = Registry((COUNT, SUM, AVERAGE, MIN, MAX, FIRST, LAST))
