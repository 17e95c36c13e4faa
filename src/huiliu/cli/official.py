"""`huiliu wechat`: codes, menus, articles and mini-program links of accounts at WeChat."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.cli.told_template import read_bytes
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.services.articles import Chosen, draft_articles, list_articles, publish_article
from huiliu.services.code_results import code_results
from huiliu.services.look_at_official import look_at_official
from huiliu.services.menus import list_menus, publish_menu, remove_menu
from huiliu.services.mini_links import NewLink, end_link, link_address, list_links, make_link
from huiliu.services.scan_codes import (
    CHANNELS,
    LONGEST_DAYS,
    NewCode,
    end_code,
    is_over,
    list_codes,
    make_code,
    picture,
    renew_code,
)

__all__ = ["app"]

_BRAND = 1
_BY = "cli"

app = App(name="wechat", help=sentence("cli.wechat.help"))
code = App(name="code", help=sentence("cli.wechat.code.help"))
menu = App(name="menu", help=sentence("cli.wechat.menu.help"))
article = App(name="article", help=sentence("cli.wechat.article.help"))
link = App(name="link", help=sentence("cli.wechat.link.help"))
for _one in (code, menu, article, link):
    app.command(_one)

Account = Annotated[str, Parameter(help=sentence("cli.wechat.account"))]
Number = Annotated[int, Parameter(help=sentence("cli.wechat.number"))]


@app.command(help=sentence("cli.wechat.show.help"))
def show(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the accounts at WeChat, where they are pushed to, and what they show."""
    with open_instance(instance) as house:
        rows = look_at_official(house.world, _BRAND)
    if json:
        emit([
            {
                "account": one.account.name, "channel": one.account.channel,
                "callback": one.callback, "lacks": one.lacks, "plain_callbacks": one.is_open,
                "codes": one.n_codes, "menus": dict(one.menus),
            }
            for one in rows
        ])  # fmt: skip
        return
    headings = [text(f"wechat.{word}") for word in ("account", "channel", "callback", "codes")]
    table(headings, (
        (one.account.name, one.account.channel, one.callback, one.n_codes) for one in rows
    ))  # fmt: skip


@code.command(help=sentence("cli.wechat.code.add.help"))
def add(  # noqa: PLR0913 - one parameter an option
    scene: Annotated[str, Parameter(help=sentence("cli.wechat.code.scene"))],
    /,
    *,
    account: Account,
    name: Annotated[str, Parameter(help=sentence("cli.wechat.name"))],
    campaign: Annotated[str, Parameter(help=sentence("cli.wechat.code.campaign"))] = "",
    store: Annotated[str, Parameter(help=sentence("cli.wechat.code.store"))] = "",
    answer: Annotated[str, Parameter(help=sentence("cli.wechat.code.answer"))] = "",
    days: Annotated[int, Parameter(help=sentence("cli.wechat.code.days"))] = LONGEST_DAYS,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Have a code made."""
    new = NewCode("wechat", account, scene, name, campaign, store, answer, days=days)
    with open_instance(instance) as house:
        made = make_code(house.world, _BRAND, new, _BY)
    if json:
        emit({"id": made.code_id, "scene": made.scene, "url": made.url})
    else:
        say(text("wechat.code_made", number=made.code_id, url=made.url))


@code.command(name="list", help=sentence("cli.wechat.code.list.help"))
def list_codes_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the codes of official accounts, newest first."""
    with open_instance(instance) as house:
        rows, now = list_codes(house.world, _BRAND, "wechat"), house.world.clock.now()
    if json:
        emit([
            {
                "id": one.code_id, "account": one.account, "scene": one.scene, "name": one.name,
                "campaign": one.campaign, "store": one.store, "url": one.url,
                "expires_at": show_instant(one.expires_at) if one.expires_at else None,
                "over": is_over(one, now),
            }
            for one in rows
        ])  # fmt: skip
        return
    headings = [text(f"wechat.{word}") for word in ("number", "account", "scene", "name", "until")]
    table(headings, (
        (
            one.code_id, one.account, one.scene, one.name,
            text("wechat.over") if is_over(one, now)
            else show_instant(one.expires_at) if one.expires_at else "-",
        )
        for one in rows
    ))  # fmt: skip


@code.command(help=sentence("cli.wechat.code.results.help"))
def results(
    *,
    channel: Annotated[str, Parameter(help=sentence("cli.wechat.code.channel"))] = "wechat",
    days: Annotated[int, Parameter(help=sentence("cli.wechat.code.last_days"))] = 30,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print what codes brought in the last days, the best first."""
    if channel not in CHANNELS:
        said = text("codes.channel", known=", ".join(CHANNELS))
        raise BadInput((Problem("channel", said),))
    with open_instance(instance) as house:
        house.catch_up()
        rows = code_results(house.world, _BRAND, channel, days)
    if json:
        emit([
            {
                "scene": one.code.scene, "account": one.code.account, "name": one.code.name,
                "scans": one.counts.n_scans, "people": one.counts.n_people,
                "new": one.counts.n_new,
            }
            for one in rows
        ])  # fmt: skip
        return
    words = ("scene", "name", "scans", "people", "new")
    table([text(f"wechat.{word}") for word in words], (
        (one.code.scene, one.code.name, one.counts.n_scans, one.counts.n_people, one.counts.n_new)
        for one in rows
    ))  # fmt: skip


@code.command(help=sentence("cli.wechat.code.save.help"))
def save(
    number: Number,
    file: Annotated[Path, Parameter(help=sentence("cli.wechat.code.file"))],
    /,
    *,
    instance: Instance = HERE,
) -> None:
    """Write the picture of a code into a file, PNG or SVG by its ending."""
    kind = file.suffix.lower().removeprefix(".")
    if kind not in {"png", "svg"}:
        raise BadInput((Problem(str(file), text("wechat.picture_kind")),))
    with open_instance(instance) as house:
        rows = list_codes(house.world, _BRAND, "wechat")
    found = next((one for one in rows if one.code_id == number and one.url), None)
    if found is None:
        raise BadInput((Problem("number", text("wechat.no_code", number=number)),))
    try:
        file.write_bytes(picture(found.url, kind)[0])
    except OSError as fault:
        said = text("init.cannot_write", cause=cause_of(fault))
        raise BadInput((Problem(str(file), said),)) from fault
    say(text("wechat.saved", file=str(file)))


@code.command(help=sentence("cli.wechat.code.renew.help"))
def renew(number: Number, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Have a code that ends made anew; its picture is another."""
    with open_instance(instance) as house:
        made = renew_code(house.world, _BRAND, number)
    if json:
        emit({"id": made.code_id, "scene": made.scene, "url": made.url})
    else:
        say(text("wechat.code_made", number=made.code_id, url=made.url))


@code.command(name="end", help=sentence("cli.wechat.code.end.help"))
def end_code_(number: Number, /, *, instance: Instance = HERE) -> None:
    """Take a code back."""
    with open_instance(instance) as house:
        end_code(house.world, _BRAND, number)
    say(text("wechat.ended", what=number))


@menu.command(name="list", help=sentence("cli.wechat.menu.list.help"))
def list_menus_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print menus, and whether their accounts show them."""
    with open_instance(instance) as house:
        rows = list_menus(house.world, _BRAND)
    if json:
        emit([
            {
                "slug": row.menu.slug, "account": row.menu.account,
                "version": row.document.version, "shown": row.is_shown,
                "refused": row.shown.response if row.shown else "",
            }
            for row in rows
        ])  # fmt: skip
        return
    headings = [text(f"wechat.{word}") for word in ("menu", "account", "version", "shown")]
    table(headings, (
        (
            row.menu.slug, row.menu.account, row.document.version,
            text("wechat.yes") if row.is_shown else (row.shown.response if row.shown else "-"),
        )
        for row in rows
    ))  # fmt: skip


@menu.command(help=sentence("cli.wechat.menu.publish.help"))
def publish(
    file: Annotated[Path, Parameter(help=sentence("cli.wechat.menu.file"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Make a menu live and show it at its account."""
    source = read_bytes(file)
    with open_instance(instance) as house:
        done, refused = publish_menu(house.world, _BRAND, source, _BY)
    if json:
        emit({"slug": done.slug, "version": done.version, "shown": not refused, "refused": refused})
    elif refused:
        say(text("wechat.menu_refused", slug=done.slug, response=refused))
    else:
        say(text("wechat.menu_shown", slug=done.slug, version=done.version))


@menu.command(help=sentence("cli.wechat.menu.remove.help"))
def remove(
    slug: Annotated[str, Parameter(help=sentence("cli.wechat.menu.slug"))],
    /,
    *,
    instance: Instance = HERE,
) -> None:
    """Take a menu away, here and at the account."""
    with open_instance(instance) as house:
        remove_menu(house.world, _BRAND, slug)
    say(text("wechat.ended", what=slug))


@article.command(help=sentence("cli.wechat.article.draft.help"))
def draft(
    templates: Annotated[list[str], Parameter(help=sentence("cli.wechat.article.templates"))],
    /,
    *,
    account: Account,
    locale: Annotated[str, Parameter(help=sentence("cli.wechat.article.locale"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Put templates of type article among an account's drafts."""
    chosen = [Chosen(one, locale) for one in templates]
    with open_instance(instance) as house:
        made = draft_articles(house.world, _BRAND, account, chosen, _BY)
    if json:
        emit({"id": made.article_id, "title": made.title, "state": made.state})
    else:
        say(text("wechat.drafted", number=made.article_id, title=made.title))


@article.command(name="publish", help=sentence("cli.wechat.article.publish.help"))
def publish_(number: Number, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Hand a draft in for publishing."""
    with open_instance(instance) as house:
        done = publish_article(house.world, _BRAND, number)
    if json:
        emit({"id": done.article_id, "title": done.title, "state": done.state})
    else:
        say(text("wechat.handed_in", title=done.title))


@article.command(name="list", help=sentence("cli.wechat.article.list.help"))
def list_articles_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print articles, newest first."""
    with open_instance(instance) as house:
        rows = list_articles(house.world, _BRAND)
    if json:
        emit([
            {
                "id": one.article_id, "account": one.account, "title": one.title,
                "templates": one.templates, "state": one.state, "reason": one.reason,
                "urls": one.urls,
            }
            for one in rows
        ])  # fmt: skip
        return
    headings = [text(f"wechat.{word}") for word in ("number", "account", "title", "state")]
    table(headings, (
        (one.article_id, one.account, one.title, text(f"articles.state.{one.state}"))
        for one in rows
    ))  # fmt: skip


@link.command(name="add", help=sentence("cli.wechat.link.add.help"))
def add_link(  # noqa: PLR0913 - one parameter an option
    page: Annotated[str, Parameter(help=sentence("cli.wechat.link.page"))],
    /,
    *,
    account: Account,
    name: Annotated[str, Parameter(help=sentence("cli.wechat.name"))],
    query: Annotated[str, Parameter(help=sentence("cli.wechat.link.query"))] = "",
    fallback: Annotated[str, Parameter(help=sentence("cli.wechat.link.fallback"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Keep an address that opens a page of a mini-program."""
    new = NewLink(account, name, page, query, fallback)
    with open_instance(instance) as house:
        made = make_link(house.world, _BRAND, new, _BY)
        address = link_address(house.world, made)
    if json:
        emit({"code": made.code, "address": address})
    else:
        say(text("wechat.link_made", address=address))


@link.command(name="list", help=sentence("cli.wechat.link.list.help"))
def list_links_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the addresses that open mini-programs."""
    with open_instance(instance) as house:
        rows = [(one, link_address(house.world, one)) for one in list_links(house.world, _BRAND)]
    if json:
        emit([
            {
                "code": one.code, "address": address, "account": one.account, "name": one.name,
                "page": one.page, "opened": one.n_opened, "refused": one.n_refused,
            }
            for one, address in rows
        ])  # fmt: skip
        return
    headings = [text(f"wechat.{word}") for word in ("name", "address", "page", "opened")]
    table(headings, ((one.name, address, one.page, one.n_opened) for one, address in rows))


@link.command(name="end", help=sentence("cli.wechat.link.end.help"))
def end_link_(
    code_: Annotated[str, Parameter(name="code", help=sentence("cli.wechat.link.code"))],
    /,
    *,
    instance: Instance = HERE,
) -> None:
    """Take an address out of use."""
    with open_instance(instance) as house:
        end_link(house.world, _BRAND, code_)
    say(text("wechat.ended", what=code_))
