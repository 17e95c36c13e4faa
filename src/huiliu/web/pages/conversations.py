"""The inbox: who waits for an answer, what was said with one person, and how they are answered."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_hex
from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.ids import parse_profile_id, show_profile_id
from huiliu.kernel.texts import Text
from huiliu.messages.conversing import STATES
from huiliu.messages.desk import ANSWERABLE, said_in
from huiliu.ports.conversations import ConversationFilter
from huiliu.services.converse import By, answer, assign, note, set_state, settle_dispute
from huiliu.services.inbox import Listing, Thread, list_conversations, open_thread
from huiliu.services.list_actions import record_action
from huiliu.web.doors import Visit
from huiliu.web.paging import person_mark, read_number, read_person
from huiliu.web.rendering import go, page

__all__ = [
    "change_state",
    "hand_over",
    "reply",
    "settle",
    "show",
    "show_latest",
    "show_list",
    "show_thread",
    "write_note",
]

_WHOSE: Final = ("", "me", "none")


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which conversations the list shows, as it stands in the address."""

    state: str
    whose: str
    channel: str

    @classmethod
    def read(cls, visit: Visit) -> _Asked:
        """Return what is asked for; nonsense asks for nothing."""
        given = {name: visit.ask(name) for name in ("state", "whose", "channel")}
        return cls(
            given["state"] if given["state"] in STATES else "",
            given["whose"] if given["whose"] in _WHOSE else "",
            given["channel"] if given["channel"] in ANSWERABLE else "",
        )

    @property
    def query(self) -> dict[str, object]:
        """Return it as a query string's names and values."""
        return {"state": self.state, "whose": self.whose, "channel": self.channel}

    def filter(self, user_id: int) -> ConversationFilter:
        """Return it as the store is asked."""
        mine = {"me": user_id, "none": 0}.get(self.whose)
        return ConversationFilter(self.state, self.channel, mine)


def show_list(visit: Visit) -> Response:
    """Show who waits for an answer, the longest wait first."""
    asked = _Asked.read(visit)
    return page(
        visit, "pages/conversations.html", section="conversations", thread=None,
        **_listed(visit, asked),
    )  # fmt: skip


def show_latest(visit: Visit) -> Response:
    """Show the list as it stands now, for the page that is open."""
    return page(visit, "partials/conversation_list.html", **_listed(visit, _Asked.read(visit)))


def show(visit: Visit) -> Response:
    """Show one conversation beside the list; that it was read is written down."""
    return _thread(visit)


def show_thread(visit: Visit) -> Response:
    """Show what is new in a conversation that is open."""
    found = open_thread(visit.world, visit.brand_id, _person(visit), None)
    return page(visit, "partials/conversation_thread.html", **_told(visit, found))


def reply(visit: Visit) -> Response:
    """Answer, or say why that cannot be; a second press of the button says nothing twice."""
    form, person = visit.form, _person(visit)
    try:
        answer(
            visit.world, visit.brand_id, person, form.get("text", ""), _by(visit),
            channel=form.get("channel", ""), key=form.get("once", "")[:64],
        )  # fmt: skip
    except BadInput as fault:
        return _thread(visit, fault, 422)
    _record(visit, "conversation_answered")
    return _back(visit)


def write_note(visit: Visit) -> Response:
    """Keep a note for the staff."""
    form = visit.form
    try:
        note(
            visit.world, visit.brand_id, _person(visit), form.get("text", ""), _by(visit),
            key=form.get("once", "")[:64],
        )  # fmt: skip
    except BadInput as fault:
        return _thread(visit, fault, 422)
    return _back(visit)


def hand_over(visit: Visit) -> Response:
    """Let a colleague, or nobody, look after a conversation."""
    user = read_number(visit.form.get("user", "")) or 0
    assign(visit.world, visit.brand_id, _person(visit), user, _by(visit))
    _record(visit, "conversation_assigned")
    return _back(visit)


def change_state(visit: Visit) -> Response:
    """Close a conversation, open it again, or let it wait for the person."""
    state = visit.form.get("to", "")
    set_state(visit.world, visit.brand_id, _person(visit), state, _by(visit))
    _record(visit, "conversation_moved")
    return _back(visit)


def settle(visit: Visit) -> Response:
    """Say that a dispute is settled."""
    try:
        dispute = bytes.fromhex(visit.form.get("dispute", ""))
    except ValueError as fault:
        raise NotFound("dispute", visit.form.get("dispute", "")[:64]) from fault
    settle_dispute(visit.world, visit.brand_id, _person(visit), dispute, _by(visit))
    _record(visit, "dispute_settled")
    return _back(visit)


def _thread(visit: Visit, fault: BadInput | None = None, status: int = 200) -> Response:
    """Show one conversation beside the list, with what was typed where it could not be done."""
    reader = visit.me.user.user_id if fault is None else None
    found = open_thread(visit.world, visit.brand_id, _person(visit), reader)
    return page(
        visit, "pages/conversations.html", status, section="conversations",
        **_listed(visit, _Asked.read(visit)), **_told(visit, found), once=token_hex(8),
        typed=visit.form.get("text", ""), typed_channel=visit.form.get("channel", ""),
        problems=[(one.path, one.text, one.line) for one in fault.problems] if fault else (),
        quick=[
            (one.slug, said_in(one.text, (found.locale, visit.locale)))
            for one in found.desk.quick_replies
        ],
    )  # fmt: skip


def _listed(visit: Visit, asked: _Asked) -> dict[str, object]:
    """Return what the list shows."""
    user = visit.me.user.user_id
    found: Listing = list_conversations(
        visit.world, visit.brand_id, asked.filter(user), user_id=user,
        before=read_person(visit.ask("before")),
    )  # fmt: skip
    chosen = visit.request.path_params.get("profile") or visit.ask("at")
    return {
        "found": found, "asked": asked, "older": person_mark(found.next), "chosen": chosen,
        "channels": ANSWERABLE, "before": visit.ask("before"),
    }  # fmt: skip


def _told(visit: Visit, found: Thread) -> dict[str, object]:
    """Return what a conversation shows."""
    now = visit.world.clock.now()
    faults: dict[str, Text | None] = {one.channel: one.fault(now) for one in found.ways}
    return {"thread": found, "faults": faults, "now": now, "me_id": visit.me.user.user_id}


def _person(visit: Visit) -> int:
    """Return whose conversation it is; raise NotFound."""
    found = parse_profile_id(visit.path("profile"))
    if found is None:
        raise NotFound("conversation", visit.path("profile")[:80])
    return found


def _by(visit: Visit) -> By:
    """Return who does it."""
    return By(visit.me.user.user_id)


def _record(visit: Visit, what: str) -> None:
    """Write down what was done."""
    shown = show_profile_id(_person(visit))
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, shown)


def _back(visit: Visit) -> Response:
    """Show the conversation again, with the list as it was."""
    return go(f"/conversations/{visit.path('profile')}", **_Asked.read(visit).query)
