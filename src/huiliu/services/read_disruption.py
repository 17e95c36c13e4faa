"""Reads what a form, a server or a terminal says of a disrupted region."""

from __future__ import annotations

from collections.abc import Mapping

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant
from huiliu.services.regions import NewDisruption

__all__ = ["read_disruption"]


def read_disruption(said: Mapping[str, str], zone: str) -> NewDisruption:
    """Return what was said; times without an offset are in `zone`, "" = now and open.

    Args:
        said: region, country, from, until, note; each may be left out.
        zone: an IANA name.

    Raises:
        BadInput: a time is none.
    """
    problems: list[Problem] = []
    times: dict[str, int | None] = {}
    for name in ("from", "until"):
        written = said.get(name, "").strip()
        times[name] = as_instant(written, zone) if written else None
        if written and times[name] is None:
            problems.append(Problem(name, text("conditions.want_moment")))
    if problems:
        raise BadInput(tuple(problems))
    return NewDisruption(
        said.get("region", ""), said.get("country", ""), times["from"], times["until"],
        said.get("note", ""),
    )  # fmt: skip
