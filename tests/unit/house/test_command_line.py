"""What the command line says and how it ends."""

from __future__ import annotations

import json

import pytest

from huiliu.cli import run
from huiliu.cli.errors import ENDINGS, UNKNOWN, ending, report, tell
from huiliu.kernel.errors import BadInput, BadSetting, Conflict, NotFound, Problem
from huiliu.kernel.texts import text


def test_every_problem_of_bad_input_is_told_with_its_path_and_line() -> None:
    """A user mends a file once, not once a problem."""
    fault = BadInput(
        (
            Problem("nodes.wait.for", text("init.not_empty"), line=7),
            Problem("name", text("init.not_empty")),
        )
    )

    said = [str(line) for line in tell(fault)]

    assert said[0].startswith("line 7, nodes.wait.for: ")
    assert said[1].startswith("name: ")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (BadInput(()), 2),
        (NotFound("segment", "vip"), 3),
        (Conflict("version", 3, 4), 4),
        (BadSetting("port", "x", "is no whole number"), 78),
        (KeyError("oops"), 70),
    ],
)
def test_an_error_ends_the_command_with_its_exit_code(fault: Exception, code: int) -> None:
    """Scripts can tell bad input from a missing thing from a broken machine."""
    assert ending(fault).code == code


def test_every_ending_can_be_told_from_the_errors_own_attributes() -> None:
    """No ending's text asks for a value that its error does not have."""
    for kind in ENDINGS:
        assert ENDINGS[kind].key.startswith("error.")
    assert "segment" in str(tell(NotFound("segment", "vip"))[0])


def test_an_error_is_the_one_json_value_when_json_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A program that reads standard output always finds exactly one value."""
    code = report(NotFound("segment", "vip"), json=True)

    out = json.loads(capsys.readouterr().out)
    assert code == 3
    assert out["error"]["kind"] == "NotFound"


def test_a_problem_of_a_whole_file_has_no_empty_place() -> None:
    """A document that is no map has a line and no path; one that is no text has neither."""
    said = text("setting.no_port")
    fault = BadInput((Problem("", said, 1), Problem("", said), Problem("a", said, 2)))

    assert [str(line) for line in tell(fault)] == [
        "line 1: is no port",
        "is no port",
        "line 2, a: is no port",
    ]


def test_an_unknown_error_says_how_to_report_it(capsys: pytest.CaptureFixture[str]) -> None:
    """A fault of the program is never blamed on the user."""
    code = report(RuntimeError("broken"), json=False)

    assert code == UNKNOWN.code
    assert "RuntimeError: broken" in capsys.readouterr().err


def test_an_unknown_command_is_bad_input_and_names_the_help(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A slip of the fingers costs one line, not a page."""
    code = run(["jurney", "check"])

    said = capsys.readouterr().err
    assert code == 2
    assert "`jurney`" in said
    assert "huiliu --help" in said


def test_help_names_every_verb_without_importing_any(capsys: pytest.CaptureFixture[str]) -> None:
    """`huiliu --help` is fast: verbs are imported when they are asked for."""
    code = run(["--help"])

    shown = capsys.readouterr().out
    assert code == 0
    assert "segment" in shown
    assert "doctor" in shown
