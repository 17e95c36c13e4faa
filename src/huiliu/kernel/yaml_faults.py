"""What is wrong with the syntax of a YAML source, in words that help to put it right.

The reader of YAML speaks English, and of its own inside; its commonest complaints are told apart
here and said in the reader's language.
"""

from __future__ import annotations

import re
from typing import Final

from ruamel.yaml.error import MarkedYAMLError

from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text

__all__ = ["problem_of"]

_COLON: Final = "documents.yaml.colon"
#: (what it was doing, what it complains of, key): the first that fits both.
_FAULTS: Final = tuple(
    (re.compile(doing), re.compile(problem), key)
    for doing, problem, key in (
        ("", r"found character '\\t' that cannot start", "documents.yaml.tab"),
        ("", r"found character '(?P<found>.*)' that cannot start", "documents.yaml.start"),
        ("", "could not find expected ':'", _COLON),
        ("", "mapping values are not allowed|found unexpected ':'", "documents.yaml.second_colon"),
        ("", "(sequence entries|mapping keys) are not allowed", "documents.yaml.entry"),
        ("quoted scalar", "end of stream|document separator", "documents.yaml.quote"),
        ("quoted", r"unknown escape character '(?P<found>.*)'", "documents.yaml.escape"),
        ("quoted", "expected escape sequence", "documents.yaml.escape"),
        ("block (collection|mapping)", "expected <block end>", "documents.yaml.indent"),
        ("flow sequence", "expected ',' or", "documents.yaml.list"),
        ("flow mapping", "expected ',' or", "documents.yaml.map"),
        ("block scalar", "", "documents.yaml.lines"),
        ("", "more indented follow up line", "documents.yaml.lines"),
        ("", "expected the node content", "documents.yaml.value"),
        ("", "expected '<document start>'", "documents.yaml.rest"),
    )
)


def problem_of(fault: MarkedYAMLError) -> Problem:
    """Return where the syntax breaks, what is wrong there and what was expected."""
    problem, doing = fault.problem or "", fault.context or ""
    line = fault.problem_mark.line + 1 if fault.problem_mark else 0
    column = fault.problem_mark.column + 1 if fault.problem_mark else 1
    begun = fault.context_mark.line + 1 if fault.context_mark else line
    for asked, complaint, key in _FAULTS:
        found = complaint.search(problem)
        if found and asked.search(doing):
            char = found.groupdict().get("found") or ""
            # That a colon is missing is noticed only after the line that lacks it.
            at = begun if key == _COLON else line
            return Problem("", text(key, column=column, begun=begun, found=char), at)
    return Problem("", text("documents.broken", details=problem or doing), line)
