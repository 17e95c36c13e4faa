"""The policy's decision about a message, taken again from what is stored, and what was nearest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import DAY, HOUR, Instant, show_instant
from huiliu.messages.attention import Contender
from huiliu.messages.caps import Cap, Full
from huiliu.messages.policy import (
    OUTCOMPETED,
    Case,
    Decision,
    Hold,
    Refuse,
    Rules,
    Send,
    SentBefore,
    decide,
    full_cap,
    is_zone,
    quiet_for,
)
from huiliu.messages.whereabouts import whereabouts
from huiliu.ports.messages import MessageRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.live import live
from huiliu.services.policy_rules import rules_at

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
    #: The cap that was nearest to being full: its name, what counted, and how many may be; None
    #: where none concerns the message.
    cap: tuple[str, int, int] | None
    nearest: Text | None


def policy_again(tx: Tx, world: World, brand_id: int, row: MessageRow) -> PolicyAgain:
    """Return the decision about a message, taken again with what the ledger knows of that moment.

    The ledger keeps the reason and every message that was sent; what only the reason tells (an
    address that was missing) is taken from it. Which messages competed then is not kept.
    """
    at = row.sent_at or row.changed_at
    rules = rules_at(tx, world, brand_id, at)
    case = _case(tx, world, brand_id, row, at)
    cap = _nearest_cap(rules, case, at) if row.queued.message_class != "service" else None
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


def _nearest_cap(rules: Rules, case: Case, at: int) -> tuple[str, int, int] | None:
    """Return the cap that left the least room: its name, what counted, and how many may be."""
    kin = case.me.kin if case.me is not None else None
    if kin is None:
        return None
    found = [
        (cap.most - len(counted), cap.name, len(counted), cap.most)
        for cap in rules.caps
        if cap.concerns(kin)
        for counted in [cap.counted(kin, case.sent_before, at, case.zone)]
    ]
    return min(found)[1:] if found else None


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
    traits = {name: held[0] for name, held in profile.traits.items()} if profile else {}
    zone = traits.get("zone")
    # The number itself stays in the vault: its country is kept beside it.
    where = whereabouts(queued.channel, "", traits, world.zone)
    journeys = live(tx, world, brand_id).journeys
    categories = {slug: running.journey.category for slug, running in journeys.items()}
    before = [
        SentBefore(
            one.sent_at, one.queued.channel, one.queued.message_class, one.queued.journey,
            categories.get(one.queued.journey, ""),
        )
        for one in tx.messages.of_profile(brand_id, present, 1_000)
        if one.sent_at and one.sent_at < at and one.queued.message_id != queued.message_id
    ]  # fmt: skip
    me = Contender(
        queued.message_id, queued.channel, queued.journey, categories.get(queued.journey, ""),
        0, queued.queued_at, queued.not_before,
    )  # fmt: skip
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
        zones=where.zones,
        places=where.places,
        me=me,
        was_outcompeted=reason == OUTCOMPETED,
    )


def _nearest(rules: Rules, case: Case, at: int, was: Decision) -> Text | None:
    """Return the first change, nearest first, after which the policy decides otherwise."""
    for said, other, moment in _others(rules, case, at):
        if type(decide(rules, other, moment)) is not type(was):
            return said
    return None


def _others(rules: Rules, case: Case, at: int) -> Iterator[tuple[Text, Case, int]]:
    """Yield cases that differ in one thing, the nearest first."""
    until = quiet_for(rules, case, at)
    if until is not None:
        yield text("nearest.policy.later", at=show_instant(until)), case, until
    is_marketing = case.message_class != "service"
    full = full_cap(rules, case, at) if is_marketing else None
    if full is not None and full.cap.most:
        yield from _with_room(case, full, at)
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
    if is_marketing and full is None:
        yield from _fuller(rules, case, at)


def _with_room(case: Case, full: Full, at: int) -> Iterator[tuple[Text, Case, int]]:
    """Yield cases in which a cap that is full has room: later, or with fewer messages."""
    if full.frees_at:
        free = Instant(full.frees_at)
        yield text("nearest.policy.later", at=show_instant(free)), case, free
    n_fewer = len(full.counted) - full.cap.most + 1
    fewer = _without(case, full.counted[:n_fewer])
    yield text("nearest.policy.fewer", n=n_fewer), fewer, at


def _fuller(rules: Rules, case: Case, at: int) -> Iterator[tuple[Text, Case, int]]:
    """Yield cases in which a cap is full, that with the least room first."""
    assert case.me is not None
    kin = case.me.kin
    found: list[tuple[int, Cap]] = []
    for cap in rules.caps:
        if cap.concerns(kin):
            n_before = len(cap.counted(kin, case.sent_before, at, case.zone))
            found.append((max(0, cap.most - n_before), cap))
    for n_more, cap in sorted(found, key=lambda one: (one[0], one[1].name)):
        # Just before: whatever begins a day or a week, that counts.
        ago = min(HOUR, cap.window or DAY) // 3600
        another = SentBefore(at - ago, kin.channel, "marketing", kin.journey, kin.category)
        sent = [*case.sent_before, *[another] * n_more]
        yield text("nearest.policy.more", n=n_more), replace(case, sent_before=sent), at


def _without(case: Case, instants: Sequence[int]) -> Case:
    """Return a case in which messages of these instants were not sent."""
    kept = [one for one in case.sent_before if one.sent_at not in set(instants)]
    return replace(case, sent_before=kept)
