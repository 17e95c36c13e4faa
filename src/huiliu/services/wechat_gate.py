"""The gate of official accounts: windows, the month's mass messages, mutes, quotas of the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from huiliu.kernel.events import NewEvent
from huiliu.kernel.times import DAY, SECOND, Instant
from huiliu.messages.platform_fields import faults
from huiliu.messages.policy import Decision, Hold, Refuse, Send
from huiliu.messages.rendering import Rendered
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount
from huiliu.ports.contacts import ContactPoint
from huiliu.ports.credits import MASS, WINDOW, Asking, Grant, Mute
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.admission import Gate
from huiliu.services.leaving import Leaving, Reached

__all__ = ["SPENT_BY", "WECHAT", "WechatAdmission", "note_quotas"]

#: China has one time zone, without summer time.
_CHINA: Final = timezone(timedelta(hours=8))
#: WeChat does not tell when a template is switched on again: it is tried anew after this.
_MUTED_FOR: Final = 30 * DAY
#: Codes of WeChat: this person muted the template; the window is closed; it is used up.
_MUTED: Final = "43101"
_CLOSED: Final = frozenset({"45015", "45047"})
#: The calls of the day are spent, or the account's mass messages are.
_QUOTAS: Final = frozenset({"45009", "45028"})
#: After these a message has used up what it held: it went, or nobody knows.
SPENT_BY: Final = frozenset({AnswerState.ACCEPTED, AnswerState.UNKNOWN})
#: After these it never goes.
_NEVER: Final = frozenset({AnswerState.REJECTED, AnswerState.SUPPRESS, AnswerState.FIX})
_MASS_A_MONTH: Final = 4


class WechatAdmission:
    """The Admission of one batch."""

    def __init__(self, tx: Tx, world: World, brand_id: int, now: int) -> None:
        """See which kinds of messages are stopped for today."""
        del world
        self._tx = tx
        self._brand_id = brand_id
        self._now = now
        self._blocked = tx.credits.blocked(brand_id, "wechat", now)

    def admit(
        self,
        queued: QueuedMessage,
        rendered: Rendered,
        account: ChannelAccount,
        contacts: Sequence[Reached],
    ) -> Decision:
        """Say whether a message may go now."""
        if not contacts:
            return Refuse("address_missing")
        kind = rendered.parts.get("type", "").strip()
        until = self._blocked.get((account.name, kind), 0)
        if until:
            return Hold(Instant(until), "quota_used_up")
        if any(faults("wechat", rendered.parts)):
            return Refuse("field_invalid")
        point = contacts[0].point
        match kind:
            case "template":
                return self._template(queued, rendered, point)
            case "service":
                found = self._take(queued, point, WINDOW)
                return Send() if found else Refuse("window_closed")
            case "mass":
                return self._mass(queued, account, point)
            case _:
                return Refuse("type_unknown")

    def close(self) -> None:
        """Everything is written where it was taken."""

    def _template(self, queued: QueuedMessage, rendered: Rendered, point: ContactPoint) -> Decision:
        """Say whether a template message may go: news of a service, and not switched off."""
        if queued.message_class != "service":
            return Refuse("class_not_allowed")
        template = rendered.parts.get("template_id", "").strip()
        if self._tx.credits.is_muted(self._brand_id, point, template, self._now):
            return Refuse("template_muted")
        return Send()

    def _mass(
        self, queued: QueuedMessage, account: ChannelAccount, point: ContactPoint
    ) -> Decision:
        """Say whether a person has a mass message of this month left."""
        written = account.config.get("mass_a_month", "")
        n = int(written) if written.isdecimal() else _MASS_A_MONTH
        month, until = _month(self._now)
        if n:
            self._tx.credits.grant([
                Grant(
                    self._brand_id, "wechat", point.app, point.key, point.profile_id,
                    MASS + month, 0, n, self._now, until,
                )
            ])  # fmt: skip
        return Send() if self._take(queued, point, MASS + month) else Refuse("mass_quota")

    def _take(self, queued: QueuedMessage, point: ContactPoint, subject: str) -> str:
        """Take a credit for a message."""
        asking = Asking(queued.message_id, point, (subject,))
        return self._tx.credits.take(self._brand_id, asking, self._now)


def _settle(
    tx: Tx, world: World, part: Sequence[Leaving], answers: Mapping[bytes, Answer], now: int
) -> Sequence[NewEvent]:
    """Note what became of credits, who muted what, and which quota is spent."""
    del world
    brand_id = part[0].account.brand_id
    told = [(one, answers[one.outbound.message_id]) for one in part]
    went = [one.outbound.message_id for one, answer in told if answer.state in SPENT_BY]
    never = [one.outbound.message_id for one, answer in told if answer.state in _NEVER]
    if went:
        tx.credits.spend(brand_id, went, now)
    if never:
        tx.credits.release(brand_id, never)
    for one, answer in told:
        if not one.contacts:
            continue
        point = one.contacts[0].point
        template = one.outbound.parts.get("template_id", "").strip()
        if answer.code in _CLOSED:
            tx.credits.void(brand_id, "wechat", point.app, point.key, point.profile_id, [WINDOW])
        elif answer.code == _MUTED and template:
            until = now + _MUTED_FOR
            tx.credits.mute([
                Mute(brand_id, "wechat", point.app, point.key, template, now, until)
            ])  # fmt: skip
    note_quotas(tx, part, answers, now)
    return ()


def note_quotas(tx: Tx, part: Sequence[Leaving], answers: Mapping[bytes, Answer], now: int) -> None:
    """Stop the kinds of messages for which an account's calls are spent."""
    spent = {
        one.outbound.parts.get("type", "").strip(): answer.retry_after
        for one in part
        if (answer := answers[one.outbound.message_id]).code in _QUOTAS and answer.retry_after
    }
    account = part[0].account
    for kind, wait in sorted(spent.items()):
        tx.credits.block(account.brand_id, account.channel, account.name, kind, now + wait)


def _month(now: int) -> tuple[str, int]:
    """Return the month in China, and when it ends."""
    here = datetime.fromtimestamp(now // SECOND, UTC).astimezone(_CHINA)
    first = here.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    after = (first + timedelta(days=32)).replace(day=1)
    return f"{here:%Y-%m}", int(after.timestamp()) * SECOND


WECHAT: Final = Gate(WechatAdmission, _settle)
