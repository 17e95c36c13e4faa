"""`huiliu import`: load a source's file or folder into the log."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Annotated, BinaryIO, Self

import msgspec
from cyclopts import Parameter

from huiliu.bootstrap import House, open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import bar, emit, say
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.ports.sources import Reject
from huiliu.services.import_source import Watch, import_source
from huiliu.sources import SOURCES

__all__ = ["Report", "import_"]

_BRAND = 1


def import_(
    source: Annotated[str, Parameter(help=sentence("cli.import.source"))],
    path: Annotated[Path, Parameter(help=sentence("cli.import.path"))],
    /,
    *,
    map_: Annotated[Path | None, Parameter(name="--map", help=sentence("cli.import.map"))] = None,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Load events and orders; run again, it goes on where it stopped and loads nothing twice."""
    if source not in SOURCES:
        said = text("sources.unknown", name=source, known=", ".join(SOURCES))
        raise BadInput((Problem("SOURCE", said),))
    # Before anything is started: most mistakes are a wrong path.
    n_total = SOURCES[source].size(path)
    with (
        open_instance(instance) as house,
        Report(_report_path(house, source)) as report,
        bar() as shown,
    ):
        task = shown.add_task(sentence(text("cli.import.reading", name=path.name)), total=n_total)
        watch = Watch(progress=lambda done: shown.update(task, completed=done), rejected=report.add)
        done = import_source(house.world, _BRAND, source, path, map_, watch)
        shown.update(task, completed=n_total)
    counts = {"events": done.n_events, "known": done.n_known, "rejected": done.n_rejected}
    where = str(report.path) if report.n_rows else None
    if json:
        emit({"source": source, **counts, "report": where})
        return
    say(text("cli.import.done", **counts))
    if where:
        say(text("cli.import.report", path=where))


class Report(AbstractContextManager["Report"]):
    """The rejected rows of one run, a JSON object a line; no rows, no file."""

    def __init__(self, path: Path) -> None:
        """Hold the path; the first row makes the file."""
        self.path = path
        self.n_rows = 0
        self._file: BinaryIO | None = None

    def add(self, reject: Reject) -> None:
        """Write one row: where it stands and why it cannot be used, never what it holds."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("wb")
        self.n_rows += 1
        row = {
            "file": reject.file,
            "line": reject.line,
            "field": reject.problem.path,
            "code": reject.problem.text.key,
            "reason": sentence(reject.problem.text),
        }
        self._file.write(msgspec.json.encode(row) + b"\n")

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def _report_path(house: House, source: str) -> Path:
    """Return a name of its own for this run's report."""
    stamp = re.sub(r"\D", "", show_instant(house.world.clock.now()))[:20]
    return house.folder.root / "imports" / f"{source}-{stamp}.jsonl"
