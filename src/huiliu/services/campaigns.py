"""Campaigns: journeys that begin by themselves and only send, made and steered in plain words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from huiliu.journeys import Journey
from huiliu.kernel.documents import dump
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import MINUTE, local_datetime
from huiliu.ports.documents import Document
from huiliu.ports.occasions import OccasionRow
from huiliu.ports.world import World
from huiliu.services.apply_journey import set_journey_state
from huiliu.services.live import live
from huiliu.services.publish import Published, publish
from huiliu.services.schedule import occasions_between
from huiliu.services.sweep import stop_journey

__all__ = [
    "CalendarEntry",
    "CampaignDraft",
    "CampaignView",
    "Progress",
    "Variant",
    "calendar",
    "campaign_progress",
    "campaign_source",
    "create_campaign",
    "is_campaign",
    "list_campaigns",
    "pause_campaign",
    "resume_campaign",
    "stop_campaign",
]

_KIND: Final = "journey"
#: What the nodes of a campaign may be.
_TYPES: Final = frozenset({"send", "experiment", "split", "best_channel", "exit"})
#: Occasions that are shown of one campaign.
_SHOWN: Final = 200
#: A calendar has no room for more of one journey.
_MOST_PLANNED: Final = 400


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the messages that people are sent; everybody keeps theirs."""

    template: str
    weight: int = 1
    #: "" = a, b, c ...
    name: str = ""
    #: "" = the template's own.
    channel: str = ""


@dataclass(frozen=True, slots=True)
class CampaignDraft:
    """What somebody who makes a campaign says."""

    slug: str
    #: By language.
    name: Mapping[str, str]
    #: {"segment": slug}, {"list": slug} or {"condition": tree}.
    audience: Mapping[str, object] | Literal["everyone"]
    variants: Sequence[Variant]
    #: The fields of a schedule, such as {"once": "2026-12-01T10:00"}; {} = now.
    when: Mapping[str, object] = field(default_factory=dict)
    #: Whose clocks tell the time: person, brand or an IANA zone.
    zone: str = "brand"
    #: People an hour; 0 = as fast as it goes.
    throttle: int = 0
    #: `10%` of the people are only watched; "" = nobody.
    holdout: str = ""
    goal: Mapping[str, object] | None = None
    category: str = ""
    #: What it is at its core: discount, lottery, points ...
    form: str = ""
    priority: int = 50


@dataclass(frozen=True, slots=True)
class CampaignView:
    """One campaign in a list."""

    document: Document
    journey: Journey
    #: When it begins next; 0 = never again.
    next_at: int
    #: The last time that it began, or None.
    last: OccasionRow | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign has come."""

    #: live, paused, stopped ...
    state: str
    #: Latest first.
    occasions: Sequence[OccasionRow]
    n_audience: int
    n_entered: int
    #: Who is chosen and not let in yet.
    n_to_come: int
    #: Status of messages -> how many.
    statuses: Mapping[str, int]
    #: Reason of what was not sent, failed or waits -> how many.
    reasons: Mapping[str, int]
    #: Node -> status -> how many.
    nodes: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One time at which a journey begins or began by itself."""

    slug: str
    #: By language.
    name: Mapping[str, str]
    occasion: str
    at: int
    #: Empty = everybody at once.
    zones: Sequence[str]
    #: planned, or the state of the occasion.
    state: str
    n_audience: int
    is_campaign: bool


def is_campaign(journey: Journey) -> bool:
    """Say whether a journey begins by itself and only sends."""
    nodes = journey.nodes.values()
    return journey.entry.schedule is not None and all(node.type in _TYPES for node in nodes)


def campaign_source(world: World, draft: CampaignDraft) -> str:
    """Return the journey that a draft stands for.

    Raises:
        BadInput: it has no message.
    """
    if not draft.variants:
        raise BadInput((Problem("variants", text("campaigns.no_variant")),))
    entry: dict[str, Any] = dict(draft.when) or {"once": _this_minute(world)}
    entry |= {"zone": draft.zone} if draft.when and draft.zone != "person" else {}
    entry |= {} if draft.when else {"zone": "brand"}
    among = draft.audience
    entry["among"] = among if isinstance(among, str) else dict(among)
    if draft.throttle:
        entry["throttle"] = f"{draft.throttle}/h"
    tree: dict[str, Any] = {
        "huiliu": 1, "kind": _KIND, "slug": draft.slug, "name": dict(draft.name),
        "category": draft.category, "form": draft.form, "priority": draft.priority,
        "holdout": draft.holdout,
        "entry": entry, "goal": dict(draft.goal) if draft.goal else None,
        "nodes": _nodes(draft.variants),
    }  # fmt: skip
    return dump({name: value for name, value in tree.items() if value or value == 0})


def create_campaign(world: World, brand_id: int, draft: CampaignDraft, by: str) -> Published:
    """Make a campaign live; it begins when it says.

    Raises:
        BadInput: with every problem, its path and line.
    """
    source = campaign_source(world, draft)
    if not draft.when:
        # The minute that is meant has begun already.
        with world.store.system() as tx:
            tx.occasions.begin_at(brand_id, draft.slug, world.clock.now() - 2 * MINUTE)
    return publish(world, brand_id, source, by, kind=_KIND)


def pause_campaign(world: World, brand_id: int, slug: str) -> int:
    """Let nobody in and send nothing until it is resumed; return how many runs are under way."""
    return set_journey_state(world, brand_id, slug, "paused")


def resume_campaign(world: World, brand_id: int, slug: str) -> int:
    """Go on where it was paused; return how many runs are under way."""
    return set_journey_state(world, brand_id, slug, "live")


def stop_campaign(world: World, brand_id: int, slug: str) -> int:
    """Send nothing of it any more; return how many people were still to enter."""
    return stop_journey(world, brand_id, slug)


def list_campaigns(world: World, brand_id: int) -> list[CampaignView]:
    """Return every campaign, those that were made last first."""
    now = world.clock.now()
    found = []
    with world.store.system() as tx:
        known = live(tx, world, brand_id).journeys
        for document in tx.documents.all(brand_id, _KIND):
            journey = known[document.slug].journey
            if document.state == "archived" or not is_campaign(journey):
                continue
            last = tx.occasions.of_journey(brand_id, document.slug, 1)
            next_at = _next(world, journey, now) if document.state == "live" else 0
            found.append(CampaignView(document, journey, next_at, last[0] if last else None))
    return sorted(found, key=lambda one: -one.document.created_at)


def campaign_progress(world: World, brand_id: int, slug: str) -> Progress:
    """Return how far a campaign has come.

    Raises:
        NotFound: there is no such journey.
    """
    with world.store.system() as tx:
        document = tx.documents.latest(brand_id, _KIND, slug)
        occasions = tx.occasions.of_journey(brand_id, slug, _SHOWN)
        spans = [(one.begun_at, one.ended_at) for one in occasions if one.begun_at]
        counts = tx.messages.counts(brand_id, slug, spans)
    statuses, reasons = Counter[str](), Counter[str]()
    nodes: dict[str, Counter[str]] = defaultdict(Counter)
    for node, status, reason, n in counts:
        statuses[status] += n
        nodes[node][status] += n
        if reason:
            reasons[reason] += n
    return Progress(
        document.state,
        occasions,
        sum(one.n_audience for one in occasions if one.state != "missed"),
        sum(one.n_entered for one in occasions),
        sum(one.n_audience - one.n_entered for one in occasions if one.state == "filling"),
        statuses,
        reasons,
        nodes,
    )


def calendar(world: World, brand_id: int, first: int, past: int) -> list[CalendarEntry]:
    """Return what began and what will begin by itself at instants in [first, past), by time."""
    now = world.clock.now()
    with world.store.system() as tx:
        known = live(tx, world, brand_id).journeys
        done = tx.occasions.between(brand_id, first, past)
    found = []
    for row in done:
        running = known.get(row.journey)
        if running is not None:
            found.append(_entry(running.journey, row.occasion, row.at, row.zones, row.state,
                                row.n_audience))  # fmt: skip
    known_times = {(row.journey, row.occasion, row.at) for row in done}
    for slug, running in known.items():
        plan = running.journey.entry.schedule
        if plan is None or running.state != "live" or past <= now:
            continue
        coming = occasions_between(plan, max(first, now), past, world.zone)
        for _, (occasion, zones) in zip(range(_MOST_PLANNED), coming, strict=False):
            if (slug, occasion.id, occasion.at) not in known_times:
                found.append(_entry(running.journey, occasion.id, occasion.at, zones, "planned", 0))
    return sorted(found, key=lambda one: (one.at, one.slug))


def _entry(
    journey: Journey, occasion: str, at: int, zones: Sequence[str], state: str, n_audience: int
) -> CalendarEntry:
    """Return one line of the calendar."""
    return CalendarEntry(
        journey.slug, journey.header.name, occasion, at, zones, state, n_audience,
        is_campaign(journey),
    )  # fmt: skip


def _next(world: World, journey: Journey, now: int) -> int:
    """Return when a journey begins next, anywhere; 0 = never again."""
    plan = journey.entry.schedule
    assert plan is not None
    coming = plan.next(now, world.zone)
    return coming.at if coming is not None else 0


def _this_minute(world: World) -> str:
    """Return the present minute in the brand's zone, as documents write it."""
    return f"{local_datetime(world.clock.now(), world.zone):%Y-%m-%dT%H:%M}"


def _nodes(variants: Sequence[Variant]) -> dict[str, object]:
    """Return the nodes that send one message, or one of several."""
    done = {"done": {"type": "exit"}}
    if len(variants) == 1:
        return {"send": _send(variants[0]), **done}
    each = [
        {
            "variant": one.name or chr(ord("a") + nth), "template": one.template,
            "weight": one.weight,
        }
        for nth, one in enumerate(variants)
    ]  # fmt: skip
    send: dict[str, object] = {"type": "send", "variants": each}
    if variants[0].channel:
        send["channel"] = variants[0].channel
    return {"send": send | {"next": "done"}, **done}


def _send(variant: Variant) -> dict[str, object]:
    """Return the node that sends a variant."""
    node: dict[str, object] = {"type": "send", "template": variant.template}
    if variant.channel:
        node["channel"] = variant.channel
    return node | {"next": "done"}
