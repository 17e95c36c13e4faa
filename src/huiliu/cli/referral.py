"""`huiliu referral`: campaigns in which friends bring friends, and friends to decide about."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_segment import read_file
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.cli.planned import apply_plan, checked
from huiliu.forms import said_in
from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.texts import text
from huiliu.rewards.fraud import signals_from
from huiliu.rewards.referral import KIND, parse_referral
from huiliu.services.give_invite_rewards import try_rewards_again
from huiliu.services.referral_data import referral_json
from huiliu.services.referral_figures import figures_json, referral_figures
from huiliu.services.referrals import (
    campaign_url,
    list_referrals,
    open_referral,
    remove_referral,
)
from huiliu.services.see_invite import friend_json, list_reviews
from huiliu.services.settle_invites import decide_friend
from huiliu.statistics.growth import Rate

__all__ = ["app"]

_BRAND = 1

app = App(name="referral", help=sentence("cli.referral.help"))

Slug = Annotated[str, Parameter(help=sentence("cli.referral.slug"))]
File = Annotated[Path, Parameter(help=sentence("cli.referral.file"))]
Friend = Annotated[str, Parameter(help=sentence("cli.referral.friend"))]
Note = Annotated[str, Parameter(help=sentence("cli.referral.note"))]


@app.command(help=sentence("cli.referral.check.help"))
def check(
    file: File,
    /,
    *,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Say whether a campaign can be used."""
    found = checked(file, parse_referral(read_file(file)))
    if json:
        emit({"slug": found.slug, "mechanic": found.mechanic, "needs": found.needs})
        return
    said = text(f"console.referrals.mechanic.{found.mechanic}")
    say(text("referral.ok", slug=found.slug, mechanic=said))


@app.command(help=sentence("cli.referral.apply.help"))
def apply(file: File, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Make a campaign live as a new version."""
    apply_plan(file, KIND, instance, json=json)


@app.command(name="list", help=sentence("cli.referral.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print every campaign and how many came."""
    with open_instance(instance) as house:
        house.catch_up()
        rows = list_referrals(house.world, _BRAND)
    if json:
        emit([referral_json(one) for one in rows])
        return
    words = ("campaign", "mechanic_title", "invites", "friends", "in_review", "state_title")
    table(
        [text(f"console.referrals.{word}") for word in words],
        (
            (one.campaign.slug, text(f"console.referrals.mechanic.{one.campaign.mechanic}"),
             one.n_invites, one.n_friends, one.n_review,
             text(f"console.referrals.state.{one.state}"))
            for one in rows
        ),
    )  # fmt: skip


@app.command(help=sentence("cli.referral.show.help"))
def show(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print one campaign: where it is, what it brought, what a new customer costs."""
    with open_instance(instance) as house:
        house.catch_up()
        opened = open_referral(house.world, _BRAND, slug)
        found = referral_figures(house.world, _BRAND, slug)
        url = campaign_url(house.world, _BRAND, slug)
    if json:
        emit({"slug": slug, "version": opened.version, "source": opened.campaign.source,
              "url": url, "figures": figures_json(found)})  # fmt: skip
        return
    say(said_in(opened.campaign.name, language()))
    say(url)
    rates = {"k": found.k, "customers": found.k_customers}
    lines = [(text(f"console.referrals.{name}"), *_line(rate)) for name, rate in rates.items()]
    lines += [
        (text("cli.referral.cost", currency=currency), *_line(rate))
        for currency, rate in found.cost.items()
    ]
    words = ("figure", "value", "n", "interval")
    table([text(f"cli.referral.column.{word}") for word in words], lines)


@app.command(help=sentence("cli.referral.remove.help"))
def remove(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a campaign out of use."""
    with open_instance(instance) as house:
        remove_referral(house.world, _BRAND, slug)
    if json:
        emit({"slug": slug, "removed": True})
    else:
        say(text("plans.removed", slug=slug))


@app.command(help=sentence("cli.referral.again.help"))
def again(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Try rewards that could not be given once more."""
    with open_instance(instance) as house:
        open_referral(house.world, _BRAND, slug)
        n_tried = try_rewards_again(house.world, _BRAND, slug)
    if json:
        emit({"slug": slug, "tried": n_tried})
    else:
        say(text("console.referrals.tried", n=n_tried))


@app.command(help=sentence("cli.referral.reviews.help"))
def reviews(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the friends who wait for a decision, and what speaks against each."""
    with open_instance(instance) as house:
        house.catch_up()
        rows = list_reviews(house.world, _BRAND)
    if json:
        emit([friend_json(one.row) for one in rows])
        return
    words = ("campaign", "friend_id", "inviter", "score", "signals")
    table(
        [text(f"cli.referral.column.{word}") for word in words],
        (
            (one.row.campaign, f"{show_id(one.row.invite_id)}/{show_id(one.row.friend)}",
             show_profile_id(one.row.inviter), one.row.score,
             ", ".join(sign.name for sign in signals_from(one.row.signals)))
            for one in rows
        ),
    )  # fmt: skip


@app.command(help=sentence("cli.referral.accept.help"))
def accept(
    friend: Friend, /, *, note: Note = "", instance: Instance = HERE, json: Json = False
) -> None:
    """Let a friend count who waits for a decision."""
    _decide(friend, note, instance, is_good=True, json=json)


@app.command(help=sentence("cli.referral.refuse.help"))
def refuse(
    friend: Friend, /, *, note: Note = "", instance: Instance = HERE, json: Json = False
) -> None:
    """Refuse a friend who waits for a decision."""
    _decide(friend, note, instance, is_good=False, json=json)


def _decide(friend: str, note: str, instance: Path, *, is_good: bool, json: bool) -> None:
    """Decide about a friend, and say so."""
    invite, _, who = friend.partition("/")
    try:
        ids = bytes.fromhex(invite), bytes.fromhex(who)
    except ValueError as fault:
        raise NotFound("friend", friend[:80]) from fault
    with open_instance(instance) as house:
        row = decide_friend(house.world, _BRAND, *ids, "cli", note, is_good=is_good)
    if json:
        emit(friend_json(row))
    else:
        say(text(f"console.referrals.done.{'accept' if is_good else 'refuse'}"))


def _line(rate: Rate) -> tuple[object, ...]:
    """Return a figure as it stands in a table."""
    value = "–" if rate.value is None else f"{rate.value:.2f}"
    has_ends = rate.low is not None and rate.high is not None
    return value, rate.n, f"{rate.low:.2f} – {rate.high:.2f}" if has_ends else "–"
