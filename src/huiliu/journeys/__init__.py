"""Journeys as values: a graph of nodes, who enters it, what ends it, and one pure step."""

from huiliu.journeys.cancel import cancel_names, is_cancelled
from huiliu.journeys.entering import (
    ALREADY,
    Happening,
    Refusal,
    admit,
    ended_by,
    first_token,
    identify,
    is_again_bounded,
    kept_entry,
    scope_of,
    settled_before,
    wakes,
)
from huiliu.journeys.journey import AFTER_END, NEVER, Entry, Exit, Goal, Journey
from huiliu.journeys.known import Face, check_known
from huiliu.journeys.matchers import Cancel, Matcher, Scope
from huiliu.journeys.nodes import NODES, Queue
from huiliu.journeys.parse import parse, parsed
from huiliu.journeys.step import (
    EntryEvent,
    Finish,
    Message,
    Stepped,
    Token,
    Trace,
    read_entry,
    step,
)

__all__ = [
    "AFTER_END", "ALREADY", "NEVER", "NODES", "Cancel", "Entry", "EntryEvent", "Exit", "Face",
    "Finish", "Goal", "Happening", "Journey", "Matcher", "Message", "Queue", "Refusal", "Scope",
    "Stepped", "Token", "Trace", "admit", "cancel_names", "check_known", "ended_by",
    "first_token", "identify", "is_again_bounded", "is_cancelled", "kept_entry", "parse",
    "parsed", "read_entry", "scope_of", "settled_before", "step", "wakes",
]  # fmt: skip
