"""Destinations as operators keep them: set up, tried, paused, moved back in the log, removed."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from huiliu.forwarding.destination import Destination, read_destination
from huiliu.forwarding.formats import FORMATS
from huiliu.forwarding.formats.base import Outgoing
from huiliu.forwarding.signing import PREFIX
from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import MINUTE, as_instant
from huiliu.ports.console import Action
from huiliu.ports.destinations import Backlog, DestinationRow, Parked
from huiliu.ports.exports import ExportFile
from huiliu.ports.log import PROJECTOR
from huiliu.ports.world import World
from huiliu.services.deliver import Fate, deliver
from huiliu.services.outgoing import shown_id

__all__ = [
    "DestinationView",
    "Saved",
    "Tried",
    "destinations",
    "discard_dead",
    "new_secret",
    "pause_destination",
    "read_file",
    "remove_destination",
    "replay_destination",
    "resume_destination",
    "retry_dead",
    "save_destination",
    "show_destination",
    "try_destination",
]

_SHOWN: Final = 50
_SECRET_BYTES: Final = 32
#: Positions are given at commit, so an event may be received a little before its neighbour.
_MARGIN: Final = MINUTE


@dataclass(frozen=True, slots=True)
class DestinationView:
    """One destination and how it fares; its secrets are left out."""

    row: DestinationRow
    backlog: Backlog
    waiting: Sequence[Parked] = ()
    dead: Sequence[Parked] = ()
    files: Sequence[ExportFile] = ()

    @property
    def settings(self) -> dict[str, Any]:
        """Return the settings without what signs or lets in."""
        found = {name: getattr(self.row.settings, name) for name in Destination.__struct_fields__}
        return {name: value for name, value in found.items() if "secret" not in name}

    @property
    def state(self) -> str:
        """Return live, paused or failing."""
        if self.row.state == "live" and self.row.n_failures:
            return "failing"
        return self.row.state


@dataclass(frozen=True, slots=True)
class Saved:
    """A destination that was stored."""

    row: DestinationRow
    #: The secret that was made for it, to be shown this once; "" = it was given, or stood before.
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a receiver said to a test."""

    is_taken: bool
    status: int
    words: str


def new_secret() -> str:
    """Return a fresh secret of the Standard Webhooks specification."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def save_destination(
    world: World,
    brand_id: int,
    given: Mapping[str, Any],  # as a form or JSON says it
    *,
    user_id: int = 0,
    begin: str = "now",
    is_new: bool | None = None,
) -> Saved:
    """Store a destination; one of that name is changed, and goes on where it stands.

    A webhook without a secret gets a fresh one.

    Args:
        world: the instance.
        brand_id: whose destination.
        given: its settings; what is not said stays as it was.
        user_id: who does it.
        begin: `now`, `start`, or an instant: from where in the log a new one begins.
        is_new: True = there must be none of that name, False = there must be one.

    Raises:
        BadInput: with everything that is wrong.
        Conflict: there is one of that name.
        NotFound: there is none.
    """
    name = str(given.get("name", ""))
    now = world.clock.now()
    with world.store.system() as tx:
        before = next((one for one in tx.destinations.all(brand_id) if one.name == name), None)
        if is_new and before is not None:
            raise Conflict(f"destination {name}", "none", "one")
        if is_new is False and before is None:
            raise NotFound("destination", name)
        said, secret = dict(given), ""
        if before is None and said.get("format") == "webhook" and not said.get("secret"):
            said["secret"] = secret = new_secret()
        settings = read_destination(said, before.settings if before else None)
        _check(world, settings)
        if before is not None:
            before = tx.destinations.lock(brand_id, name)
            row = replace(before, settings=settings, changed_at=now, due_at=0, n_failures=0,
                          failing_since=None)  # fmt: skip
        else:
            offset = _begin(tx.log.peek_cursor(PROJECTOR), begin, tx.destinations.offset_at)
            row = DestinationRow(
                brand_id, settings, "live", "", now, now, offset, offset,
                due_at=now + settings.every_us if settings.format == "csv" else 0,
            )  # fmt: skip
        tx.destinations.put(row)
        tx.console.record_action(Action(brand_id, now, user_id, "destination_saved", name))
    return Saved(row, secret)


def _check(world: World, settings: Destination) -> None:
    """Raise BadInput when the address can never be called."""
    fault = world.outbound.problem(settings.url) if settings.url else ""
    if fault:
        raise BadInput((Problem("url", text("destinations.bad_url", details=fault)),))


def _begin(projected: int, begin: str, offset_at: Any) -> int:  # a method of the store
    """Return the offset that a new destination begins at.

    Raises:
        BadInput: it is no instant.
    """
    if begin == "now":
        return projected
    if begin == "start":
        return 0
    instant = as_instant(begin)
    if instant is None:
        raise BadInput((Problem("from", text("destinations.not_a_start")),))
    return min(int(offset_at(instant - _MARGIN)), projected)


def destinations(world: World, brand_id: int) -> list[DestinationView]:
    """Return every destination of a brand, by name."""
    with world.store.system() as tx:
        projected = tx.log.peek_cursor(PROJECTOR)
        return [
            DestinationView(row, tx.destinations.backlog(row, projected))
            for row in tx.destinations.all(brand_id)
        ]


def show_destination(world: World, brand_id: int, name: str) -> DestinationView:
    """Return one destination with what waits, what was given up and its files.

    Raises:
        NotFound: there is none.
    """
    with world.store.system() as tx:
        row = tx.destinations.get(brand_id, name)
        backlog = tx.destinations.backlog(row, tx.log.peek_cursor(PROJECTOR))
        waiting = tx.destinations.parked(brand_id, name, "waiting", _SHOWN)
        dead = tx.destinations.parked(brand_id, name, "dead", _SHOWN)
    files = world.exports.files(brand_id, name) if row.settings.format == "csv" else []
    return DestinationView(row, backlog, waiting, dead, files[:_SHOWN])


def pause_destination(world: World, brand_id: int, name: str, user_id: int = 0) -> None:
    """Send nothing until it is resumed; what happens meanwhile is kept by the log."""
    _change(world, brand_id, name, user_id, "destination_paused", state="paused", reason="")


def resume_destination(world: World, brand_id: int, name: str, user_id: int = 0) -> None:
    """Go on where it stands, at once."""
    _change(
        world, brand_id, name, user_id, "destination_resumed", state="live", reason="", due_at=0,
        n_failures=0, failing_since=None,
    )  # fmt: skip


def replay_destination(
    world: World, brand_id: int, name: str, begin: str, user_id: int = 0
) -> DestinationRow:
    """Move a destination to a point in the log: everything from there on is sent again.

    Facts keep their ids, so a receiver that has them knows them.

    Raises:
        NotFound: there is none.
        BadInput: it is no instant.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        row = tx.destinations.lock(brand_id, name)
        offset = _begin(tx.log.peek_cursor(PROJECTOR), begin, tx.destinations.offset_at)
        instant = as_instant(begin) or (0 if begin == "start" else now)
        cursors = {tag: (min(at, instant), 0) if at > instant else (at, who)
                   for tag, (at, who) in row.tag_cursors.items()}  # fmt: skip
        row = replace(
            row, next_offset=offset, changed_at=now, tag_cursors=cursors, tags_due_at=0,
            due_at=0, n_failures=0, failing_since=None,
        )  # fmt: skip
        tx.destinations.put(row)
        # What was told counts no more: people are sent as they are, changed or not.
        tx.destinations.forget_told(brand_id, name, None)
        tx.console.record_action(Action(brand_id, now, user_id, "destination_replayed", name))
    return row


def remove_destination(world: World, brand_id: int, name: str, user_id: int = 0) -> None:
    """Forget a destination with all that waits for it; raise NotFound."""
    with world.store.system() as tx:
        tx.destinations.remove(brand_id, name)
        at = world.clock.now()
        tx.console.record_action(Action(brand_id, at, user_id, "destination_removed", name))


def retry_dead(world: World, brand_id: int, name: str, user_id: int = 0) -> int:
    """Let facts that were given up wait again; return how many."""
    with world.store.system() as tx:
        tx.destinations.lock(brand_id, name)
        at = world.clock.now()
        tx.console.record_action(Action(brand_id, at, user_id, "destination_retried", name))
        return tx.destinations.revive(brand_id, name, at)


def discard_dead(world: World, brand_id: int, name: str, user_id: int = 0) -> int:
    """Forget facts that were given up; return how many."""
    n_gone = 0
    with world.store.system() as tx:
        tx.destinations.lock(brand_id, name)
        while dead := tx.destinations.parked(brand_id, name, "dead", 1_000):
            tx.destinations.unpark(brand_id, name, [one.item_id for one in dead])
            n_gone += len(dead)
        at = world.clock.now()
        tx.console.record_action(Action(brand_id, at, user_id, "destination_discarded", name))
    return n_gone


def try_destination(world: World, brand_id: int, name: str) -> Tried:
    """Send a test that is about nobody, and return what the receiver said.

    Raises:
        NotFound: there is none.
        BadInput: it is a file, which nobody receives.
    """
    with world.store.system() as tx:
        row = tx.destinations.get(brand_id, name)
    if not FORMATS[row.settings.format].batch:
        raise BadInput((Problem("name", text("destinations.nothing_to_try")),))
    now = world.clock.now()
    fact = Outgoing(
        # A fresh id each time, so that a receiver does not take the second try for a repeat.
        id=shown_id(secrets.token_bytes(16)), type="test", profile=show_profile_id(0), at=now,
        names={}, data={"message": str(text("destinations.test_message"))},
    )  # fmt: skip
    done = deliver(world, row.settings, [(0, fact)], now)
    status, words = done.fault
    return Tried(done.fates == [Fate.TAKEN], status, words)


def read_file(
    world: World, brand_id: int, name: str, file: str, user_id: int = 0
) -> Iterator[bytes]:
    """Return a file of a destination piece by piece, and write down who took it.

    Raises:
        NotFound: there is no such file.
    """
    pieces = world.exports.read(brand_id, name, file)
    with world.store.system() as tx:
        tx.destinations.get(brand_id, name)
        at = world.clock.now()
        tx.console.record_action(Action(brand_id, at, user_id, "destination_file_read", file))
    return pieces


def _change(
    world: World, brand_id: int, name: str, user_id: int, what: str, **changed: Any
) -> None:
    """Change how a destination stands, and write down who did."""
    with world.store.system() as tx:
        row = tx.destinations.lock(brand_id, name)
        tx.destinations.put(replace(row, **changed))
        tx.console.record_action(Action(brand_id, world.clock.now(), user_id, what, name))
