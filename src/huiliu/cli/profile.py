"""`huiliu profile`: who a person is, what may not be merged, and a wrong merge taken apart."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import House, open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_instant
from huiliu.ports.people import ConsentRow, MergeRow
from huiliu.services.find_profile import find_profile, find_profile_by
from huiliu.services.list_conflicts import Conflict, list_conflicts
from huiliu.services.show_profile import PersonView, reveal_profile, show_profile
from huiliu.services.timeline import Happened, timeline
from huiliu.services.unmerge import unmerge

__all__ = ["app"]

_BRAND = 1
#: Who looked, in the list of actions: whoever can open the instance's folder.
_OPERATOR = 0
_EVENTS = 20

app = App(name="profile", help=sentence("cli.profile.help"))


@app.command(help=sentence("cli.profile.show.help"))
def show(
    profile: str = "",
    /,
    *,
    by: Annotated[str, Parameter(help=sentence("cli.profile.by"))] = "",
    events: Annotated[int, Parameter(help=sentence("cli.profile.events"))] = _EVENTS,
    reveal: Annotated[bool, Parameter(negative="", help=sentence("cli.profile.reveal"))] = False,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print a person: identifiers, traits, consents, segments, merges, latest events."""
    if bool(profile) == bool(by):
        raise BadInput((Problem("PROFILE", text("profile.one_of")),))
    with open_instance(instance) as house:
        house.catch_up()
        found = find_profile_by(house.world, _BRAND, by) if by else find_profile(profile)
        shown = _shown(house, found, events, reveal=reveal)
    if json:
        emit(shown)
    else:
        _print(shown)


@app.command(help=sentence("cli.profile.conflicts.help"))
def conflicts(profile: str = "", /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print the merges that were refused, latest first."""
    with open_instance(instance) as house:
        house.catch_up()
        asked = find_profile(profile) if profile else None
        found = list_conflicts(house.world, _BRAND, asked)
    if json:
        emit([_conflict(each) for each in found])
        return
    if not found:
        say(text("profile.no_conflicts"))
        return
    words = ("got_event", "pointed_to", "identifier", "why_not", "times", "last_at")
    table([text(f"profile.{word}") for word in words], (
        (show_profile_id(each.row.profile_id),
         show_profile_id(each.row.other) if each.row.other else "-",
         f"{each.row.identifier.type.word} {each.masked}".strip(), _reason(each),
         each.row.n_seen, show_instant(each.row.last_at))
        for each in found
    ))  # fmt: skip


@app.command(name="unmerge", help=sentence("cli.profile.unmerge.help"))
def unmerge_(profile: str, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a merge back; the two stay apart from now on."""
    with open_instance(instance) as house:
        house.catch_up()
        found = unmerge(house.world, _BRAND, find_profile(profile))
        house.catch_up()
    restored, left = show_profile_id(found.restored), show_profile_id(found.left)
    if json:
        emit({"restored": restored, "left": left, "ids": [show_profile_id(i) for i in found.ids]})
    else:
        say(text("profile.unmerged", restored=restored, left=left))


def _shown(house: House, found: int, n_events: int, *, reveal: bool) -> dict[str, object]:
    """Return all that is printed of a person."""
    world = house.world
    view = (
        reveal_profile(world, _BRAND, found, _OPERATOR)
        if reveal
        else show_profile(world, _BRAND, found)
    )
    present = view.profile.profile_id
    with world.store.transaction(_BRAND) as tx:
        merges = tx.people.merges(_BRAND, present)
        ledger = tx.people.consent_history(_BRAND, present)
    page = timeline(world, _BRAND, present, limit=n_events)
    return {
        "profile_id": show_profile_id(present),
        "number": present,
        "first_seen_at": show_instant(view.profile.first_seen_at),
        "last_seen_at": show_instant(view.profile.last_seen_at),
        **_known(view),
        "consents": [_consent(row) for row in ledger],
        "segments": list(view.segments),
        "merged": [_merge(row) for row in merges],
        "events": [_event(each) for each in page.happened],
    }


def _known(view: PersonView) -> dict[str, object]:
    """Return identifiers and traits; masked values stay masked."""
    return {
        "identifiers": [{"type": one.type.word, "value": one.value} for one in view.identifiers],
        "traits": {one.name: one.value for one in view.traits},
    }


def _consent(row: ConsentRow) -> dict[str, object]:
    """Return one row of the ledger."""
    return {
        "channel": row.channel, "purpose": row.purpose, "state": row.state,
        "at": show_instant(row.occurred_at), "method": row.method, "evidence": dict(row.evidence),
    }  # fmt: skip


def _merge(row: MergeRow) -> dict[str, object]:
    """Return one merge."""
    return {
        "profile_id": show_profile_id(row.gone), "into": show_profile_id(row.into),
        "at": show_instant(row.merged_at),
    }  # fmt: skip


def _event(one: Happened) -> dict[str, object]:
    """Return one event."""
    return {
        "event": one.event.name, "at": show_instant(one.event.occurred_at),
        "position": one.position, "properties": dict(one.properties), "traits": dict(one.traits),
    }  # fmt: skip


def _conflict(each: Conflict) -> dict[str, object]:
    """Return one refused merge."""
    row = each.row
    return {
        "profile_id": show_profile_id(row.profile_id),
        "other": show_profile_id(row.other) if row.other else None,
        "type": row.identifier.type.word,
        "value": each.masked,
        "limit": row.limit_type.word if row.limit_type else None,
        "reason": "limit" if row.limit_type else "unmerged",
        "first_at": show_instant(row.first_at),
        "last_at": show_instant(row.last_at),
        "times": row.n_seen,
    }


def _reason(each: Conflict) -> Text:
    """Return why the two may not be one."""
    if each.row.limit_type is None:
        return text("profile.kept_apart")
    return text("profile.limit_of", type=each.row.limit_type.word)


def _print(shown: dict[str, object]) -> None:
    """Print a person for people."""
    say(text(
        "profile.head", id=shown["profile_id"], first=shown["first_seen_at"],
        last=shown["last_seen_at"],
    ))  # fmt: skip
    _section("profile.identifiers", shown["identifiers"], ("type", "value"))
    traits = shown["traits"]
    assert isinstance(traits, dict)
    rows = [{"name": name, "value": value} for name, value in traits.items()]
    _section("profile.traits", rows, ("name", "value"))
    _section("profile.consents", shown["consents"], ("at", "channel", "purpose", "state", "method"))
    segments = shown["segments"]
    assert isinstance(segments, list)
    _section("profile.segments", [{"name": name} for name in segments], ("name",))
    _section("profile.merged", shown["merged"], ("profile_id", "into", "at"))
    _section("profile.events", shown["events"], ("at", "event", "properties"))


def _section(heading: str, rows: object, columns: tuple[str, ...]) -> None:
    """Print one list under its heading, if there is anything in it."""
    assert isinstance(rows, list)
    if not rows:
        return
    say("")
    say(text(heading))
    table(
        [text(f"profile.column.{column}") for column in columns],
        ([row[column] for column in columns] for row in rows),
    )
