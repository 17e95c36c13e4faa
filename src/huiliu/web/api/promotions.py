"""Promotions, pools and redemptions for servers: what the console's pages of them do."""

from __future__ import annotations

from typing import Final

from starlette.responses import StreamingResponse

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import parse_profile_id
from huiliu.kernel.texts import LOCALES, render, text
from huiliu.kernel.times import as_instant
from huiliu.services.draft_reward import Trial, try_basket
from huiliu.services.export_codes import codes_csv
from huiliu.services.find_redemptions import (
    Wanted,
    codes_of,
    find_redemptions,
    show_redemption,
)
from huiliu.services.issue_to_people import issue_to_segment
from huiliu.services.look_at_promotions import (
    list_pools,
    list_promotions,
    set_reward_state,
    show_pool,
    show_promotion,
)
from huiliu.services.make_codes import open_job
from huiliu.services.publish import publish, roll_back
from huiliu.services.reward_data import pricing_json
from huiliu.services.reward_listing import (
    held_json,
    job_json,
    pool_json,
    promotion_json,
    redemption_json,
)
from huiliu.services.reward_versions import compare_versions, reward_versions
from huiliu.web.api.calls import Answer, Call, route
from huiliu.web.paging import read_number

__all__ = ["routes"]


def _promotions(call: Call) -> object:
    """Return every promotion in use."""
    found = list_promotions(call.world, call.brand_id)
    return {"promotions": [promotion_json(one) for one in found]}


def _promotion(call: Call) -> object:
    """Return one promotion and its document."""
    view = show_promotion(call.world, call.brand_id, call.path("slug"))
    return promotion_json(view) | {"source": view.promotion.source}


def _pools(call: Call) -> object:
    """Return every pool in use."""
    return {"pools": [pool_json(one) for one in list_pools(call.world, call.brand_id)]}


def _pool(call: Call) -> object:
    """Return one pool and its document."""
    view = show_pool(call.world, call.brand_id, call.path("slug"))
    return pool_json(view) | {"source": view.coupon.source}


def _try(call: Call) -> object:
    """Return what a basket would cost, beside drafts and at another time."""
    body = call.body
    at = 0
    if body.get("at") is not None:
        at = as_instant(str(body["at"]), call.world.zone) or 0
        if not at:
            raise BadInput((Problem("at", text("rewards.want_moment")),))
    person = None
    if body.get("profile") is not None:
        person = parse_profile_id(str(body["profile"]))
        if person is None:
            raise NotFound("profile", str(body["profile"])[:80])
    trial = Trial(body.get("basket"), person, _words(call, "codes"), at, _words(call, "drafts"))
    return pricing_json(try_basket(call.world, call.brand_id, trial))


def _make(call: Call) -> object:
    """Have codes made; a worker makes them."""
    n = call.body.get("n")
    if not isinstance(n, int) or isinstance(n, bool):
        raise BadInput((Problem("n", text("console.coupons.want_number")),))
    return job_json(open_job(call.world, call.brand_id, call.path("slug"), n, call.by))


def _export(call: Call) -> object:
    """Hand out a job's codes as a file; once only."""
    job = read_number(call.path("job"))
    if job is None:
        raise NotFound("coupon_job", call.path("job"))
    pieces = codes_csv(call.world, call.brand_id, call.path("slug"), job)
    return StreamingResponse(pieces, media_type="text/csv")


def _issue_many(call: Call) -> object:
    """Issue to everybody in a segment; the same batch again gives nobody two."""
    done = issue_to_segment(
        call.world, call.brand_id, call.path("slug"), call.word("segment"), call.word("batch")
    )
    return {"issued": done.n_issued, "before": done.n_before, "refused": dict(done.refused)}


def _redemptions(call: Call) -> object:
    """Return orders that took promotions, those that changed last first."""
    asked = {name: call.ask(name)[:200] for name in ("q", "state", "promotion", "coupon")}
    profile = parse_profile_id(call.ask("profile")) if call.ask("profile") else None
    at, _, order = call.ask("before").partition(".")
    number = read_number(at)
    before = (number, order) if number is not None else None
    found = find_redemptions(call.world, call.brand_id, Wanted(**asked, profile_id=profile), before)
    return {
        "redemptions": [redemption_json(one) for one in found.rows],
        "next": f"{found.next[0]}.{found.next[1]}" if found.next else None,
    }


def _redemption(call: Call) -> object:
    """Return one order with how it was priced."""
    view = show_redemption(call.world, call.brand_id, call.ask("order_id"))
    return redemption_json(view) | {"pricing": view.answer}


def _held(call: Call) -> object:
    """Return the codes that a person got."""
    profile = parse_profile_id(call.path("profile"))
    if profile is None:
        raise NotFound("profile", call.path("profile"))
    return {"codes": [held_json(one) for one in codes_of(call.world, call.brand_id, profile)]}


def _publishing(kind: str) -> Answer:
    """Return the call that makes a document of a kind live."""

    def answer(call: Call) -> object:
        """Publish; `expects` is the version that its author began with."""
        expects = call.body.get("expects")
        done = publish(
            call.world, call.brand_id, call.word("source"), call.by, kind=kind,
            expects=expects if isinstance(expects, int) else None,
        )  # fmt: skip
        return {"slug": done.slug, "version": done.version, "new": done.is_new}

    return answer


def _stating(kind: str) -> Answer:
    """Return the call that pauses one of a kind, lets it go on, or takes it out of use."""

    def answer(call: Call) -> object:
        """Set the state: live, paused or archived."""
        slug, state = call.path("slug"), call.word("state")
        set_reward_state(call.world, call.brand_id, kind, slug, state)
        return {"slug": slug, "state": state}

    return answer


def _telling(kind: str) -> Answer:
    """Return the call that lists versions of one of a kind, and what two say differently."""

    def answer(call: Call) -> object:
        """Return the versions; with `old` and `new` also the changes."""
        named = kind, call.path("slug")
        known = reward_versions(call.world, call.brand_id, *named)
        old, new = read_number(call.ask("old")), read_number(call.ask("new"))
        changes = []
        if old and new:
            changes = [
                {
                    "path": one.path,
                    "what": one.what,
                    **{said: render(one.sentence(), said) for said in LOCALES},
                }
                for one in compare_versions(call.world, call.brand_id, named, old, new)
            ]
        told = [{"version": one.version, "by": one.created_by} for one in known]
        return {"versions": told, "changes": changes}

    return answer


def _restoring(kind: str) -> Answer:
    """Return the call that makes an older version the newest again."""

    def answer(call: Call) -> object:
        """Publish the version's source anew."""
        number = call.body.get("version")
        if not isinstance(number, int) or isinstance(number, bool):
            raise BadInput((Problem("version", text("api.not_a_text")),))
        named = kind, call.path("slug")
        done = roll_back(call.world, call.brand_id, named, call.by, number)
        return {"slug": done.slug, "version": done.version, "new": done.is_new}

    return answer


def _words(call: Call, name: str) -> list[str]:
    """Return a list of texts of the body; raise BadInput."""
    found = call.body.get(name, [])
    if not isinstance(found, list) or not all(
        isinstance(one, str) and "\0" not in one for one in found
    ):
        raise BadInput((Problem(name, text("api.not_a_text")),))
    return found


routes: Final = [
    route("GET", "/v1/promotions", _promotions),
    route("POST", "/v1/promotions", _publishing("promotion")),
    route("POST", "/v1/promotions/try", _try),
    route("GET", "/v1/promotions/{slug}", _promotion),
    route("GET", "/v1/promotions/{slug}/versions", _telling("promotion")),
    route("POST", "/v1/promotions/{slug}/restore", _restoring("promotion")),
    route("PUT", "/v1/promotions/{slug}/state", _stating("promotion")),
    route("GET", "/v1/coupon-pools", _pools),
    route("POST", "/v1/coupon-pools", _publishing("coupon")),
    route("GET", "/v1/coupon-pools/{slug}", _pool),
    route("GET", "/v1/coupon-pools/{slug}/versions", _telling("coupon")),
    route("POST", "/v1/coupon-pools/{slug}/restore", _restoring("coupon")),
    route("PUT", "/v1/coupon-pools/{slug}/state", _stating("coupon")),
    route("POST", "/v1/coupon-pools/{slug}/codes", _make),
    route("POST", "/v1/coupon-pools/{slug}/codes/{job}/export", _export),
    route("POST", "/v1/coupon-pools/{slug}/issue-segment", _issue_many),
    route("GET", "/v1/redemptions", _redemptions),
    route("GET", "/v1/redemptions/order", _redemption),
    route("GET", "/v1/profiles/{profile}/coupons", _held),
]
