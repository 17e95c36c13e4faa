"""The console's pages: every door, what it asks for, and who answers."""

from __future__ import annotations

from typing import Final

from huiliu.web.doors import Door
from huiliu.web.pages import (
    builder,
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
    Door("/segments/new", builder.show_new, "segments.write"),
    Door("/segments/values", builder.values, "segments.write"),
    Door("/segments/draft", builder.draft, "segments.write", ("POST",)),
    Door("/segments/count", builder.count, "segments.write", ("POST",)),
    Door("/segments/behind", builder.behind, "segments.write", ("POST",)),
    Door("/segments/review", builder.review, "segments.write", ("POST",)),
    Door("/segments/apply", builder.apply, "segments.write", ("POST",)),
    Door("/segments/{slug}", segments.show, "segments.read"),
    Door("/segments/{slug}/edit", builder.show_editor, "segments.write"),
    Door("/segments/{slug}/trend", segments.show_trend, "segments.read"),
    Door("/segments/{slug}/behind", segments.show_behind, "segments.read"),
    Door("/segments/{slug}/versions", segments.show_versions, "segments.read"),
    Door("/segments/{slug}/members.csv", segments.export, "segments.export"),
    Door("/segments/{slug}/restore", segments.restore, "segments.write", ("POST",)),
    Door("/segments/{slug}/remove", segments.remove, "segments.write", ("POST",)),
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
