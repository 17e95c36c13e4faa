"""The doors of attribution, funnels, paths and advice."""

from __future__ import annotations

from typing import Final

from huiliu.web.doors import Door
from huiliu.web.pages import paths

__all__ = ["PATH_DOORS"]

_READ, _WRITE = "reports.read", "reports.write"
_POST: Final = ("POST",)

PATH_DOORS: Final = (
    Door("/attribution", paths.show_attribution, _READ),
    Door("/attribution/models", paths.show_attribution_table, _READ),
    Door("/funnels", paths.show_funnels, _READ),
    Door("/funnels/new", paths.new_funnel, _WRITE),
    Door("/funnels/check", paths.check_funnel, _WRITE, _POST),
    Door("/funnels/apply", paths.apply_funnel, _WRITE, _POST),
    Door("/funnels/{funnel}", paths.show_funnel, _READ),
    Door("/funnels/{funnel}/steps", paths.show_funnel_steps, _READ),
    Door("/funnels/{funnel}/edit", paths.edit_funnel, _WRITE),
    Door("/funnels/{funnel}/remove", paths.drop_funnel, _WRITE, _POST),
    Door("/paths", paths.show_paths, _READ),
    Door("/paths/ways", paths.show_path_figures, _READ),
    Door("/paths/waits", paths.show_waits, _READ),
    Door("/paths/advice", paths.show_advice, _READ),
)
