"""Tests of journeys in documents: given, when, then, played in virtual time."""

from huiliu.journeys.cases.case import Case, Expected, Given, Mark, Step, Suite
from huiliu.journeys.cases.coverage import Coverage, Watched
from huiliu.journeys.cases.parse import parse_suite
from huiliu.journeys.cases.play import PINNED, Played, Stage, play
from huiliu.journeys.cases.run import Beside, Result, Tested, named_in, run_suites
from huiliu.journeys.cases.verdict import Failure, Told, judge, tell

__all__ = [
    "PINNED",
    "Beside",
    "Case",
    "Coverage",
    "Expected",
    "Failure",
    "Given",
    "Mark",
    "Played",
    "Result",
    "Stage",
    "Step",
    "Suite",
    "Tested",
    "Told",
    "Watched",
    "judge",
    "named_in",
    "parse_suite",
    "play",
    "run_suites",
    "tell",
]
