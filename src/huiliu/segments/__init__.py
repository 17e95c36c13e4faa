"""Segments: named conditions, and how a profile enters and leaves them."""

from huiliu.segments.diff import TreeChange, differences
from huiliu.segments.listening import ADDRESS_EVENTS, Listening
from huiliu.segments.references import Referenced, used_by
from huiliu.segments.segment import Segment, parse_segment, parsed
from huiliu.segments.track import Change, Standing, track

__all__ = [
    "ADDRESS_EVENTS",
    "Change",
    "Listening",
    "Referenced",
    "Segment",
    "Standing",
    "TreeChange",
    "differences",
    "parse_segment",
    "parsed",
    "track",
    "used_by",
]
