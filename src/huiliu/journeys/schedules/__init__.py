"""When journeys begin by themselves: a schedule a file, a line each in the table."""

from huiliu.journeys.schedules import anniversary, every, festival, holiday, once
from huiliu.journeys.schedules.base import Clocks, Occasion, Schedule, ScheduleType
from huiliu.kernel.registry import Registry

__all__ = ["SCHEDULES", "Clocks", "Occasion", "Schedule", "ScheduleType"]

SCHEDULES: Registry[ScheduleType] = Registry((
    once.TYPE, every.TYPE, anniversary.TYPE, festival.TYPE, holiday.TYPE,
))  # fmt: skip
