"""The console's pages: every door, what it asks for, and who answers."""

from __future__ import annotations

from typing import Final

from huiliu.web.doors import Door
from huiliu.web.pages import (
    collecting,
    journeys,
    messages,
    overview,
    people,
    segments,
    sign_in,
    system,
)
from huiliu.web.permissions import PUBLIC, SIGNED_IN

__all__ = ["DOORS"]

DOORS: Final = (
    Door("/sign-in", sign_in.show_sign_in, PUBLIC),
    Door("/sign-in", sign_in.enter, PUBLIC, ("POST",)),
    Door("/sign-out", sign_in.leave, SIGNED_IN, ("POST",)),
    Door("/first-run", sign_in.show_first_run, PUBLIC),
    Door("/first-run", sign_in.make_first, PUBLIC, ("POST",)),
    Door("/language", sign_in.language, SIGNED_IN, ("POST",)),
    Door("/", overview.show, "overview.read"),
    Door("/overview/live", overview.show_live, "overview.read"),
    Door("/people", people.show_list, "people.read"),
    Door("/people/{profile}", people.show, "people.read"),
    Door("/people/{profile}/timeline", people.show_timeline, "people.read"),
    Door("/people/{profile}/why", people.show_why, "people.read"),
    Door("/people/{profile}/reveal", people.reveal, "people.reveal", ("POST",)),
    Door("/segments", segments.show_list, "segments.read"),
    Door("/segments/edit", segments.show_editor, "segments.write"),
    Door("/segments/edit", segments.apply, "segments.write", ("POST",)),
    Door("/segments/count", segments.count, "segments.write", ("POST",)),
    Door("/segments/{slug}", segments.show, "segments.read"),
    Door("/journeys", journeys.show_list, "journeys.read"),
    Door("/journeys/edit", journeys.show_editor, "journeys.write"),
    Door("/journeys/edit", journeys.change, "journeys.write", ("POST",)),
    Door("/journeys/{slug}", journeys.show, "journeys.read"),
    Door("/journeys/{slug}/pause", journeys.pause, "journeys.write", ("POST",)),
    Door("/journeys/{slug}/resume", journeys.resume, "journeys.write", ("POST",)),
    Door("/messages", messages.show_list, "messages.read"),
    Door("/messages/latest", messages.show_latest, "messages.read"),
    Door("/messages/{message}", messages.show, "messages.read"),
    Door("/plan", collecting.show_plan, "events.read"),
    Door("/refused", collecting.show_refused, "events.read"),
    Door("/refused/{refused}/unseal", collecting.unseal, "events.unseal", ("POST",)),
    Door("/keys", collecting.show_keys, "keys.read"),
    Door("/keys", collecting.make_key, "keys.write", ("POST",)),
    Door("/keys/{key}/revoke", collecting.end_key, "keys.write", ("POST",)),
    Door("/channels", system.show_channels, "channels.read"),
    Door("/users", system.show_users, "users.read"),
    Door("/users", system.make_user, "users.write", ("POST",)),
    Door("/actions", system.show_actions, "actions.read"),
    Door("/health", system.show_health, "health.read"),
)
