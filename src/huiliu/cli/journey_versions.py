"""`huiliu journey versions` and `rollback`: what was live when, and going back to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.cli.people_in_flight import MapFile, Way, choose, question_lines, read_ways
from huiliu.journeys.carrying import InFlight
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.ports.world import World
from huiliu.services.in_flight import ask_in_flight
from huiliu.services.journey_versions import journey_source, journey_versions
from huiliu.services.plan_folder import way_of
from huiliu.services.publish import roll_back
from huiliu.services.store_documents import Published

__all__ = ["chosen_way", "published_json", "rollback", "say_published", "versions"]

_BRAND = 1


def versions(slug: str, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print every version of a journey, who published it, and how many people are in it."""
    with open_instance(instance) as house:
        found = journey_versions(house.world, _BRAND, slug)
    if json:
        emit(
            [
                {
                    "version": one.version,
                    "published_at": show_instant(one.at),
                    "by": one.by,
                    "in_flight": one.n_in_flight,
                    "way": one.way,
                    "state": one.state,
                }
                for one in found
            ]
        )
        return
    headings = (text("journeys.version"), text("journeys.published_at"),
                text("journeys.published_by"), text("journeys.active"))  # fmt: skip
    table(headings, ((one.version, show_instant(one.at), one.by, one.n_in_flight) for one in found))


def rollback(
    slug: str,
    /,
    *,
    to: Annotated[int, Parameter(name="--to", help=sentence("cli.journey.rollback.to"))] = 0,
    in_flight: Way = "",
    map_file: MapFile = None,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Make an earlier version of a journey the newest again."""
    read_ways(in_flight, map_file)
    with open_instance(instance) as house:
        house.catch_up()
        source = journey_source(house.world, _BRAND, slug, to)
        plan = chosen_way(house.world, slug, source, in_flight, map_file, json=json)
        done = roll_back(house.world, _BRAND, ("journey", slug), "cli", to, plan)
    if json:
        emit(published_json(done))
    else:
        say_published(done)


def chosen_way(
    world: World, slug: str, source: str | bytes, way: str, map_file: Path | None, *, json: bool
) -> InFlight:
    """Return what is to become of the people in flight, after saying what it would mean."""
    plan = way_of(read_ways(way, map_file), slug)
    asked = ask_in_flight(world, _BRAND, source, plan) if plan.way == "migrate" else None
    if asked is None:
        asked = ask_in_flight(world, _BRAND, source)
    if not json and asked.n_in_flight:
        for line in question_lines(asked):
            say(line)
    return way_of(read_ways(choose(way, asked.n_in_flight), map_file), slug)


def published_json(done: Published) -> dict[str, object]:
    """Return what went live as data."""
    return {
        "slug": done.slug,
        "version": done.version,
        "new": done.is_new,
        "facts": done.n_facts,
        "in_flight": {"n": done.n_in_flight, "way": done.in_flight} if done.n_in_flight else None,
    }


def say_published(done: Published) -> None:
    """Say what went live."""
    said = "journeys.applied" if done.is_new else "journeys.unchanged"
    say(text(said, slug=done.slug, version=done.version))
    if done.n_in_flight:
        say(text(f"publish.way.{done.in_flight}", n=done.n_in_flight))
