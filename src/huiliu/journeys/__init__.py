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
    is_held_out,
    kept_entry,
    scope_of,
    settled_before,
    wakes,
)
from huiliu.journeys.journey import AFTER_END, NEVER, Entry, Exit, Goal, Journey
from huiliu.journeys.known import Face, Known, check_known
from huiliu.journeys.matchers import Cancel, Matcher, Scope
from huiliu.journeys.nodes import (
    NODES,
    Call,
    Effect,
    Emit,
    Issue,
    Node,
    Open,
    Plan,
    Queue,
    Quota,
    SetTraits,
)
from huiliu.journeys.parse import parse, parsed
from huiliu.journeys.step import (
    HELD_OUT,
    Caused,
    Claim,
    EntryEvent,
    Finish,
    Moment,
    Stepped,
    Token,
    Trace,
    read_entry,
    step,
)

__all__ = [
    "AFTER_END", "ALREADY", "HELD_OUT", "NEVER", "NODES", "Call", "Cancel", "Caused", "Claim",
    "Effect", "Emit", "Entry", "EntryEvent", "Exit", "Face", "Finish", "Goal", "Happening", "Issue",
    "Journey", "Known", "Matcher", "Moment", "Node", "Open", "Plan", "Queue", "Quota", "Refusal",
    "Scope", "SetTraits", "Stepped", "Token", "Trace", "admit", "cancel_names", "check_known",
    "ended_by", "first_token", "identify", "is_again_bounded", "is_cancelled", "is_held_out",
    "kept_entry", "parse", "parsed", "read_entry", "scope_of", "settled_before", "step", "wakes",
]  # fmt: skip
