"""`huiliu journey library` and `apply --library`: ready journeys are shown and switched on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from huiliu.bootstrap import open_instance
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.texts import text
from huiliu.services.journey_library import Offered, apply_library, journey_library

__all__ = ["offer", "switch_on"]

_BRAND = 1


def offer(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the ready journeys, what each is for, and which are switched on."""
    with open_instance(instance) as house:
        found = journey_library(house.world, _BRAND)
    if json:
        emit([_as_json(one) for one in found])
        return
    headings = ("slug", "name", "state", "needs")
    table(
        [text(f"journeys.shelf.{name}") for name in headings],
        ((one.pack.slug, _name(one), _state(one), _needs(one)) for one in found),
    )
    say(text("journeys.shelf.coupons"))


def switch_on(slugs: Sequence[str], instance: Path, *, json: bool) -> None:
    """Switch ready journeys on; what the brand has already stays as it is."""
    with open_instance(instance) as house:
        house.catch_up()
        done = apply_library(house.world, _BRAND, slugs, "cli")
    if json:
        emit([{"kind": one.kind, "slug": one.slug, "version": one.version} for one in done])
        return
    for one in done:
        kind = text(f"journeys.shelf.kind.{one.kind}")
        say(text("journeys.shelf.on", kind=kind, slug=one.slug, version=one.version))
    if not done:
        say(text("journeys.shelf.nothing"))


def _name(one: Offered) -> str:
    """Return the journey's name in the language of the command line."""
    names = one.pack.journey.header.name
    return names.get(language(), next(iter(names.values())))


def _state(one: Offered) -> object:
    """Return whether it is switched on."""
    return text(f"journeys.state.{one.state}") if one.state else text("journeys.shelf.off")


def _needs(one: Offered) -> str:
    """Return how many templates come with it, and which segments and tags."""
    documents = one.pack.documents
    templates = text("journeys.shelf.templates", n=sum(kind == "template" for kind, _ in documents))
    named = [slug for kind, slug in documents if kind == "segment"]
    return ", ".join((sentence(templates), *named, *sorted(one.pack.journey.mentions.tags)))


def _as_json(one: Offered) -> dict[str, object]:
    """Return one ready journey for programs."""
    journey = one.pack.journey
    return {
        "slug": journey.slug,
        "name": dict(journey.header.name),
        "note": journey.header.note,
        "state": one.state,
        "version": one.version,
        "documents": [{"kind": kind, "slug": slug} for kind, slug in one.pack.documents],
        "tags": sorted(journey.mentions.tags),
    }
