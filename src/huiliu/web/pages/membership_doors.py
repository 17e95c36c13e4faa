"""The doors of points, levels, catalogues and exchanges."""

from __future__ import annotations

from typing import Final

from huiliu.web.doors import Door
from huiliu.web.pages import membership, points

__all__ = ["MEMBERSHIP_DOORS"]

_READ, _WRITE = "rewards.read", "rewards.write"
_POST: Final = ("POST",)

MEMBERSHIP_DOORS: Final = (
    Door("/points", points.show_board, _READ),
    Door("/points/ledger", points.show_ledger, _READ),
    Door("/points/adjust", points.adjust_one, "points.adjust", _POST),
    Door("/people/{profile}/points", points.show_person, _READ),
    Door("/tiers", membership.show_ladders, _READ),
    Door("/tiers/new", membership.new_ladder, _WRITE),
    Door("/tiers/check", membership.check_ladder, _WRITE, _POST),
    Door("/tiers/apply", membership.apply_ladder, _WRITE, _POST),
    Door("/tiers/{tiers}", membership.show_ladder, _READ),
    Door("/tiers/{tiers}/edit", membership.edit_ladder, _WRITE),
    Door("/tiers/{tiers}/remove", membership.drop_ladder, _WRITE, _POST),
    Door("/tiers/{tiers}/recount", membership.recount, _WRITE, _POST),
    Door("/reward-catalogues", membership.show_shelves, _READ),
    Door("/reward-catalogues/new", membership.new_catalogue, _WRITE),
    Door("/reward-catalogues/check", membership.check_catalogue, _WRITE, _POST),
    Door("/reward-catalogues/apply", membership.apply_catalogue, _WRITE, _POST),
    Door("/reward-catalogues/{catalogue}", membership.show_shelf, _READ),
    Door("/reward-catalogues/{catalogue}/edit", membership.edit_catalogue, _WRITE),
    Door("/reward-catalogues/{catalogue}/remove", membership.drop_catalogue, _WRITE, _POST),
    Door("/exchanges", membership.show_exchanges, _READ),
    Door("/exchanges/{exchange}/sent", membership.send, _WRITE, _POST),
    Door("/exchanges/{exchange}/cancel", membership.cancel, _WRITE, _POST),
)
