"""`huiliu group`: the communities in which staff speak, who keeps them, and how large they are."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.texts import text
from huiliu.services.content_data import group_json, group_view_json
from huiliu.services.groups import list_groups, put_group, remove_group, show_group

__all__ = ["app"]

_BRAND = 1

app = App(name="group", help=sentence("cli.group.help"))

Slug = Annotated[str, Parameter(help=sentence("cli.group.slug"))]


@app.command(name="set", help=sentence("cli.group.set.help"))
def set_(  # noqa: PLR0913 - one parameter an option
    slug: Slug,
    /,
    *,
    name: Annotated[str, Parameter(help=sentence("cli.group.name"))] = "",
    platform: Annotated[str, Parameter(help=sentence("cli.group.platform"))] = "",
    owner: Annotated[str, Parameter(help=sentence("cli.group.owner"))] = "",
    size: Annotated[str, Parameter(help=sentence("cli.group.size"))] = "",
    most: Annotated[str, Parameter(help=sentence("cli.group.most"))] = "",
    audience: Annotated[str, Parameter(help=sentence("cli.group.audience"))] = "",
    state: Annotated[str, Parameter(help=sentence("cli.group.state"))] = "",
    note: Annotated[str, Parameter(help=sentence("cli.group.note"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Store a community, or change what is named of it."""
    wanted = {
        "name": name, "platform": platform, "owner": owner, "size": size, "most": most,
        "audience": audience, "state": state, "note": note,
    }  # fmt: skip
    with open_instance(instance) as house:
        known = {one.slug: one for one in list_groups(house.world, _BRAND)}
        before = group_json(known[slug]) if slug in known else {}
        given = {**before, **{word: said for word, said in wanted.items() if said}, "slug": slug}
        row, is_new = put_group(house.world, _BRAND, given)
    if json:
        emit(group_json(row) | {"new": is_new})
    else:
        say(text("content.group_kept", name=row.name, n=row.size))


@app.command(name="list", help=sentence("cli.group.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print every community."""
    with open_instance(instance) as house:
        rows = list_groups(house.world, _BRAND)
    if json:
        emit([group_json(row) for row in rows])
        return
    words = ("id", "name", "platform", "owner", "size", "state")
    table([text(f"content.column.{word}") for word in words], (
        (row.slug, row.name, text(f"content.platform.{row.platform}"), row.owner or "-", row.size,
         text(f"content.group_state.{row.state}"))
        for row in rows
    ))  # fmt: skip


@app.command(help=sentence("cli.group.show.help"))
def show(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print one community, how it grew, and what is posted in it."""
    with open_instance(instance) as house:
        found = show_group(house.world, _BRAND, slug)
        shown = group_view_json(house.world, found)
    if json:
        emit(shown)
        return
    say(text("content.group_kept", name=found.row.name, n=found.row.size))
    for day, size in found.sizes[-10:]:
        say(f"{day}  {size}")
    for one in found.posts:
        say(f"{one.key}  {one.title}")


@app.command(help=sentence("cli.group.remove.help"))
def remove(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Forget a community; what was posted in it stays."""
    with open_instance(instance) as house:
        remove_group(house.world, _BRAND, slug)
    if json:
        emit({"slug": slug, "removed": True})
    else:
        say(text("content.group_removed", slug=slug))
