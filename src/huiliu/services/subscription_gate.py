"""The gate of mini-programs: a subscription message goes once for each time its person agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from huiliu.kernel.events import NewEvent
from huiliu.kernel.times import Instant
from huiliu.messages.platform_fields import faults
from huiliu.messages.policy import Decision, Hold, Refuse, Send
from huiliu.messages.rendering import Rendered
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount
from huiliu.ports.credits import Asking
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.admission import Gate
from huiliu.services.leaving import Leaving, Reached
from huiliu.services.wechat_gate import SPENT_BY, note_quotas

__all__ = ["DOUYIN", "MINI_PROGRAM"]

#: This person has no agreement left, whatever we counted: WeChat's word, Douyin's word.
_NONE_LEFT: Final = frozenset({"43101", "28014043"})
_NEVER: Final = frozenset({AnswerState.REJECTED, AnswerState.SUPPRESS, AnswerState.FIX})


class _Admission:
    """The Admission of one batch on one channel."""

    def __init__(self, channel: str, tx: Tx, brand_id: int, now: int) -> None:
        """See which accounts are stopped for today."""
        self._channel = channel
        self._tx = tx
        self._brand_id = brand_id
        self._now = now
        self._blocked = tx.credits.blocked(brand_id, channel, now)

    def admit(
        self,
        queued: QueuedMessage,
        rendered: Rendered,
        account: ChannelAccount,
        contacts: Sequence[Reached],
    ) -> Decision:
        """Say whether a message may go now: its fields fit and somebody agreed to it."""
        until = self._blocked.get((account.name, ""), 0)
        if until:
            return Hold(Instant(until), "quota_used_up")
        if any(faults(self._channel, rendered.parts)):
            return Refuse("field_invalid")
        template = rendered.parts["template_id"].strip()
        # Of several apps the one that was used last; the agreement is with one of them.
        for one in contacts[:1]:
            asking = Asking(queued.message_id, one.point, (template,))
            if self._tx.credits.take(self._brand_id, asking, self._now):
                return Send()
        return Refuse("no_credit" if contacts else "address_missing")

    def close(self) -> None:
        """Everything is written where it was taken."""


def _open_mini(tx: Tx, world: World, brand_id: int, now: int) -> _Admission:
    """Open the gate of WeChat's mini-programs."""
    del world
    return _Admission("mini_program", tx, brand_id, now)


def _open_douyin(tx: Tx, world: World, brand_id: int, now: int) -> _Admission:
    """Open the gate of Douyin's mini-programs."""
    del world
    return _Admission("douyin", tx, brand_id, now)


def _settle(
    tx: Tx, world: World, part: Sequence[Leaving], answers: Mapping[bytes, Answer], now: int
) -> Sequence[NewEvent]:
    """Note what became of the agreements that messages took."""
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
        if answer.code in _NONE_LEFT and one.contacts:
            point = one.contacts[0].point
            template = one.outbound.parts["template_id"].strip()
            tx.credits.void(
                brand_id, point.channel, point.app, point.key, point.profile_id, [template]
            )
    note_quotas(tx, part, answers, now)
    return ()


MINI_PROGRAM: Final = Gate(_open_mini, _settle)
DOUYIN: Final = Gate(_open_douyin, _settle)
