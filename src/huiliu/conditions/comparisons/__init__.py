"""The comparisons of traits and properties: one file each, and this table."""

from huiliu.conditions.comparisons.above import ABOVE
from huiliu.conditions.comparisons.after import AFTER
from huiliu.conditions.comparisons.anniversary_within import ANNIVERSARY_WITHIN
from huiliu.conditions.comparisons.at_least import AT_LEAST
from huiliu.conditions.comparisons.at_most import AT_MOST
from huiliu.conditions.comparisons.before import BEFORE
from huiliu.conditions.comparisons.below import BELOW
from huiliu.conditions.comparisons.between import BETWEEN
from huiliu.conditions.comparisons.comparison import Comparison, Constant, Scalar, Test
from huiliu.conditions.comparisons.contains import CONTAINS
from huiliu.conditions.comparisons.ends_with import ENDS_WITH
from huiliu.conditions.comparisons.has import HAS
from huiliu.conditions.comparisons.has_all import HAS_ALL
from huiliu.conditions.comparisons.has_any import HAS_ANY
from huiliu.conditions.comparisons.has_none import HAS_NONE
from huiliu.conditions.comparisons.in_ import IN
from huiliu.conditions.comparisons.is_ import IS
from huiliu.conditions.comparisons.is_not import IS_NOT
from huiliu.conditions.comparisons.length_above import LENGTH_ABOVE
from huiliu.conditions.comparisons.length_at_least import LENGTH_AT_LEAST
from huiliu.conditions.comparisons.length_at_most import LENGTH_AT_MOST
from huiliu.conditions.comparisons.length_below import LENGTH_BELOW
from huiliu.conditions.comparisons.length_is import LENGTH_IS
from huiliu.conditions.comparisons.matches import MATCHES
from huiliu.conditions.comparisons.not_contains import NOT_CONTAINS
from huiliu.conditions.comparisons.not_in import NOT_IN
from huiliu.conditions.comparisons.not_set import NOT_SET
from huiliu.conditions.comparisons.older_than import OLDER_THAN
from huiliu.conditions.comparisons.set_ import SET
from huiliu.conditions.comparisons.starts_with import STARTS_WITH
from huiliu.conditions.comparisons.within_last import WITHIN_LAST
from huiliu.conditions.comparisons.within_next import WITHIN_NEXT
from huiliu.conditions.comparisons.within_polygon import WITHIN_POLYGON
from huiliu.conditions.comparisons.within_radius import WITHIN_RADIUS
from huiliu.kernel.registry import Registry

__all__ = ["COMPARISONS", "Comparison", "Constant", "Scalar", "Test"]

COMPARISONS: Registry[Comparison] = Registry(
    (
        IS, IS_NOT, IN, NOT_IN,
        ABOVE, AT_LEAST, BELOW, AT_MOST, BETWEEN,
        CONTAINS, NOT_CONTAINS, STARTS_WITH, ENDS_WITH, MATCHES,
        SET, NOT_SET,
        BEFORE, AFTER, WITHIN_LAST, OLDER_THAN, WITHIN_NEXT, ANNIVERSARY_WITHIN,
        HAS, HAS_ANY, HAS_ALL, HAS_NONE,
        LENGTH_IS, LENGTH_ABOVE, LENGTH_AT_LEAST, LENGTH_BELOW, LENGTH_AT_MOST,
        WITHIN_RADIUS, WITHIN_POLYGON,
    )
)  # fmt: skip
