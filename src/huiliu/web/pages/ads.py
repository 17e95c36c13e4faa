"""Ad platforms: accounts, audiences, what was shared, campaigns and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from huiliu.advertising.audience import AdAudience
from huiliu.advertising.people import KINDS
from huiliu.advertising.platforms import PLATFORMS
from huiliu.advertising.platforms.amounts import decimal_of
from huiliu.kernel.documents import Header
from huiliu.kernel.errors import BadInput, Conflict, NotFound, Unavailable
from huiliu.kernel.ids import parse_profile_id
from huiliu.kernel.texts import text
from huiliu.services.ad_accounts import (
    ad_account,
    ad_accounts,
    fields_of,
    pause_ad_account,
    platform_named,
    remove_ad_account,
    resume_ad_account,
    save_ad_account,
    try_ad_account,
)
from huiliu.services.ad_audiences import (
    KIND,
    ad_audience,
    ad_audiences,
    remove_ad_audience,
    transfers,
)
from huiliu.services.ad_control import ACTIONS, confirm, control, controls, propose
from huiliu.services.ad_convert import ad_conversions
from huiliu.services.ad_spend import ad_spend, fetch_spend, import_spend
from huiliu.services.list_actions import record_action
from huiliu.services.publish import publish
from huiliu.web.doors import Visit
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page

__all__ = [
    "LARGEST_FILE",
    "account_state",
    "ask",
    "carry_out",
    "end_audience",
    "fetch",
    "remove_account",
    "save_account",
    "save_audience",
    "show",
    "show_account",
    "show_account_editor",
    "show_audience",
    "show_audience_editor",
    "show_control",
    "show_new_account",
    "show_new_audience",
    "show_transfers",
    "test_account",
    "upload",
]

LARGEST_FILE: Final = 20 * 1024 * 1024
_PAGE: Final = 200


def show(visit: Visit) -> Response:
    """Show accounts, audiences and what they cost over the last thirty days."""
    world, brand_id = visit.world, visit.brand_id
    return page(
        visit, "pages/ads.html", section="ads", accounts=ad_accounts(world, brand_id),
        audiences=ad_audiences(world, brand_id), spend=ad_spend(world, brand_id),
        controls=controls(world, brand_id)[:10], amount=_amount,
    )  # fmt: skip


def show_account(visit: Visit) -> Response:
    """Show one account: how it works, what it costs, what was asked of its campaigns."""
    return _account(visit)


def show_new_account(visit: Visit) -> Response:
    """Show the form of a new account: first the platform, then its fields."""
    name = visit.ask("platform")
    if name not in PLATFORMS:
        return page(
            visit, "pages/ad_platforms.html", section="ads", platforms=list(PLATFORMS.values())
        )
    return _account_form(visit, name, {}, is_new=True)


def show_account_editor(visit: Visit) -> Response:
    """Show the form with an account's fields; its secrets stay where they are."""
    found = ad_account(visit.world, visit.brand_id, visit.path("account"))
    typed = {"name": found.name, **found.row.config}
    return _account_form(visit, found.row.platform, typed, is_new=False)


def save_account(visit: Visit) -> Response:
    """Store an account, or say what is wrong."""
    form = visit.form
    platform, name = form.get("platform", ""), form.get("name", "").strip()
    is_new = form.get("is_new") == "1"
    known = [one.name for one in fields_of(platform_named(platform))]
    given = {one: form.get(one, "").strip() for one in known}
    if is_new and any(one.name == name for one in ad_accounts(visit.world, visit.brand_id)):
        taken = [("name", text("console.ads.taken"), 0)]
        return _account_form(visit, platform, form, is_new=True, status=409, problems=taken)
    try:
        save_ad_account(visit.world, visit.brand_id, name, platform, given, _user(visit))
    except BadInput as fault:
        wrong = [(one.path, one.text, one.line) for one in fault.problems]
        return _account_form(visit, platform, form, is_new=is_new, status=422, problems=wrong)
    return go(f"/ads/accounts/{name}", saved="1")


def test_account(visit: Visit) -> Response:
    """Ask the platform for the account's name, and show what it said."""
    name = visit.path("account")
    told = try_ad_account(visit.world, visit.brand_id, name)
    record_action(visit.world, visit.brand_id, _user(visit), "ad_account_tested", name)
    return _account(visit, tried=told)


def account_state(visit: Visit) -> Response:
    """Pause an account, or end its pause."""
    name, call = visit.path("account"), resume_ad_account
    if visit.form.get("state") == "paused":
        call = pause_ad_account
    call(visit.world, visit.brand_id, name, _user(visit))
    return go(f"/ads/accounts/{name}")


def remove_account(visit: Visit) -> Response:
    """Forget an account on which no audience stands."""
    try:
        remove_ad_account(visit.world, visit.brand_id, visit.path("account"), _user(visit))
    except Conflict as fault:
        used = [("", text("console.ads.in_use", audiences=fault.found), 0)]
        return _account(visit, 409, problems=used)
    return go("/ads")


def fetch(visit: Visit) -> Response:
    """Ask the platform what campaigns cost."""
    name = visit.path("account")
    try:
        n_rows = fetch_spend(visit.world, visit.brand_id, name)
    except Unavailable as fault:
        failed = [("", text("ads.account_refused", words=str(fault)), 0)]
        return _account(visit, 503, problems=failed)
    return go(f"/ads/accounts/{name}", spent=n_rows)


def upload(visit: Visit) -> Response:
    """Take in a table of costs."""
    name = visit.path("account")
    try:
        n_rows = import_spend(visit.world, visit.brand_id, name, visit.files.get("file", b""))
    except BadInput as fault:
        wrong = [(one.path, one.text, one.line) for one in fault.problems[:50]]
        return _account(visit, 422, problems=wrong)
    return go(f"/ads/accounts/{name}", spent=n_rows)


def show_audience(visit: Visit) -> Response:
    """Show one audience: who is in it, who is not and why, and the last transfers."""
    slug = visit.path("audience")
    return page(
        visit, "pages/ad_audience.html", section="ads", seen=ad_audience(
            visit.world, visit.brand_id, slug),
        rows=transfers(visit.world, visit.brand_id, audience=slug, limit=50),
        saved=visit.ask("saved"),
    )  # fmt: skip


def show_new_audience(visit: Visit) -> Response:
    """Show the form of a new audience."""
    return _audience_form(visit, {"segment": visit.ask("segment")}, is_new=True)


def show_audience_editor(visit: Visit) -> Response:
    """Show the form with an audience's document."""
    found = ad_audience(visit.world, visit.brand_id, visit.path("audience")).audience
    typed = {
        "slug": found.slug, "account": found.account, "segment": found.segment,
        "owner": found.owner, "note": found.header.note,
        **{f"name.{locale}": words for locale, words in found.header.name.items()},
        **{f"kind.{kind}": "1" for kind in found.identifiers},
    }  # fmt: skip
    return _audience_form(visit, typed, is_new=False)


def save_audience(visit: Visit) -> Response:
    """Make an audience live, or say what is wrong."""
    form = visit.form
    is_new, slug = form.get("is_new") == "1", form.get("slug", "").strip()
    names = {one: form.get(f"name.{one}", "").strip() for one in ("zh-CN", "en")}
    wanted = tuple(kind for kind in KINDS if form.get(f"kind.{kind}"))
    document = AdAudience(
        Header(slug, {key: one for key, one in names.items() if one} or {visit.locale: slug},
               form.get("note", "").strip()),
        form.get("account", ""), form.get("segment", ""),
        () if len(wanted) == len(KINDS) else wanted, form.get("owner", "").strip(),
    )  # fmt: skip
    try:
        publish(
            visit.world, visit.brand_id, document.source, visit.me.user.name, kind=KIND,
            expects=0 if is_new else None,
        )  # fmt: skip
    except Conflict:
        taken = [("slug", text("console.ads.taken"), 0)]
        return _audience_form(visit, form, is_new=is_new, status=409, problems=taken)
    except BadInput as fault:
        wrong = [(one.path, one.text, 0) for one in fault.problems]
        return _audience_form(visit, form, is_new=is_new, status=422, problems=wrong)
    return go(f"/ads/audiences/{slug}", saved="1")


def end_audience(visit: Visit) -> Response:
    """End an audience: everybody is taken out of it."""
    remove_ad_audience(visit.world, visit.brand_id, visit.path("audience"), _user(visit))
    return go("/ads")


def show_transfers(visit: Visit) -> Response:
    """Show who was shared with whom, when, and on which consent."""
    person = parse_profile_id(visit.ask("profile")) if visit.ask("profile") else 0
    if person is None:
        raise NotFound("profile", visit.ask("profile"))
    rows = transfers(
        visit.world, visit.brand_id, audience=visit.ask("audience"), account=visit.ask("account"),
        profile_id=person, before=read_number(visit.ask("before")), limit=_PAGE,
    )  # fmt: skip
    chosen = {one: visit.ask(one) for one in ("audience", "account", "profile")}
    return page(
        visit, "pages/ad_transfers.html", section="ads", rows=rows, chosen=chosen,
        more=rows[-1].transfer_id if len(rows) == _PAGE else 0,
    )  # fmt: skip


def ask(visit: Visit) -> Response:
    """Propose something to be done with a campaign, and ask whether it is meant."""
    form, name = visit.form, visit.path("account")
    try:
        row = propose(
            visit.world, visit.brand_id, name, form.get("campaign", ""), form.get("action", ""),
            amount=form.get("amount", "").strip(), reason=form.get("reason", "").strip(),
            by=f"user:{_user(visit)}",
        )  # fmt: skip
    except BadInput as fault:
        wrong = [(one.path, one.text, 0) for one in fault.problems]
        return _account(visit, 422, problems=wrong)
    return go(f"/ads/controls/{row.control_id.hex()}")


def show_control(visit: Visit) -> Response:
    """Show what is proposed, or what became of it."""
    row = control(visit.world, visit.brand_id, visit.path("control"))
    return page(visit, "pages/ad_control.html", section="ads", row=row, amount=_amount)


def carry_out(visit: Visit) -> Response:
    """Do what was proposed."""
    row = control(visit.world, visit.brand_id, visit.path("control"))
    try:
        confirm(visit.world, visit.brand_id, row.control_id, _user(visit))
    except Conflict:
        # Somebody was first, or it has gone stale: the page says which.
        return go(f"/ads/controls/{visit.path('control')}", late="1")
    return go(f"/ads/controls/{visit.path('control')}")


def _account(visit: Visit, status: int = 200, **facts: Any) -> Response:
    """Show one account with what was just done."""
    world, brand_id, name = visit.world, visit.brand_id, visit.path("account")
    found = ad_account(world, brand_id, name)
    shown = {"tried": None, "problems": ()}
    return page(
        visit, "pages/ad_account.html", status, section="ads", found=found,
        spend=ad_spend(world, brand_id, name), controls=controls(world, brand_id, name)[:20],
        seen=ad_conversions(world, brand_id, name), actions=ACTIONS, amount=_amount,
        told={one: visit.ask(one) for one in ("saved", "spent")}, typed=visit.form,
        **(shown | facts),
    )  # fmt: skip


def _account_form(
    visit: Visit,
    platform: str,
    typed: Mapping[str, str],
    *,
    is_new: bool,
    status: int = 200,
    problems: Any = (),
) -> Response:
    """Show an account's form with what was typed so far."""
    kind = platform_named(platform)
    return page(
        visit, "pages/ad_account_edit.html", status, section="ads", platform=kind, typed=typed,
        fields=fields_of(kind), is_new=is_new, problems=problems,
    )  # fmt: skip


def _audience_form(
    visit: Visit, typed: Mapping[str, str], *, is_new: bool, status: int = 200, problems: Any = ()
) -> Response:
    """Show an audience's form with what was typed so far."""
    with visit.world.store.transaction(visit.brand_id) as tx:
        segments = sorted(
            one.slug for one in tx.documents.all(visit.brand_id, "segment") if one.state == "live"
        )
    return page(
        visit, "pages/ad_audience_edit.html", status, section="ads", typed=typed, is_new=is_new,
        accounts=ad_accounts(visit.world, visit.brand_id), segments=segments, kinds=KINDS,
        problems=problems,
    )  # fmt: skip


def _amount(minor: int, currency: str) -> str:
    """Return an amount with its currency."""
    return f"{decimal_of(minor, {}, currency):,} {currency}"


def _user(visit: Visit) -> int:
    """Return who does it."""
    return visit.me.user.user_id
