"""What booking a live session is made of: a form, the reminders' words, and the journey of both.

They are documents like any that a marketer writes, so they can be looked at, changed and tested
like any; building them again replaces them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from huiliu.kernel.documents import dump
from huiliu.kernel.texts import LOCALES, render, text
from huiliu.kernel.times import local_datetime, show_duration, show_instant
from huiliu.planning.live_session import LiveSession

__all__ = ["booking_slug", "build_booking", "waiting_nodes", "when_said"]

#: Channel -> how a form asks for its address.
_ASKED: Final[Mapping[str, str]] = {"sms": "phone", "email": "email"}


def booking_slug(session: str) -> str:
    """Return the slug of the form and journey of a session's booking."""
    return f"live-{session}"


def build_booking(session: LiveSession, zone: str, link: str) -> list[str]:
    """Return the documents by which people book a session and are reminded, in YAML.

    Args:
        session: one that can be booked.
        zone: the brand's.
        link: where people watch, as it stands in a reminder.
    """
    assert session.booking is not None
    locales = tuple(one for one in LOCALES if one in session.name)
    templates = [
        dump(_template(session, channel, locales, zone, link)) for channel in session.booking.ask
    ]
    return [dump(_form(session, locales, zone)), *templates, dump(_journey(session))]


def waiting_nodes(session: LiveSession) -> frozenset[str]:
    """Return the nodes at which those who booked wait for the next reminder."""
    booking = session.booking
    return frozenset(f"wait-{nth}" for nth, _ in enumerate(booking.remind if booking else (), 1))


def when_said(session: LiveSession, zone: str, locale: str) -> str:
    """Return the day and time of the beginning as people say it."""
    here = local_datetime(session.starts_at, session.zone or zone)
    if locale == "en":
        return f"{here.day} {here:%B}, {here:%H:%M}"
    return f"{here.month}月{here.day}日 {here:%H:%M}"


def _form(session: LiveSession, locales: Sequence[str], zone: str) -> dict[str, object]:
    """Return the form."""
    booking = session.booking
    assert booking is not None
    questions = [
        {
            "id": _ASKED[one], "ask": _ASKED[one], "label": _said(f"live.book.{one}", locales),
            "required": True, "if_lacking": True,
        }
        for one in booking.ask
    ]  # fmt: skip
    consents: list[dict[str, object]] = [
        {
            "id": "remind", "channels": list(booking.ask), "purpose": "service", "required": True,
            "text": _said("live.book.consent", locales),
        }
    ]  # fmt: skip
    if booking.news:
        consents.append({
            "id": "news", "channels": list(booking.ask), "purpose": "marketing",
            "text": _said("live.book.news", locales),
        })  # fmt: skip
    times = {one: when_said(session, zone, one) for one in locales}
    intro = {
        one: booking.intro.get(one) or render(text("live.book.intro", time=times[one]), one)
        for one in locales
    }
    return {
        "huiliu": 1, "kind": "form", "slug": booking_slug(session.slug),
        "name": _around("live.book.form_name", session, locales), "use": "sign_up",
        "title": {one: booking.title.get(one) or session.name[one] for one in locales},
        "intro": intro, "button": _said("live.book.button", locales),
        "thanks": {one: render(text("live.book.thanks", time=times[one]), one) for one in locales},
        "questions": questions, "consents": consents, "once": True,
        "search": {"hidden": True}, "closes_at": show_instant(session.ends_at),
    }  # fmt: skip


def _template(
    session: LiveSession, channel: str, locales: Sequence[str], zone: str, link: str
) -> dict[str, object]:
    """Return the words of a reminder."""
    said: dict[str, object] = {}
    for one in locales:
        facts = {
            "name": _plain(session.name[one]), "time": when_said(session, zone, one), "link": link,
        }  # fmt: skip
        words = {"text": render(text(f"live.book.{channel}_text", **facts), one)}
        if channel == "email":
            words = {"subject": render(text("live.book.subject", **facts), one), **words}
        said[one] = words
    return {
        "huiliu": 1, "kind": "template", "slug": f"{booking_slug(session.slug)}-{channel}",
        "name": _around(f"live.book.{channel}_name", session, locales), "channel": channel,
        "class": "service", "locale": locales[0], "locales": said,
    }  # fmt: skip


def _journey(session: LiveSession) -> dict[str, object]:
    """Return the journey that reminds whoever booked."""
    booking = session.booking
    assert booking is not None
    slug = booking_slug(session.slug)
    starts_at = show_instant(session.starts_at)
    nodes: dict[str, object] = {}
    for nth, before in enumerate(booking.remind, 1):
        is_last = nth == len(booking.remind)
        onward = "reminded" if is_last else f"wait-{nth + 1}"
        until: dict[str, object] = {"date": starts_at}
        if before:
            until["offset"] = f"-{show_duration(before)}"
        # Who books later than this reminder waits for the next one.
        nodes[f"wait-{nth}"] = {
            "type": "wait", "until": until, "next": f"remind-{nth}",
            "else": "too-late" if is_last else onward,
        }  # fmt: skip
        nodes[f"remind-{nth}"] = _send(slug, booking.ask, onward, session)
    nodes["reminded"] = {"type": "exit", "reason": "reminded"}
    nodes["too-late"] = {"type": "exit", "reason": "too-late"}
    return {
        "huiliu": 1, "kind": "journey", "slug": slug,
        "name": _around("live.book.journey_name", session, tuple(session.name)),
        "category": "live", "priority": 60,
        "entry": {
            "event": "Form Submitted", "where": [{"property": "form", "is": slug}],
            "key": "form", "again": "never",
        },
        "start": "wait-1", "nodes": nodes,
    }  # fmt: skip


def _send(
    slug: str, channels: Sequence[str], onward: str, session: LiveSession
) -> dict[str, object]:
    """Return the node of one reminder; it is of no use when the session is over."""
    expires = f"{session.minutes}m"
    if len(channels) == 1:
        return {
            "type": "send", "channel": channels[0], "template": f"{slug}-{channels[0]}",
            "class": "service", "expires": expires, "cancel_when": [], "next": onward,
        }  # fmt: skip
    return {
        "type": "best_channel",
        "channels": [{"channel": one, "template": f"{slug}-{one}"} for one in channels],
        "class": "service", "expires": expires, "cancel_when": [], "next": onward,
    }  # fmt: skip


def _said(key: str, locales: Sequence[str]) -> dict[str, str]:
    """Return a text of the catalogues in languages."""
    return {one: render(text(key), one) for one in locales}


def _around(key: str, session: LiveSession, locales: Sequence[str]) -> dict[str, str]:
    """Return a name made of the session's."""
    return {one: render(text(key, name=session.name[one]), one) for one in locales}


def _plain(name: str) -> str:
    """Return a name as a template may hold it: nothing of it is taken for Liquid."""
    return name.replace("{", "(").replace("}", ")")
