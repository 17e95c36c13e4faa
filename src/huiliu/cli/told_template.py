"""What was seen in a template or a brief, as one JSON value; both are read from files here."""

from __future__ import annotations

from pathlib import Path

from huiliu.cli.language import sentence
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import text
from huiliu.messages.brief import Brief, parse_brief
from huiliu.services.look_at_template import Looked

__all__ = ["read_brief", "read_bytes", "tell_looked"]


def tell_looked(seen: Looked) -> dict[str, object]:
    """Return what was seen in a template."""
    return {
        "template": seen.template.slug if seen.template else None,
        "brief": seen.brief.slug if seen.brief else None,
        "problems": [
            {"path": one.path, "line": one.line, "text": sentence(one.text)}
            for one in seen.problems
        ],
        "findings": [
            {
                "severity": one.severity,
                "path": one.path,
                "line": one.line,
                "rule": one.text.key.removeprefix("lint."),
                "text": sentence(one.text),
            }
            for one in seen.findings
        ],
        "sms": [
            {
                "variant": one.variant,
                "locale": one.locale,
                "parts": one.length.n_parts,
                "units": one.length.n_units,
                "encoding": one.length.encoding,
                "cost": None if one.cost is None else float(one.cost),
            }
            for one in seen.sizes
        ],
    }


def read_bytes(file: Path) -> bytes:
    """Return what a file holds.

    Raises:
        NotFound: there is no such file.
        BadInput: it cannot be read.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError as fault:
        raise NotFound("file", str(file)) from fault
    except OSError as fault:
        said = text("channels.no_file", details=cause_of(fault))
        raise BadInput((Problem(str(file), said),)) from fault


def read_brief(file: Path) -> Brief:
    """Return the brief of a file; raise BadInput with the file's name before each path."""
    try:
        return parse_brief(read_bytes(file))
    except BadInput as fault:
        raise BadInput(
            tuple(Problem(f"{file}: {one.path}", one.text, one.line) for one in fault.problems)
        ) from fault
