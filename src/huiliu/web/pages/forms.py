"""Forms: which there are, what each brought, and a builder that shows what it makes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Final

from starlette.responses import JSONResponse, Response

from huiliu.forms import USES, Words, parse_form, said_in
from huiliu.forms.blocks import BLOCKS
from huiliu.forms.questions import QUESTIONS
from huiliu.forms.words import pieces
from huiliu.kernel.consents import ADS, PURPOSES
from huiliu.kernel.documents import dump, load
from huiliu.kernel.errors import BadInput, EngineFailed, Overtaken, Problem, Unavailable
from huiliu.kernel.texts import LOCALES, render, text
from huiliu.kernel.times import DAY, as_datetime
from huiliu.messages.channels import CHANNELS
from huiliu.reports.charts import lines
from huiliu.services.form_results import FormResults, form_results, words
from huiliu.services.forms import KIND, OpenForm, form_url, list_forms, open_form, remove_form
from huiliu.services.list_actions import record_action
from huiliu.services.publish import publish
from huiliu.services.take_form import Became, Taken
from huiliu.web.doors import Visit
from huiliu.web.i18n import translate
from huiliu.web.pages.public_forms import form_shown
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page
from huiliu.web.security import policy

__all__ = [
    "apply",
    "draft",
    "preview",
    "remove",
    "reveal",
    "show",
    "show_editor",
    "show_list",
    "show_new",
    "show_results",
]

_DAYS: Final = (7, 30, 90, 365)
_NEW: Final[Mapping[str, Mapping[str, object]]] = {
    "sign_up": {
        "questions": [
            {"id": "phone", "ask": "phone", "label": {"zh-CN": "手机号", "en": "Phone"},
             "if_lacking": True},
            {"id": "email", "ask": "email", "label": {"zh-CN": "邮箱", "en": "E-mail"},
             "if_lacking": True},
        ],
        "consents": [
            {"id": "news", "channels": ["email"], "text": {
                "zh-CN": "我同意接收新品与优惠邮件，可随时退订。",
                "en": "I agree to get news and offers by e-mail; I can stop it at any time.",
            }},
        ],
    },
    "survey": {
        "questions": [
            {"id": "likely", "ask": "nps", "required": True, "label": {
                "zh-CN": "您有多大可能把我们推荐给朋友？",
                "en": "How likely are you to recommend us to a friend?",
            }},
            {"id": "why", "ask": "text", "label": {"zh-CN": "为什么？", "en": "Why?"}},
        ],
    },
    "pop_up": {
        "questions": [
            {"id": "email", "ask": "email", "required": True,
             "label": {"zh-CN": "邮箱", "en": "E-mail"}},
        ],
        "consents": [
            {"id": "news", "channels": ["email"], "required": True, "text": {
                "zh-CN": "我同意接收新品与优惠邮件，可随时退订。",
                "en": "I agree to get news and offers by e-mail; I can stop it at any time.",
            }},
        ],
        "pop_up": {"after": 8, "again_days": 30},
    },
}  # fmt: skip
_TITLES: Final = {
    "sign_up": {"zh-CN": "加入我们", "en": "Join us"},
    "survey": {"zh-CN": "听听您的意见", "en": "Tell us what you think"},
    "pop_up": {"zh-CN": "新客礼遇", "en": "A welcome gift"},
}


def show_list(visit: Visit) -> Response:
    """Show every form in use and how it did lately."""
    return page(
        visit, "pages/forms.html", section="forms", uses=USES,
        rows=list_forms(visit.world, visit.brand_id), removed=visit.ask("removed"),
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one form: where it is, how to put it into a page, and, soon after, what it brought."""
    opened = open_form(visit.world, visit.brand_id, visit.path("form"))
    return page(
        visit, "pages/form.html", section="forms", opened=opened, form=opened.form,
        url=form_url(visit.world, visit.brand_id, opened.form), all_days=_DAYS,
        days=_days(visit), applied=visit.ask("applied"),
        origin=visit.world.public_url.rstrip("/"),
        plain=partial(_plain, visit.locale),
    )  # fmt: skip


def show_results(visit: Visit) -> Response:
    """Show what a form brought."""
    days = _days(visit)
    try:
        found = form_results(visit.world, visit.brand_id, visit.path("form"), days)
    except (Unavailable, EngineFailed):
        return page(visit, "partials/form_results.html", is_away=True, found=None)
    return page(
        visit, "partials/form_results.html", is_away=False, found=found,
        chart=_chart(visit, found), n_away=sum(found.away.values()),
    )  # fmt: skip


def reveal(visit: Visit) -> Response:
    """Show people's own words in the clear; who looked is written down."""
    slug = visit.path("form")
    try:
        said = words(visit.world, visit.brand_id, slug, visit.me.user.user_id, _days(visit))
    except (Unavailable, EngineFailed):
        return page(visit, "partials/form_words.html", is_away=True, said=(), labels={})
    form = open_form(visit.world, visit.brand_id, slug).form
    return page(
        visit, "partials/form_words.html", is_away=False, said=said,
        labels={one.id: one.label for one in form.questions},
    )  # fmt: skip


def show_new(visit: Visit) -> Response:
    """Show the builder with a first draft of one use."""
    use = visit.ask("use") if visit.ask("use") in USES else USES[0]
    tree = {
        "huiliu": 1, "kind": KIND, "slug": f"{use.replace('_', '-')}-1", "name": _TITLES[use],
        "use": use, "title": _TITLES[use], **_NEW[use],
    }  # fmt: skip
    return _editor(visit, "", dump(tree), 0)


def show_editor(visit: Visit) -> Response:
    """Show the builder with a form's newest version."""
    opened = open_form(visit.world, visit.brand_id, visit.path("form"))
    return _editor(visit, opened.form.slug, opened.form.source, opened.version)


def draft(visit: Visit) -> Response:
    """Tell the builder what its tree or its YAML says: canonical form, and every problem."""
    source = _source(visit)
    loaded = load(source)
    found = parse_form(source, (*CHANNELS, ADS))
    problems = found if isinstance(found, tuple) else ()
    return JSONResponse({
        "source": source if loaded.problems else dump(loaded.tree),
        "tree": loaded.tree if not loaded.problems else None,
        "problems": [
            {"path": one.path, "words": render(one.text, visit.locale), "line": one.line}
            for one in problems
        ],
    })  # fmt: skip


def preview(visit: Visit) -> Response:
    """Show the form of a draft as people would see it, inside the builder's page."""
    found = parse_form(_source(visit), (*CHANNELS, ADS))
    if isinstance(found, tuple):
        shown: Response = page(visit, "partials/form_faulty.html", n=len(found))
    else:
        opened = OpenForm(found, 0)
        wanted = visit.form.get("lang", "")
        asked = {"lang": wanted if wanted in found.locales else found.locales[0]}
        taken = Taken(Became.AGAIN, opened, found.questions)
        place = "landing" if found.blocks else "page"
        shown = form_shown(visit, visit.brand_id, taken, asked, place)
    rules = shown.headers.get("content-security-policy") or policy(visit.nonce)
    # Nothing of it can be sent: it is only looked at.
    rules = rules.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    rules = rules.replace("form-action 'self'", "form-action 'none'")
    shown.headers["content-security-policy"] = rules
    shown.headers["x-frame-options"] = "SAMEORIGIN"
    return shown


def apply(visit: Visit) -> Response:
    """Make the draft live, or say what keeps it from it."""
    slug, source = visit.form.get("slug", ""), _source(visit)
    expects = read_number(visit.form.get("version", ""))
    try:
        done = publish(
            visit.world, visit.brand_id, source, visit.me.user.email, kind=KIND, expects=expects
        )
    except BadInput as fault:
        return _editor(visit, slug, source, expects or 0, fault.problems, 422)
    except Overtaken as fault:
        said = Problem("", text("console.forms.overtaken", version=fault.versions[1]))
        return _editor(visit, slug, source, expects or 0, (said,), 409)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "form_applied", done.slug)
    return go(f"/forms/{done.slug}", applied=done.version)


def remove(visit: Visit) -> Response:
    """Take a form out of use."""
    slug = visit.path("form")
    remove_form(visit.world, visit.brand_id, slug)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "form_removed", slug)
    return go("/forms", removed=slug)


def _editor(
    visit: Visit,
    slug: str,
    source: str,
    version: int,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> Response:
    """Show the builder."""
    known = {
        "questions": {
            kind.name: {
                "options": kind.has_options, "trait": kind.goes.value == "answer",
                "settings": [
                    {"name": one.name, "default": one.default, "least": one.least,
                     "most": one.most}
                    for one in kind.settings
                ],
            }
            for kind in QUESTIONS.values()
        },
        "blocks": {kind: sorted(keys) for kind, keys in BLOCKS.items()},
        "uses": list(USES), "purposes": list(PURPOSES), "channels": list(CHANNELS),
        "locales": list(LOCALES),
    }  # fmt: skip
    return page(
        visit, "pages/form_edit.html", status, section="forms", slug=slug, source=source,
        version=version, known=known, tree=load(source).tree,
        problems=[(one.path, one.text, one.line) for one in problems],
    )  # fmt: skip


def _source(visit: Visit) -> str:
    """Return the draft: the YAML as it was typed, or that of the builder's tree.

    Raises:
        BadInput: the tree is none.
    """
    tree = visit.form.get("tree", "")
    if not tree:
        return visit.form.get("source", "")
    try:
        found = json.loads(tree)
    except (ValueError, RecursionError) as fault:
        raise BadInput((Problem("", text("api.not_an_object")),)) from fault
    if not isinstance(found, dict):
        raise BadInput((Problem("", text("api.not_an_object")),))
    return dump(found)


def _days(visit: Visit) -> int:
    """Return how many days are looked back."""
    asked = read_number(visit.ask("days") or visit.form.get("days", ""))
    return asked if asked in _DAYS else 30


def _chart(visit: Visit, found: FormResults) -> dict[str, object]:
    """Return the chart of views and forms filled in by day."""
    today = visit.world.clock.now() // DAY
    days = range(today - min(found.days, 90) + 1, today + 1)
    of = [found.by_day.get(day, (0, 0)) for day in days]
    names = [translate(visit.locale, f"console.forms.{word}") for word in ("seen", "taken")]
    return lines(
        [_month_day(day) for day in days],
        {names[0]: [seen for seen, _ in of], names[1]: [taken for _, taken in of]},
    )


def _month_day(day: int) -> str:
    """Return a day since 1970-01-01 as charts name it."""
    return as_datetime(day * DAY).strftime("%m-%d")


def _plain(locale: str, words: Words) -> str:
    """Return a text without what its links lead to."""
    return "".join(one.words for one in pieces(said_in(words, locale)))
