"""WeChat's ground for servers: what the console's pages do, behind a key."""

from __future__ import annotations

from typing import Final

from msgspec import structs
from starlette.responses import Response

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.ports.ground import ArticleRow, MiniLink, ScanCode
from huiliu.services.articles import (
    Chosen,
    draft_articles,
    list_articles,
    publish_article,
    remove_draft,
)
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
    show_code,
)
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import read_number

__all__ = ["code_told", "optional", "routes", "whole"]


def _accounts(call: Call) -> object:
    """Return the accounts at WeChat."""
    return {
        "accounts": [
            {
                "account": one.account.name,
                "channel": one.account.channel,
                "callback": one.callback,
                "lacks": one.lacks,
                "plain_callbacks": one.is_open,
                "codes": one.n_codes,
                "permanent_codes": one.n_permanent,
                "menus": dict(one.menus),
                "links_today": one.links_today[0] if one.links_today else 0,
            }
            for one in look_at_official(call.world, call.brand_id)
        ]
    }


def _codes(call: Call) -> object:
    """Return the codes of official accounts, newest first."""
    rows = list_codes(call.world, call.brand_id, "wechat")
    return {"codes": [code_told(call, one) for one in rows]}


def _results(call: Call) -> object:
    """Return what the codes of a channel brought in the last days."""
    channel = call.path("channel")
    if channel not in CHANNELS:
        raise NotFound("channel", channel)
    return {
        "results": [
            {
                "scene": one.code.scene, "account": one.code.account, "name": one.code.name,
                "scans": one.counts.n_scans, "people": one.counts.n_people,
                "new": one.counts.n_new,
            }
            for one in code_results(call.world, call.brand_id, channel)
        ]
    }  # fmt: skip


def _add_code(call: Call) -> object:
    """Have a code made."""
    new = NewCode(
        "wechat", call.word("account"), call.word("scene"), call.word("name"),
        optional(call, "campaign"), optional(call, "store"), optional(call, "answer"),
        days=whole(call, "days", LONGEST_DAYS),
    )  # fmt: skip
    return code_told(call, make_code(call.world, call.brand_id, new, call.by))


def _renew(call: Call) -> object:
    """Have a code made anew."""
    return code_told(call, renew_code(call.world, call.brand_id, _number(call, "code")))


def _end_code(call: Call) -> object:
    """Take a code back."""
    number = _number(call, "code")
    end_code(call.world, call.brand_id, number)
    return code_told(call, show_code(call.world, call.brand_id, number))


def _picture(call: Call) -> object:
    """Give the picture of a code."""
    code = show_code(call.world, call.brand_id, _number(call, "code"))
    if code.channel != "wechat" or not code.url:
        raise NotFound("picture", call.path("code"))
    made, media_type = picture(code.url, call.path("kind"))
    return Response(made, media_type=media_type)


def _menus(call: Call) -> object:
    """Return every menu, and whether its account shows it."""
    return {
        "menus": [
            {
                "slug": row.menu.slug,
                "account": row.menu.account,
                "version": row.document.version,
                "shown": row.is_shown,
                "refused": row.shown.response if row.shown else "",
                "source": row.document.source,
            }
            for row in list_menus(call.world, call.brand_id)
        ]
    }


def _publish_menu(call: Call) -> object:
    """Make a menu live and show it."""
    done, refused = publish_menu(call.world, call.brand_id, call.word("source"), call.by)
    return {"slug": done.slug, "version": done.version, "new": done.is_new,
            "shown": not refused, "refused": refused}  # fmt: skip


def _remove_menu(call: Call) -> object:
    """Take a menu away."""
    remove_menu(call.world, call.brand_id, call.path("slug"))
    return {"slug": call.path("slug"), "removed": True}


def _articles(call: Call) -> object:
    """Return articles, newest first."""
    return {"articles": [_article(one) for one in list_articles(call.world, call.brand_id)]}


def _add_article(call: Call) -> object:
    """Put templates among an account's drafts."""
    listed = call.body.get("templates")
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise BadInput((Problem("templates", text("api.not_texts")),))
    chosen = [Chosen(one, optional(call, "locale")) for one in listed]
    return _article(
        draft_articles(call.world, call.brand_id, call.word("account"), chosen, call.by)
    )  # fmt: skip


def _publish_article(call: Call) -> object:
    """Hand a draft in for publishing."""
    return _article(publish_article(call.world, call.brand_id, _number(call, "article")))


def _remove_article(call: Call) -> object:
    """Take a draft away."""
    number = _number(call, "article")
    remove_draft(call.world, call.brand_id, number)
    return {"id": number, "removed": True}


def _links(call: Call) -> object:
    """Return the links into mini-programs."""
    return {"links": [_link(call, one) for one in list_links(call.world, call.brand_id)]}


def _add_link(call: Call) -> object:
    """Keep a link."""
    new = NewLink(
        call.word("account"), call.word("name"), call.word("page"), optional(call, "query"),
        optional(call, "fallback"),
    )  # fmt: skip
    return _link(call, make_link(call.world, call.brand_id, new, call.by))


def _end_link(call: Call) -> object:
    """Take a link out of use."""
    end_link(call.world, call.brand_id, call.path("code"))
    return {"code": call.path("code"), "ended": True}


def code_told(call: Call, code: ScanCode) -> dict[str, object]:
    """Return a code as data."""
    return {
        "id": code.code_id, "channel": code.channel, "account": code.account,
        "scene": code.scene, "name": code.name, "campaign": code.campaign, "store": code.store,
        "answer": code.answer, "users": code.users, "url": code.url,
        "expires_at": show_instant(code.expires_at) if code.expires_at else None,
        "over": is_over(code, call.world.clock.now()),
    }  # fmt: skip


def _article(row: ArticleRow) -> dict[str, object]:
    """Return articles as data."""
    told = structs.asdict(row)
    return {
        "id": row.article_id,
        **{name: told[name] for name in ("account", "title", "templates", "state", "reason",
                                         "urls")},
        "changed_at": show_instant(row.changed_at),
    }  # fmt: skip


def _link(call: Call, link: MiniLink) -> dict[str, object]:
    """Return a link as data."""
    return {
        "code": link.code, "address": link_address(call.world, link), "account": link.account,
        "name": link.name, "page": link.page, "query": link.query, "fallback": link.fallback,
        "opened": link.n_opened, "refused": link.n_refused,
    }  # fmt: skip


def optional(call: Call, name: str) -> str:
    """Return a text of the body, "" where it is left out; raise BadInput for another thing."""
    return call.word(name) if name in call.body else ""


def whole(call: Call, name: str, default: int) -> int:
    """Return a whole number of the body; raise BadInput."""
    found = call.body.get(name, default)
    if not isinstance(found, int) or isinstance(found, bool):
        raise BadInput((Problem(name, text("api.not_a_number")),))
    return found


def _number(call: Call, name: str) -> int:
    """Return the number in the address; raise NotFound."""
    number = read_number(call.path(name))
    if number is None:
        raise NotFound(name, call.path(name))
    return number


routes: Final = [
    route("GET", "/v1/official", _accounts),
    route("GET", "/v1/official/codes", _codes),
    route("GET", "/v1/official/codes/results/{channel}", _results),
    route("POST", "/v1/official/codes", _add_code),
    route("POST", "/v1/official/codes/{code}/renew", _renew),
    route("POST", "/v1/official/codes/{code}/end", _end_code),
    route("GET", "/v1/official/codes/{code}/picture.{kind}", _picture),
    route("GET", "/v1/official/menus", _menus),
    route("POST", "/v1/official/menus", _publish_menu),
    route("POST", "/v1/official/menus/{slug}/remove", _remove_menu),
    route("GET", "/v1/official/articles", _articles),
    route("POST", "/v1/official/articles", _add_article),
    route("POST", "/v1/official/articles/{article}/publish", _publish_article),
    route("POST", "/v1/official/articles/{article}/remove", _remove_article),
    route("GET", "/v1/official/links", _links),
    route("POST", "/v1/official/links", _add_link),
    route("POST", "/v1/official/links/{code}/end", _end_link),
]
