"""`huiliu wecom`: contact codes, what employees were asked to send, and groups of customers."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.services.scan_codes import NewCode, end_code, list_codes, make_code
from huiliu.services.wecom_jobs import ask_groups, cancel_job, list_groups, list_jobs
from huiliu.services.wecom_jobs import remind as remind_job

__all__ = ["app"]

_BRAND = 1
_BY = "cli"

app = App(name="wecom", help=sentence("cli.wecom.help"))
code = App(name="code", help=sentence("cli.wecom.code.help"))
app.command(code)

Account = Annotated[str, Parameter(help=sentence("cli.wecom.account"))]
Job = Annotated[str, Parameter(help=sentence("cli.wecom.job"))]


@code.command(help=sentence("cli.wecom.code.add.help"))
def add(  # noqa: PLR0913 - one parameter an option
    scene: Annotated[str, Parameter(help=sentence("cli.wecom.code.scene"))],
    /,
    *,
    account: Account,
    name: Annotated[str, Parameter(help=sentence("cli.wechat.name"))],
    user: Annotated[list[str], Parameter(help=sentence("cli.wecom.code.user"))],
    greeting: Annotated[str, Parameter(help=sentence("cli.wecom.code.greeting"))] = "",
    campaign: Annotated[str, Parameter(help=sentence("cli.wechat.code.campaign"))] = "",
    store: Annotated[str, Parameter(help=sentence("cli.wechat.code.store"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Have a contact code made."""
    new = NewCode("wecom", account, scene, name, campaign, store, greeting, tuple(user))
    with open_instance(instance) as house:
        made = make_code(house.world, _BRAND, new, _BY)
    if json:
        emit({"id": made.code_id, "scene": made.scene, "picture": made.url})
    else:
        say(text("wechat.code_made", number=made.code_id, url=made.url))


@code.command(name="list", help=sentence("cli.wecom.code.list.help"))
def list_codes_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print contact codes, newest first."""
    with open_instance(instance) as house:
        rows = [one for one in list_codes(house.world, _BRAND, "wecom") if not one.ended_at]
    if json:
        emit([
            {
                "id": one.code_id, "account": one.account, "scene": one.scene, "name": one.name,
                "users": one.users, "greeting": one.answer, "picture": one.url,
            }
            for one in rows
        ])  # fmt: skip
        return
    headings = [text(f"wechat.{word}") for word in ("number", "account", "scene", "name", "users")]
    table(headings, (
        (one.code_id, one.account, one.scene, one.name, ", ".join(one.users)) for one in rows
    ))  # fmt: skip


@code.command(help=sentence("cli.wecom.code.end.help"))
def end(
    number: Annotated[int, Parameter(help=sentence("cli.wechat.number"))],
    /,
    *,
    instance: Instance = HERE,
) -> None:
    """Take a contact code back."""
    with open_instance(instance) as house:
        end_code(house.world, _BRAND, number)
    say(text("wechat.ended", what=number))


@app.command(help=sentence("cli.wecom.jobs.help"))
def jobs(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print what employees were asked to send, and how far they are."""
    with open_instance(instance) as house:
        rows = list_jobs(house.world, _BRAND)
    if json:
        emit([
            {
                "job": one.job, "account": one.account, "kind": one.kind, "template": one.title,
                "asked": one.n_asked, "sent": one.n_sent, "waiting": one.n_waiting,
                "failed": one.n_failed, "made_at": show_instant(one.made_at),
                "over": bool(one.ended_at),
            }
            for one in rows
        ])  # fmt: skip
        return
    words = ("job", "account", "template", "asked", "sent", "waiting", "failed")
    table([text(f"wechat.{word}") for word in words], (
        (one.job, one.account, one.title, one.n_asked, one.n_sent, one.n_waiting, one.n_failed)
        for one in rows
    ))  # fmt: skip


@app.command(help=sentence("cli.wecom.remind.help"))
def remind(account: Account, job: Job, /, *, instance: Instance = HERE) -> None:
    """Remind the employees who have not sent yet; three times a day at most."""
    with open_instance(instance) as house:
        remind_job(house.world, _BRAND, account, job)
    say(text("wechat.reminded", job=job))


@app.command(help=sentence("cli.wecom.cancel.help"))
def cancel(account: Account, job: Job, /, *, instance: Instance = HERE) -> None:
    """Take back what is not sent yet."""
    with open_instance(instance) as house:
        cancel_job(house.world, _BRAND, account, job)
    say(text("wechat.ended", what=job))


@app.command(help=sentence("cli.wecom.groups.help"))
def groups(account: Account, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print the groups of customers, as WeCom knows them now."""
    with open_instance(instance) as house:
        rows = list_groups(house.world, _BRAND, account)
    if json:
        emit([
            {"id": one.chat_id, "name": one.name, "owner": one.owner, "members": one.n_members}
            for one in rows
        ])  # fmt: skip
        return
    headings = [text(f"wechat.{word}") for word in ("group", "name", "owner", "members")]
    table(headings, ((one.chat_id, one.name, one.owner, one.n_members) for one in rows))


@app.command(help=sentence("cli.wecom.ask.help"))
def ask(
    account: Account,
    template: Annotated[str, Parameter(help=sentence("cli.wecom.template"))],
    /,
    *,
    owner: Annotated[str, Parameter(help=sentence("cli.wecom.owner"))],
    group: Annotated[list[str], Parameter(help=sentence("cli.wecom.group"))],
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Ask the owner of groups to send a template's words into them."""
    with open_instance(instance) as house:
        made = ask_groups(
            house.world, _BRAND, account, owner=owner, chats=group, template=template, by=_BY
        )
    if json:
        emit({"job": made.job, "asked": made.n_asked})
    else:
        say(text("wechat.asked_groups", owner=owner, n=made.n_asked))
