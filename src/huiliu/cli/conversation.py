"""`huiliu conversation`: who waits for an answer, what was said, and answering it."""

from __future__ import annotations

import sys
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import House, open_instance
from huiliu.cli.asked_person import asked_person
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.messages.conversing import STATES
from huiliu.ports.conversations import ConversationFilter
from huiliu.services.conversation_data import listing_json, row_json, thread_json
from huiliu.services.converse import By, answer, assign, note, set_state, settle_dispute
from huiliu.services.find_people import find_person
from huiliu.services.inbox import list_conversations, open_thread
from huiliu.services.staff_tasks import read_task_id

__all__ = ["app"]

_BRAND = 1
_BY = By(0, "cli")
_OPERATOR = 0
_STANDARD_INPUT = "-"

app = App(name="conversation", help=sentence("cli.conversation.help"))

Person = Annotated[str, Parameter(help=sentence("cli.conversation.person"))]
Words = Annotated[str, Parameter(help=sentence("cli.conversation.words"))]
Key = Annotated[str, Parameter(help=sentence("cli.conversation.key"))]


@app.command(name="list", help=sentence("cli.conversation.list.help"))
def list_(
    *,
    state: Annotated[str, Parameter(help=sentence("cli.conversation.state"))] = "",
    channel: Annotated[str, Parameter(help=sentence("cli.conversation.channel"))] = "",
    limit: Annotated[int, Parameter(help=sentence("cli.conversation.limit"))] = 50,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print conversations, those who wait longest for an answer first."""
    _check_state(state, may_be_any=True)
    if not 1 <= limit <= 1_000:
        raise BadInput((Problem("limit", text("conversations.want_limit")),))
    with open_instance(instance) as house:
        house.catch_up()
        asked = ConversationFilter(state, channel)
        found = list_conversations(house.world, _BRAND, asked, limit=limit)
    if json:
        emit(listing_json(found))
        return
    words = ("person", "state", "channel", "waits", "assignee")
    table([text(f"conversations.column.{word}") for word in words], (
        (
            show_profile_id(one.row.profile_id),
            text(f"console.conversations.state.{one.row.state}"), one.row.channel,
            show_instant(one.row.unanswered_since) if one.row.unanswered_since else "-",
            found.users.get(one.row.assignee, "-"),
        )
        for one in found.rows
    ))  # fmt: skip


@app.command(help=sentence("cli.conversation.show.help"))
def show(person: Person, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print what was said with somebody; that it was read is written down."""
    with open_instance(instance) as house:
        found = open_thread(house.world, _BRAND, _asked(house, person), _OPERATOR)
        now = house.world.clock.now()
    if json:
        emit(thread_json(found, now))
        return
    words = ("at", "kind", "channel", "text", "status")
    table([text(f"conversations.column.{word}") for word in words], (
        (
            show_instant(one.row.at), text(f"conversations.kind.{one.row.kind}"),
            one.row.channel or "-", one.words or one.row.what,
            " ".join(filter(None, (one.status, one.reason))) or "-",
        )
        for one in found.lines
    ))  # fmt: skip


@app.command(name="answer", help=sentence("cli.conversation.answer.help"))
def answer_(
    person: Person,
    words: Words = _STANDARD_INPUT,
    /,
    *,
    channel: Annotated[str, Parameter(help=sentence("cli.conversation.by"))] = "",
    key: Key = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Put an answer into the outbox; a running `serve` sends it."""
    said = _read(words)
    with open_instance(instance) as house:
        profile = _asked(house, person)
        number = answer(house.world, _BRAND, profile, said, _BY, channel=channel, key=key)
        house.catch_up()
    if json:
        emit({"message_id": show_id(number)})
    else:
        say(text("conversations.answered", message=show_id(number)))


@app.command(name="note", help=sentence("cli.conversation.note.help"))
def note_(
    person: Person,
    words: Words = _STANDARD_INPUT,
    /,
    *,
    key: Key = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Keep a note that only staff read."""
    said = _read(words)
    with open_instance(instance) as house:
        number = note(house.world, _BRAND, _asked(house, person), said, _BY, key=key)
    if json:
        emit({"line_id": show_id(number)})
    else:
        say(text("conversations.noted"))


@app.command(name="assign", help=sentence("cli.conversation.assign.help"))
def assign_(
    person: Person,
    user: Annotated[int, Parameter(help=sentence("cli.conversation.user"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Let a user look after a conversation; 0 = nobody."""
    with open_instance(instance) as house:
        row = assign(house.world, _BRAND, _asked(house, person), user, _BY)
    if json:
        emit(row_json(row, {}))
    else:
        say(text("conversations.assigned", person=show_profile_id(row.profile_id), user=user))


@app.command(name="set", help=sentence("cli.conversation.set.help"))
def set_(
    person: Person,
    state: Annotated[str, Parameter(help=sentence("cli.conversation.to"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Open a conversation, let it wait for the person, or close it."""
    _check_state(state, may_be_any=False)
    with open_instance(instance) as house:
        row = set_state(house.world, _BRAND, _asked(house, person), state, _BY)
        house.catch_up()
    if json:
        emit(row_json(row, {}))
    else:
        told = text(f"console.conversations.state.{row.state}")
        say(text("conversations.set", person=show_profile_id(row.profile_id), state=told))


@app.command(name="settle", help=sentence("cli.conversation.settle.help"))
def settle_(
    person: Person,
    dispute: Annotated[str, Parameter(help=sentence("cli.conversation.dispute"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Say that a dispute is settled, where the shop does not tell."""
    with open_instance(instance) as house:
        settle_dispute(house.world, _BRAND, _asked(house, person), read_task_id(dispute), _BY)
        house.catch_up()
    if json:
        emit({"dispute_id": dispute, "settled": True})
    else:
        say(text("conversations.settled"))


def _asked(house: House, person: str) -> int:
    """Return the person whom an id or identifier names, as of the log's end."""
    house.catch_up()
    if "=" in person:
        return asked_person(house.world, _BRAND, person)
    found = find_person(house.world, _BRAND, person)
    if found is None:
        raise NotFound("profile", person)
    return found


def _read(words: str) -> str:
    """Return what is said, read from standard input where it is `-`."""
    return sys.stdin.read() if words == _STANDARD_INPUT else words


def _check_state(state: str, *, may_be_any: bool) -> None:
    """Raise BadInput for a word that is no state."""
    if state not in STATES and not (may_be_any and not state):
        said = text("conversations.no_state", known=", ".join(STATES))
        raise BadInput((Problem("state", said),))
