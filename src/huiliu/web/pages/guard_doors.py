"""The doors of the channel guard and its incidents."""

from __future__ import annotations

from typing import Final

from huiliu.web.doors import Door
from huiliu.web.pages import incidents

__all__ = ["GUARD_DOORS"]

GUARD_DOORS: Final = (
    Door("/incidents", incidents.show_list, "guard.read"),
    Door("/incidents/{incident}", incidents.show, "guard.read"),
    Door("/incidents/{incident}/act/{act}", incidents.act, "guard.write", ("POST",)),
    # Where the crumb and the way out of its editor lead.
    Door("/guard", incidents.show_list, "guard.read"),
    Door("/guard/new", incidents.show_new, "guard.write"),
    Door("/guard/check", incidents.check, "guard.write", ("POST",)),
    Door("/guard/apply", incidents.apply, "guard.write", ("POST",)),
    Door("/guard/{guard}", incidents.show_guard, "guard.read"),
    Door("/guard/{guard}/edit", incidents.show_editor, "guard.write"),
    Door("/guard/{guard}/look", incidents.look, "guard.write", ("POST",)),
    Door("/guard/{guard}/remove", incidents.remove, "guard.write", ("POST",)),
)
