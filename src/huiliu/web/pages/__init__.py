"""The console's pages: every door, what it asks for, and who answers."""

from __future__ import annotations

from typing import Final

from huiliu.web.doors import Door
from huiliu.web.pages import overview, sign_in
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
)
