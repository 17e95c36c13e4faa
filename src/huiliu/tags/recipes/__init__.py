"""The recipes of tags: one file each, and this table."""

from huiliu.kernel.registry import Registry
from huiliu.tags.recipe import RecipeKind
from huiliu.tags.recipes.average import AVERAGE
from huiliu.tags.recipes.count import COUNT
from huiliu.tags.recipes.days_since import DAYS_SINCE
from huiliu.tags.recipes.distinct import DISTINCT
from huiliu.tags.recipes.expression import EXPRESSION
from huiliu.tags.recipes.first import FIRST
from huiliu.tags.recipes.last import LAST
from huiliu.tags.recipes.max_ import MAX
from huiliu.tags.recipes.min_ import MIN
from huiliu.tags.recipes.most_frequent import MOST_FREQUENT
from huiliu.tags.recipes.quantile import QUANTILE
from huiliu.tags.recipes.share import SHARE
from huiliu.tags.recipes.sum import SUM
from huiliu.tags.recipes.when import WHEN

__all__ = ["RECIPES"]

RECIPES: Registry[RecipeKind] = Registry(
    (
        COUNT, SUM, AVERAGE, MIN, MAX, FIRST, LAST, DISTINCT, MOST_FREQUENT, SHARE, DAYS_SINCE,
        EXPRESSION, WHEN, QUANTILE,
    )
)  # fmt: skip
