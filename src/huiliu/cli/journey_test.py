"""`huiliu journey test`: the cases of journeys are run in virtual time; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from huiliu.cli.language import sentence
from huiliu.cli.options import Json
from huiliu.cli.output import emit, say
from huiliu.conditions import Surroundings
from huiliu.journeys.cases import Result, Tested
from huiliu.kernel.documents import load
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import text
from huiliu.services.test_journey import read_folder, try_folder

__all__ = ["try_cases"]

#: People of no zone live where the brand does; a case names the zone of its person.
_AROUND = Surroundings(zone="Asia/Shanghai")


def try_cases(
    path: Annotated[Path, Parameter(help=sentence("cli.journey.test.path"))],
    /,
    *,
    min_coverage: Annotated[float, Parameter(help=sentence("cli.journey.test.min_coverage"))] = 0.0,
    explain: Annotated[
        bool, Parameter(negative="", help=sentence("cli.journey.test.explain"))
    ] = False,
    json: Json = False,
) -> int:
    """Run cases and end with 0 where all of them hold, else with 2."""
    only, files = _files(path)
    folder = read_folder(files)
    if not folder.suites:
        raise BadInput((Problem(str(path), text("cases.no_tests")),))
    done = try_folder(folder, _AROUND, only=only, tells=explain)
    if not done:
        raise BadInput((Problem(str(path), text("cases.no_tests")),))
    too_little = [each for each in done if each.coverage < min_coverage]
    if json:
        ok = all(each.ok for each in done) and not too_little
        emit({"ok": ok, "journeys": [_as_json(each) for each in done]})
    else:
        for each in done:
            _say(each, min_coverage)
    return 2 if too_little or not all(each.ok for each in done) else 0


def _files(path: Path) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the journey that is meant ("" = all), and the documents of the folder."""
    if not path.exists():
        raise NotFound("file", str(path))
    folder = path if path.is_dir() else path.parent
    pattern = "**/*.y*ml" if path.is_dir() else "*.y*ml"
    names = sorted(each for each in folder.glob(pattern) if each.suffix in {".yaml", ".yml"})
    if path.is_file() and path not in names:
        names.append(path)
    files = [(str(name), _read(name)) for name in names]
    if path.is_dir():
        return "", files
    tree = load(_read(path)).tree
    return str(tree.get("journey" if tree.get("kind") == "test" else "slug", "")), files


def _read(path: Path) -> bytes:
    """Return what a file holds."""
    try:
        return path.read_bytes()
    except OSError as fault:
        problem = Problem(str(path), text("journeys.unreadable", cause=cause_of(fault)))
        raise BadInput((problem,)) from fault


def _as_json(done: Tested) -> dict[str, object]:
    """Return what became of a journey's cases as JSON."""
    return {
        "journey": done.journey,
        "ok": done.ok,
        "cases": [_case(result) for result in done.results],
        "coverage": {
            "percent": round(done.coverage, 1),
            "nodes_never_passed": list(done.missing_nodes),
            "ways_never_taken": [
                {"node": node, "way": way.field, "to": way.to} for node, way in done.missing_ways
            ],
        },
    }


def _case(result: Result) -> dict[str, object]:
    """Return one case as JSON."""
    return {
        "name": result.case.name,
        "test": result.suite,
        "line": result.case.line,
        "ok": result.ok,
        "failures": [
            {"path": failure.path, "text": sentence(failure.text)} for failure in result.failures
        ],
        "happened": [
            {"at": told.at, "node": told.node, "text": sentence(told.text)} for told in result.told
        ],
    }


def _say(done: Tested, wanted: float) -> None:
    """Print what became of a journey's cases."""
    for result in done.results:
        if result.ok:
            say(text("cases.case_ok", name=result.case.name))
        else:
            say(text("cases.case_failed", name=result.case.name, suite=result.suite,
                     line=result.case.line))  # fmt: skip
        for failure in result.failures:
            say(f"    {failure.path}: {sentence(failure.text)}")
        if result.told:
            say(f"    {sentence(text('cases.happened'))}")
        for told in result.told:
            say(f"      {told.at}  {told.node}  {sentence(told.text)}")
    n_bad = sum(not result.ok for result in done.results)
    n = len(done.results)
    coverage = f"{done.coverage:.1f}"
    if n_bad:
        say(text("cases.not_ok", journey=done.journey, bad=n_bad, n=n))
    else:
        say(text("cases.ok", journey=done.journey, n=n, coverage=coverage))
    _say_missing(done)
    if done.coverage < wanted:
        said = text("cases.too_little", journey=done.journey, coverage=coverage, want=wanted)
        say(said)


def _say_missing(done: Tested) -> None:
    """Print what no case passes."""
    never: Sequence[str] = done.missing_nodes
    for node in never:
        say(text("cases.never_node", node=node))
    ways: Iterable[tuple[str, str, str]] = (
        (node, way.field, way.to) for node, way in done.missing_ways if node not in never
    )
    for node, field, to in ways:
        say(text("cases.never_way", node=node, way=field, to=to))
