"""What can be computed of a person's events and compared: one file each, and this table."""

from huiliu.conditions.measures.avg import AVG
from huiliu.conditions.measures.distinct import DISTINCT
from huiliu.conditions.measures.first_time import FIRST_TIME
from huiliu.conditions.measures.last import LAST
from huiliu.conditions.measures.last_time import LAST_TIME
from huiliu.conditions.measures.max_ import MAX
from huiliu.conditions.measures.measure import Measure
from huiliu.conditions.measures.min_ import MIN
from huiliu.conditions.measures.sum_ import SUM
from huiliu.kernel.registry import Registry

__all__ = ["MEASURES", "Measure"]

MEASURES: Registry[Measure] = Registry((SUM, AVG, MIN, MAX, DISTINCT, LAST, FIRST_TIME, LAST_TIME))
