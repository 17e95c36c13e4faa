"""How a journey's own settings are asked for: what ends a run, its goal, its place among others.

Nodes and entries say it for themselves; builders draw all of them.
"""

from __future__ import annotations

from typing import Final

from huiliu.conditions.form import Field

__all__ = ["JOURNEY_FORM"]

_MATCHER: Final = (
    Field("event", "event", needed=True),
    Field("where", "filters"),
    Field("after_entry", "true", start=True),
)

#: What a journey asks for besides its header, its entry and its nodes.
JOURNEY_FORM: Final = (
    Field("category", "text"),
    Field("form", "text"),
    Field("priority", "whole", start=50),
    Field("holdout", "share", start="10%"),
    Field(
        "goal", "map",
        fields=(*_MATCHER, Field("within", "duration", start="7d")),
    ),
    Field(
        "exit_when", "rows",
        fields=(
            Field("event", "event", instead_of=("condition",)),
            Field("where", "filters", instead_of=("condition",)),
            Field("after_entry", "true", start=True, instead_of=("condition",)),
            Field("condition", "condition", instead_of=("event", "where", "after_entry")),
        ),
    ),
    Field("max_event_age", "duration", start="1h"),
)  # fmt: skip
