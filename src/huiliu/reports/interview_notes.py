"""The latest notes of interviews, of one topic or person or of all."""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.conditions import Tables

__all__ = ["NOTED", "latest_notes"]

NOTED: Final = "Interview Noted"


def latest_notes(tables: Tables, topic: str, profile_id: int, most: int) -> ibis.Table:
    """Return profile_id, occurred_at and what each note says besides its words, newest first.

    Args:
        tables: a brand's population.
        topic: of which topic; "" = of all.
        profile_id: of whom; 0 = of everybody.
        most: how many.
    """
    events = tables.events
    rows = events.filter(events.name == NOTED)
    if profile_id:
        rows = rows.filter(rows.profile_id == profile_id)
    rows = rows.select(
        "profile_id",
        "occurred_at",
        "position",
        topic=tables.cell(rows.properties, ("topic",)).text(),
        mood=tables.cell(rows.properties, ("mood",)).text(),
        score=tables.cell(rows.properties, ("score",)).number(),
        by=tables.cell(rows.properties, ("by",)).text(),
        token=tables.cell(rows.properties, ("note",)).text(),
    )
    if topic:
        rows = rows.filter(rows.topic == topic)
    return rows.order_by([rows.occurred_at.desc(), rows.position.desc()]).limit(most)
