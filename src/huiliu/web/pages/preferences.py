"""What a person can do with a link from a message: choose what they get, confirm, or leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.services import double_opt_in, preferences
from huiliu.services.preferences import PAUSES, Choices, Chosen
from huiliu.web.doors import Visit
from huiliu.web.limits import client_address
from huiliu.web.public import admit, brand_facts, public_page, public_visit, read_fields
from huiliu.web.rendering import channel_name

__all__ = ["routes"]

_CHANNEL: Final = "channel."
_TOPIC: Final = "topic."
_LONGEST_AGENT: Final = 400


async def show(request: Request) -> Response:
    """Show what a person chose."""
    admit(request, "preferences")
    found = public_visit(request)
    token = request.path_params["token"]
    choices = await run_in_threadpool(preferences.show, found.world, token)
    return _page(found, choices, is_saved=False)


async def save(request: Request) -> Response:
    """Write down what a person chooses, and show it as it stands now."""
    admit(request, "preferences")
    fields = await read_fields(request)
    found = public_visit(request)
    token = request.path_params["token"]
    chosen = _chosen(request, found, fields)
    before = await run_in_threadpool(preferences.choose, found.world, token, chosen)
    return _page(found, before, is_saved=True, chosen=chosen)


async def ask(request: Request) -> Response:
    """Show what the button will confirm; mail scanners that follow links change nothing."""
    admit(request, "confirm")
    found = public_visit(request)
    asked = await run_in_threadpool(
        double_opt_in.show_asked, found.world, request.path_params["token"]
    )
    return _asked(found, asked, "waiting" if asked.waiting else "done" if asked.is_done else "late")


async def confirm(request: Request) -> Response:
    """Let the yes count."""
    admit(request, "confirm")
    await read_fields(request)
    found = public_visit(request)
    asked = await run_in_threadpool(
        double_opt_in.confirm, found.world, request.path_params["token"],
        client_address(request), _agent(request),
    )  # fmt: skip
    return _asked(found, asked, "done" if asked.waiting or asked.is_done else "late")


def _asked(found: Visit, asked: double_opt_in.Asked, state: str) -> Response:
    """Return the page of a confirmation."""
    return public_page(
        found, "pages/confirm.html", state=state, channel=channel_name(found.locale, asked.channel),
        **brand_facts(found, asked.asks),
    )  # fmt: skip


def _chosen(request: Request, found: Visit, fields: Mapping[str, str]) -> Chosen:
    """Return what a form says; the button that ends everything wins."""
    is_over = fields.get("all") == "off"
    pause = fields.get("pause", "")
    return Chosen(
        channels=frozenset() if is_over else _named(fields, _CHANNEL),
        topics=_named(fields, _TOPIC),
        frequency=fields.get("frequency", "all"),
        pause=int(pause) if pause.isascii() and pause.isdigit() and len(pause) < 5 else None,
        personal=fields.get("personal") == "1",
        text_locale=found.locale,
        ip=client_address(request),
        user_agent=_agent(request),
    )


def _named(fields: Mapping[str, str], prefix: str) -> frozenset[str]:
    """Return what was ticked under a prefix."""
    return frozenset(
        name.removeprefix(prefix) for name, value in fields.items()
        if name.startswith(prefix) and value == "1"
    )  # fmt: skip


def _agent(request: Request) -> str:
    """Return which program asks, cut to a length."""
    return request.headers.get("user-agent", "")[:_LONGEST_AGENT]


def _page(
    found: Visit, choices: Choices, *, is_saved: bool, chosen: Chosen | None = None
) -> Response:
    """Return the page: after saving what was chosen, else what stands."""
    now = found.world.clock.now()
    topics = frozenset(topic.slug for topic in choices.asks.topics)
    wanted = chosen.topics if chosen else topics - choices.refused_topics
    channels = [
        {
            "channel": one.channel,
            "name": channel_name(found.locale, one.channel),
            "wants": one.channel in chosen.channels if chosen else one.wants or one.waits,
            "waits": _waits(choices, one, chosen),
        }
        for one in choices.channels
    ]
    paused = bool(choices.paused_until > now)
    pause = chosen.pause if chosen and chosen.pause is not None else None
    return public_page(
        found, "pages/preferences.html",
        channels=channels,
        topics=[
            {
                "slug": one.slug,
                "name": dict(one.name),
                "about": dict(one.about),
                "wants": one.slug in wanted,
            }
            for one in choices.asks.topics
        ],
        frequencies=("all", *choices.asks.frequencies),
        frequency=chosen.frequency if chosen else choices.frequency,
        pauses=PAUSES,
        pause=pause if pause is not None else -1 if paused else 0,
        paused_until=choices.paused_until,
        personal=chosen.personal if chosen else choices.personal,
        is_saved=is_saved,
        is_over=bool(chosen) and not chosen.channels if chosen else False,
        **brand_facts(found, choices.asks),
    )  # fmt: skip


def _waits(choices: Choices, one: preferences.ChannelChoice, chosen: Chosen | None) -> bool:
    """Say whether a yes on a channel is still to be confirmed from its own address."""
    if chosen is None or one.wants or one.channel not in chosen.channels:
        return one.waits and chosen is None
    return one.channel != choices.by and choices.asks.must_confirm(one.channel, "")


routes = [
    Route("/p/{token}", show, methods=["GET"], name="preferences"),
    Route("/p/{token}", save, methods=["POST"], name="preferences.save"),
    Route("/c/{token}", ask, methods=["GET"], name="confirm"),
    Route("/c/{token}", confirm, methods=["POST"], name="confirm.yes"),
]
