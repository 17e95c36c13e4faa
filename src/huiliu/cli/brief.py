"""`huiliu brief`: the facts of a campaign, and whether everything that tells them agrees."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.cli.told_template import read_brief, read_bytes
from huiliu.kernel.texts import text
from huiliu.messages.brief import brief_values
from huiliu.services.look_at_briefs import BriefRow, list_briefs, show_brief
from huiliu.services.publish import publish

__all__ = ["app"]

_BRAND = 1

app = App(name="brief", help=sentence("cli.brief.help"))

Slug = Annotated[str, Parameter(help=sentence("cli.brief.slug"))]
File = Annotated[Path, Parameter(help=sentence("cli.brief.file"))]


@app.command(help=sentence("cli.brief.check.help"))
def check(
    file: File,
    /,
    *,
    locale: Annotated[str, Parameter(help=sentence("cli.brief.locale"))] = "",
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Say whether a brief can be used, and what templates would write for its facts."""
    brief = read_brief(file)
    locales = [locale] if locale else brief.locales or ("zh-CN", "en")
    written = {one: dict(brief_values(brief, one)) for one in locales}
    if json:
        emit({"slug": brief.slug, "facts": list(brief.facts), "values": written})
        return
    say(text("briefs.ok", slug=brief.slug, n=len(brief.facts)))
    table(
        (text("briefs.variable"), *locales),
        [
            (f"brief.{name}", *(written[one].get(name, "") for one in locales))
            for name in written[locales[0]]
        ],
    )


@app.command(help=sentence("cli.brief.apply.help"))
def apply(file: File, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Store a brief as a new version, if every template that tells it agrees."""
    read_brief(file)
    with open_instance(instance) as house:
        done = publish(house.world, _BRAND, read_bytes(file), "cli", kind="brief")
    if json:
        emit({"slug": done.slug, "version": done.version, "new": done.is_new})
    else:
        said = "templates.applied" if done.is_new else "templates.unchanged"
        say(text(said, slug=done.slug, version=done.version))


@app.command(name="list", help=sentence("cli.brief.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print all briefs with what tells them."""
    with open_instance(instance) as house:
        rows = list_briefs(house.world, _BRAND)
    if json:
        emit([_as_json(row) for row in rows])
        return
    headings = (text("templates.slug"), text("templates.version"), text("briefs.facts_word"),
                text("briefs.told_by"))  # fmt: skip
    table(headings, (
        (row.brief.slug, row.document.version, ", ".join(row.brief.facts),
         ", ".join(one.template.slug for one in row.told))
        for row in rows
    ))  # fmt: skip


@app.command(help=sentence("cli.brief.show.help"))
def show(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print a brief: on which channel in which language it is told, and what is missing."""
    with open_instance(instance) as house:
        row = show_brief(house.world, _BRAND, slug)
    if json:
        emit(_as_json(row))
        return
    say(row.document.source.rstrip("\n"))
    locales = row.locales
    table(
        (text("templates.channel"), *locales),
        [
            (
                channel,
                *(
                    ", ".join(one.template.slug for one in row.matrix[channel, locale])
                    or text("briefs.missing")
                    for locale in locales
                ),
            )
            for channel in row.channels
        ],
    )


def _as_json(row: BriefRow) -> dict[str, object]:
    """Return a brief as data."""
    return {
        "slug": row.brief.slug,
        "version": row.document.version,
        "facts": list(row.brief.facts),
        "templates": [one.template.slug for one in row.told],
        "missing": [
            {"channel": channel, "locale": locale}
            for (channel, locale), told in row.matrix.items()
            if not told
        ],
    }
