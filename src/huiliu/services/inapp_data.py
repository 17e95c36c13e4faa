"""In-app messages as data, for servers and the command line."""

from __future__ import annotations

from huiliu.kernel.ids import show_id
from huiliu.kernel.times import show_instant
from huiliu.services.inapp_overview import InAppRow, PersonCard

__all__ = ["card_json", "message_json"]


def message_json(one: InAppRow) -> dict[str, object]:
    """Return an in-app message and what became of it."""
    funnel = one.funnel
    return {
        "slug": one.row.document.slug,
        "name": dict(one.template.name),
        "kind": one.kind or None,
        "class": one.template.message_class,
        "version": one.row.document.version,
        "sent": funnel.n_sent,
        "shown": funnel.n_shown,
        "times_shown": funnel.n_times,
        "clicked": funnel.n_clicked,
        "dismissed": funnel.n_dismissed,
        "withdrawn": funnel.n_withdrawn,
        "live": funnel.n_live,
        "last_sent_at": _time(funnel.last_sent_at),
    }


def card_json(one: PersonCard, now: int) -> dict[str, object]:
    """Return one person's card; its words are theirs, so only what became of it is told."""
    row = one.row
    return {
        "message_id": show_id(row.message_id),
        "template": row.template or None,
        "journey": row.journey or None,
        "kind": row.kind,
        "class": row.message_class,
        "live": row.is_live(now) and one.card is not None,
        "made_at": _time(row.made_at),
        "ends_at": _time(row.ends_at),
        "shown": row.n_shown,
        "last_shown_at": _time(row.last_shown_at),
        "read_at": _time(row.read_at),
        "clicked_at": _time(row.clicked_at),
        "dismissed_at": _time(row.dismissed_at),
        "withdrawn_at": _time(row.withdrawn_at),
    }


def _time(instant: int) -> str | None:
    """Return an instant for programs; None = it never was."""
    return show_instant(instant) if instant else None
