"""What people show of what they bought: the queue, and what becomes of each post."""

from __future__ import annotations

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, Conflict
from huiliu.kernel.ids import show_profile_id
from huiliu.rewards.post import REASONS, STATES, WAITING
from huiliu.services.find_people import find_person
from huiliu.services.list_actions import record_action
from huiliu.services.moderate_posts import (
    approve_post,
    list_posts,
    open_file,
    read_post_id,
    refuse_post,
    withdraw_post,
)
from huiliu.services.post_data import shown_points
from huiliu.services.post_links import post_link
from huiliu.web.doors import Visit
from huiliu.web.paging import message_mark, read_message
from huiliu.web.ranges import ranged
from huiliu.web.rendering import go, page

__all__ = ["approve", "make_link", "refuse", "show_file", "show_list", "withdraw"]


def show_list(visit: Visit) -> Response:
    """Show posts in a state; at first those that wait, the oldest first."""
    return _list(visit, visit.ask("state"))


def show_file(visit: Visit) -> Response:
    """Show a photo or a video of a post."""
    with visit.world.store.transaction(visit.brand_id) as tx:
        row = tx.posts.get(visit.brand_id, read_post_id(visit.path("post")))
        media_type, data = open_file(tx, visit.world, row, visit.path("name"))
    return ranged(visit.request, media_type, data)


def approve(visit: Visit) -> Response:
    """Approve a post."""
    post_id = read_post_id(visit.path("post"))
    try:
        approve_post(visit.world, visit.brand_id, post_id, _by(visit))
    except Conflict:
        return _list(visit, WAITING, 409)
    return _done(visit, "post_approved", WAITING)


def refuse(visit: Visit) -> Response:
    """Refuse a post for one of the reasons."""
    post_id, state = read_post_id(visit.path("post")), visit.form.get("state", WAITING)
    reason = visit.form.get("reason", "")
    try:
        refuse_post(visit.world, visit.brand_id, post_id, _by(visit), reason)
    except Conflict:
        return _list(visit, state, 409)
    except BadInput as fault:
        return _list(visit, state, 422, fault)
    return _done(visit, "post_refused", state)


def withdraw(visit: Visit) -> Response:
    """Take a post back, as its person asked."""
    state = visit.form.get("state", WAITING)
    try:
        withdraw_post(visit.world, visit.brand_id, read_post_id(visit.path("post")), _by(visit))
    except Conflict:
        return _list(visit, state, 409)
    return _done(visit, "post_withdrawn", state)


def make_link(visit: Visit) -> Response:
    """Show the link by which a person shows what they bought."""
    typed = visit.form.get("person", "")
    person = find_person(visit.world, visit.brand_id, typed)
    if person is None:
        return _list(visit, WAITING, 404, no_person=typed)
    now = visit.world.clock.now()
    try:
        url = post_link(
            visit.world, visit.brand_id, person, visit.form.get("order_id", "").strip(), now
        )
    except BadInput as fault:
        return _list(visit, WAITING, 422, fault)
    record_action(
        visit.world, visit.brand_id, visit.me.user.user_id, "post_link_made",
        show_profile_id(person),
    )  # fmt: skip
    return _list(visit, WAITING, url=url)


def _list(
    visit: Visit,
    state: str,
    status: int = 200,
    fault: BadInput | None = None,
    url: str = "",
    no_person: str = "",
) -> Response:
    """Show posts in a state."""
    chosen = state if state in STATES else WAITING
    found = list_posts(
        visit.world, visit.brand_id, chosen, read_message(visit.ask("before")), visit.locale
    )
    return page(
        visit, "pages/posts.html", status, section="posts", found=found, state=chosen,
        states=STATES, reasons=REASONS, older=message_mark(found.next), url=url,
        no_person=no_person, amount=shown_points, is_overtaken=status == 409,
        done=visit.ask("done"),
        problems=[(one.path, one.text, one.line) for one in fault.problems] if fault else (),
    )  # fmt: skip


def _by(visit: Visit) -> str:
    """Return who does it."""
    return f"user:{visit.me.user.user_id}"


def _done(visit: Visit, what: str, state: str) -> Response:
    """Write down what was done, and show the list again."""
    shown = visit.path("post")
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, shown)
    return go("/posts", state="" if state == WAITING else state, done=what)
