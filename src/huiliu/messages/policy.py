"""Whether one message may go to one person now: a total function with a reason for every no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from huiliu.kernel.calendar import is_zone
from huiliu.kernel.times import MINUTE, Instant
from huiliu.messages.attention import Contender, ahead_of, ranked
from huiliu.messages.caps import Cap, Full, Kin, SentBefore, first_full
from huiliu.messages.channels import CHANNELS
from huiliu.messages.quiet import Where, applying, quiet_until
from huiliu.messages.rules import Rules, plain_rules, rules_from
from huiliu.messages.will import NO_WILL, OWN_CAP, Will

__all__ = [
    "OUTCOMPETED",
    "REASONS",
    "Case",
    "Decision",
    "Hold",
    "Refuse",
    "Rules",
    "Send",
    "SentBefore",
    "contest",
    "decide",
    "full_cap",
    "is_zone",
    "plain_rules",
    "quiet_for",
    "rules_from",
]

#: Every reason code of a non-send, failure or hold; each has its sentence in the catalogues under
#: `reason.<code>`.
REASONS: Final = (
    "account_missing",
    "account_paused",
    "address_dead",
    "address_invalid",
    "address_missing",
    "brief_contradicted",
    "brief_missing",
    "cancelled",
    "channel_unknown",
    "class_not_allowed",
    "consent_expired",
    "consent_missing",
    "consent_withdrawn",
    "content_blocked",
    "conversation_open",
    "dispute_open",
    "expired",
    "expires_in_quiet_hours",
    "field_invalid",
    "filing_mismatch",
    "filing_missing",
    "filing_pending",
    "frequency_cap",
    "frequency_chosen",
    "guard_paused",
    "held_out",
    "journey_paused",
    "journey_stopped",
    "maker_limit",
    "mass_quota",
    "no_answer",
    "no_credit",
    "not_handed_over",
    "not_rolled_out",
    "not_worth_it",
    "outcompeted",
    "paused_by_person",
    "person_gone",
    "provider_busy",
    "provider_down",
    "provider_failed",
    "provider_rejected",
    "quiet_hours",
    "quota_used_up",
    "rollout_held",
    "suppressed",
    "template_failed",
    "template_missing",
    "template_muted",
    "template_refused",
    "template_stopped",
    "topic_refused",
    "type_unknown",
    "undelivered",
    "wecom_month_full",
    "window_closed",
)

#: A more important message took, or may take, the last place that caps leave.
OUTCOMPETED: Final = "outcompeted"
#: So long after those ahead of it may go, a message asks again whether they went.
_ASK_AGAIN: Final = MINUTE
#: Who is being helped may be helped soon.
_HELD_FOR: Final = 15 * MINUTE
_SERVICE: Final = "service"


class Case(msgspec.Struct, frozen=True, gc=False):
    """All that the decision about one message rests on, read under the person's lock."""

    channel: str
    message_class: str
    #: Not sent later than this; 0 = no limit.
    expires_at: int
    #: What happened since has made it pointless: the journey's cancel_when holds.
    cancelled: bool
    #: "" where the profile has none for the channel.
    address: str
    #: The profile has one, but it cannot be an address of this channel.
    address_is_wrong: bool
    #: The address is on the list of those never written to.
    suppressed: bool
    #: (channel, purpose) -> granted or withdrawn.
    consents: Mapping[tuple[str, str], str]
    #: The person's IANA zone, by which days, weeks and months are counted.
    zone: str
    #: At least those inside the caps' windows.
    sent_before: Sequence[SentBefore]
    #: All clocks that quiet hours are read by; () = the person's zone alone.
    zones: tuple[str, ...] = ()
    #: The country, and the state, whose quiet hours hold: `US`, `US-FL`.
    places: tuple[str, ...] = ()
    #: The message as it competes; None = nobody asks for which journey it is.
    me: Contender | None = None
    #: Marketing messages of the same person that wait and may go about now.
    rivals: Sequence[Contender] = ()
    #: The person's number of the day, evenly between 0 and 1: it draws whose share counts.
    draw: float = 1.0
    #: Whether it had to let others go first already.
    was_outcompeted: bool = False
    #: What the person chose besides yes and no.
    will: Will = NO_WILL
    #: Why marketing waits while the person is being helped, and until when at most; "" = it does
    #: not.
    held: str = ""
    held_until: int = 0


@dataclass(frozen=True, slots=True)
class Send:
    """It may go now."""


@dataclass(frozen=True, slots=True)
class Hold:
    """It waits: shifted, never dropped silently."""

    until: Instant
    reason: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """It is not sent, for a reason that a person can read."""

    reason: str


Decision: TypeAlias = Send | Hold | Refuse


def decide(rules: Rules, case: Case, now: int) -> Decision:
    """Return what is to become of a message; every combination of facts has an answer.

    The order is from what can never change to what the next hour may change, so that the reason
    given is the strongest one.
    """
    if refused := _lasting(case, now):
        return Refuse(refused)
    if case.held and case.message_class != _SERVICE:
        return _held(case, now)
    until = quiet_for(rules, case, now)
    if until is not None:
        if case.expires_at and until > case.expires_at:
            return Refuse("expires_in_quiet_hours")
        return Hold(until, "quiet_hours")
    return Send() if case.message_class == _SERVICE else _attended(rules, case, now)


def _held(case: Case, now: int) -> Decision:
    """Return what becomes of marketing to somebody who is being helped: it asks again soon."""
    again = Instant(max(now, min(case.held_until, now + _HELD_FOR)))
    if case.expires_at and again > case.expires_at:
        return Refuse(case.held)
    return Hold(again, case.held)


def _attended(rules: Rules, case: Case, now: int) -> Decision:
    """Return whether a marketing message gets a place in the person's attention."""
    full = full_cap(rules, case, now)
    if full is not None:
        return _without_room(case, full)
    if rules.attention.refuses_worthless and case.me is not None and case.me.worth < 0:
        return Refuse("not_worth_it")
    winners = contest(rules, case, now) if case.rivals else []
    if not winners:
        return Send()
    again = Instant(max(now, min(one.not_before for one in winners)) + _ASK_AGAIN)
    if case.expires_at and again > case.expires_at:
        return Refuse(OUTCOMPETED)
    return Hold(again, OUTCOMPETED)


def quiet_for(rules: Rules, case: Case, now: int) -> Instant | None:
    """Return when the quiet hours end that hold a message back; None = none does."""
    hours = applying(rules.hours, case.channel, case.message_class, case.places)
    if not hours or _is_met(case):
        return None
    return quiet_until(hours, Where(case.zones or (case.zone,), case.places), now)


def _is_met(case: Case) -> bool:
    """Say whether people come upon the message by themselves, instead of being called by it."""
    return case.channel in CHANNELS and CHANNELS[case.channel].is_met


def full_cap(rules: Rules, case: Case, now: int) -> Full | None:
    """Return the cap that leaves a marketing message no room, if one does."""
    return first_full(_caps(rules, case), _kin(case), case.sent_before, now, case.zone)


def contest(rules: Rules, case: Case, now: int) -> list[Contender]:
    """Return the messages that get the person's last places before this one; [] = there is one."""
    if case.me is None:
        return []
    order = ranked(rules.attention, (case.me, *case.rivals), case.draw)
    return ahead_of(case.me, order, _caps(rules, case), case.sent_before, now, case.zone)


def _caps(rules: Rules, case: Case) -> Sequence[Cap]:
    """Return the brand's caps, and the one that the person chose."""
    return rules.caps if case.will.cap is None else (*rules.caps, case.will.cap)


def _kin(case: Case) -> Kin:
    """Return what caps tell a message apart by."""
    return Kin(case.channel) if case.me is None else case.me.kin


def _without_room(case: Case, full: Full) -> Decision:
    """Return what becomes of a message when a cap is full: it waits where the cap says so."""
    if full.cap.name == OWN_CAP:
        return Refuse("frequency_chosen")
    reason = OUTCOMPETED if case.was_outcompeted else "frequency_cap"
    waits = full.cap.waits and full.frees_at
    if waits and not (case.expires_at and full.frees_at > case.expires_at):
        return Hold(Instant(full.frees_at), "frequency_cap")
    return Refuse(reason)


def _lasting(case: Case, now: int) -> str:
    """Return the reason that waiting would not mend, or ""."""
    if case.cancelled:
        return "cancelled"
    if case.expires_at and now > case.expires_at:
        return "expired"
    if not case.address:
        return "address_invalid" if case.address_is_wrong else "address_missing"
    if case.will.is_answer:
        # They wrote this minute: an answer disturbs nobody, even one that says "no more".
        return ""
    purpose = _SERVICE if case.message_class == _SERVICE else "marketing"
    state = case.consents.get((case.channel, purpose))
    if state == "withdrawn":
        return "consent_withdrawn"
    if case.suppressed:
        return "suppressed"
    if purpose == "marketing" and state != "granted" and not _is_met(case):
        return "consent_expired" if state == "expired" else "consent_missing"
    return case.will.refusal(case.message_class, now)
