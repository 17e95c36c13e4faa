"""Whether one message may go to one person now: a total function with a reason for every no."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from huiliu.kernel.errors import BadSetting
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, Instant, local_datetime, next_local_time

__all__ = [
    "REASONS",
    "Case",
    "Decision",
    "Hold",
    "Refuse",
    "Rules",
    "Send",
    "SentBefore",
    "decide",
    "is_zone",
    "quiet_until",
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
    "cancelled",
    "channel_unknown",
    "consent_missing",
    "consent_withdrawn",
    "expired",
    "expires_in_quiet_hours",
    "frequency_cap",
    "journey_paused",
    "journey_stopped",
    "no_answer",
    "person_gone",
    "provider_busy",
    "provider_failed",
    "provider_rejected",
    "quiet_hours",
    "suppressed",
    "template_failed",
    "template_missing",
    "undelivered",
)


@dataclass(frozen=True, slots=True)
class Rules:
    """The brand's own limits on marketing; service messages always pass them."""

    #: Marketing messages to one person in any rolling window, over all channels.
    cap: int = 4
    #: The window's length in microseconds.
    cap_window: int = 7 * DAY
    #: Marketing waits from this wall-clock time of the person ...
    quiet_start: dt.time = dt.time(21)
    #: ... until this one; the same time twice means no quiet hours.
    quiet_end: dt.time = dt.time(8)


class SentBefore(msgspec.Struct, frozen=True, gc=False):
    """A message that the person was sent, or is being sent, before."""

    sent_at: int
    channel: str
    message_class: str


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
    #: The person's IANA zone.
    zone: str
    #: At least those inside the cap's window.
    sent_before: Sequence[SentBefore]


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


def rules_from(cap: int, quiet_start: str, quiet_end: str) -> Rules:
    """Return the rules that the settings name; raise BadSetting for values that cannot work."""
    if cap < 0:
        raise BadSetting("frequency_cap", str(cap), text("setting.negative"))
    return Rules(
        cap=cap,
        quiet_start=_time("quiet_start", quiet_start),
        quiet_end=_time("quiet_end", quiet_end),
    )


def _time(name: str, written: str) -> dt.time:
    """Return a wall-clock time such as 21:00."""
    try:
        found = dt.time.fromisoformat(written)
    except ValueError as fault:
        raise BadSetting(name, written, text("setting.no_time")) from fault
    if found.tzinfo is not None:
        raise BadSetting(name, written, text("setting.zoned_time"))
    return found


def is_zone(name: object) -> bool:
    """Say whether a trait's value is an IANA time zone that can be used."""
    if not isinstance(name, str) or not name:
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def quiet_until(rules: Rules, now: int, zone: str) -> Instant | None:
    """Return when the person's quiet hours end, or None when they are not in force now.

    The end is the next instant at which their clocks show `quiet_end`: a time that a DST change
    skips is the next valid one, one that comes twice is the first.
    """
    start, end = rules.quiet_start, rules.quiet_end
    if start == end:
        return None
    here = local_datetime(now, zone).time()
    is_quiet = start <= here < end if start < end else here >= start or here < end
    if not is_quiet:
        return None
    until = next_local_time(now, zone, end)
    # When the clocks go back over the end, "the first 08:00" has passed while 07:30 is shown again.
    return until if until > now else None


def decide(rules: Rules, case: Case, now: int) -> Decision:
    """Return what is to become of a message; every combination of facts has an answer.

    The order is from what can never change to what the next hour may change, so that the reason
    given is the strongest one.
    """
    if refused := _lasting(case, now):
        return Refuse(refused)
    if case.message_class == "service":
        return Send()
    until = quiet_until(rules, now, case.zone)
    if until is not None:
        if case.expires_at and until > case.expires_at:
            return Refuse("expires_in_quiet_hours")
        return Hold(until, "quiet_hours")
    since = now - rules.cap_window
    recent = sum(
        1 for sent in case.sent_before if sent.message_class != "service" and sent.sent_at > since
    )
    return Refuse("frequency_cap") if recent >= rules.cap else Send()


def _lasting(case: Case, now: int) -> str:
    """Return the reason that waiting would not mend, or ""."""
    if case.cancelled:
        return "cancelled"
    if case.expires_at and now > case.expires_at:
        return "expired"
    if not case.address:
        return "address_invalid" if case.address_is_wrong else "address_missing"
    purpose = "service" if case.message_class == "service" else "marketing"
    state = case.consents.get((case.channel, purpose))
    if state == "withdrawn":
        return "consent_withdrawn"
    if case.suppressed:
        return "suppressed"
    if purpose == "marketing" and state != "granted":
        return "consent_missing"
    return ""
