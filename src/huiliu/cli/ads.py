"""`huiliu ads`: accounts at ad platforms, audiences, what was shared, campaigns and their costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.ads_account import app as account_app
from huiliu.cli.ads_account import read_file
from huiliu.cli.ads_audience import app as audience_app
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import parse_profile_id, show_profile_id
from huiliu.kernel.money import Money
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_instant
from huiliu.ports.ad_results import ControlRow
from huiliu.ports.world import World
from huiliu.services.ad_audiences import transfers
from huiliu.services.ad_control import confirm, controls, propose
from huiliu.services.ad_convert import ad_conversions, convert_ads
from huiliu.services.ad_follow import follow_ads
from huiliu.services.ad_share import share_ads
from huiliu.services.ad_spend import ad_spend, fetch_spend, import_spend
from huiliu.services.ad_told import (
    control_data,
    conversions_data,
    platforms_data,
    spend_data,
    transfer_data,
)

__all__ = ["app"]

_BRAND = 1
_MOST_TURNS = 100_000

app = App(name="ads", help=sentence("cli.ads.help"))
app.command(account_app)
app.command(audience_app)

Account = Annotated[str, Parameter(help=sentence("cli.ads.account"))]
Campaign = Annotated[str, Parameter(help=sentence("cli.ads.campaign"))]
Reason = Annotated[str, Parameter(help=sentence("cli.ads.reason"))]
Yes = Annotated[bool, Parameter(help=sentence("cli.ads.yes"), negative=())]
From = Annotated[str, Parameter(name="--from", help=sentence("cli.ads.from"))]
To = Annotated[str, Parameter(name="--to", help=sentence("cli.ads.to"))]


@app.command(help=sentence("cli.ads.platforms.help"))
def platforms(*, instance: Instance = HERE, json: Json = False) -> None:  # noqa: ARG001 - says the language, as everywhere
    """Print the platforms with what an account needs."""
    found = platforms_data()
    if json:
        emit(found)
        return
    headings = (text("ads.platform"), text("ads.identifiers"), text("ads.needs"))
    table(headings, (
        (text(f"ads.platform.{one['platform']}"), ", ".join(one["identifiers"]),
         ", ".join(field["name"] for field in one["fields"] if field["needed"]))
        for one in found
    ))  # fmt: skip


@app.command(help=sentence("cli.ads.sync.help"))
def sync(*, instance: Instance = HERE, json: Json = False) -> None:
    """Bring audiences to what they should be now, and tell of orders."""
    with open_instance(instance) as house:
        house.catch_up()
        n_done = _turns(house.world)
    if json:
        emit({"turns": n_done})
    else:
        say(text("ads.synced", n=n_done))


def _turns(world: World) -> int:
    """Do what there is to do; return how many turns that took."""
    while follow_ads(world, 2_000):
        pass
    for n_done in range(_MOST_TURNS):
        if not share_ads(world, patience=0) and not convert_ads(world):
            return n_done
    return _MOST_TURNS


@app.command(name="transfers", help=sentence("cli.ads.transfers.help"))
def transfers_(
    *,
    audience: Annotated[str, Parameter(help=sentence("cli.ads.audience"))] = "",
    account: Account = "",
    person: Annotated[str, Parameter(help=sentence("cli.ads.person"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print who was shared with whom, when, and on which consent."""
    profile = parse_profile_id(person) if person else 0
    if profile is None:
        raise NotFound("profile", person)
    with open_instance(instance) as house:
        rows = transfers(
            house.world, _BRAND, audience=audience, account=account, profile_id=profile
        )
    if json:
        emit([transfer_data(one) for one in rows])
        return
    headings = (text("ads.when"), text("ads.who"), text("ads.platform"), text("ads.audience"),
                text("ads.action"), text("ads.identifiers"))  # fmt: skip
    table(headings, (
        (show_instant(one.at), show_profile_id(one.profile_id),
         text(f"ads.platform.{one.platform}"), one.audience or "-",
         text(f"ads.action.{one.action}"), ", ".join(one.kinds))
        for one in rows
    ))  # fmt: skip


@app.command(help=sentence("cli.ads.conversions.help"))
def conversions(account: Account, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print how the orders fare that an account's platform is told of."""
    with open_instance(instance) as house:
        seen = ad_conversions(house.world, _BRAND, account)
    if json:
        emit(conversions_data(seen))
        return
    headings = (text("ads.state"), text("ads.why"), text("ads.n"))
    table(headings, (
        (text(f"ads.conversion.{state}"), reason or "-", str(n))
        for (state, reason), n in sorted(seen.counts.items())
    ))  # fmt: skip


@app.command(help=sentence("cli.ads.pause.help"))
def pause(
    account: Account, campaign: Campaign, /, *, reason: Reason = "", yes: Yes = False,
    instance: Instance = HERE, json: Json = False,
) -> int:  # fmt: skip
    """Pause a campaign; without --yes only say what would be done."""
    return _ask(instance, account, campaign, "pause", "", reason, yes=yes, json=json)


@app.command(help=sentence("cli.ads.resume.help"))
def resume(
    account: Account, campaign: Campaign, /, *, reason: Reason = "", yes: Yes = False,
    instance: Instance = HERE, json: Json = False,
) -> int:  # fmt: skip
    """Let a campaign run; without --yes only say what would be done."""
    return _ask(instance, account, campaign, "resume", "", reason, yes=yes, json=json)


@app.command(help=sentence("cli.ads.budget.help"))
def budget(  # noqa: PLR0913 - each is an option
    account: Account, campaign: Campaign,
    amount: Annotated[str, Parameter(help=sentence("cli.ads.amount"))], /, *,
    reason: Reason = "", yes: Yes = False, instance: Instance = HERE, json: Json = False,
) -> int:  # fmt: skip
    """Set a campaign's daily budget; without --yes only say what would be done."""
    return _ask(instance, account, campaign, "budget", amount, reason, yes=yes, json=json)


def _ask(  # noqa: PLR0913 - what, where, how much, why, and whether
    instance: Path,
    account: str,
    campaign: str,
    action: str,
    amount: str,
    reason: str,
    *,
    yes: bool,
    json: bool,
) -> int:
    """Propose, and carry out what was said yes to; 69 = the platform did not take it."""
    with open_instance(instance) as house:
        row = propose(
            house.world, _BRAND, account, campaign, action, amount=amount, reason=reason, by="cli"
        )
        if yes:
            row = confirm(house.world, _BRAND, row.control_id)
    if json:
        emit(control_data(row))
    else:
        say(_sentence(row))
    return 0 if row.state in {"proposed", "done"} else 69


def _sentence(row: ControlRow) -> Text:
    """Return what became of a control."""
    what = text(f"ads.control.{row.action}")
    said = {"what": what, "account": row.account, "campaign": row.object_id,
            "amount": str(Money(row.amount, row.currency)) if row.amount else ""}  # fmt: skip
    return text(f"ads.control_is.{row.state}", answer=row.answer, **said)


@app.command(name="controls", help=sentence("cli.ads.controls.help"))
def controls_(*, account: Account = "", instance: Instance = HERE, json: Json = False) -> None:
    """Print what was asked of campaigns."""
    with open_instance(instance) as house:
        rows = controls(house.world, _BRAND, account)
    if json:
        emit([control_data(one) for one in rows])
        return
    headings = (text("ads.when"), text("ads.account"), text("ads.campaign"), text("ads.action"),
                text("ads.state"), text("ads.by"))  # fmt: skip
    table(headings, (
        (show_instant(one.at), one.account, one.object_id, text(f"ads.control.{one.action}"),
         text(f"ads.control_state.{one.state}"), one.by or "-")
        for one in rows
    ))  # fmt: skip


@app.command(help=sentence("cli.ads.spend.help"))
def spend(  # noqa: PLR0913 - each is an option
    *,
    account: Account = "",
    first: From = "",
    last: To = "",
    fetch: Annotated[bool, Parameter(help=sentence("cli.ads.fetch"), negative=())] = False,
    file: Annotated[Path | None, Parameter(help=sentence("cli.ads.spend.file"))] = None,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print what campaigns cost; before that take in a file, or ask the platform."""
    with open_instance(instance) as house:
        if file is not None:
            import_spend(house.world, _BRAND, account, read_file(file))
        if fetch:
            fetch_spend(house.world, _BRAND, account, first, last)
        seen = ad_spend(house.world, _BRAND, account, first, last)
    if json:
        emit(spend_data(seen))
        return
    headings = (text("ads.account"), text("ads.cost"), text("ads.impressions"), text("ads.clicks"),
                text("ads.conversions"))  # fmt: skip
    table(headings, (
        (one.account, str(Money(one.cost, one.currency)), str(one.impressions), str(one.clicks),
         str(one.conversions))
        for one in seen.totals
    ))  # fmt: skip
