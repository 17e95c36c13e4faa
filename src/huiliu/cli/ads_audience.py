"""`huiliu ads audience`: audiences at ad platforms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.ads_account import read_file
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.texts import text
from huiliu.services.ad_audiences import (
    KIND,
    AdAudienceView,
    ad_audience,
    ad_audiences,
    remove_ad_audience,
)
from huiliu.services.ad_told import audience_data
from huiliu.services.publish import publish

__all__ = ["app"]

_BRAND = 1

app = App(name="audience", help=sentence("cli.ads.audience.help"))

Slug = Annotated[str, Parameter(help=sentence("cli.ads.audience"))]


@app.command(help=sentence("cli.ads.audience.apply.help"))
def apply(
    file: Annotated[Path, Parameter(help=sentence("cli.ads.audience.file"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Make an audience live."""
    with open_instance(instance) as house:
        done = publish(house.world, _BRAND, read_file(file), "cli", kind=KIND)
    if json:
        emit({"slug": done.slug, "version": done.version, "new": done.is_new})
    else:
        said = "templates.applied" if done.is_new else "templates.unchanged"
        say(text(said, slug=done.slug, version=done.version))


@app.command(name="list", help=sentence("cli.ads.audience.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print all audiences and how they stand."""
    with open_instance(instance) as house:
        found = ad_audiences(house.world, _BRAND)
    if json:
        emit([audience_data(one) for one in found])
    else:
        _table(found)


@app.command(help=sentence("cli.ads.audience.show.help"))
def show(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print one audience, and why people are not in it."""
    with open_instance(instance) as house:
        found = ad_audience(house.world, _BRAND, slug)
    if json:
        emit({**audience_data(found), "source": found.audience.source})
        return
    _table([found])
    for why, n in sorted(found.counts.why.items()):
        say(text("ads.not_shared", n=n, why=text(f"ads.why.{why}")))
    if found.row.last_error:
        say(text("ads.last_error", words=found.row.last_error))


@app.command(help=sentence("cli.ads.audience.remove.help"))
def remove(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """End an audience: everybody is taken out of it at the platform."""
    with open_instance(instance) as house:
        remove_ad_audience(house.world, _BRAND, slug)
    if json:
        emit({"slug": slug, "state": "archived"})
    else:
        say(text("ads.audience_ends", slug=slug))


def _table(found: list[AdAudienceView]) -> None:
    """Print audiences."""
    headings = (text("ads.audience"), text("ads.account"), text("ads.segment"), text("ads.shared"),
                text("ads.waiting"), text("ads.state"))  # fmt: skip
    table(headings, (
        (one.audience.slug, one.audience.account, one.audience.segment or "-",
         str(one.counts.shared), str(one.counts.waiting),
         one.row.last_error or text(f"ads.audience_state.{one.state}"))
        for one in found
    ))  # fmt: skip
