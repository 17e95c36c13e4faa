"""`huiliu post`: what people show of what they bought, looked at and decided about."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_person import asked_person
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.rewards.post import WAITING
from huiliu.services.moderate_posts import (
    approve_post,
    list_posts,
    read_post_id,
    refuse_post,
    see_post,
    withdraw_post,
)
from huiliu.services.post_data import post_json, shown_points
from huiliu.services.post_links import post_link
from huiliu.services.sweep_posts import sweep_posts

__all__ = ["app"]

_BRAND = 1
_BY = "cli"

app = App(name="post", help=sentence("cli.post.help"))

Post = Annotated[str, Parameter(help=sentence("cli.post.post"))]


@app.command(name="list", help=sentence("cli.post.list.help"))
def list_(
    *,
    state: Annotated[str, Parameter(help=sentence("cli.post.state"))] = WAITING,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print posts in a state; those that wait the oldest first."""
    with open_instance(instance) as house:
        found = list_posts(house.world, _BRAND, state)
        if json:
            emit([post_json(house.world, one) for one in found.posts])
            return
    table(
        [text(f"posts.column.{word}") for word in ("post", "person", "order", "made")],
        (
            (show_id(one.row.post_id), show_profile_id(one.profile_id), one.row.order_id,
             show_instant(one.row.made_at)[:10])
            for one in found.posts
        ),
    )  # fmt: skip


@app.command(help=sentence("cli.post.show.help"))
def show(post: Post, /, *, instance: Instance = HERE) -> None:
    """Print all that is known of one post, as JSON."""
    with open_instance(instance) as house:
        emit(post_json(house.world, see_post(house.world, _BRAND, read_post_id(post))))


@app.command(help=sentence("cli.post.link.help"))
def link(
    person: Annotated[str, Parameter(help=sentence("cli.post.person"))],
    order: Annotated[str, Parameter(help=sentence("cli.post.order"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print the address under which a person shows what they bought."""
    with open_instance(instance) as house:
        house.catch_up()
        profile = asked_person(house.world, _BRAND, person)
        url = post_link(house.world, _BRAND, profile, order, house.world.clock.now())
    if json:
        emit({"url": url})
    else:
        say(url)


@app.command(help=sentence("cli.post.approve.help"))
def approve(post: Post, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Approve a post; it earns its points."""
    with open_instance(instance) as house:
        points = approve_post(house.world, _BRAND, read_post_id(post), _BY)
    if json:
        emit({"post": post, "state": "approved", "points": float(points)})
    else:
        say(text("posts.approved", post=post, points=shown_points(points)))


@app.command(help=sentence("cli.post.refuse.help"))
def refuse(
    post: Post,
    reason: Annotated[str, Parameter(help=sentence("cli.post.reason"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Refuse a post; its files are removed."""
    with open_instance(instance) as house:
        refuse_post(house.world, _BRAND, read_post_id(post), _BY, reason)
    if json:
        emit({"post": post, "state": "refused"})
    else:
        say(text("posts.refused", post=post))


@app.command(help=sentence("cli.post.withdraw.help"))
def withdraw(post: Post, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a post back, as its person asks; its files are removed."""
    with open_instance(instance) as house:
        withdraw_post(house.world, _BRAND, read_post_id(post), _BY)
    if json:
        emit({"post": post, "state": "withdrawn"})
    else:
        say(text("posts.withdrawn", post=post))


@app.command(help=sentence("cli.post.sweep.help"))
def sweep(*, instance: Instance = HERE, json: Json = False) -> None:
    """Remove what is left of erased people's posts, and files that no post names."""
    with open_instance(instance) as house:
        n_removed = sweep_posts(house.world)
    if json:
        emit({"removed": n_removed})
    else:
        say(text("posts.swept", n=n_removed))
