"""Bringing friends for servers: campaigns, invites, friends who come, decisions, shared links."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.rewards.referral import KIND
from huiliu.services.accept_invite import accept_invite
from huiliu.services.give_invite_rewards import try_rewards_again
from huiliu.services.invite_people import Caller, Came, known_caller
from huiliu.services.open_invite import open_invite
from huiliu.services.publish import publish
from huiliu.services.referral_data import referral_json
from huiliu.services.referral_figures import figures_json, referral_figures
from huiliu.services.referrals import (
    campaign_url,
    list_referrals,
    open_referral,
    remove_referral,
)
from huiliu.services.see_invite import friend_json, invite_json, list_reviews, see_invite
from huiliu.services.settle_invites import decide_friend
from huiliu.services.share_links import share_figures, share_link
from huiliu.web.api.asked_person import asked_person
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]

_LONGEST: Final = 200
_LONGEST_URL: Final = 2_000


def _list(call: Call) -> object:
    """Return every campaign in use."""
    return {"referrals": [referral_json(one) for one in list_referrals(call.world, call.brand_id)]}


def _publish(call: Call) -> object:
    """Make a campaign live; `expects` is the version that its author began with."""
    expects = call.body.get("expects")
    done = publish(
        call.world, call.brand_id, call.word("source"), call.by, kind=KIND,
        expects=expects if isinstance(expects, int) else None,
    )  # fmt: skip
    return {"slug": done.slug, "version": done.version, "new": done.is_new}


def _show(call: Call) -> object:
    """Return one campaign, its figures and its document."""
    slug = call.path("referral")
    opened = open_referral(call.world, call.brand_id, slug)
    found = referral_figures(call.world, call.brand_id, slug)
    return {
        "slug": slug, "version": opened.version, "source": opened.campaign.source,
        "url": campaign_url(call.world, call.brand_id, slug), "figures": figures_json(found),
    }  # fmt: skip


def _remove(call: Call) -> object:
    """Take a campaign out of use."""
    remove_referral(call.world, call.brand_id, call.path("referral"))
    return {"slug": call.path("referral"), "removed": True}


def _again(call: Call) -> object:
    """Try rewards that could not be given once more."""
    slug = call.path("referral")
    open_referral(call.world, call.brand_id, slug)
    return {"slug": slug, "tried": try_rewards_again(call.world, call.brand_id, slug)}


def _open(call: Call) -> object:
    """Open a person's invite, or return the one that they have."""
    slug = call.path("referral")
    open_referral(call.world, call.brand_id, slug)
    row = open_invite(call.world, call.brand_id, slug, _caller(call), _came(call))
    return invite_json(see_invite(call.world, call.brand_id, row.invite_id))


def _invite(call: Call) -> object:
    """Return an invite as it stands."""
    return invite_json(see_invite(call.world, call.brand_id, _id(call, "invite")))


def _accept(call: Call) -> object:
    """Let a person come by an invite."""
    invite_id = _id(call, "invite")
    row = accept_invite(call.world, call.brand_id, invite_id, _caller(call), _came(call))
    return friend_json(row)


def _reviews(call: Call) -> object:
    """Return the friends who wait for a decision."""
    found = list_reviews(call.world, call.brand_id)
    return {"reviews": [friend_json(one.row) for one in found]}


def _decide(call: Call) -> object:
    """Let a friend count, or not."""
    decision = call.word("decision")
    if decision not in {"accept", "refuse"}:
        said = text("plans.want_choice", choices="accept, refuse")
        raise BadInput((Problem("decision", said),))
    row = decide_friend(
        call.world, call.brand_id, _id(call, "invite"), _id(call, "friend"), call.by,
        str(call.body.get("note") or ""), is_good=decision == "accept",
    )  # fmt: skip
    return friend_json(row)


def _share(call: Call) -> object:
    """Return a person's link to a thing."""
    kind, subject = call.word("kind"), call.word("subject")
    url = call.body.get("url") or ""
    problems = [
        Problem(name, text("plans.want_word", most=_LONGEST))
        for name, said in (("kind", kind), ("subject", subject))
        if not said or len(said) > _LONGEST or not said.isprintable()
    ]
    is_address = isinstance(url, str) and url.startswith(("https://", "http://"))
    if url and (not is_address or len(url) > _LONGEST_URL):
        problems.append(Problem("url", text("referral.target")))
    if problems:
        raise BadInput(tuple(problems))
    person = asked_person(call, "person")
    with call.world.store.system() as tx:
        address = share_link(tx, call.world, call.brand_id, person, kind, subject, str(url))
    return {"url": address}


def _shared(call: Call) -> object:
    """Return how a thing was shared."""
    with call.world.store.transaction(call.brand_id) as tx:
        found = share_figures(tx, call.brand_id, call.path("kind"), call.path("subject"))
    return {
        "shares": found.n_shares, "visits": found.n_visits, "machine_visits": found.n_machines,
    }  # fmt: skip


def _caller(call: Call) -> Caller:
    """Return the person of a call; raise NotFound for one who is not there."""
    profile_id = asked_person(call, "person")
    with call.world.store.transaction(call.brand_id) as tx:
        found = known_caller(tx, call.brand_id, profile_id)
    if found is None:
        raise NotFound("profile", str(profile_id))
    return found


def _came(call: Call) -> Came:
    """Return the device and address that a server tells of."""
    told = {name: call.body.get(name) or "" for name in ("device", "address")}
    wrong = [name for name, said in told.items()
             if not isinstance(said, str) or len(said) > _LONGEST]  # fmt: skip
    if wrong:
        said = text("plans.want_word", most=_LONGEST)
        raise BadInput(tuple(Problem(name, said) for name in wrong))
    return Came(str(told["device"]), str(told["address"]))


def _id(call: Call, name: str) -> bytes:
    """Return an id of the address; raise NotFound for what can be none."""
    try:
        return bytes.fromhex(call.path(name))
    except ValueError as fault:
        raise NotFound(name, call.path(name)[:80]) from fault


routes: Final = [
    route("GET", "/v1/referrals", _list),
    route("POST", "/v1/referrals", _publish),
    route("GET", "/v1/referrals/{referral}", _show),
    route("DELETE", "/v1/referrals/{referral}", _remove),
    route("POST", "/v1/referrals/{referral}/rewards", _again),
    route("POST", "/v1/referrals/{referral}/invites", _open),
    route("GET", "/v1/invites/{invite}", _invite),
    route("POST", "/v1/invites/{invite}/friends", _accept),
    route("GET", "/v1/invite-reviews", _reviews),
    route("POST", "/v1/invite-reviews/{invite}/{friend}", _decide),
    route("POST", "/v1/shares", _share),
    route("GET", "/v1/shares/{kind}/{subject}", _shared),
]
