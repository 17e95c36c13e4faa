"""The command line: a verb a file, reached through the table only and imported when asked for."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from cyclopts import App, CycloptsError

from huiliu import __version__

# By another name: the verb `report` is a module of this package, and would stand in its place.
from huiliu.cli.errors import report as tell_fault
from huiliu.cli.errors import report_usage
from huiliu.cli.language import choose_language, sentence
from huiliu.cli.noted import noted_subject, noting

__all__ = ["VERBS", "Verb", "build", "main", "run"]


@dataclass(frozen=True, slots=True)
class Verb:
    """One word of the command line and where it is done."""

    name: str
    #: `module:attribute`: a function, or an App that holds a verb's own verbs.
    place: str


VERBS = (
    Verb("init", "huiliu.cli.init:init"),
    Verb("serve", "huiliu.cli.serve:serve"),
    Verb("demo", "huiliu.cli.demo:demo"),
    Verb("doctor", "huiliu.cli.doctor:doctor"),
    Verb("settings", "huiliu.cli.settings:settings"),
    Verb("key", "huiliu.cli.key:app"),
    Verb("user", "huiliu.cli.user:app"),
    Verb("import", "huiliu.cli.import_:import_"),
    Verb("sql", "huiliu.cli.sql:sql"),
    Verb("post", "huiliu.cli.post:app"),
    Verb("profile", "huiliu.cli.profile:app"),
    Verb("why", "huiliu.cli.why:why"),
    Verb("segment", "huiliu.cli.segment:app"),
    Verb("tag", "huiliu.cli.tag:app"),
    Verb("list", "huiliu.cli.list_:app"),
    Verb("form", "huiliu.cli.form:app"),
    Verb("interview", "huiliu.cli.interview:app"),
    Verb("conversation", "huiliu.cli.conversation:app"),
    Verb("region", "huiliu.cli.region:app"),
    Verb("wechat", "huiliu.cli.official:app"),
    Verb("wecom", "huiliu.cli.wecom:app"),
    Verb("journey", "huiliu.cli.journey:app"),
    Verb("plan", "huiliu.cli.plan:plan"),
    Verb("apply", "huiliu.cli.apply:apply"),
    Verb("export", "huiliu.cli.export:export"),
    Verb("brief", "huiliu.cli.brief:app"),
    Verb("ads", "huiliu.cli.ads:app"),
    Verb("content", "huiliu.cli.content:app"),
    Verb("group", "huiliu.cli.group:app"),
    Verb("live", "huiliu.cli.live:app"),
    Verb("template", "huiliu.cli.template:app"),
    Verb("pack", "huiliu.cli.pack:app"),
    Verb("target", "huiliu.cli.target:app"),
    Verb("points", "huiliu.cli.points:app"),
    Verb("referral", "huiliu.cli.referral:app"),
    Verb("rollout", "huiliu.cli.rollout:app"),
    Verb("card", "huiliu.cli.card:app"),
    Verb("metric", "huiliu.cli.metric:app"),
    Verb("cost", "huiliu.cli.cost:app"),
    Verb("experiment", "huiliu.cli.experiment:app"),
    Verb("holdout", "huiliu.cli.holdout:app"),
    Verb("attribution", "huiliu.cli.attribution:attribution"),
    Verb("funnel", "huiliu.cli.funnel:app"),
    Verb("paths", "huiliu.cli.paths:app"),
    Verb("rfm", "huiliu.cli.rfm:rfm"),
    Verb("clv", "huiliu.cli.clv:clv"),
    Verb("guard", "huiliu.cli.guard:app"),
    Verb("drill", "huiliu.cli.drill:drill"),
    Verb("decision", "huiliu.cli.decision:app"),
    Verb("audit", "huiliu.cli.audit:app"),
    Verb("channel", "huiliu.cli.channel:app"),
    Verb("push", "huiliu.cli.push:app"),
    Verb("inapp", "huiliu.cli.inapp:app"),
    Verb("message", "huiliu.cli.message:app"),
    Verb("domain", "huiliu.cli.domain:app"),
    Verb("consent", "huiliu.cli.consent:app"),
    Verb("suppression", "huiliu.cli.suppression:app"),
    Verb("policy", "huiliu.cli.policy:app"),
    Verb("tier", "huiliu.cli.tier:app"),
    Verb("promotion", "huiliu.cli.promotion:app"),
    Verb("coupon", "huiliu.cli.coupon:app"),
    Verb("reward", "huiliu.cli.reward:app"),
    Verb("product", "huiliu.cli.product:app"),
    Verb("code", "huiliu.cli.code:app"),
    Verb("report", "huiliu.cli.report:app"),
    Verb("notice", "huiliu.cli.notice:app"),
    Verb("destination", "huiliu.cli.destination:app"),
    Verb("shop", "huiliu.cli.shop:app"),
    Verb("warehouse", "huiliu.cli.warehouse:app"),
    Verb("world", "huiliu.cli.world:app"),
    Verb("fakes", "huiliu.cli.fakes:fakes"),
    Verb("bench", "huiliu.cli.bench:bench"),
)


def build() -> App:
    """Return the command line with every verb of the table, none of them imported yet."""
    app = App(
        name="huiliu",
        help=sentence("cli.help"),
        version=__version__,
        help_format="plaintext",
        result_action="return_value",
    )
    for verb in VERBS:
        app.command(verb.place, name=verb.name, help=sentence(f"cli.{verb.name}.help"))
    return app


def run(words: Sequence[str]) -> int:
    """Do what the words say and return the exit code; errors are told on standard error."""
    ordered = _instance_last(words)
    choose_language(ordered)
    as_json = "--json" in ordered
    try:
        with noting(noted_subject(ordered)):
            code = build()(ordered, exit_on_error=False, print_error=False)
    except CycloptsError as fault:
        return report_usage(fault, json=as_json)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`huiliu ... | head`): nothing is left to say.
        sys.stderr.close()
        return 0
    except Exception as fault:  # noqa: BLE001 - the outermost loop: every error gets its exit code
        return tell_fault(fault, json=as_json)
    return code if isinstance(code, int) else 0


def main() -> None:
    """Run the command line of this process and end it with the exit code.

    SIGTERM ends a command as Ctrl-C does, so what it started (PostgreSQL) is stopped too.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _leave(run(sys.argv[1:]))


def _leave(code: int) -> NoReturn:
    """End the process without taking the interpreter apart.

    All that a command opened it has closed. Threads of DuckDB, Arrow and granian that are just
    letting go of Python when it goes away abort the process after everything was done.
    """
    # What the interpreter itself does first, in its order; there is no public way to it.
    threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001
    atexit._run_exitfuncs()  # noqa: SLF001
    for stream in (sys.stdout, sys.stderr):
        # Closed where the reader went away.
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _instance_last(words: Sequence[str]) -> list[str]:
    """Return the words with a leading `--instance DIR` moved behind the verb that takes it."""
    ordered = list(words)
    if ordered and ordered[0].startswith("--instance="):
        return [*ordered[1:], ordered[0]]
    if len(ordered) > 1 and ordered[0] == "--instance":
        return [*ordered[2:], *ordered[:2]]
    return ordered
