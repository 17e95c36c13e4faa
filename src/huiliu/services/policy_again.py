"""The policy's decision about a message, taken again from what is stored, and what was nearest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import HOUR, Instant, show_instant
from huiliu.messages.policy import (
    Case,
    Decision,
    Hold,
    Refuse,
    Rules,
    Send,
    SentBefore,
    decide,
    is_zone,
    quiet_until,
)
from huiliu.ports.messages import MessageRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World

__all__ = ["PolicyAgain", "policy_again"]

#: Reasons that the policy itself gives; all others come from accounts and providers.
_OF_POLICY = frozenset({
    "cancelled", "expired", "address_missing", "address_invalid", "consent_withdrawn",
    "suppressed", "consent_missing", "expires_in_quiet_hours", "quiet_hours", "frequency_cap",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class PolicyAgain:
    """What the policy decided, and what would have changed it."""

    #: same or other; unknown where the policy had no say.
    outcome: str
    #: Marketing messages that counted against the cap, and the cap; None for service messages.
    cap: tuple[int, int] | None
    nearest: Text | None


def policy_again(tx: Tx, world: World, brand_id: int, row: MessageRow) -> PolicyAgain:
    """Return the decision about a message, taken again with what the ledger knows of that moment.

    The ledger keeps the reason and every message that was sent; what only the reason tells (an
    address that was missing) is taken from it.
    """
    queued = row.queued
    at = row.sent_at or row.changed_at
    case = _case(tx, world, brand_id, row, at)
    rules = world.policy
    cap = None
    if queued.message_class != "service":
        since = at - rules.cap_window
        n_before = sum(
            one.message_class != "service" and one.sent_at > since for one in case.sent_before
        )
        cap = (n_before, rules.cap)
    said_no = row.status in {"not_sent", "queued"} and bool(row.reason)
    if (said_no and row.reason not in _OF_POLICY) or (not said_no and not row.sent_at):
        return PolicyAgain("unknown", cap, None)
    decision = decide(rules, case, at)
    same = (
        isinstance(decision, Hold | Refuse) and decision.reason == row.reason
        if said_no
        else isinstance(decision, Send)
    )
    return PolicyAgain("same" if same else "other", cap, _nearest(rules, case, at, decision))


def _case(tx: Tx, world: World, brand_id: int, row: MessageRow, at: int) -> Case:
    """Return what the decision rested on."""
    queued, reason = row.queued, row.reason
    present = tx.people.present(brand_id, [queued.profile_id]).get(
        queued.profile_id, queued.profile_id
    )
    purpose = "service" if queued.message_class == "service" else "marketing"
    consents = dict(tx.people.consents(brand_id, [present]).get(present, {}))
    if reason == "consent_missing":
        consents.pop((queued.channel, purpose), None)
    elif reason == "consent_withdrawn":
        consents[queued.channel, purpose] = "withdrawn"
    elif purpose == "marketing":
        consents[queued.channel, purpose] = "granted"
    elif consents.get((queued.channel, purpose)) == "withdrawn":
        consents.pop((queued.channel, purpose))
    profile = tx.people.profiles(brand_id, [present]).get(present)
    zone = profile.traits.get("zone") if profile is not None else None
    sent = tx.messages.of_profile(brand_id, present, 1_000)
    before = [
        SentBefore(one.sent_at, one.queued.channel, one.queued.message_class)
        for one in sent
        if one.sent_at and one.sent_at < at and one.queued.message_id != queued.message_id
    ]
    return Case(
        channel=queued.channel,
        message_class=queued.message_class,
        expires_at=queued.expires_at,
        cancelled=reason == "cancelled",
        address="" if reason in {"address_missing", "address_invalid"} else "-",
        address_is_wrong=reason == "address_invalid",
        suppressed=reason == "suppressed",
        consents=consents,
        zone=str(zone) if is_zone(zone) else world.zone,
        sent_before=before,
    )


def _nearest(rules: Rules, case: Case, at: int, was: Decision) -> Text | None:
    """Return the first change, nearest first, after which the policy decides otherwise."""
    for said, other, moment in _others(rules, case, at):
        if type(decide(rules, other, moment)) is not type(was):
            return said
    return None


def _others(rules: Rules, case: Case, at: int) -> Iterator[tuple[Text, Case, int]]:
    """Yield cases that differ in one thing, the nearest first."""
    until = quiet_until(rules, at, case.zone)
    if until is not None:
        yield text("nearest.policy.later", at=show_instant(until)), case, until
    marketing = sorted(
        one.sent_at
        for one in case.sent_before
        if one.message_class != "service" and one.sent_at > at - rules.cap_window
    )
    if len(marketing) >= rules.cap > 0:
        free = Instant(marketing[-rules.cap] + rules.cap_window)
        yield text("nearest.policy.later", at=show_instant(free)), case, free
        fewer = _without(case, marketing[: len(marketing) - rules.cap + 1])
        said = text("nearest.policy.fewer", n=len(marketing) - rules.cap + 1)
        yield said, fewer, at
    if case.cancelled:
        yield text("nearest.policy.not_cancelled"), replace(case, cancelled=False), at
    if case.expires_at and at > case.expires_at:
        later = replace(case, expires_at=at)
        yield text("nearest.policy.earlier", at=show_instant(case.expires_at)), later, at
    if not case.address:
        yield (
            text("nearest.policy.address", channel=case.channel),
            replace(case, address="-", address_is_wrong=False), at,
        )  # fmt: skip
    if case.suppressed:
        yield text("nearest.policy.not_suppressed"), replace(case, suppressed=False), at
    purpose = "service" if case.message_class == "service" else "marketing"
    for state in ("granted", "withdrawn"):
        if case.consents.get((case.channel, purpose)) != state:
            consents = {**case.consents, (case.channel, purpose): state}
            said = text(f"nearest.policy.{state}", channel=case.channel)
            yield said, replace(case, consents=consents), at
    if case.message_class != "service":
        n_more = max(0, rules.cap - len(marketing))
        more = [SentBefore(at - HOUR, case.channel, "marketing")] * n_more
        said = text("nearest.policy.more", n=n_more)
        yield said, replace(case, sent_before=[*case.sent_before, *more]), at


def _without(case: Case, instants: Sequence[int]) -> Case:
    """Return a case in which messages of these instants were not sent."""
    kept = [one for one in case.sent_before if one.sent_at not in set(instants)]
    return replace(case, sent_before=kept)
