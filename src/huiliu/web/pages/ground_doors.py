"""The doors of WeChat's ground and of WeCom."""

from __future__ import annotations

from typing import Final

from huiliu.web.doors import Door
from huiliu.web.pages import official, official_menus, wecom

__all__ = ["GROUND_DOORS"]

_READ, _WRITE = "templates.read", "templates.write"

GROUND_DOORS: Final = (
    Door("/official", official.show, _READ),
    Door("/official/codes", official.show_codes, _READ),
    Door("/official/codes", official.add_code, _WRITE, ("POST",)),
    Door("/official/codes/results/{channel}", official.show_results, "reports.read"),
    Door("/official/codes/{code}/renew", official.renew, _WRITE, ("POST",)),
    Door("/official/codes/{code}/end", official.drop_code, _WRITE, ("POST",)),
    Door("/official/codes/{code}/picture.{kind}", official.code_picture, _READ),
    Door("/official/menus", official_menus.show, _READ),
    Door("/official/menus/new", official_menus.show_new, _WRITE),
    Door("/official/menus/check", official_menus.check, _WRITE, ("POST",)),
    Door("/official/menus/save", official_menus.save, _WRITE, ("POST",)),
    Door("/official/menus/{slug}", official_menus.show_editor, _WRITE),
    Door("/official/menus/{slug}/remove", official_menus.drop, _WRITE, ("POST",)),
    Door("/official/articles", official.show_articles, _READ),
    Door("/official/articles", official.add_article, _WRITE, ("POST",)),
    Door("/official/articles/{article}/publish", official.publish, _WRITE, ("POST",)),
    Door("/official/articles/{article}/remove", official.drop_article, _WRITE, ("POST",)),
    Door("/official/links", official.show_links, _READ),
    Door("/official/links", official.add_link, _WRITE, ("POST",)),
    Door("/official/links/{code}/end", official.drop_link, _WRITE, ("POST",)),
    Door("/wecom", wecom.show_codes, "messages.read"),
    Door("/wecom/codes", wecom.add_code, "messages.write", ("POST",)),
    Door("/wecom/codes/{code}/end", wecom.drop_code, "messages.write", ("POST",)),
    Door("/wecom/jobs", wecom.show_jobs, "messages.read"),
    Door("/wecom/jobs/{account}/{job}/remind", wecom.remind_staff, "messages.write", ("POST",)),
    Door("/wecom/jobs/{account}/{job}/cancel", wecom.cancel, "messages.write", ("POST",)),
    Door("/wecom/groups", wecom.show_groups, "messages.read"),
    Door("/wecom/groups", wecom.ask, "messages.write", ("POST",)),
)
