"""What becomes of each message of a batch: by policy, and by what the batch itself sends.

Everything is decided and rendered once before anything leaves, so that all texts of a batch can be
looked at together. What a message has to know of those before it is asked when its turn comes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec.structs import replace

from huiliu.kernel.times import Instant
from huiliu.messages.policy import Decision, Refuse, Rules, Send, SentBefore, decide
from huiliu.messages.template import Rendered, RenderFailed, Template, render
from huiliu.ports.messages import MessageRow
from huiliu.ports.world import World
from huiliu.services.opt_out import unsubscribe_url
from huiliu.services.own_links import own_links
from huiliu.services.recipients import Recipient

__all__ = ["Verdicts", "way_out"]

_Verdict = tuple[Decision, Rendered | None]


class Verdicts:
    """The decisions about one brand's batch."""

    def __init__(
        self,
        world: World,
        rules: Rules,
        rows: Sequence[MessageRow],
        recipients: Mapping[bytes, Recipient | None],
        templates: Mapping[tuple[str, int], Template | None],
        now: Instant,
    ) -> None:
        """Decide about each message as if it were alone."""
        self._world = world
        self._rules = rules
        self._recipients = recipients
        self._templates = templates
        self._now = now
        self._rows = rows
        self._alone: dict[bytes, _Verdict] = {
            row.queued.message_id: self._decide(row, (), ())
            for row in rows
            if row.queued.message_id in recipients
        }

    def texts(self) -> Iterator[tuple[MessageRow, Recipient, Rendered]]:
        """Yield what is likely to leave."""
        for row in self._rows:
            _, rendered = self._alone.get(row.queued.message_id, (None, None))
            recipient = self._recipients.get(row.queued.message_id)
            if rendered is not None and recipient is not None:
                yield row, recipient, rendered

    def of(
        self, row: MessageRow, just_sent: Sequence[SentBefore], decided: Collection[bytes]
    ) -> _Verdict:
        """Return what is to become of one message, and its text where it goes.

        Args:
            row: the message.
            just_sent: what this batch sends to the same person.
            decided: messages that were decided about, and compete no more.
        """
        recipient = self._recipients[row.queued.message_id]
        if just_sent or (recipient is not None and recipient.case.rivals):
            return self._decide(row, just_sent, decided)
        return self._alone[row.queued.message_id]

    def _decide(
        self, row: MessageRow, just_sent: Sequence[SentBefore], decided: Collection[bytes]
    ) -> _Verdict:
        """Decide about one message and render it."""
        queued, world = row.queued, self._world
        recipient = self._recipients[queued.message_id]
        template = self._templates[queued.template, queued.template_version]
        if queued.channel not in world.channels:
            return Refuse("channel_unknown"), None
        if recipient is None:
            return Refuse("person_gone"), None
        if template is None:
            return Refuse("template_missing"), None
        case = recipient.case
        if just_sent:
            case = replace(case, sent_before=[*case.sent_before, *just_sent])
        if case.rivals and decided:
            rivals = [one for one in case.rivals if one.message_id not in decided]
            case = replace(case, rivals=rivals)
        decision = decide(self._rules, case, self._now)
        if not isinstance(decision, Send):
            return decision, None
        if recipient.wording.fault:
            return Refuse(recipient.wording.fault), None
        values = {**recipient.values, "unsubscribe_url": way_out(world, row)}
        values |= own_links(world, row, template)
        rendered = render(template, recipient.locales, values, recipient.wording.variant)
        if isinstance(rendered, RenderFailed):
            return Refuse("template_failed"), None
        return decision, rendered


def way_out(world: World, row: MessageRow) -> str:
    """Return the one-click address of a marketing message; news of an order needs none."""
    if row.queued.message_class == "service":
        return ""
    return unsubscribe_url(world, row.queued.brand_id, row.queued.message_id)
