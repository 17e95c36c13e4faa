"""Attribution, funnels, paths and advice for servers: the console's pages behind a key."""

from __future__ import annotations

import datetime as dt
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.reports.funnel_document import KIND
from huiliu.services.advice import advise
from huiliu.services.asked_figures import asked_days
from huiliu.services.attribute import DIRECT, attribute_events
from huiliu.services.figures import today
from huiliu.services.funnels import find_funnel, list_funnels, read_funnel, remove_funnel
from huiliu.services.path_data import (
    advice_json,
    attributed_json,
    funnel_figures_json,
    funnel_json,
    paths_json,
    waits_json,
)
from huiliu.services.paths import WAYS, read_paths, time_to_purchase
from huiliu.services.publish import publish
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]


def _attribution(call: Call) -> object:
    """Return the models of some days side by side."""
    first, last = _days(call)
    direct = _choice(call, "direct", DIRECT)
    currency = call.ask("currency").upper()
    return attributed_json(
        attribute_events(call.world, call.brand_id, first, last, currency=currency, direct=direct)
    )


def _funnels(call: Call) -> object:
    """Return every funnel."""
    return {"funnels": [funnel_json(one) for one in list_funnels(call.world, call.brand_id)]}


def _funnel(call: Call) -> object:
    """Return how many came to each step of a funnel, and its document."""
    first, last = _days(call)
    slug = call.path("funnel")
    source = find_funnel(call.world, call.brand_id, slug).source
    found = read_funnel(call.world, call.brand_id, slug, first, last, by=call.ask("by"))
    return funnel_figures_json(found) | {"source": source}


def _publish(call: Call) -> object:
    """Make a funnel live; `expects` is the version that its author began with."""
    expects = call.body.get("expects")
    done = publish(
        call.world, call.brand_id, call.word("source"), call.by, kind=KIND,
        expects=expects if isinstance(expects, int) else None,
    )  # fmt: skip
    return {"slug": done.slug, "version": done.version, "new": done.is_new}


def _remove(call: Call) -> object:
    """Take a funnel out of use."""
    remove_funnel(call.world, call.brand_id, call.path("funnel"))
    return {"slug": call.path("funnel"), "removed": True}


def _paths(call: Call) -> object:
    """Return which steps follow each other, which go with buying, and how long buying takes."""
    first, last = _days(call)
    of = _choice(call, "of", WAYS)
    return paths_json(read_paths(call.world, call.brand_id, first, last, of=of))


def _waits(call: Call) -> object:
    """Return how long new people take to buy."""
    first, last = _days(call)
    return waits_json(time_to_purchase(call.world, call.brand_id, first, last))


def _advice(call: Call) -> object:
    """Return advice with what it rests on."""
    first, last = _days(call)
    return {"advice": [advice_json(one) for one in advise(call.world, call.brand_id, first, last)]}


def _days(call: Call) -> tuple[dt.date, dt.date]:
    """Return the days that are asked for."""
    query = {name: call.ask(name) for name in ("from", "until")}
    return asked_days(query, today(call.world))


def _choice(call: Call, name: str, choices: tuple[str, ...]) -> str:
    """Return one of several words; the first of them by itself."""
    found = call.ask(name) or choices[0]
    if found not in choices:
        raise BadInput((Problem(name, text("plans.want_choice", choices=", ".join(choices))),))
    return found


routes: Final = [
    route("GET", "/v1/attribution", _attribution),
    route("GET", "/v1/funnels", _funnels),
    route("POST", "/v1/funnels", _publish),
    route("GET", "/v1/funnels/{funnel}", _funnel),
    route("DELETE", "/v1/funnels/{funnel}", _remove),
    route("GET", "/v1/paths", _paths),
    route("GET", "/v1/paths/waits", _waits),
    route("GET", "/v1/advice", _advice),
]
