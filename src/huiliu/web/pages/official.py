"""WeChat's ground: accounts, codes to scan, articles, and links into mini-programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, Conflict, NotFound, PlatformFailed
from huiliu.kernel.texts import text
from huiliu.services.articles import (
    MOST,
    Chosen,
    draft_articles,
    list_articles,
    publish_article,
    remove_draft,
)
from huiliu.services.code_results import code_results
from huiliu.services.list_actions import record_action
from huiliu.services.look_at_official import accounts_of, look_at_official
from huiliu.services.mini_links import (
    NewLink,
    end_link,
    link_address,
    list_links,
    make_link,
    used_today,
)
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
    show_code,
)
from huiliu.web.doors import Visit
from huiliu.web.paging import read_number
from huiliu.web.platform_problems import problem_of
from huiliu.web.rendering import go, page

__all__ = [
    "add_article",
    "add_code",
    "add_link",
    "code_picture",
    "drop_article",
    "drop_code",
    "drop_link",
    "publish",
    "renew",
    "show",
    "show_articles",
    "show_codes",
    "show_links",
    "show_results",
]

_CODES: Final = "/official/codes"


def show(visit: Visit) -> Response:
    """Show the brand's accounts at WeChat."""
    return page(
        visit, "pages/official.html", section="official", tab="accounts",
        rows=look_at_official(visit.world, visit.brand_id),
    )  # fmt: skip


def show_codes(visit: Visit) -> Response:
    """Show every code and the form of another."""
    return _codes(visit)


def show_results(visit: Visit) -> Response:
    """Show what the codes of a channel brought."""
    channel = visit.path("channel")
    if channel not in CHANNELS:
        raise NotFound("channel", channel)
    rows = code_results(visit.world, visit.brand_id, channel)
    return page(visit, "partials/code_results.html", rows=rows)


def add_code(visit: Visit) -> Response:
    """Have a code made."""
    form = visit.form
    days = read_number(form.get("days", "") or "0")
    new = NewCode(
        "wechat", form.get("account", ""), form.get("scene", "").strip(), form.get("name", ""),
        form.get("campaign", ""), form.get("store", ""),
        form.get("answer", "").replace("\r\n", "\n"),
        days=0 if form.get("permanent") else -1 if days is None else days,
    )  # fmt: skip
    try:
        made = make_code(visit.world, visit.brand_id, new, visit.me.user.email)
    except BadInput as fault:
        return _codes(visit, 422, [(one.path, one.text, 0) for one in fault.problems])
    except (PlatformFailed, Conflict) as fault:
        return _codes(visit, 409, [problem_of(fault)])
    _note(visit, "code_made", made.scene)
    return go(_CODES, done="made")


def renew(visit: Visit) -> Response:
    """Have a code made anew."""
    try:
        made = renew_code(visit.world, visit.brand_id, _number(visit, "code"))
    except (PlatformFailed, Conflict) as fault:
        return _codes(visit, 409, [problem_of(fault)])
    _note(visit, "code_renewed", made.scene)
    return go(_CODES, done="renewed")


def drop_code(visit: Visit) -> Response:
    """Take a code back."""
    number = _number(visit, "code")
    end_code(visit.world, visit.brand_id, number)
    _note(visit, "code_ended", str(number))
    return go(_CODES, done="ended")


def code_picture(visit: Visit) -> Response:
    """Give the picture of a code as a file to print."""
    code = show_code(visit.world, visit.brand_id, _number(visit, "code"))
    if code.channel != "wechat" or not code.url:
        raise NotFound("picture", visit.path("code"))
    kind = visit.path("kind")
    made, media_type = picture(code.url, kind)
    headers = {"cache-control": "private, max-age=300"}
    if visit.ask("save"):
        headers["content-disposition"] = f'attachment; filename="{code.scene}.{kind}"'
    return Response(made, media_type=media_type, headers=headers)


def show_articles(visit: Visit) -> Response:
    """Show every article and the form of another draft."""
    return _articles(visit)


def add_article(visit: Visit) -> Response:
    """Put templates among an account's drafts."""
    form = visit.form
    chosen = [
        Chosen(*line.split()[:2])
        for line in form.get("templates", "").splitlines()
        if line.strip()
    ]  # fmt: skip
    try:
        made = draft_articles(
            visit.world, visit.brand_id, form.get("account", ""), chosen, visit.me.user.email
        )
    except BadInput as fault:
        return _articles(visit, 422, [(one.path, one.text, 0) for one in fault.problems])
    except NotFound:
        said = text("menus.no_account", name=form.get("account", ""))
        return _articles(visit, 422, [("account", said, 0)])
    except PlatformFailed as fault:
        return _articles(visit, 409, [problem_of(fault)])
    _note(visit, "article_drafted", made.title)
    return go("/official/articles", done="drafted")


def publish(visit: Visit) -> Response:
    """Hand a draft in for publishing."""
    try:
        row = publish_article(visit.world, visit.brand_id, _number(visit, "article"))
    except (PlatformFailed, Conflict) as fault:
        return _articles(visit, 409, [problem_of(fault)])
    _note(visit, "article_published", row.title)
    return go("/official/articles", done="published")


def drop_article(visit: Visit) -> Response:
    """Take a draft away."""
    number = _number(visit, "article")
    try:
        remove_draft(visit.world, visit.brand_id, number)
    except (PlatformFailed, Conflict) as fault:
        return _articles(visit, 409, [problem_of(fault)])
    _note(visit, "article_removed", str(number))
    return go("/official/articles", done="removed")


def show_links(visit: Visit) -> Response:
    """Show the links into mini-programs and the form of another."""
    return _links(visit)


def add_link(visit: Visit) -> Response:
    """Keep a link."""
    form = visit.form
    new = NewLink(
        *(form.get(one, "").strip() for one in ("account", "name", "page", "query", "fallback"))
    )
    try:
        made = make_link(visit.world, visit.brand_id, new, visit.me.user.email)
    except BadInput as fault:
        return _links(visit, 422, [(one.path, one.text, 0) for one in fault.problems])
    _note(visit, "mini_link_made", made.name)
    return go("/official/links", done="made")


def drop_link(visit: Visit) -> Response:
    """Take a link out of use."""
    end_link(visit.world, visit.brand_id, visit.path("code"))
    _note(visit, "mini_link_ended", visit.path("code"))
    return go("/official/links", done="ended")


def _codes(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show the page of codes with what was typed so far."""
    now = visit.world.clock.now()
    rows = list_codes(visit.world, visit.brand_id, "wechat")
    return page(
        visit, "pages/official_codes.html", status, section="official", tab="codes",
        rows=[(one, is_over(one, now)) for one in rows if not one.ended_at],
        accounts=accounts_of(visit.world, visit.brand_id, "wechat"), typed=visit.form,
        problems=problems, done=visit.ask("done"), longest=LONGEST_DAYS,
    )  # fmt: skip


def _articles(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show the page of articles with what was typed so far."""
    return page(
        visit, "pages/official_articles.html", status, section="official", tab="articles",
        rows=list_articles(visit.world, visit.brand_id),
        accounts=accounts_of(visit.world, visit.brand_id, "wechat"), typed=visit.form,
        problems=problems, done=visit.ask("done"), most=MOST,
    )  # fmt: skip


def _links(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show the page of links with what was typed so far."""
    today: Mapping[str, tuple[int, int]] = used_today(visit.world, visit.brand_id)
    rows = list_links(visit.world, visit.brand_id)
    return page(
        visit, "pages/official_links.html", status, section="official", tab="links",
        rows=[(one, link_address(visit.world, one)) for one in rows], today=today,
        accounts=accounts_of(visit.world, visit.brand_id, "mini_program"), typed=visit.form,
        problems=problems, done=visit.ask("done"),
    )  # fmt: skip


def _number(visit: Visit, name: str) -> int:
    """Return the number in the address; raise NotFound."""
    number = read_number(visit.path(name))
    if number is None:
        raise NotFound(name, visit.path(name))
    return number


def _note(visit: Visit, what: str, subject: str) -> None:
    """Write down what the visitor did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, subject)
