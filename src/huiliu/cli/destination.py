"""`huiliu destination`: where people, consents and events go besides."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import render, text
from huiliu.kernel.times import show_instant
from huiliu.services.crm_contacts import import_contacts
from huiliu.services.destinations import (
    DestinationView,
    destinations,
    discard_dead,
    pause_destination,
    remove_destination,
    replay_destination,
    resume_destination,
    retry_dead,
    save_destination,
    show_destination,
    try_destination,
)

__all__ = ["app"]

_BRAND = 1
_MOST_BAD = 20

app = App(name="destination", help=sentence("cli.destination.help"))


@app.command(help=sentence("cli.destination.apply.help"))
def apply(
    file: Annotated[Path, Parameter(help=sentence("cli.destination.file"))],
    /,
    *,
    begin: Annotated[str, Parameter(name="--from", help=sentence("cli.destination.from"))] = "now",
    secret_file: Annotated[
        Path | None,
        Parameter(help=sentence("cli.destination.secret_file"), allow_leading_hyphen=True),
    ] = None,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Store the destination of a JSON file; a webhook without a secret gets a fresh one."""
    given = _settings(file)
    if secret_file is not None:
        given["secret"] = _secret(secret_file)
    with open_instance(instance) as house:
        house.catch_up()
        made = save_destination(house.world, _BRAND, given, begin=begin)
    if json:
        emit({"name": made.row.name, "format": made.row.settings.format,
              "secret": made.secret or None})  # fmt: skip
        return
    say(text("destinations.saved", name=made.row.name))
    if made.secret:
        say(text("destinations.secret_once", secret=made.secret))


@app.command(name="list", help=sentence("cli.destination.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print every destination and how it fares."""
    with open_instance(instance) as house:
        found = destinations(house.world, _BRAND)
    if json:
        emit([_as_json(one) for one in found])
        return
    headings = (text("destinations.name"), text("destinations.format"), text("destinations.state"),
                text("destinations.sent"), text("destinations.behind"),
                text("destinations.parked"), text("destinations.dead"))  # fmt: skip
    table(headings, (
        (one.row.name, one.row.settings.format, text(f"destinations.state.{one.state}"),
         one.row.n_sent, one.backlog.n_events, one.backlog.n_waiting, one.backlog.n_dead)
        for one in found
    ))  # fmt: skip


@app.command(help=sentence("cli.destination.show.help"))
def show(name: str, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print one destination, what waits and what was given up."""
    with open_instance(instance) as house:
        found = show_destination(house.world, _BRAND, name)
    if json:
        emit(_as_json(found) | {"settings": found.settings})
        return
    for key, value in found.settings.items():
        if value:
            words = ", ".join(value) if isinstance(value, tuple) else value
            say(f"{key}: {words}")
    say(text("destinations.fares", state=text(f"destinations.state.{found.state}"),
             n=found.backlog.n_events, waiting=found.backlog.n_waiting,
             dead=found.backlog.n_dead))  # fmt: skip
    if found.row.last_error:
        say(text("destinations.last_error", words=found.row.last_error,
                 at=show_instant(found.row.last_error_at or 0)))  # fmt: skip


@app.command(name="test", help=sentence("cli.destination.test.help"))
def try_(name: str, /, *, instance: Instance = HERE, json: Json = False) -> int:
    """Send one test and print the answer; exit 69 when it was not taken."""
    with open_instance(instance) as house:
        done = try_destination(house.world, _BRAND, name)
    if json:
        emit({"taken": done.is_taken, "status": done.status, "response": done.words or None})
    else:
        said = "destinations.test_taken" if done.is_taken else "destinations.test_refused"
        say(text(said, words=done.words or "-"))
    return 0 if done.is_taken else 69


@app.command(help=sentence("cli.destination.pause.help"))
def pause(name: str, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Send nothing until it is resumed."""
    with open_instance(instance) as house:
        pause_destination(house.world, _BRAND, name)
    _done(name, "paused", json=json)


@app.command(help=sentence("cli.destination.resume.help"))
def resume(name: str, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Go on where it stands."""
    with open_instance(instance) as house:
        resume_destination(house.world, _BRAND, name)
    _done(name, "live", json=json)


@app.command(help=sentence("cli.destination.replay.help"))
def replay(
    name: str,
    /,
    *,
    begin: Annotated[str, Parameter(name="--from", help=sentence("cli.destination.from"))],
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Send everything again from a point on."""
    with open_instance(instance) as house:
        row = replay_destination(house.world, _BRAND, name, begin)
    if json:
        emit({"name": name, "next_offset": row.next_offset})
    else:
        say(text("destinations.replaying", name=name, offset=row.next_offset))


@app.command(help=sentence("cli.destination.retry.help"))
def retry(name: str, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Let what was given up wait again."""
    with open_instance(instance) as house:
        n_done = retry_dead(house.world, _BRAND, name)
    _counted(name, "retried", n_done, json=json)


@app.command(help=sentence("cli.destination.discard.help"))
def discard(name: str, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Forget what was given up."""
    with open_instance(instance) as house:
        n_done = discard_dead(house.world, _BRAND, name)
    _counted(name, "discarded", n_done, json=json)


@app.command(help=sentence("cli.destination.remove.help"))
def remove(name: str, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Forget a destination with all that waits for it."""
    with open_instance(instance) as house:
        remove_destination(house.world, _BRAND, name)
    _done(name, "removed", json=json)


@app.command(help=sentence("cli.destination.contacts.help"))
def contacts(
    name: str,
    file: Annotated[Path, Parameter(help=sentence("cli.destination.contacts_file"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Take in the contacts of a CSV file by the destination's map."""
    data = _read(file)
    with open_instance(instance) as house:
        house.catch_up()
        done = import_contacts(house.world, _BRAND, name, data)
        house.catch_up()
    if json:
        emit({
            "changed": done.n_changed, "same": done.n_same, "ignored_fields": done.ignored,
            "problems": [
                {"line": one.line, "path": one.path, "message": render(one.text, "en")}
                for one in done.problems
            ],
        })  # fmt: skip
        return
    for one in done.problems[:_MOST_BAD]:
        say(text("products.bad_row", line=one.line, path=one.path, words=one.text))
    say(text("destinations.contacts_taken", changed=done.n_changed, same=done.n_same,
             bad=len(done.problems)))  # fmt: skip


def _done(name: str, state: str, *, json: bool) -> None:
    """Say how a destination stands now."""
    if json:
        emit({"name": name, "state": state})
    else:
        say(text("destinations.now", name=name, state=text(f"destinations.state.{state}")))


def _counted(name: str, what: str, n_done: int, *, json: bool) -> None:
    """Say how many facts something was done with."""
    if json:
        emit({"name": name, what: n_done})
    else:
        say(text(f"destinations.{what}", name=name, n=n_done))


def _as_json(one: DestinationView) -> dict[str, object]:
    """Return a destination as data; nothing of its secrets."""
    row = one.row
    return {
        "name": row.name, "format": row.settings.format, "url": row.settings.url or None,
        "state": one.state, "reason": row.reason or None, "sent": row.n_sent,
        "behind": one.backlog.n_events, "waiting": one.backlog.n_waiting,
        "dead": one.backlog.n_dead, "last_error": row.last_error or None,
        "last_ok_at": show_instant(row.last_ok_at) if row.last_ok_at else None,
    }  # fmt: skip


def _settings(file: Path) -> dict[str, Any]:
    """Return the settings of a JSON file.

    Raises:
        BadInput: it holds no object.
    """
    try:
        return msgspec.json.decode(_read(file), type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        problem = Problem(str(file), text("api.not_an_object"))
        raise BadInput((problem,)) from fault


def _read(file: Path) -> bytes:
    """Return a file's bytes.

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


def _secret(path: Path) -> str:
    """Return the first line of a file, or of standard input for `-`."""
    if str(path) == "-":
        return sys.stdin.readline().rstrip("\n")
    return _read(path).decode("utf-8", "replace").partition("\n")[0].strip()
