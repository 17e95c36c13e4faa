"""Segments: named conditions, and how a profile enters and leaves them."""

from huiliu.segments.segment import Segment, parse_segment, parsed
from huiliu.segments.track import Change, Standing, track

__all__ = ["Change", "Segment", "Standing", "parse_segment", "parsed", "track"]
