"""What WeCom asks before a message goes: a customer gets few in a month, from all together.

What was handed over becomes a task of the employees', noted in the transaction that writes the
answers.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from huiliu.kernel.events import NewEvent
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, MINUTE, SECOND, Instant
from huiliu.messages.policy import Decision, Hold, Refuse, Send
from huiliu.messages.rendering import Rendered
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.store import Tx
from huiliu.ports.wecom_store import WecomJob
from huiliu.ports.world import World
from huiliu.services.admission import Gate
from huiliu.services.leaving import Leaving, Reached
from huiliu.services.own_tasks import open_own_task

__all__ = ["WECOM_GATE"]

FULL: Final = "wecom_month_full"
_CHINA: Final = dt.timezone(dt.timedelta(hours=8))
_FIRST_LOOK: Final = MINUTE


class _MonthlyPlaces:
    """Counts what each customer had this month; under the locks of the batch's people."""

    def __init__(self, tx: Tx, brand_id: int, now: int) -> None:
        """Know the month."""
        self._tx, self._brand_id, self._now = tx, brand_id, now
        here = dt.datetime.fromtimestamp(now // SECOND, _CHINA)
        begins = here.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        self._begins = int(begins.timestamp()) * SECOND
        ends = (begins + dt.timedelta(days=32)).replace(day=1)
        self._ends = Instant(int(ends.timestamp()) * SECOND)
        self._days = (ends - begins).days
        self._had: dict[int, int] = {}

    def admit(
        self,
        queued: QueuedMessage,
        rendered: Rendered,
        account: ChannelAccount,
        contacts: Sequence[Reached],
    ) -> Decision | Sequence[Reached]:
        """Let a message through while the customer's month has room, else hold it."""
        del rendered
        most = int(account.config.get("monthly_messages") or 0) or self._days
        # The person as they are now: a merged one has one month.
        profile_id = contacts[0].point.profile_id if contacts else queued.profile_id
        if profile_id not in self._had:
            self._had[profile_id] = self._tx.wecom.had(self._brand_id, profile_id, self._begins)
        if self._had[profile_id] >= most:
            if queued.expires_at and queued.expires_at < self._ends:
                return Refuse(FULL)
            return Hold(self._ends, FULL)
        self._had[profile_id] += 1
        return Send()

    def close(self) -> None:
        """Write nothing: the messages themselves are what is counted."""


def _open(tx: Tx, world: World, brand_id: int, now: int) -> _MonthlyPlaces:
    """Return the gate of one batch."""
    del world
    return _MonthlyPlaces(tx, brand_id, now)


def _settle(
    tx: Tx, world: World, part: Sequence[Leaving], answers: Mapping[bytes, Answer], now: int
) -> Sequence[NewEvent]:
    """Note the tasks that the platform made of a part, and tell the staff of them."""
    del world
    asked: Counter[str] = Counter()
    told: dict[str, Leaving] = {}
    for one in part:
        answer = answers.get(one.row.queued.message_id)
        if answer is None or answer.state is not AnswerState.ACCEPTED or not answer.provider_ids:
            continue
        job = answer.provider_ids[0].partition("/")[0]
        asked[job] += 1
        told.setdefault(job, one)
    for job in sorted(asked):
        first = told[job]
        days = int(first.account.config.get("confirm_days") or 3)
        queued = first.row.queued
        tx.wecom.add_job(
            WecomJob(
                brand_id=queued.brand_id, account=first.account.name, job=job, kind="people",
                title=queued.template, n_asked=asked[job], n_waiting=asked[job], made_at=now,
                made_by=queued.journey, due_at=now + _FIRST_LOOK, until=now + days * DAY,
            )
        )  # fmt: skip
        said = text("wecom.task", template=queued.template, n=asked[job])
        open_own_task(
            tx, queued.brand_id, said, "/wecom/jobs", "wecom job", job, now=now,
            due_at=now + DAY,
        )  # fmt: skip
    return ()


WECOM_GATE: Final = Gate(_open, _settle)
