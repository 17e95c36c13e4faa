"""The recipes of tags: one file each, and this table."""

from huiliu.kernel.registry import Registry
from huiliu.tags.recipe import RecipeKind
from huiliu.tags.recipes.active_hour import ACTIVE_HOUR
from huiliu.tags.recipes.average import AVERAGE
from huiliu.tags.recipes.clv import CLV
from huiliu.tags.recipes.count import COUNT
from huiliu.tags.recipes.days_since import DAYS_SINCE
from huiliu.tags.recipes.distinct import DISTINCT
from huiliu.tags.recipes.expression import EXPRESSION
from huiliu.tags.recipes.first import FIRST
from huiliu.tags.recipes.given import GIVEN
from huiliu.tags.recipes.last import LAST
from huiliu.tags.recipes.life_cycle import LIFE_CYCLE
from huiliu.tags.recipes.max_ import MAX
from huiliu.tags.recipes.min_ import MIN
from huiliu.tags.recipes.most_frequent import MOST_FREQUENT
from huiliu.tags.recipes.p_alive import P_ALIVE
from huiliu.tags.recipes.quantile import QUANTILE
from huiliu.tags.recipes.repurchase_cycle import REPURCHASE_CYCLE
from huiliu.tags.recipes.rfm import RFM
from huiliu.tags.recipes.send_hour import SEND_HOUR
from huiliu.tags.recipes.share import SHARE
from huiliu.tags.recipes.steady import STEADY
from huiliu.tags.recipes.sum import SUM
from huiliu.tags.recipes.survey import SURVEY
from huiliu.tags.recipes.tier import TIER
from huiliu.tags.recipes.touch import TOUCH
from huiliu.tags.recipes.when import WHEN

__all__ = ["RECIPES"]

RECIPES: Registry[RecipeKind] = Registry(
    (
        COUNT, SUM, AVERAGE, MIN, MAX, FIRST, LAST, DISTINCT, MOST_FREQUENT, SHARE, DAYS_SINCE,
        EXPRESSION, WHEN, QUANTILE, STEADY, RFM, REPURCHASE_CYCLE, LIFE_CYCLE, TIER, P_ALIVE, CLV,
        TOUCH, ACTIVE_HOUR, SEND_HOUR, SURVEY, GIVEN,
    )
)  # fmt: skip
