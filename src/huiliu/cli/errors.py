"""The one table that turns errors into exit codes, and how each is told."""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass
from typing import Final

import msgspec
from cyclopts import CycloptsError
from cyclopts.exceptions import (
    CoercionError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from huiliu.cli.language import sentence
from huiliu.kernel.errors import (
    AwaitsApproval,
    BadInput,
    BadSetting,
    Conflict,
    DeliveryFailed,
    EngineFailed,
    Forbidden,
    InUse,
    NotFound,
    NotRedeemed,
    Occupied,
    Overtaken,
    PlatformFailed,
    Problem,
    Refused,
    ShopFailed,
    Unauthorised,
    Unavailable,
    Unsupported,
)
from huiliu.kernel.texts import Text, catalogue, text

__all__ = ["ENDINGS", "UNKNOWN", "Ending", "ending", "report", "report_usage", "tell"]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a command ends after an error: its exit code, and the text that tells it.

    The text's arguments are the error's own attributes.
    """

    code: int
    key: str


#: Every error of the tree; the codes above 63 are those of sysexits(3).
ENDINGS: Final[dict[type[Exception], Ending]] = {
    BadInput: Ending(2, "error.problem"),
    Unauthorised: Ending(2, "error.unauthorised"),
    Forbidden: Ending(2, "error.forbidden"),
    Unsupported: Ending(2, "error.unsupported"),
    NotFound: Ending(3, "error.not_found"),
    Conflict: Ending(4, "error.conflict"),
    Occupied: Ending(4, "error.occupied"),
    InUse: Ending(4, "error.in_use"),
    Overtaken: Ending(4, "error.overtaken"),
    AwaitsApproval: Ending(4, "error.awaits_approval"),
    Refused: Ending(4, "error.refused"),
    NotRedeemed: Ending(4, "error.refused"),
    DeliveryFailed: Ending(69, "error.delivery_failed"),
    ShopFailed: Ending(69, "error.shop_failed"),
    PlatformFailed: Ending(69, "error.platform_failed"),
    EngineFailed: Ending(69, "error.engine_failed"),
    Unavailable: Ending(69, "error.unavailable"),
    BadSetting: Ending(78, "error.bad_setting"),
}

#: An error that Huiliu cannot name: a fault of the program, to be reported.
UNKNOWN: Final = Ending(70, "error.unknown")


def ending(fault: BaseException) -> Ending:
    """Return how a command ends after this error."""
    for kind in type(fault).__mro__:
        if kind in ENDINGS:
            return ENDINGS[kind]
    return UNKNOWN


def tell(fault: BaseException) -> list[Text]:
    """Return what a person is told of an error, a line each: all problems, not only the first."""
    if isinstance(fault, BadInput):
        return [_problem(problem) for problem in fault.problems]
    found = ending(fault)
    if found is UNKNOWN:
        return [text(found.key, kind=type(fault).__name__, words=str(fault))]
    told = [text(found.key, **vars(fault) | _named(fault))]
    if isinstance(fault, Overtaken):
        told += [text("error.overtaken_change", change=change) for change in fault.changes]
    return told


def _named(fault: BaseException) -> dict[str, object]:
    """Return the kind of thing that an error is about in the reader's language, if it has one."""
    if isinstance(fault, AwaitsApproval):
        names = ", ".join(sentence(f"departments.{one}") for one in fault.departments)
        return {"names": names, "risk": text(f"risk.class.{fault.risk}")}
    key = f"error.kind.{getattr(fault, 'kind', '')}".replace(" ", "_")
    return {"kind": text(key)} if key in catalogue("en") else {}


def _problem(found: Problem) -> Text:
    """Return where a problem is, as far as that is known, and what it is."""
    if not found.path:
        line = text("error.line_problem", line=found.line, problem=found.text)
        return line if found.line else found.text
    if found.line:
        return text("error.problem_line", path=found.path, line=found.line, problem=found.text)
    return text("error.problem", path=found.path, problem=found.text)


def report(fault: Exception, *, json: bool) -> int:
    """Tell the error on standard error, and as the one JSON value if asked; return the code."""
    found = ending(fault)
    if found is UNKNOWN:
        sys.stderr.write("".join(traceback.format_exception(fault)))
    lines = [sentence(line) for line in tell(fault)]
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    if json:
        more = {"decision": fault.decision} if isinstance(fault, AwaitsApproval) else {}
        _emit_error(type(fault).__name__ if found is not UNKNOWN else "Unknown", lines, **more)
    return found.code


def report_usage(fault: CycloptsError, *, json: bool) -> int:
    """Tell what is wrong with the command's own words; that is bad input too."""
    lines = [sentence(_usage(fault)), sentence(text("cli.usage.see_help"))]
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    if json:
        _emit_error("BadInput", lines[:1])
    return ENDINGS[BadInput].code


def _emit_error(kind: str, lines: list[str], **more: int) -> None:
    """Print the error as the one JSON value of the command."""
    value = {"error": {"kind": kind, "messages": lines, **more}}
    sys.stdout.write(msgspec.json.encode(value).decode("utf-8") + "\n")


def _usage(fault: CycloptsError) -> Text:
    """Return what is wrong with the words, as a text of the catalogues."""
    name = fault.argument.name if fault.argument is not None else ""
    unused = " ".join(fault.unused_tokens or ())
    match fault:
        case UnknownCommandError():
            return text("cli.usage.unknown_command", word=unused.partition(" ")[0])
        case UnknownOptionError():
            return text("cli.usage.unknown_option", word=fault.token.keyword or fault.token.value)
        case UnusedCliTokensError():
            return text("cli.usage.too_many", words=unused)
        case MissingArgumentError():
            return text("cli.usage.missing", name=name)
        case RepeatArgumentError():
            return text("cli.usage.repeated", name=name)
        case CoercionError():
            value = fault.token.value if fault.token is not None else ""
            return text("cli.usage.wrong_kind", name=name, value=value)
        case _:
            return text("cli.usage.other", words=str(fault))
