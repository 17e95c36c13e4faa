"""Targets, channel cards, roll-outs and metrics for servers: the console's pages behind a key."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.planning.rollout import Stage
from huiliu.services.asked_figures import asked_figures
from huiliu.services.channel_cards import assess_channels, remove_card, show_card
from huiliu.services.figures import read_figures, today
from huiliu.services.plan_data import (
    assessment_json,
    card_json,
    figures_json,
    metrics_json,
    rollout_json,
    target_json,
)
from huiliu.services.publish import publish
from huiliu.services.roll_out import (
    hold_rollout,
    list_rollouts,
    look_now,
    move_rollout,
    remove_rollout,
    resume_rollout,
    show_rollout,
)
from huiliu.services.targets import list_targets, remove_target, show_target
from huiliu.web.api.calls import Answer, Call, route

__all__ = ["routes"]


def _metrics(_call: Call) -> object:
    """Return the catalogue."""
    return {"metrics": metrics_json()}


def _figures(call: Call) -> object:
    """Return a metric over some days, for all channels and for each."""
    query = {name: call.ask(name) for name in ("from", "until", "channels", "currency")}
    asked = asked_figures(query, call.path("metric"), today(call.world))
    return figures_json(read_figures(call.world, call.brand_id, asked))


def _targets(call: Call) -> object:
    """Return every target in use and how it stands."""
    return {"targets": [target_json(one) for one in list_targets(call.world, call.brand_id)]}


def _target(call: Call) -> object:
    """Return one target, how it stands, and its document."""
    row = show_target(call.world, call.brand_id, call.path("target"))
    return target_json(row) | {"source": row.target.source}


def _remove_target(call: Call) -> object:
    """Take a target out of use."""
    remove_target(call.world, call.brand_id, call.path("target"))
    return {"slug": call.path("target"), "removed": True}


def _cards(call: Call) -> object:
    """Return every channel card, the best first."""
    return assessment_json(assess_channels(call.world, call.brand_id))


def _card(call: Call) -> object:
    """Return one card and its document."""
    view = show_card(call.world, call.brand_id, call.path("card"))
    return card_json(view) | {"source": view.card.source}


def _remove_card(call: Call) -> object:
    """Take a card out of use."""
    remove_card(call.world, call.brand_id, call.path("card"))
    return {"slug": call.path("card"), "removed": True}


def _rollouts(call: Call) -> object:
    """Return every roll-out in use."""
    return {"rollouts": [rollout_json(one) for one in list_rollouts(call.world, call.brand_id)]}


def _rollout(call: Call) -> object:
    """Return one roll-out with what became of it, and its document."""
    view = show_rollout(call.world, call.brand_id, call.path("rollout"))
    return rollout_json(view) | {"source": view.rollout.source}


def _remove_rollout(call: Call) -> object:
    """Take a roll-out out of use: its journeys reach everybody."""
    remove_rollout(call.world, call.brand_id, call.path("rollout"), call.by)
    return {"slug": call.path("rollout"), "removed": True}


def _look(call: Call) -> object:
    """Look at a roll-out's gates at once."""
    return rollout_json(look_now(call.world, call.brand_id, call.path("rollout")))


def _set_state(call: Call) -> object:
    """Hold a roll-out, or let it go on."""
    state, note = call.word("state"), str(call.body.get("note") or "")
    acts = {"held": hold_rollout, "running": resume_rollout}
    if state not in acts:
        said = text("plans.want_choice", choices=", ".join(acts))
        raise BadInput((Problem("state", said),))
    slug = call.path("rollout")
    return rollout_json(acts[state](call.world, call.brand_id, slug, call.by, note))


def _set_stage(call: Call) -> object:
    """Set a roll-out to a stage."""
    tier, percent = call.body.get("tier", 0), call.body.get("percent")
    if type(tier) is not int or isinstance(percent, bool) or not isinstance(percent, int | float):
        raise BadInput((Problem("percent", text("plans.want_number", least=0, most=100)),))
    note = str(call.body.get("note") or "")
    slug, stage = call.path("rollout"), Stage(tier, float(percent))
    return rollout_json(move_rollout(call.world, call.brand_id, slug, stage, call.by, note))


def _publishing(kind: str) -> Answer:
    """Return the call that makes a document of a kind live."""

    def answer(call: Call) -> object:
        """Publish; `expects` is the version that its author began with."""
        expects = call.body.get("expects")
        done = publish(
            call.world, call.brand_id, call.word("source"), call.by, kind=kind,
            expects=expects if isinstance(expects, int) else None,
        )  # fmt: skip
        return {"slug": done.slug, "version": done.version, "new": done.is_new}

    return answer


routes: Final = [
    route("GET", "/v1/metrics", _metrics),
    route("GET", "/v1/metrics/{metric}", _figures),
    route("GET", "/v1/targets", _targets),
    route("POST", "/v1/targets", _publishing("target")),
    route("GET", "/v1/targets/{target}", _target),
    route("DELETE", "/v1/targets/{target}", _remove_target),
    route("GET", "/v1/channel-cards", _cards),
    route("POST", "/v1/channel-cards", _publishing("channel_card")),
    route("GET", "/v1/channel-cards/{card}", _card),
    route("DELETE", "/v1/channel-cards/{card}", _remove_card),
    route("GET", "/v1/rollouts", _rollouts),
    route("POST", "/v1/rollouts", _publishing("rollout")),
    route("GET", "/v1/rollouts/{rollout}", _rollout),
    route("DELETE", "/v1/rollouts/{rollout}", _remove_rollout),
    route("POST", "/v1/rollouts/{rollout}/look", _look),
    route("PUT", "/v1/rollouts/{rollout}/state", _set_state),
    route("PUT", "/v1/rollouts/{rollout}/stage", _set_stage),
]
