"""`huiliu coupon`: pools, codes that are made or taken in, issued, found and rolled back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_person import asked_person
from huiliu.cli.asked_segment import in_file, read_file
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.forms import said_in
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.ports.rewards import CodeJob
from huiliu.services.draft_reward import draft_coupon
from huiliu.services.export_codes import codes_csv
from huiliu.services.find_redemptions import Wanted, codes_of, find_redemptions
from huiliu.services.issue_coupon import issue_one
from huiliu.services.issue_to_people import issue_to_segment
from huiliu.services.look_at_promotions import list_pools, set_reward_state, show_pool
from huiliu.services.make_codes import import_codes, make_codes
from huiliu.services.publish import publish
from huiliu.services.redeem_coupon import roll_back
from huiliu.services.reward_listing import held_json, job_json, pool_json, redemption_json

__all__ = ["app"]

_BRAND = 1
_KIND = "coupon"
_BY = "cli"

app = App(name="coupon", help=sentence("cli.coupon.help"))

Name = Annotated[str, Parameter(help=sentence("cli.coupon.name"))]


@app.command(help=sentence("cli.coupon.check.help"))
def check(file: Path, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Say whether a pool can be used."""
    source = read_file(file)
    with open_instance(instance) as house:
        try:
            found, promotion = draft_coupon(house.world, _BRAND, source)
        except BadInput as fault:
            raise in_file(str(file), fault) from fault
    if json:
        emit({"slug": found.slug, "promotion": found.promotion, "known": promotion is not None})
    else:
        say(text("coupons.ok", slug=found.slug, promotion=found.promotion))


@app.command(help=sentence("cli.coupon.apply.help"))
def apply(file: Path, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Make a pool live as a new version."""
    with open_instance(instance) as house:
        try:
            done = publish(house.world, _BRAND, read_file(file), _BY, kind=_KIND)
        except BadInput as fault:
            raise in_file(str(file), fault) from fault
    if json:
        emit({"slug": done.slug, "version": done.version, "new": done.is_new})
    else:
        say(text("coupons.applied", slug=done.slug, version=done.version))


@app.command(name="list", help=sentence("cli.coupon.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the pools in use and how their codes do."""
    with open_instance(instance) as house:
        found = list_pools(house.world, _BRAND)
    if json:
        emit([pool_json(one) for one in found])
        return
    columns = ("pool", "name", "promotion", "state", "issued", "free", "redeemed_30")
    table(
        [text(f"coupons.column.{word}") for word in columns],
        (
            (one.coupon.slug, said_in(one.coupon.name, language()), one.coupon.promotion,
             text(f"console.rewards.state.{one.state}"), one.n_issued, one.n_free, one.n_redeemed)
            for one in found
        ),
    )  # fmt: skip


@app.command(help=sentence("cli.coupon.show.help"))
def show(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print one pool, its jobs and its document."""
    with open_instance(instance) as house:
        view = show_pool(house.world, _BRAND, name)
    if json:
        emit(pool_json(view) | {"source": view.coupon.source})
        return
    say(text("coupons.counts", issued=view.n_issued, free=view.n_free, redeemed=view.n_redeemed))
    for job in view.jobs:
        _tell_job(job)
    say(view.coupon.source.rstrip("\n"))


@app.command(help=sentence("cli.coupon.make.help"))
def make(
    name: Name,
    n: Annotated[int, Parameter(help=sentence("cli.coupon.n"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Make codes beforehand, as many as one job takes."""
    with open_instance(instance) as house:
        job = make_codes(
            house.world, _BRAND, name, n, _BY, lambda one: None if json else _tell_job(one)
        )
    if json:
        emit(job_json(job))


@app.command(name="import", help=sentence("cli.coupon.import.help"))
def import_(
    name: Name,
    file: Annotated[Path, Parameter(help=sentence("cli.coupon.file"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Take in codes that were made elsewhere, one a line."""
    lines = read_file(file).decode("utf-8-sig", "replace").splitlines()
    with open_instance(instance) as house:
        job, bad = import_codes(house.world, _BRAND, name, lines, _BY)
    if json:
        emit(job_json(job) | {"bad": [{"line": nth, "code": one} for nth, one in bad]})
        return
    _tell_job(job)
    for nth, one in bad:
        say(text("coupons.bad_line", n=nth, code=one))


@app.command(help=sentence("cli.coupon.export.help"))
def export(
    name: Name,
    job: Annotated[int, Parameter(help=sentence("cli.coupon.job"))],
    /,
    *,
    instance: Instance = HERE,
) -> None:
    """Write a job's codes to standard output; once only."""
    with open_instance(instance) as house:
        for piece in codes_csv(house.world, _BRAND, name, job):
            sys.stdout.write(piece.decode())


@app.command(help=sentence("cli.coupon.issue.help"))
def issue(
    name: Name,
    person: Annotated[str, Parameter(help=sentence("cli.coupon.person"))] = "",
    /,
    *,
    segment: Annotated[str, Parameter(help=sentence("cli.coupon.segment"))] = "",
    batch: Annotated[str, Parameter(help=sentence("cli.coupon.batch"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Issue a coupon to a person, or to everybody in a segment; a batch gives nobody two."""
    if bool(person) == bool(segment) or (segment and not batch):
        raise BadInput((Problem("person", text("coupons.person_or_segment")),))
    with open_instance(instance) as house:
        house.catch_up()
        if segment:
            done = issue_to_segment(house.world, _BRAND, name, segment, batch, most=0)
            told: dict[str, object] = {
                "issued": done.n_issued, "before": done.n_before, "refused": dict(done.refused),
            }  # fmt: skip
            said = text("coupons.issued_many", n=done.n_issued, before=done.n_before,
                        refused=done.n_refused)  # fmt: skip
        else:
            who = asked_person(house.world, _BRAND, person)
            key = f"staff:{batch or house.world.clock.now()}:{who}"
            one = issue_one(house.world, _BRAND, name, who, key)
            told = {"code": one.code, "new": one.is_new}
            said = text("coupons.issued_one", code=one.code)
    if json:
        emit(told)
    else:
        say(said)


@app.command(help=sentence("cli.coupon.codes.help"))
def codes(
    person: Annotated[str, Parameter(help=sentence("cli.coupon.person"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print the codes that a person got."""
    with open_instance(instance) as house:
        house.catch_up()
        found = codes_of(house.world, _BRAND, asked_person(house.world, _BRAND, person))
    if json:
        emit([held_json(one) for one in found])
        return
    columns = ("code", "pool", "used")
    table(
        [text(f"coupons.column.{word}") for word in columns],
        ((one.code, one.coupon, one.n_used) for one in found),
    )


@app.command(help=sentence("cli.coupon.redemptions.help"))
def redemptions(
    search: Annotated[str, Parameter(help=sentence("cli.coupon.search"))] = "",
    /,
    *,
    state: Annotated[str, Parameter(help=sentence("cli.coupon.state"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print orders that took promotions: by number, code or person."""
    with open_instance(instance) as house:
        found = find_redemptions(house.world, _BRAND, Wanted(search, state)).rows
    if json:
        emit([redemption_json(one) for one in found])
        return
    columns = ("order", "order_state", "discount", "took")
    table(
        [text(f"coupons.column.{word}") for word in columns],
        (
            (one.row.order_id, text(f"console.redemptions.state.{one.row.state}"),
             f"{one.row.discount / 100:.2f} {one.row.currency}",
             ", ".join(part.code or part.promotion for part in one.parts))
            for one in found
        ),
    )  # fmt: skip


@app.command(name="roll-back", help=sentence("cli.coupon.roll_back.help"))
def undo(
    order: Annotated[str, Parameter(help=sentence("cli.coupon.order"))],
    /,
    *,
    reason: Annotated[str, Parameter(help=sentence("cli.coupon.reason"))],
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Roll an order back: its codes can be used again, what it took of limits is free."""
    with open_instance(instance) as house:
        done = roll_back(house.world, _BRAND, order, _BY, reason)
    if json:
        emit({"order_id": done.order_id, "state": done.state, "new": done.is_new})
    else:
        say(text("coupons.rolled_back", order=done.order_id))


@app.command(help=sentence("cli.coupon.pause.help"))
def pause(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Let a pool's codes count no more until it is resumed."""
    _state(name, "paused", instance, json=json)


@app.command(help=sentence("cli.coupon.resume.help"))
def resume(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Let a paused pool's codes count again."""
    _state(name, "live", instance, json=json)


@app.command(help=sentence("cli.coupon.remove.help"))
def remove(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a pool out of use: codes in people's hands do not count any more."""
    _state(name, "archived", instance, json=json)


def _state(name: str, state: str, instance: Path, *, json: bool) -> None:
    """Set a pool's state."""
    with open_instance(instance) as house:
        set_reward_state(house.world, _BRAND, _KIND, name, state)
    if json:
        emit({"slug": name, "state": state})
    else:
        say(text(f"promotions.done.{state}", slug=name))


def _tell_job(job: CodeJob) -> None:
    """Print how far a job is."""
    wanted = job.n_wanted or job.n_made
    say(text("coupons.job", job=job.job_id, made=job.n_made, wanted=wanted))
