"""The comparisons of traits and properties: one file each, and this table."""

from huiliu.conditions.comparisons.above import ABOVE
from huiliu.conditions.comparisons.at_least import AT_LEAST
from huiliu.conditions.comparisons.at_most import AT_MOST
from huiliu.conditions.comparisons.below import BELOW
from huiliu.conditions.comparisons.comparison import Comparison, Constant, Scalar, Test
from huiliu.conditions.comparisons.contains import CONTAINS
from huiliu.conditions.comparisons.in_ import IN
from huiliu.conditions.comparisons.is_ import IS
from huiliu.conditions.comparisons.is_not import IS_NOT
from huiliu.conditions.comparisons.matches import MATCHES
from huiliu.conditions.comparisons.not_in import NOT_IN
from huiliu.conditions.comparisons.not_set import NOT_SET
from huiliu.conditions.comparisons.set_ import SET
from huiliu.conditions.comparisons.starts_with import STARTS_WITH
from huiliu.kernel.registry import Registry

__all__ = ["COMPARISONS", "Comparison", "Constant", "Scalar", "Test"]

COMPARISONS: Registry[Comparison] = Registry(
    (
        IS, IS_NOT, ABOVE, AT_LEAST, BELOW, AT_MOST, IN, NOT_IN, CONTAINS, STARTS_WITH, MATCHES,
        SET, NOT_SET,
    )
)  # fmt: skip
