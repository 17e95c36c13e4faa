"""`huiliu report white-paper`: a quarter's white paper as PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import LOCALES, text
from huiliu.reports.paper import paper_json
from huiliu.reports.quarter import Quarter
from huiliu.services.figures import today
from huiliu.services.white_paper import white_paper as write

__all__ = ["white_paper"]

_BRAND = 1


def white_paper(
    *,
    quarter: Annotated[str, Parameter(help=sentence("cli.white_paper.quarter"))],
    output: Annotated[
        Path | None, Parameter(name=("-o", "--output"), help=sentence("cli.white_paper.output"))
    ] = None,
    lang: Annotated[str, Parameter(help=sentence("cli.white_paper.lang"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Write a quarter's white paper as PDF, or print what stands in it as JSON."""
    chosen = Quarter.parse(quarter)
    if chosen is None:
        raise BadInput((Problem("--quarter", text("paper.bad_quarter", written=quarter)),))
    locale = lang or language()
    if locale not in LOCALES:
        raise BadInput((Problem("--lang", text("paper.bad_language", known=", ".join(LOCALES))),))
    if output is None and not json:
        raise BadInput((Problem("-o", text("paper.no_output")),))
    if output is not None and (output.is_dir() or not output.parent.is_dir()):
        # Said before the paper is written: that takes a while.
        said = text("files.is_folder" if output.is_dir() else "files.none")
        raise BadInput((Problem(str(output), text("init.cannot_write", cause=said)),))
    with open_instance(instance) as house:
        if chosen.first > today(house.world):
            said = text("paper.to_come", quarter=chosen.name)
            raise BadInput((Problem("--quarter", said),))
        house.catch_up()
        paper = write(house.world, _BRAND, chosen, locale)
        made = house.world.press.print(paper) if output else b""
    if output:
        try:
            output.write_bytes(made)
        except OSError as fault:
            problem = text("init.cannot_write", cause=cause_of(fault))
            raise BadInput((Problem(str(output), problem),)) from fault
    if json:
        emit(paper_json(paper))
    else:
        say(text("cli.white_paper.written", file=str(output), quarter=chosen.name,
                 version=paper.version, kilobytes=len(made) // 1024))  # fmt: skip
