"""Pools of coupons: which there are, an editor, codes that are made, handed out and issued."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from starlette.responses import Response, StreamingResponse

from huiliu.kernel.documents import dump
from huiliu.kernel.errors import BadInput, Conflict, NotFound, Refused
from huiliu.kernel.texts import LOCALES, Text, text
from huiliu.ports.world import World
from huiliu.reports.charts import lines
from huiliu.rewards.coupon import KIND
from huiliu.services.draft_reward import draft_coupon
from huiliu.services.export_codes import codes_csv
from huiliu.services.find_people import find_person
from huiliu.services.issue_to_people import (
    MOST_AT_ONCE,
    issue_by_hand,
    issue_to_segment,
)
from huiliu.services.list_actions import record_action
from huiliu.services.look_at_promotions import (
    list_pools,
    list_promotions,
    set_reward_state,
    show_pool,
    usage_by_day,
)
from huiliu.services.look_at_segments import list_segments
from huiliu.services.make_codes import open_job
from huiliu.services.reward_versions import reward_source
from huiliu.web.doors import Visit
from huiliu.web.i18n import translate
from huiliu.web.pages.promotions import restore_version, versions_page
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page
from huiliu.web.reward_editor import RewardEditor
from huiliu.web.reward_form import coupon_source
from huiliu.web.reward_words import channel_words, chart_days, limit_words, money

__all__ = [
    "apply",
    "check",
    "export",
    "fields",
    "issue",
    "make",
    "restore",
    "show",
    "show_editor",
    "show_list",
    "show_new",
    "show_versions",
    "state",
]

_SECTION: Final = "coupons"


def show_list(visit: Visit) -> Response:
    """Show every pool in use and how its codes do."""
    return page(
        visit, "pages/coupons.html", section=_SECTION, tab="pools",
        rows=list_pools(visit.world, visit.brand_id), removed=visit.ask("removed"), money=money,
        has_promotions=bool(list_promotions(visit.world, visit.brand_id)),
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one pool: its codes, its jobs, who gets one."""
    return _show(visit)


def show_new(visit: Visit) -> Response:
    """Show the editor with the beginning of a pool."""
    known = list_promotions(visit.world, visit.brand_id)
    by_code = [one.promotion.slug for one in known if one.promotion.is_by_code]
    promotion = visit.ask("promotion") or next(iter(by_code), "")
    tree = {
        "huiliu": 1, "kind": KIND, "slug": f"{promotion or 'coupon'}-codes",
        "name": {one: translate(one, "console.coupons.title") for one in LOCALES},
        "promotion": promotion, "lasts": "7d", "issue": {"per_person": 1},
    }  # fmt: skip
    return _EDITOR.show(visit, dump(tree))


def show_editor(visit: Visit) -> Response:
    """Show the editor with a pool in use."""
    found = reward_source(visit.world, visit.brand_id, KIND, visit.path("coupon"))
    return _EDITOR.show(visit, found.source, found.slug, found.version)


def fields(visit: Visit) -> Response:
    """Show the draft as a form, or as YAML."""
    return _EDITOR.fields(visit)


def check(visit: Visit) -> Response:
    """Show what a draft says."""
    return _EDITOR.check(visit)


def apply(visit: Visit) -> Response:
    """Make a draft live."""
    return _EDITOR.apply(visit)


def state(visit: Visit) -> Response:
    """Pause a pool, let it go on, or take it out of use."""
    slug, wanted = visit.path("coupon"), visit.form.get("state", "")
    set_reward_state(visit.world, visit.brand_id, KIND, slug, wanted)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, f"coupon_{wanted}", slug)
    if wanted == "archived":
        return go("/coupons", removed=slug)
    return go(f"/coupons/{slug}", done=wanted)


def make(visit: Visit) -> Response:
    """Make codes beforehand, so that they can be printed or handed to a partner."""
    slug, n = visit.path("coupon"), read_number(visit.form.get("n", ""))
    if n is None:
        return _show(visit, [text("console.coupons.want_number")], 422)
    try:
        open_job(visit.world, visit.brand_id, slug, n, visit.me.user.email)
    except BadInput as fault:
        return _show(visit, [one.text for one in fault.problems], 422)
    except Refused as fault:
        return _show(visit, [text(f"rewards.reason.{fault.reason}")], 409)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "coupon_made", slug)
    return go(f"/coupons/{slug}", done="made")


def export(visit: Visit) -> Response:
    """Hand out a job's codes as a file; once only, and who did it is written down."""
    slug, job = visit.path("coupon"), read_number(visit.path("job"))
    if job is None:
        raise NotFound("job", visit.path("job"))
    try:
        pieces = codes_csv(visit.world, visit.brand_id, slug, job)
    except Conflict:
        return _show(visit, [text("console.coupons.exported_before")], 409)
    record_action(
        visit.world, visit.brand_id, visit.me.user.user_id, "coupon_exported", f"{slug}#{job}"
    )
    name = f"{slug}-{job}.csv"
    return StreamingResponse(
        pieces, media_type="text/csv",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


def issue(visit: Visit) -> Response:
    """Issue to one person, or to all of a segment."""
    world, brand_id, slug = visit.world, visit.brand_id, visit.path("coupon")
    me = visit.me.user
    segment, asked = visit.form.get("segment", ""), visit.form.get("person", "").strip()
    batch = visit.form.get("batch", "")
    person = find_person(world, brand_id, asked) if asked and not segment else None
    if person is None and not segment:
        return _show(visit, [text("console.simulator.nobody")], 422)
    try:
        if person is None:
            done = issue_to_segment(world, brand_id, slug, segment, batch)
        else:
            done = issue_by_hand(world, brand_id, slug, person, batch)
    except BadInput as fault:
        return _show(visit, [one.text for one in fault.problems], 422)
    except Refused as fault:
        return _show(visit, [text(f"rewards.reason.{fault.reason}")], 409)
    record_action(world, brand_id, me.user_id, "coupon_issued", f"{slug} · {segment or asked[:40]}")
    return go(f"/coupons/{slug}", issued=done.n_issued, refused=done.n_refused or "")


def show_versions(visit: Visit) -> Response:
    """Show every version, and what two of them say differently."""
    return versions_page(visit, KIND, visit.path("coupon"), "/coupons", _SECTION)


def restore(visit: Visit) -> Response:
    """Make an older version the newest again."""
    return restore_version(visit, KIND, visit.path("coupon"), "/coupons")


def _show(visit: Visit, problems: list[Text] | None = None, status: int = 200) -> Response:
    """Show one pool, and what kept it from what was asked for."""
    slug = visit.path("coupon")
    view = show_pool(visit.world, visit.brand_id, slug)
    days = usage_by_day(visit.world, visit.brand_id, KIND, slug)
    name = translate(visit.locale, "console.promotions.orders")
    segments = list_segments(visit.world, visit.brand_id) if visit.may("rewards.write") else []
    return page(
        visit, "pages/coupon.html", status, section=_SECTION, view=view, one=view.coupon,
        money=money, problems=problems or [], applied=visit.ask("applied"), done=visit.ask("done"),
        issued=visit.ask("issued"), refused=visit.ask("refused"), segments=segments,
        most=MOST_AT_ONCE, chart=lines(chart_days(days), {name: [day.n for day in days]}),
        has_usage=any(day.n for day in days), batch=f"{visit.world.clock.now()}",
        limits=partial(limit_words, visit.locale), channels=partial(channel_words, visit.locale),
    )  # fmt: skip


def _look(world: World, brand_id: int, source: str) -> Mapping[str, object]:
    """Return what a draft says."""
    found, promotion = draft_coupon(world, brand_id, source)
    return {
        "one": found, "promotion": promotion, "channel": channel_words, "limit_words": limit_words,
        "money": money,
    }  # fmt: skip


_EDITOR: Final = RewardEditor(KIND, "/coupons", _SECTION, coupon_source, _look)
