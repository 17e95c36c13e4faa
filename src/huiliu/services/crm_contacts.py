"""Contacts that come in from another tool, by the map by which ours go out to it.

A contact becomes an ordinary identify event and, where it says so, consent events. What it says
that is known already changes nothing; what it was told a moment ago and says back is an echo.
Neither goes back to where it came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from huiliu.forwarding.items import ORIGIN
from huiliu.forwarding.signing import verify
from huiliu.governance.normalisation import normalise
from huiliu.kernel.errors import BadInput, Problem, Unauthorised
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import digest
from huiliu.kernel.texts import text
from huiliu.kernel.times import SECOND, show_instant
from huiliu.ports.destinations import DestinationRow
from huiliu.ports.people import ProfileRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.ingest import accept
from huiliu.services.outgoing import ECHO, field_hash
from huiliu.services.personal import vault_token
from huiliu.services.read_contacts import Contact, ContactsTaken, read_contact
from huiliu.services.read_table import read_table
from huiliu.services.told import Told, read_told

__all__ = ["ContactsTaken", "import_contacts", "take_contacts", "take_signed"]

_MOST: Final = 1_000
_BATCH: Final = 500


def take_signed(
    world: World, name: str, headers: Mapping[str, str], body: bytes
) -> tuple[DestinationRow, ContactsTaken]:
    """Take contacts of a request that a destination's secret signed.

    The secret says which brand is meant, as names are of one brand only.

    Raises:
        Unauthorised: no secret of a destination of this name signed it, or not lately.
        BadInput: it holds no contacts.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        rows = [one for one in tx.destinations.all() if one.name == name]
    row = next(
        (one for one in rows
         if one.settings.format == "webhook"
         and verify(one.settings.secrets, headers, body, now // SECOND)), None,
    )  # fmt: skip
    if row is None:
        raise Unauthorised("signature")
    try:
        given = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise BadInput((Problem("", text("api.not_an_object")),)) from fault
    contacts = given.get("contacts")
    if not isinstance(contacts, list) or len(contacts) > _MOST:
        raise BadInput((Problem("contacts", text("destinations.not_contacts", limit=_MOST)),))
    numbered = [(f"contacts[{at}]", 0, one) for at, one in enumerate(contacts)]
    return row, take_contacts(world, row, numbered, headers["webhook-id"])


def import_contacts(world: World, brand_id: int, name: str, data: bytes) -> ContactsTaken:
    """Take the contacts of a CSV file whose headers are the receiver's names of fields.

    Raises:
        NotFound: there is no such destination.
        BadInput: the file as a whole cannot be used.
    """
    with world.store.system() as tx:
        row = tx.destinations.get(brand_id, name)
    lines = read_table(data)
    header = [one.strip() for one in lines[0][1]]
    numbered = [
        ("", line, {theirs: cell.strip() for theirs, cell in zip(header, cells, strict=False)
                    if cell.strip()})
        for line, cells in lines[1:]
    ]  # fmt: skip
    taken = ContactsTaken()
    for start in range(0, len(numbered), _BATCH):
        some = numbered[start : start + _BATCH]
        # The same file again says nothing new, so its messages need no ids that last.
        part = take_contacts(world, row, some, f"file {world.clock.now()} {start}")
        taken.n_changed += part.n_changed
        taken.n_same += part.n_same
        taken.problems += part.problems
        taken.ignored = sorted({*taken.ignored, *part.ignored})
    return taken


def take_contacts(
    world: World, row: DestinationRow, given: Sequence[tuple[str, int, Any]], message: str
) -> ContactsTaken:
    """Take contacts, each (path, line, object), of one message; repeated, it changes nothing.

    Args:
        world: the instance.
        row: the destination that they come from.
        given: the contacts.
        message: the id of the message that brought them.
    """
    now = world.clock.now()
    taken = ContactsTaken()
    sources = row.settings.sources
    read = [read_contact(*one, sources, taken) for one in given]
    contacts = [one for one in read if one is not None]
    with world.store.system() as tx:
        calls = _calls(tx, world, row, contacts, taken, message, now)
        if calls:
            accepted = accept(
                tx, world, row.brand_id, [call for _, call in calls], received_at=now,
                historical=False,
            )  # fmt: skip
            for at, problem in accepted.problems:
                where = calls[at][0]
                taken.problems.append(
                    Problem(f"{where.path}.{problem.path}".strip("."), problem.text, where.line)
                )
    return taken


def _calls(  # noqa: PLR0913, PLR0917 - what came, and what it is held against
    tx: Tx,
    world: World,
    row: DestinationRow,
    contacts: Sequence[Contact],
    taken: ContactsTaken,
    message: str,
    now: int,
) -> list[tuple[Contact, dict[str, Any]]]:
    """Return the calls of what is new, each with its contact."""
    brand_id = row.brand_id
    keys = {
        (at, type_): world.secrets.identifier_key(brand_id, int(type_), normalise(type_, one) or "")
        for at, contact in enumerate(contacts)
        for type_, one in contact.identifiers.items()
    }
    whose = tx.people.resolve(brand_id, set(keys.values()))
    known = tx.people.present(brand_id, {one.profile_id for one in contacts if one.profile_id})
    people = {
        at: next(
            (whose[keys[at, type_]] for type_ in sorted(contact.identifiers)
             if keys[at, type_] in whose), known.get(contact.profile_id, 0),
        )
        for at, contact in enumerate(contacts)
    }  # fmt: skip
    ids = sorted({one for one in people.values() if one})
    profiles = tx.people.profiles(brand_id, ids)
    consents = tx.people.consents(brand_id, ids)
    told = tx.destinations.told(brand_id, row.name, ids)
    calls: list[tuple[Contact, dict[str, Any]]] = []
    for at, contact in enumerate(contacts):
        me = people[at]
        names = contact.identifiers or _names_of(tx, brand_id, me)
        if not names:
            taken.problems.append(Problem(contact.path, text("destinations.nobody"), contact.line))
            continue
        before = read_told(told.get(me, b""))
        changed = _changed(world, row, contact, profiles.get(me), before, now)
        held = consents.get(me, {})
        turned = {
            which: state
            for which, (theirs, state) in contact.consents.items()
            if held.get(which) != state and not _is_echo(world, row, before, theirs, state, now)
        }
        is_new = any(keys[at, type_] not in whose for type_ in contact.identifiers)
        is_same = not changed and not turned and not is_new and me in profiles
        taken.n_same += is_same
        taken.n_changed += not is_same
        if not is_same:
            calls += [
                (contact, one) for one in _messages(row, names, changed, turned, (message, at), now)
            ]
    return calls


def _names_of(tx: Tx, brand_id: int, me: int) -> dict[IdentifierType, str]:
    """Return a name by which a person who was named by our id only can be written to the log."""
    if not me:
        return {}
    held = tx.people.identifiers(brand_id, [me]).get(me, [])
    clear = tx.vault.reveal(brand_id, {me: [one.key for one, _ in held]})
    named = {one.type: clear[me, one.key] for one, _ in held if (me, one.key) in clear}
    return {min(named): named[min(named)]} if named else {}


def _changed(
    world: World,
    row: DestinationRow,
    contact: Contact,
    profile: ProfileRow | None,
    told: Told,
    now: int,
) -> dict[str, Any]:
    """Return the traits that a contact says differently from what is known and was told."""
    found: dict[str, Any] = {}
    for name, (theirs, value) in contact.traits.items():
        token = (
            vault_token(world.secrets, row.brand_id, name, str(value))
            if isinstance(value, str | int | float)
            else None
        )
        held = profile.traits.get(name) if profile is not None else None
        is_known = held is not None and held[0] == (value if token is None else token)
        # A file writes numbers and switches as texts.
        is_known = is_known or (
            held is not None and token is None and _written(held[0]) == _written(value)
        )
        if not is_known and not _is_echo(world, row, told, theirs, value, now):
            found[name] = value
    return found


def _written(value: object) -> str:
    """Return a value as a file would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _is_echo(
    world: World, row: DestinationRow, told: Told, theirs: str, value: object, now: int
) -> bool:
    """Say whether a value is one that the tool was told a moment ago."""
    hashed = field_hash(world, row.brand_id, row.name, theirs, value)
    return told.was_told(theirs, hashed, now - ECHO)


def _messages(
    row: DestinationRow,
    names: Mapping[IdentifierType, str],
    changed: Mapping[str, Any],
    turned: Mapping[tuple[str, str], str],
    message: tuple[str, int],
    now: int,
) -> list[dict[str, Any]]:
    """Return the identify call, and one call for each consent that turned."""
    context = {
        "library": {"name": f"{ORIGIN}{row.name}"},
        "externalIds": [{"type": type_.word, "id": one} for type_, one in names.items()],
    }

    def call(kind: str, nth: object, **more: Any) -> dict[str, Any]:
        """Return one call that a repeat of the message makes again."""
        key = digest("crm", row.brand_id, row.name, *message, nth).hex()
        return {"type": kind, "messageId": key, "timestamp": show_instant(now),
                "context": context, **more}  # fmt: skip

    found = [call("identify", "", traits=dict(changed))]
    for (channel, purpose), state in sorted(turned.items()):
        event = "Consent Granted" if state == "granted" else "Consent Withdrawn"
        said = {"channel": channel, "purpose": purpose, "method": "crm", "source": row.name}
        found.append(call("track", f"{channel} {purpose}", event=event, properties=said))
    return found
