"""`huiliu journey`: journeys are checked, applied, listed, paused and rehearsed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.journey_backtest import backtest
from huiliu.cli.journey_library import offer, switch_on
from huiliu.cli.journey_test import try_cases
from huiliu.cli.journey_versions import (
    chosen_way,
    published_json,
    rollback,
    say_published,
    versions,
)
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, progress, say, table
from huiliu.cli.people_in_flight import MapFile, Way, read_ways
from huiliu.cli.rehearsed import as_json, say_rehearsed
from huiliu.journeys import parse
from huiliu.kernel.documents import load
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant, show_instant
from huiliu.ports.documents import Document
from huiliu.services.apply_journey import check_journey, set_journey_state
from huiliu.services.publish import publish
from huiliu.services.rehearse import rehearse
from huiliu.services.sweep import stop_journey, sweep
from huiliu.settings import FILE_NAME

__all__ = ["app"]

_BRAND = 1

app = App(name="journey", help=sentence("cli.journey.help"))
app.command(try_cases, name="test", help=sentence("cli.journey.test.help"))
app.command(backtest, help=sentence("cli.journey.backtest.help"))


@app.command(help=sentence("cli.journey.check.help"))
def check(file: Path, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Say whether a journey can run; templates are looked up where there is an instance."""
    source = _read(file)
    journey, problems = parse(source)
    if journey is not None and (instance / FILE_NAME).exists():
        with open_instance(instance) as house, house.world.store.system() as tx:
            journey, problems = check_journey(tx, house.world, _BRAND, source)
    if journey is None or problems:
        raise BadInput(_in_file(file, problems))
    if json:
        emit({"ok": True, "slug": journey.slug, "nodes": len(journey.nodes)})
    else:
        say(text("journeys.ok", slug=journey.slug, n=len(journey.nodes)))


@app.command(help=sentence("cli.journey.apply.help"))
def apply(
    *words: Annotated[str, Parameter(help=sentence("cli.journey.words"))],
    library: Annotated[
        bool, Parameter(name="--library", negative="", help=sentence("cli.journey.library"))
    ] = False,
    in_flight: Way = "",
    map_file: MapFile = None,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Publish a journey as a new version and let it run, or switch on ready ones."""
    if library:
        switch_on(words, instance, json=json)
        return
    if len(words) != 1:
        raise BadInput((Problem("FILE", text("journeys.one_file")),))
    file = Path(words[0])
    source = _read(file)
    read_ways(in_flight, map_file)
    slug = str(load(source).tree.get("slug", ""))
    with open_instance(instance) as house:
        house.catch_up()
        try:
            plan = chosen_way(house.world, slug, source, in_flight, map_file, json=json)
            done = publish(house.world, _BRAND, source, "cli", plan, kind="journey")
        except BadInput as fault:
            raise BadInput(_in_file(file, fault.problems)) from fault
        with house.world.store.transaction(_BRAND) as tx:
            document = tx.documents.latest(_BRAND, "journey", done.slug)
    if json:
        emit(_as_json(document) | published_json(done))
    else:
        say_published(done)


app.command(offer, name="library", help=sentence("cli.journey.shelf.help"))
app.command(versions, name="versions", help=sentence("cli.journey.versions.help"))
app.command(rollback, name="rollback", help=sentence("cli.journey.rollback.help"))


@app.command(name="list", help=sentence("cli.journey.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print all journeys with their newest version, state and runs."""
    with open_instance(instance) as house, house.world.store.transaction(_BRAND) as tx:
        found = tx.documents.all(_BRAND, "journey")
        counts = tx.runs.counts(_BRAND)
    if json:
        emit([_as_json(each) | {"runs": counts.get(each.slug, {})} for each in found])
        return
    headings = (text("journeys.slug"), text("journeys.version"), text("journeys.state"),
                text("journeys.entered"), text("journeys.active"))  # fmt: skip
    table(headings, (
        (each.slug, each.version, text(f"journeys.state.{each.state}"),
         sum(counts.get(each.slug, {}).values()), counts.get(each.slug, {}).get("active", 0))
        for each in found
    ))  # fmt: skip


@app.command(help=sentence("cli.journey.show.help"))
def show(
    slug: str,
    /,
    *,
    version: Annotated[int, Parameter(help=sentence("cli.journey.version"))] = 0,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print a journey as it is stored."""
    with open_instance(instance) as house, house.world.store.transaction(_BRAND) as tx:
        documents = tx.documents
        found = (
            documents.version(_BRAND, "journey", slug, version)
            if version
            else documents.latest(_BRAND, "journey", slug)
        )
    if json:
        emit(_as_json(found) | {"source": found.source})
    else:
        say(found.source.rstrip("\n"))


@app.command(help=sentence("cli.journey.pause.help"))
def pause(slug: str, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Let a journey begin no run and move none until it is resumed."""
    _set_state(slug, "paused", instance, json=json)


@app.command(help=sentence("cli.journey.resume.help"))
def resume(slug: str, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Let a paused journey run on."""
    _set_state(slug, "live", instance, json=json)


@app.command(help=sentence("cli.journey.stop.help"))
def stop(slug: str, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """End all that a journey has under way; nothing of it is sent any more."""
    with open_instance(instance) as house:
        n_to_come = stop_journey(house.world, _BRAND, slug)
        while not house.attached and sweep(house.world):
            pass
    if json:
        emit({"slug": slug, "state": "stopped", "not_entered": n_to_come})
    else:
        say(text("journeys.stopped", slug=slug, people=n_to_come))


@app.command(help=sentence("cli.journey.run.help"))
def run(
    file: Path,
    /,
    *,
    over: Annotated[tuple[str, str], Parameter(help=sentence("cli.journey.over"), negative=())],
    show_runs: Annotated[
        bool, Parameter(name="--explain", negative="", help=sentence("cli.journey.explain"))
    ] = False,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Rehearse a journey in virtual time over the instance's log; nothing is sent."""
    period = _period(over)
    source = _read(file)
    with open_instance(instance) as house:
        house.catch_up()
        with house.world.store.system() as tx:
            journey, problems = check_journey(tx, house.world, _BRAND, source)
        if journey is None:
            raise BadInput(_in_file(file, problems))
        done = rehearse(house.world, _BRAND, journey, period, explains=show_runs)
    # A template that is not there yet keeps no one from rehearsing.
    for problem in problems:
        progress(text("journeys.warning", path=problem.path, problem=problem.text))
    if json:
        emit(as_json(journey, done, with_runs=show_runs))
    else:
        say_rehearsed(journey, done, with_runs=show_runs)


def _read(file: Path) -> bytes:
    """Return what a file holds; a missing one is NotFound."""
    try:
        return file.read_bytes()
    except FileNotFoundError as fault:
        raise NotFound("file", str(file)) from fault
    except OSError as fault:
        problem = Problem(str(file), text("journeys.unreadable", cause=cause_of(fault)))
        raise BadInput((problem,)) from fault


def _in_file(file: Path, problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return the problems with the file's name before each path."""
    return tuple(
        Problem(f"{file}: {found.path}" if found.path else str(file), found.text, found.line)
        for found in problems
    )


def _period(over: tuple[str, str]) -> tuple[int, int]:
    """Return the two instants of `--over`; a date without a zone is UTC."""
    found = [as_instant(word) for word in over]
    problems = [
        Problem("--over", text("journeys.no_date", written=word))
        for word, instant in zip(over, found, strict=True)
        if instant is None
    ]
    start, end = found
    if not problems and start is not None and end is not None and start >= end:
        problems.append(Problem("--over", text("journeys.no_period")))
    if problems or start is None or end is None:
        raise BadInput(tuple(problems))
    return start, end


def _set_state(slug: str, state: str, instance: Path, *, json: bool) -> None:
    """Pause or resume a journey."""
    with open_instance(instance) as house:
        n_runs = set_journey_state(house.world, _BRAND, slug, state)
    if json:
        emit({"slug": slug, "state": state, "runs": n_runs})
    else:
        say(text(f"journeys.now.{state}", slug=slug, n=n_runs))


def _as_json(document: Document) -> dict[str, object]:
    """Return what is known of a stored journey."""
    return {
        "slug": document.slug,
        "version": document.version,
        "state": document.state,
        "created_at": show_instant(document.created_at),
    }
