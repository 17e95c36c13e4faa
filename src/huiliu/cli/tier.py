"""`huiliu tier`: ladders of members, who stands where, and what people were given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import House, open_instance
from huiliu.cli.asked_person import asked_person
from huiliu.cli.asked_segment import read_file
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.cli.planned import apply_plan, checked
from huiliu.forms import said_in
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.rewards.tiers import KIND, parse_tiers
from huiliu.services.look_at_tiers import (
    list_tiers,
    membership,
    recount_tiers,
    remove_tiers,
    show_tiers,
    tier_people,
)
from huiliu.services.member_tiers import follow_tiers
from huiliu.services.membership_data import (
    measured_major,
    membership_json,
    person_json,
    tiers_json,
)

__all__ = ["app"]

_BRAND = 1
_BATCH = 5_000

app = App(name="tier", help=sentence("cli.tier.help"))

Slug = Annotated[str, Parameter(help=sentence("cli.tier.slug"))]
File = Annotated[Path, Parameter(help=sentence("cli.tier.file"))]


@app.command(help=sentence("cli.tier.check.help"))
def check(
    file: File,
    /,
    *,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Say whether a ladder can be used."""
    found = checked(file, parse_tiers(read_file(file)))
    if json:
        emit({"slug": found.slug, "levels": [one.id for one in found.levels]})
        return
    say(text("console.tiers.ok", n=len(found.levels), rules=len(found.feeds)))


@app.command(help=sentence("cli.tier.apply.help"))
def apply(file: File, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Make a ladder live as a new version."""
    apply_plan(file, KIND, instance, json=json)


@app.command(name="list", help=sentence("cli.tier.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print every ladder and who stands where."""
    with open_instance(instance) as house:
        _catch_up(house)
        views = list_tiers(house.world, _BRAND)
    if json:
        emit([tiers_json(one) for one in views])
        return
    rows = [
        (view.tiers.slug, said_in(row.level.name, language()),
         measured_major(view.tiers, row.level.floor), row.n_people, f"{row.share:.1%}")
        for view in views for row in view.levels
    ]  # fmt: skip
    words = ("ladder", "level", "floor", "people", "share")
    table([text(f"tiers.column.{word}") for word in words], rows)


@app.command(help=sentence("cli.tier.people.help"))
def people(
    slug: Slug,
    level: Annotated[str, Parameter(help=sentence("cli.tier.level"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print people of a level, those who count most first."""
    with open_instance(instance) as house:
        _catch_up(house)
        view = show_tiers(house.world, _BRAND, slug)
        found = tier_people(house.world, _BRAND, slug, level)
    if json:
        emit([person_json(view.tiers, one) for one in found])
        return
    rows = [
        (show_profile_id(one.profile_id), measured_major(view.tiers, one.measured),
         show_instant(one.since), show_instant(one.until))
        for one in found
    ]  # fmt: skip
    table([text(f"tiers.column.{word}") for word in ("person", "measured", "since", "until")], rows)


@app.command(help=sentence("cli.tier.show.help"))
def show(
    person: Annotated[str, Parameter(help=sentence("cli.tier.person"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print where a person stands, and what they were given."""
    with open_instance(instance) as house:
        _catch_up(house)
        profile = asked_person(house.world, _BRAND, person)
        found = membership(house.world, _BRAND, profile)
    if json:
        emit(membership_json(profile, found))
        return
    rows = [
        (step.tiers.slug, said_in(step.level.name, language()) if step.level else "–",
         measured_major(step.tiers, step.measured),
         show_instant(step.until) if step.level else "–")
        for step in found.steps
    ]  # fmt: skip
    table([text(f"tiers.column.{word}") for word in ("ladder", "level", "measured", "until")], rows)
    gifts = [
        (show_instant(one.at), one.name, one.points, one.code or one.coupon, one.refused)
        for one in found.gifts
    ]  # fmt: skip
    words = ("at", "gift", "points", "coupon", "refused")
    table([text(f"tiers.column.{word}") for word in words], gifts)


@app.command(help=sentence("cli.tier.recount.help"))
def recount(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Count anew from the log's beginning."""
    with open_instance(instance) as house:
        recount_tiers(house.world, _BRAND, slug)
        _catch_up(house)
        view = show_tiers(house.world, _BRAND, slug)
    if json:
        emit(tiers_json(view))
    else:
        say(text("console.tiers.people", n=view.n_people))


@app.command(help=sentence("cli.tier.remove.help"))
def remove(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a ladder out of use."""
    with open_instance(instance) as house:
        remove_tiers(house.world, _BRAND, slug)
    if json:
        emit({"slug": slug, "removed": True})
    else:
        say(text("plans.removed", slug=slug))


def _catch_up(house: House) -> None:
    """Count what the log holds; a running `serve` counts by itself as well."""
    house.catch_up()
    while follow_tiers(house.world, _BATCH):
        pass
