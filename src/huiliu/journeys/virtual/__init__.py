"""A brand in virtual time: rehearsals, tests of journeys and backtests all run on it."""

from huiliu.journeys.virtual.brand import Brand
from huiliu.journeys.virtual.people import Person, Posted, Run
from huiliu.journeys.virtual.setting import (
    ADDRESSES,
    NULL_ANSWER,
    Answers,
    Echo,
    Echoes,
    NullAnswers,
    Setting,
    Silent,
)
from huiliu.journeys.virtual.telling import Decision, Made, Story, Telling
from huiliu.journeys.virtual.watcher import Watcher

__all__ = [
    "ADDRESSES",
    "NULL_ANSWER",
    "Answers",
    "Brand",
    "Decision",
    "Echo",
    "Echoes",
    "Made",
    "NullAnswers",
    "Person",
    "Posted",
    "Run",
    "Setting",
    "Silent",
    "Story",
    "Telling",
    "Watcher",
]
