"""A backtest: what journeys would have done to the people of the log, added up."""

from huiliu.journeys.backtest.echoes import CHAIN, STEPS, Drawn, Rate
from huiliu.journeys.backtest.report import Asked, report
from huiliu.journeys.backtest.tally import FATIGUE_WINDOW, Counts, Tally

__all__ = [
    "CHAIN",
    "FATIGUE_WINDOW",
    "STEPS",
    "Asked",
    "Counts",
    "Drawn",
    "Rate",
    "Tally",
    "report",
]
