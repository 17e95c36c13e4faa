"""`huiliu policy`: quiet hours, caps, attention and fatigue are looked at, tried and applied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cyclopts import App

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import local_datetime
from huiliu.messages.odds import Tired, odds_of
from huiliu.messages.policy_document import parse_policy
from huiliu.ports.policy import OddsRow
from huiliu.services.count_odds import count_odds
from huiliu.services.policy_view import check_policy, policy_view
from huiliu.services.policy_what_if import WhatIf, Would, what_if
from huiliu.services.publish import publish
from huiliu.services.tell_policy import TIRING, fatigue_json, policy_json, what_if_json

__all__ = ["app"]

_BRAND = 1

app = App(name="policy", help=sentence("cli.policy.help"))


@app.command(help=sentence("cli.policy.show.help"))
def show(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the policy in force: its document, and the campaign forms in use."""
    with open_instance(instance) as house:
        view = policy_view(house.world, _BRAND)
        zone = house.world.zone
    if json:
        emit(policy_json(view))
        return
    if not view.version:
        say(text("policy.from_settings"))
    say(view.source.rstrip("\n"))
    if view.forms:
        headings = (text("policy.form"), text("policy.form_since"), text("policy.form_n"),
                    text("policy.form_state"))  # fmt: skip
        table(headings, (
            (one.form, f"{local_datetime(one.since, zone):%Y-%m-%d}", one.n,
             text("policy.worn") if one.is_worn else text("policy.fresh"))
            for one in view.forms
        ))  # fmt: skip


@app.command(help=sentence("cli.policy.check.help"))
def check(
    file: Path,
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Say whether a policy could go live, and what its caps would have done lately."""
    source = _read(file)
    with open_instance(instance) as house:
        policy = check_policy(house.world, _BRAND, source)
        found = what_if(house.world, _BRAND, policy.rules)
    if json:
        emit({"slug": policy.slug, "what_if": what_if_json(found)})
        return
    say(text("policy.ok"))
    _tell(found)


@app.command(help=sentence("cli.policy.apply.help"))
def apply(file: Path, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Make a policy live: every message is decided by it from now on."""
    source = _read(file)
    with open_instance(instance) as house:
        done = publish(house.world, _BRAND, source, "cli", kind="policy")
    if json:
        emit({"slug": done.slug, "version": done.version, "new": done.is_new})
    else:
        say(text("policy.applied" if done.is_new else "policy.unchanged", version=done.version))


@app.command(name="what-if", help=sentence("cli.policy.what_if.help"))
def what_if_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print what caps did in the last weeks, and what one number a week would have done."""
    with open_instance(instance) as house:
        found = what_if(house.world, _BRAND)
    if json:
        emit(what_if_json(found))
    else:
        _tell(found)


@app.command(help=sentence("cli.policy.fatigue.help"))
def fatigue(*, instance: Instance = HERE, json: Json = False) -> None:
    """Count how messages fare, and find how the hazard of an opt-out grows with them."""
    with open_instance(instance) as house:
        house.catch_up()
        row = count_odds(house.world, _BRAND)
        attention = policy_view(house.world, _BRAND).rules.attention
    told = fatigue_json(row, attention.remaining, attention.margin)
    if json:
        emit(told)
        return
    if not row.cells:
        say(text("policy.nothing_counted"))
        return
    headings = (text("policy.channel"), text("policy.messages"), text("policy.converted"),
                text("policy.opted_out"))  # fmt: skip
    table(headings, _counts(row))
    for channel in sorted({cell.channel for cell in row.cells} - set(row.hazards)):
        say(text("policy.no_hazard", channel=channel))
    if row.hazards:
        table((text("policy.channel"), text("policy.had"), text("policy.hazard")), _hazards(row))


def _counts(row: OddsRow) -> Iterator[tuple[object, ...]]:
    """Return a line for each channel: messages, and how many converted and left."""
    odds = odds_of(row.cells, {})
    for channel in sorted({cell.channel for cell in row.cells}):
        n = sum(cell.n for cell in row.cells if cell.channel == channel)
        yield (
            channel, n, f"{odds.convert('', '', channel):.3%}",
            f"{odds.opt_out('', channel, Tired()):.3%}",
        )  # fmt: skip


def _hazards(row: OddsRow) -> Iterator[tuple[object, ...]]:
    """Return a line for each channel and how much somebody had."""
    for channel, hazard in sorted(row.hazards.items()):
        for one in TIRING:
            had = text("policy.had_so_much", day=one.day, week=one.week, month=one.month)
            yield channel, had, f"{hazard.at(one):.3%}"


def _tell(found: WhatIf) -> None:
    """Print what caps did and would have done."""
    if not found.now.n_asked:
        say(text("policy.nothing_asked", days=found.days))
        return
    say(text("policy.what_if", days=found.days, n=found.now.n_asked, people=found.n_people))
    if found.one_in > 1:
        say(text("policy.sampled", n=found.one_in))
    rows: list[tuple[Text | str, Would]] = [(text("policy.caps_now"), found.now)]
    if found.then is not None:
        rows.append((text("policy.caps_then"), found.then))
    rows += [(text("policy.caps_week", n=n), one) for n, one in found.ladder.items()]
    headings = (text("policy.caps"), text("policy.sent"), text("policy.held"),
                text("policy.people_held"), text("policy.busiest"))  # fmt: skip
    table(headings, (
        (name, one.n_sent, one.n_asked - one.n_sent, one.n_people,
         f"{one.week_median} / {one.week_ninth} / {one.week_most}")
        for name, one in rows
    ))  # fmt: skip


def _read(file: Path) -> bytes:
    """Return a file that holds a policy.

    Raises:
        NotFound: there is no such file.
        BadInput: it cannot be read, or holds no policy; with the file's name before each path.
    """
    try:
        source = file.read_bytes()
    except FileNotFoundError as fault:
        raise NotFound("file", str(file)) from fault
    except OSError as fault:
        said = text("channels.no_file", details=cause_of(fault))
        raise BadInput((Problem(str(file), said),)) from fault
    found = parse_policy(source)
    if isinstance(found, tuple):
        raise BadInput(tuple(Problem(f"{file}: {one.path}", one.text, one.line) for one in found))
    return source
