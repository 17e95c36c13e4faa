"""Runs the tests of journeys: of a folder's files, or of all that is stored; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from huiliu.conditions import NOWHERE, Surroundings
from huiliu.journeys import Face
from huiliu.journeys.cases import Beside, Suite, Tested, parse_suite, run_suites
from huiliu.kernel.documents import load
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.live import live, surroundings

__all__ = [
    "Folder",
    "judge_journey",
    "read_folder",
    "run_cases",
    "stored_suites",
    "try_folder",
    "try_stored",
]

_KIND: Final = "test"


@dataclass(slots=True)
class Folder:
    """The documents of a folder, as far as tests need them."""

    #: Slug -> (where it stands, source).
    journeys: dict[str, tuple[str, str]] = field(default_factory=dict)
    segments: dict[str, str] = field(default_factory=dict)
    faces: dict[str, Face] = field(default_factory=dict)
    #: (where it stands, what it says).
    suites: list[tuple[str, Suite]] = field(default_factory=list)


def run_cases(
    source: str | bytes,
    tests: Sequence[str | bytes],
    beside: Beside,
    *,
    tells: bool = False,
) -> Tested:
    """Return what becomes of all cases of a journey.

    Args:
        source: the journey's YAML.
        tests: documents of `kind: test`.
        beside: what stands beside it.
        tells: whether what happened is told of cases that hold too.

    Raises:
        BadInput: one of the documents cannot be read.
    """
    return run_suites(source, [_suite(test) for test in tests], beside, tells=tells)


def judge_journey(
    tx: Tx,
    world: World,
    brand_id: int,
    source: str | bytes,
    suites: Sequence[Suite],
    offered: Mapping[str, Mapping[str, str]],
) -> tuple[Problem, ...]:
    """Return what the cases of a journey hold against it as it would be.

    Args:
        tx: reads what is stored.
        world: the instance.
        brand_id: whose documents.
        source: the journey as it would be.
        suites: its cases.
        offered: kind -> slug -> source of what goes live beside it.
    """
    if not suites:
        return ()
    try:
        return run_suites(source, suites, _beside(tx, world, brand_id, offered)).problems()
    except BadInput as fault:
        return fault.problems


def stored_suites(tx: Tx, brand_id: int, journey: str) -> list[Suite]:
    """Return the stored cases of a journey."""
    return [
        suite
        for document in tx.documents.all(brand_id, _KIND)
        if document.state == "live"
        if (suite := _suite(document.source)).journey == journey
    ]


def try_stored(world: World, brand_id: int, source: str) -> Tested | None:
    """Return what becomes of a journey's stored cases if it were as its source says.

    None: it has no cases.

    Raises:
        BadInput: the journey cannot be read.
    """
    with world.store.system() as tx:
        suites = stored_suites(tx, brand_id, str(load(source).tree.get("slug", "")))
        return run_suites(source, suites, _beside(tx, world, brand_id, {})) if suites else None


def read_folder(files: Iterable[tuple[str, bytes]]) -> Folder:
    """Return the documents among some files; those of other kinds are passed over.

    Args:
        files: what stands before the path of a problem, and the content.

    Raises:
        BadInput: with every problem of every test; journeys are read when they are tried.
    """
    folder = Folder()
    problems: list[Problem] = []
    for where, source in files:
        tree = load(source).tree
        slug, kind = str(tree.get("slug", "")), tree.get("kind")
        if kind == "journey":
            folder.journeys[slug] = (where, source.decode("utf-8", "replace"))
        elif kind == "segment":
            folder.segments[slug] = source.decode("utf-8", "replace")
        elif kind == "template":
            folder.faces[slug] = Face(str(tree.get("channel", "")), str(tree.get("class", "")))
        elif kind == _KIND:
            found = parse_suite(source)
            if isinstance(found, tuple):
                problems += [Problem(f"{where}: {one.path}", one.text, one.line) for one in found]
            else:
                folder.suites.append((where, found))
    if problems:
        raise BadInput(tuple(problems))
    return folder


def try_folder(
    folder: Folder, around: Surroundings = NOWHERE, *, only: str = "", tells: bool = False
) -> list[Tested]:
    """Return what becomes of the cases of a folder, journey by journey.

    Args:
        folder: its documents.
        around: what documents are read with.
        only: the journey whose cases are run; "" = all.
        tells: whether what happened is told of cases that hold too.

    Raises:
        BadInput: a journey cannot be read, or a test names one that is not there.
    """
    beside = Beside(
        around, {slug: source for slug, (_, source) in folder.journeys.items()}, folder.segments,
        folder.faces,
    )  # fmt: skip
    wanted = sorted({suite.journey for _, suite in folder.suites if only in {"", suite.journey}})
    unknown = [
        Problem(f"{where}: journey", text("cases.no_journey", slug=suite.journey))
        for where, suite in folder.suites
        if suite.journey in wanted and suite.journey not in folder.journeys
    ]
    if unknown:
        raise BadInput(tuple(unknown))
    done = []
    for slug in wanted:
        where, source = folder.journeys[slug]
        suites = [suite for _, suite in folder.suites if suite.journey == slug]
        try:
            done.append(run_suites(source, suites, beside, tells=tells))
        except BadInput as fault:
            raise BadInput(
                tuple(Problem(f"{where}: {one.path}", one.text, one.line) for one in fault.problems)
            ) from fault
    return done


def _suite(source: str | bytes) -> Suite:
    """Return the cases of a document; raise BadInput with every problem."""
    found = parse_suite(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _beside(
    tx: Tx, world: World, brand_id: int, offered: Mapping[str, Mapping[str, str]]
) -> Beside:
    """Return what stands beside a journey: what is live, and what goes live with it."""
    known = live(tx, world, brand_id)
    journeys = {
        document.slug: document.source for document in tx.documents.all(brand_id, "journey")
    }
    segments = {
        document.slug: document.source
        for document in tx.documents.all(brand_id, "segment")
        if document.state == "live"
    }
    faces = {slug: template.face for slug, template in known.templates.items()}
    for slug, source in offered.get("template", {}).items():
        tree = load(source).tree
        faces[slug] = Face(str(tree.get("channel", "")), str(tree.get("class", "")))
    around = replace(surroundings(tx, world, brand_id), tags=None)
    return Beside(
        around, journeys | dict(offered.get("journey", {})),
        segments | dict(offered.get("segment", {})), faces,
    )  # fmt: skip
