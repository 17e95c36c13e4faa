"""The ways into a journey: one a file, a line each in the table."""

from huiliu.journeys.entries import api, event, list_, place, segment
from huiliu.journeys.entries.base import AFTER_END, DEFAULT_MAX_AGE, NEVER, Entry, EntryType
from huiliu.journeys.entries.scheduled import Scheduled
from huiliu.journeys.schedules import SCHEDULES
from huiliu.kernel.registry import Registry

__all__ = ["AFTER_END", "DEFAULT_MAX_AGE", "ENTRIES", "NEVER", "Entry", "EntryType"]

ENTRIES: Registry[EntryType] = Registry((
    event.TYPE, segment.TYPE, list_.TYPE, api.TYPE, place.TYPE,
    *(Scheduled(each) for each in SCHEDULES.values()),
))  # fmt: skip
